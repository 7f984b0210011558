"""What ELF files say of themselves, as far as it matters here."""
import collections
import struct

from refusal import Refusal

PROGRAM_INTERPRETER, PROGRAM_DYNAMIC = 3, 2
NOT_IN_FILE, SYMBOLS = 8, 2
ALLOCATED, EXECUTABLE = 2, 4
NO_TYPE, OBJECT, FUNCTION = 0, 1, 2

Section = collections.namedtuple("Section", "name kind flags address offset size link")
Symbol = collections.namedtuple("Symbol", "name kind address size section")


class Executable:
    def __init__(self, path):
        self.data = data = path.read_bytes()
        if data[:4] != b"\x7fELF":
            raise Refusal(f"{path} is no ELF executable")
        self.wide = data[4] == 2
        self.byte_order = "little" if data[5] == 1 else "big"
        self.size = len(data)
        self.machine, = self._read("H", 18)
        segments, sections = self._read("QQ" if self.wide else "II", 32 if self.wide else 28)
        size, count, section_size, section_count, names = self._read(
            "HHHHH", 54 if self.wide else 42)
        self.segments = {self._read("I", segments + index * size)[0] for index in range(count)}
        fields = "IIQQQQI" if self.wide else "IIIIIII"
        headers = [self._read(fields, sections + index * section_size)
                   for index in range(section_count)]
        self.sections = [
            Section(self._text(headers[names][4] + name), *rest) for name, *rest in headers]

    def _read(self, fields, offset):
        order = "<" if self.byte_order == "little" else ">"
        return struct.unpack_from(order + fields, self.data, offset)

    def _text(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode(errors="replace")

    def symbols(self):
        """Those that are defined here; none of a stripped file."""
        for table in self.sections:
            if table.kind != SYMBOLS:
                continue
            size = 24 if self.wide else 16
            for offset in range(table.offset, table.offset + table.size, size):
                if self.wide:
                    name, info, _, section, address, extent = self._read("IBBHQQ", offset)
                else:
                    name, address, extent, info, _, section = self._read("IIIBBH", offset)
                if 0 < section < len(self.sections):
                    yield Symbol(self._text(self.sections[table.link].offset + name), info & 15,
                                 address, extent, self.sections[section])

    def place(self, offset):
        """The section that holds the byte at `offset` of the file, and its address."""
        for section in self.sections:
            if section.kind != NOT_IN_FILE and 0 <= offset - section.offset < section.size:
                return f"{section.name}, address {section.address + offset - section.offset:#x}"
        return "outside of the sections"
