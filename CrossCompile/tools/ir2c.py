"""A program in LLVM's IR as C, for a compiler that makes better code of it than LLVM does.

What translate() is given is optimised already, so the C is as flat as the IR is: a variable for
each value, a label for each block. It knows what Swift and clang write for a machine of 32 bits,
and says so if it meets anything else. It means what the IR means with -fwrapv, -fwrapv-pointer,
-fno-strict-aliasing, -fno-delete-null-pointer-checks and -fno-aggressive-loop-optimizations.
"""
import re

NAME = r'(?:"[^"]*"|[-\w.$]+)'
TOKEN = re.compile(rf'[%@]{NAME}|"[^"]*"|#\d+|\.\.\.|-?\d+|[A-Za-z_][\w.]*|[][(){{}}<>,=*]')
LINKAGE = {"internal", "private", "dso_local", "hidden", "protected", "weak_odr", "linkonce_odr",
           "extern_weak", "external", "swiftcc", "fastcc", "ccc"}
PLAIN = {"noalias", "noundef", "nonnull", "readonly", "readnone", "writeonly", "swiftself",
         "swifterror", "signext", "zeroext", "returned", "nofree", "inreg", "immarg", "allocptr",
         "allocalign", "dead_on_unwind", "writable", "noreturn"}
PARENTHESISED = {"captures", "dereferenceable", "dereferenceable_or_null", "range", "sret",
                 "initializes"}
FLAGS = {"nuw", "nsw", "nusw", "exact", "disjoint", "inbounds", "nneg", "samesign", "inrange",
         "swifterror"}
CASTS = {"zext", "sext", "trunc", "ptrtoint", "inttoptr", "bitcast"}
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "and": "&", "or": "|", "xor": "^", "shl": "<<",
             "lshr": ">>", "ashr": ">>", "udiv": "/", "sdiv": "/", "urem": "%", "srem": "%"}
COMPARISONS = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
QUOTE = '"'
POINTER, VOID, BOOL = ("pointer",), ("void",), ("int", 1)

# What MIPS16e has no instruction for is a function of MIPS32's.
PRELUDE = """\
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned u32;
typedef unsigned long long u64; typedef signed char s8; typedef short s16; typedef int s32;
typedef long long s64; typedef _Bool u1; typedef char *P;
#define UNALIGNED(T, N) typedef T T##_##N __attribute__((aligned(N)))
UNALIGNED(u16, 1); UNALIGNED(u32, 1); UNALIGNED(u32, 2); UNALIGNED(P, 1); UNALIGNED(P, 2);
UNALIGNED(u64, 1); UNALIGNED(u64, 2); UNALIGNED(u64, 4);
#ifdef __mips16
#define HELPER static __attribute__((noinline, nomips16))
#else
#define HELPER static inline __attribute__((always_inline))
#endif
HELPER u32 ctlz_32(u32 x) { return x ? __builtin_clz(x) : 32; }
HELPER u32 ctlz_64(u64 x) { return x ? __builtin_clzll(x) : 64; }
HELPER u32 cttz_32(u32 x) { return x ? __builtin_ctz(x) : 32; }
HELPER u32 cttz_64(u64 x) { return x ? __builtin_ctzll(x) : 64; }
HELPER u32 ctpop_32(u32 x) { return __builtin_popcount(x); }
HELPER u32 ctpop_64(u64 x) { return __builtin_popcountll(x); }
HELPER u32 bswap_32(u32 x) { return __builtin_bswap32(x); }
HELPER u64 bswap_64(u64 x) { return __builtin_bswap64(x); }
HELPER u32 bitreverse_32(u32 x) {
  x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
  x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
  x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
  return __builtin_bswap32(x);
}
HELPER u64 bitreverse_64(u64 x) { return (u64)bitreverse_32(x) << 32 | bitreverse_32(x >> 32); }
"""


class Unknown(Exception):
    """Something in the IR that is not translated."""


def container(bits):
    """The width of the C type that holds an integer of `bits`."""
    return next(width for width in (1, 8, 16, 32, 64) if bits <= width)


def masked(expression, bits):
    if bits == container(bits):
        return expression
    return f"({expression} & {(1 << bits) - 1:#x}u)"


def signed(value, bits):
    width = container(bits)
    if bits == 1:
        return f"-(s32){value}"
    if bits == width:
        return f"(s{width}){value}"
    return f"((s{width})({value} << {width - bits}) >> {width - bits})"


def without_odd_names(text):
    """The text with other names for what an assembler would not take for a name."""
    names = {}

    def name(found):
        if not found[1] or re.fullmatch(r"[\w.$]+", found[1].strip(QUOTE)):
            return found[0]
        return names.setdefault(found[0], f"@odd.{len(names)}")

    return re.sub(rf'c"[^"]*"|@({NAME})', name, text)


def is_wide(type):
    """Whether it is an integer that is a structure of words in C, the lowest first."""
    return type[0] == "int" and type[1] > 64


def words(type):
    if type[1] % 32:
        raise Unknown(f"an integer of {type[1]} bits")
    return type[1] // 32


class Program:
    def __init__(self, text):
        self.text = text = without_odd_names(text)
        layout = re.search(r'^target datalayout = "(.*)"$', text, re.M)[1]
        if "p:32:32" not in layout:
            raise Unknown(f"not a machine of 32 bits: {layout}")
        self.is_little = layout[0] == "e"
        self.named = dict(re.findall(rf"^(%{NAME}) = type (.*)$", text, re.M))
        self.types, self.structures, self.symbols = {}, {}, {}

    def type_named(self, name):
        if name not in self.types:
            self.types[name] = Tokens(self.named[name], self).type()
        return self.types[name]

    def c(self, type):
        """The name of a type in C."""
        if type[0] == "int" and type[1] <= 64:
            return f"u{container(type[1])}"
        if type in (POINTER, VOID):
            return "P" if type == POINTER else "void"
        if type not in self.structures:
            if type[0] == "int":
                fields = f"u32 f[{words(type)}];"
            elif type[0] == "array":
                fields = f"{self.c(type[2])} f[{type[1]}];"
            else:
                fields = " ".join(f"{self.c(field)} f{i};" for i, field in enumerate(type[1]))
            packed = "__attribute__((packed)) " if type[0] == "packed" else ""
            name = f"S{len(self.structures)}"
            self.structures[type] = (name, f"typedef struct {{ {fields} }} {packed}{name};")
        return self.structures[type][0]

    def symbol(self, name):
        """The name in C of a function or variable, whose name in the IR may be anything."""
        return self.symbols.setdefault(name, f"g{len(self.symbols)}")

    def align(self, type):
        if type[0] == "int":
            return max(container(min(type[1], 64)) // 8, 1)
        if type == POINTER:
            return 4
        if type[0] == "array":
            return self.align(type[2])
        return 1 if type[0] == "packed" else max(map(self.align, type[1]), default=1)

    def size(self, type):
        if type[0] == "array":
            return type[1] * self.size(type[2])
        if type[0] in ("struct", "packed"):
            return self.offset(type, len(type[1]))
        return 4 * words(type) if is_wide(type) else self.align(type)

    def offset(self, type, index):
        """Where a field of a structure starts, or where the structure ends."""
        fields, end = type[1], 0

        def rounded(end, type_):
            step = 1 if type[0] == "packed" else self.align(type_)
            return -(-end // step) * step

        for field in fields[:index]:
            end = rounded(end, field) + self.size(field)
        return rounded(end, type if index == len(fields) else fields[index])

    def field(self, type, value, index):
        """A part of an aggregate, and its type."""
        if type[0] == "array":
            return f"{value}.f[{index}]", type[2]
        return f"{value}.f{index}", type[1][index]

    def scalars(self, type, value):
        """The parts of an argument, each an argument: so are aggregates given."""
        if type[0] not in ("array", "struct", "packed"):
            return [(type, value)]
        count = type[1] if type[0] == "array" else len(type[1])
        parts = (self.field(type, value, index) for index in range(count))
        return [scalar for part, kind in parts for scalar in self.scalars(kind, part)]

    def is_pair(self, type):
        """Whether it is returned as a number of 64 bits, in registers; others are in memory."""
        return (type[0] == "struct" and len(type[1]) == 2
                and all(part == POINTER or part[0] == "int" and part[1] <= 32 for part in type[1]))

    def result(self, type):
        return "u64" if self.is_pair(type) else self.c(type)

    def translate(self, is_small):
        """What is_small holds of and the rest, as C; then the variables, as IR."""
        text = self.text
        groups = dict(re.findall(r"^attributes #(\d+) = (\{.*\})$", text, re.M))
        variables = re.findall(rf"^@({NAME}) = (.*)$", text, re.M)
        if any(re.match(r"(?:[a-z_]+ )*(?:alias|ifunc|thread_local)\b", head)
               for _, head in variables):
            raise Unknown("an alias, or a variable of a thread")
        held = set(re.findall(rf"@{NAME}", " ".join(head for _, head in variables)))
        functions, declared = [], []
        for head in re.findall(r"^declare (.*)$", text, re.M):
            if "@llvm." not in head:
                declared.append(Function(self, head))
                if declared[-1].result[0] not in ("int", "pointer", "void"):
                    raise Unknown(f"what {declared[-1].name} returns")
        for head, body in re.findall(r"^define (.*?) ?\{\n(.*?)^\}$", text, re.M | re.S):
            group = groups.get((re.findall(r" #(\d+)", head) or [None])[-1], "")
            functions.append((Function(self, head), body, is_small(group)))
        users = {function.name: {small} for function, _, small in functions}
        for function, body, small in functions:
            for name in re.findall(rf"@{NAME}", body):
                users.setdefault(name, set()).add(small)

        def source(wanted):
            bodies = [function.body(body) for function, body, small in functions
                      if small == wanted]
            heads = [f"extern {function.prototype()};" for function in declared]
            for function, _, small in functions:
                if wanted in users[function.name]:
                    alone = len(users[function.name]) == 1 and function.name not in held
                    scope = "static" if alone and function.is_internal else "extern"
                    heads.append(f"{scope} {function.prototype()};")
            heads += [f'extern char {self.symbol("@" + name)}[] __asm__("{name.strip(QUOTE)}");'
                      for name, _ in variables if not name.startswith("llvm.")]
            types = [text for _, text in self.structures.values()]
            return "\n".join([PRELUDE, *types, *heads, *bodies, ""])

        rest = re.sub(r"^define (.*?) ?\{\n.*?^\}$",
                      lambda found: f"declare void {re.search('@' + NAME, found[1])[0]}()", text,
                      flags=re.M | re.S)
        rest = re.sub(rf"^(@{NAME} = )(?:internal|private) ", r"\1hidden ", rest, flags=re.M)
        # Nobody reads it, and GNU's assembler does not know the section.
        rest = re.sub(r"^!llvm\.linker\.options = .*$", "", rest, flags=re.M)
        return source(True), source(False), rest


class Tokens:
    """A line of IR, read from left to right."""

    def __init__(self, line, program):
        self.tokens, self.place, self.program = TOKEN.findall(line), 0, program

    def peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self):
        token = self.peek()
        self.place += 1
        return token

    def accept(self, token):
        if self.peek() != token:
            return False
        self.place += 1
        return True

    def expect(self, *tokens):
        for token in tokens:
            if not self.accept(token):
                raise Unknown(f"'{self.peek()}' instead of '{token}'")

    def skip(self, words):
        while self.peek() in words:
            self.place += 1

    def parentheses(self):
        depth = 0
        while True:
            token = self.next()
            depth += (token == "(") - (token == ")")
            if depth == 0:
                return

    def until(self, end, read):
        """What `read` reads until `end`, without the commas."""
        read_ = []
        while not self.accept(end):
            read_.append(read())
            self.accept(",")
        return read_

    def attributes(self):
        """Passes what stands between a type and a value; the alignment of what it points to."""
        align = 1
        while True:
            if self.peek() in PLAIN:
                self.place += 1
            elif self.peek() in PARENTHESISED:
                self.place += 1
                self.parentheses()
            elif self.accept("align"):
                align = int(self.next())
            else:
                return align

    def type(self):
        token = self.next()
        if re.fullmatch(r"i\d+", token):
            return ("int", int(token[1:]))
        if token in ("ptr", "void"):
            return POINTER if token == "ptr" else VOID
        if token[0] == "%":
            return self.program.type_named(token)
        if token == "{":
            return ("struct", tuple(self.until("}", self.type)))
        if token == "<":
            self.expect("{")
            fields = tuple(self.until("}", self.type))
            self.expect(">")
            return ("packed", fields)
        if token == "[":
            count = int(self.next())
            self.expect("x")
            element = self.type()
            self.expect("]")
            return ("array", count, element)
        raise Unknown(f"a type '{token}'")

    def typed(self):
        """A type and a value of it, and how it is aligned if it is a pointer."""
        type = self.type()
        align = self.attributes()
        return type, self.value(type), align

    def value(self, type):
        token = self.next()
        if token[0] == "%":
            return variable(token)
        if token[0] == "@":
            return f"((P){self.program.symbol(token)})"
        if token in ("true", "false"):
            return str(int(token == "true"))
        if re.fullmatch(r"-?\d+", token):
            number = self.number = int(token) & ((1 << type[1]) - 1)
            if is_wide(type):
                return self.wide(type, [f"{number >> 32 * i & 0xffffffff}u"
                                        for i in range(words(type))])
            return f"{number}ull" if type[1] > 32 else f"{number}u"
        if token in ("null", "undef", "poison", "zeroinitializer"):
            if type[0] == "int" and not is_wide(type):
                return "0u"
            return f"({self.program.c(type)}){'0' if type == POINTER else '{0}'}"
        if token in ("{", "["):
            parts = self.until("}" if token == "{" else "]", lambda: self.typed()[1])
            return f"({self.program.c(type)}){{{', '.join(parts)}}}"
        if token == "getelementptr":
            self.skip(FLAGS)
            self.expect("(")
            address = self.address()
            self.expect(")")
            return address
        if token in CASTS:
            self.expect("(")
            value = self.cast(token)[1]
            self.expect(")")
            return value
        if token in OPERATORS:
            self.skip(FLAGS)
            self.expect("(")
            kind, left, _ = self.typed()
            self.expect(",")
            right = self.typed()[1]
            self.expect(")")
            return self.operation(token, kind, left, right)
        raise Unknown(f"a value '{token}'")

    def cast(self, kind):
        """A cast, its type and value."""
        source, value, _ = self.typed()
        self.expect("to")
        target = self.type()
        name = self.program.c(target)
        if is_wide(source) or is_wide(target):
            return target, self.wide_cast(kind, source, value, target)
        if kind == "trunc":
            if target == BOOL:
                return target, f"(u1)({value} & 1)"
            return target, masked(f"(({name}){value})", target[1])
        if kind == "sext":
            return target, masked(f"(({name}){signed(value, source[1])})", target[1])
        if kind in ("ptrtoint", "inttoptr"):
            return target, f"(({name})(u32){value})"
        return target, f"(({name}){value})"

    def wide(self, type, parts):
        return f"(({self.program.c(type)}){{{{{', '.join(parts)}}}}})"

    def wide_cast(self, kind, source, value, target):
        if kind == "zext":
            parts = [f"(u32){value}", f"(u32)((u64){value} >> 32)"]
            if is_wide(source):
                parts = [f"{value}.f[{i}]" for i in range(words(source))]
            return self.wide(target, (parts + ["0u"] * words(target))[:words(target)])
        if kind != "trunc":
            raise Unknown(f"{kind} of a wide integer")
        if is_wide(target):
            return self.wide(target, [f"{value}.f[{i}]" for i in range(words(target))])
        low = f"((u64){value}.f[1] << 32 | {value}.f[0])"
        low = low if target[1] > 32 else f"{value}.f[0]"
        return f"(u1)({low} & 1)" if target == BOOL else (
            masked(f"(({self.program.c(target)}){low})", target[1]))

    def wide_operation(self, kind, type, left, right):
        count = words(type)
        if kind in ("and", "or", "xor"):
            return self.wide(type, [f"{left}.f[{i}] {OPERATORS[kind]} {right}.f[{i}]"
                                    for i in range(count)])
        if kind not in ("lshr", "shl") or ".f" in right:
            raise Unknown(f"{kind} of a wide integer")
        whole, rest = divmod(self.number, 32)

        def part(i):
            return f"{left}.f[{i}]" if 0 <= i < count else "0u"

        if kind == "shl":
            return self.wide(type, [
                f"{part(i - whole)} << {rest}" + (
                    f" | {part(i - whole - 1)} >> {32 - rest}" if rest else "")
                for i in range(count)])
        return self.wide(type, [
            f"{part(i + whole)} >> {rest}" + (
                f" | {part(i + whole + 1)} << {32 - rest}" if rest else "") for i in range(count)])

    def operation(self, kind, type, left, right):
        if is_wide(type):
            return self.wide_operation(kind, type, left, right)
        bits = type[1]
        if bits == 1 and kind in ("add", "sub"):
            kind = "xor"
        if kind in ("ashr", "sdiv", "srem"):
            left = signed(left, bits)
        if kind in ("sdiv", "srem"):
            right = signed(right, bits)
        name = self.program.c(type)
        return masked(f"(({name})({left} {OPERATORS[kind]} {right}))", bits)

    def address(self):
        """What getelementptr says."""
        program = self.program
        type = self.type()
        self.expect(",")
        base = self.typed()[1]
        offset, terms, is_first = 0, [], True
        while self.accept(","):
            kind = self.type()
            index = self.peek()
            value = self.value(kind)
            if type[0] in ("struct", "packed") and not is_first:
                offset += program.offset(type, int(index))
                type = type[1][int(index)]
                continue
            if not is_first:
                type = type[2]
            is_first = False
            if re.fullmatch(r"-?\d+", index):
                offset += int(index) * program.size(type)
            else:
                terms.append(f" + (s32){signed(value, kind[1])} * {program.size(type)}")
        terms.append(f" {'-' if offset < 0 else '+'} {abs(offset)}")
        return f"({base}{''.join(terms)})"


def variable(name):
    return "v_" + re.sub(r"\W", lambda odd: f"_{ord(odd[0]):x}_", name[1:].strip(QUOTE))


def label(name):
    return "b" + variable("%" + name.strip('%"'))


def flat(part):
    """The name of a part of an argument."""
    return part.replace(".", "_").replace("[", "_").replace("]", "")


class Function:
    """Its head, and what is known of its body while that is translated."""

    def __init__(self, program, head):
        self.program = program
        tokens = Tokens(head, program)
        self.is_internal = tokens.peek() in ("internal", "private")
        self.is_weak = tokens.peek() == "extern_weak"
        tokens.skip(LINKAGE)
        tokens.attributes()
        self.result = tokens.type()
        self.name = tokens.next()
        self.symbol = program.symbol(self.name)
        tokens.expect("(")
        self.parameters, self.is_variadic = [], False
        tokens.until(")", lambda: self.parameter(tokens))

    def parameter(self, tokens):
        if tokens.accept("..."):
            self.is_variadic = True
            return
        type = tokens.type()
        tokens.attributes()
        named = tokens.peek()[:1] == "%"
        name = variable(tokens.next() if named else f"%{len(self.parameters)}")
        self.parameters.append((type, name))

    def head(self):
        scalars = (scalar for parameter in self.parameters
                   for scalar in self.program.scalars(*parameter))
        words = [f"{self.program.c(type)} {flat(part)}" for type, part in scalars]
        words += ["..."] if self.is_variadic else []
        return f"{self.program.result(self.result)} {self.symbol}({', '.join(words) or 'void'})"

    def prototype(self):
        weak = " __attribute__((weak))" if self.is_weak else ""
        return f'{self.head()} __asm__("{self.name[1:].strip(QUOTE)}"){weak}'

    def body(self, text):
        text = re.sub(r"\s*;.*$", "", text, flags=re.M)
        text = re.sub(r"\[\n(.*?)\n\s*\]", lambda cases: f"[{cases[1]}]".replace("\n", " "), text,
                      flags=re.S)
        # The first block has the number that follows those of the parameters.
        numbered = sum(bool(re.fullmatch(r"v_\d+", name)) for _, name in self.parameters)
        blocks, block = [], None
        for line in filter(str.strip, text.splitlines()):
            start = re.match(rf"({NAME}):", line)
            if start or block is None:
                block = (label(start[1] if start else str(numbered)), [])
                blocks.append(block)
            if not start:
                block[1].append(re.sub(r", !.*$", "", line.strip()))
        self.types, self.memory, self.flows = {}, {}, {}
        for name, lines in blocks:
            for line in lines:
                self.note_flow(name, line)
        code = []
        for name, lines in blocks:
            code.append(f"{name}:;")
            for line in lines:
                try:
                    code += self.instruction(name, line)
                except Unknown as unknown:
                    raise Unknown(f"{unknown} in '{line}' of {self.name}") from None
        for type, name in self.parameters:
            for _, part in self.program.scalars(type, name):
                if part != name:
                    code.insert(0, f"{part} = {flat(part)};")
                    self.types[name] = type
        code = self.slots(blocks) + code
        variables = [f"{self.program.c(type)} {name};" for name, type in self.types.items()]
        return "\n  ".join([f"{self.head()} {{", *variables, *code]) + "\n}"

    def note_flow(self, block, line):
        """Remembers what a block gives to those that may follow it."""
        found = re.match(rf"(%{NAME}) = phi (.*)$", line)
        if not found:
            return
        tokens = Tokens(found[2], self.program)
        type, name = tokens.type(), variable(found[1])
        self.types[name] = self.types["next_" + name] = type
        while tokens.accept("["):
            anything = tokens.peek() in ("undef", "poison")
            value = tokens.value(type)
            tokens.expect(",")
            before = label(tokens.next())
            tokens.expect("]")
            tokens.accept(",")
            if not anything:
                self.flows.setdefault((before, block), []).append(f"next_{name} = {value}; ")

    def slots(self, blocks):
        """The variables that have an address. Those that never live at once share memory."""
        marks, following = {}, {}
        pattern = re.compile(rf"@llvm\.lifetime\.(start|end).*?(%{NAME})\)")
        for name, lines in blocks:
            found = (pattern.search(line) for line in lines)
            marks[name] = [(mark[1], variable(mark[2])) for mark in found if mark]
            following[name] = [label(next_) for next_ in
                               re.findall(rf"label (%{NAME})", lines[-1])]
        marked = {name for pairs in marks.values() for kind, name in pairs if kind == "start"}
        marked &= set(self.memory)
        live, waiting, reached = {name: set() for name in marks}, [blocks[0][0]], set()
        clashes = {name: set() for name in marked}

        def walk(block):
            now = set(live[block])
            for kind, name in [(None, None), *marks[block]]:
                if kind == "end":
                    now.discard(name)
                elif name in marked or kind is None:
                    now |= {name} & marked
                    for one in now:
                        clashes[one] |= now
            return now

        while waiting:
            block = waiting.pop()
            reached.add(block)
            now = walk(block)
            for next_ in following[block]:
                if next_ not in reached or not now <= live[next_]:
                    live[next_] |= now
                    waiting.append(next_)
        shared, lines = [], []
        for name in sorted(self.memory, key=lambda name: -self.memory[name][0]):
            fits = (slot for slot in shared if name in marked and not clashes[name] & set(slot))
            slot = next(fits, None)
            if slot is None:
                slot = []
                if name in marked:
                    shared.append(slot)
                lines.append((slot, self.memory[name][0]))
            slot.append(name)
        return [f"char m{slot[0]}[{max(size, 1)}] "
                f"__attribute__((aligned({max(self.memory[name][1] for name in slot)})));"
                for slot, size in lines] + [
                    f"{name} = m{slot[0]};" for slot, _ in lines for name in slot]

    def jump(self, block, target):
        return "".join(self.flows.get((block, label(target)), [])) + f"goto {label(target)};"

    def instruction(self, block, line):
        """A line of IR as lines of C."""
        found = re.match(rf"(%{NAME}) = (.*)$", line)
        name = variable(found[1]) if found else None
        tokens = Tokens(found[2] if found else line, self.program)
        kind = tokens.next()
        if kind in ("tail", "notail", "musttail"):
            kind = tokens.next()
        if kind == "phi":
            return [f"{name} = next_{name};"]
        if kind == "alloca":
            tokens.skip(FLAGS)
            type = tokens.type()
            tokens.expect(",", "align")
            self.types[name] = POINTER
            self.memory[name] = (self.program.size(type), min(int(tokens.next()), 8))
            return []
        if kind == "call":
            return self.call(tokens, name)
        if name:
            self.types[name], value = self.value(kind, tokens)
            return [f"{name} = {value};"]
        if kind == "store":
            return [self.store(tokens)]
        if kind == "ret":
            type = tokens.type()
            if type == VOID:
                return ["return;"]
            value = tokens.value(type)
            if self.program.is_pair(type):
                first, second = (part for _, part in self.program.scalars(type, "whole"))
                return [f"{{ {self.program.c(type)} whole = {value};",
                        f"return (u64)(u32){first} << 32 | (u32){second}; }}"]
            return [f"return {value};"]
        if kind == "br":
            if tokens.accept("label"):
                return [self.jump(block, tokens.next())]
            condition = tokens.typed()[1]
            tokens.expect(",", "label")
            yes = tokens.next()
            tokens.expect(",", "label")
            return [f"if ({condition}) {{ {self.jump(block, yes)} }}",
                    self.jump(block, tokens.next())]
        if kind == "switch":
            type, value, _ = tokens.typed()
            tokens.expect(",", "label")
            other = tokens.next()
            tokens.expect("[")
            lines = [f"switch ({value}) {{"]
            while not tokens.accept("]"):
                case = tokens.typed()[1]
                tokens.expect(",", "label")
                lines.append(f"case {case}: {self.jump(block, tokens.next())}")
            return [*lines, f"default: {self.jump(block, other)} }}"]
        if kind == "unreachable":
            return ["__builtin_unreachable();"]
        raise Unknown(f"an instruction '{kind}'")

    def value(self, kind, tokens):
        """What an instruction computes, its type and value."""
        tokens.skip(FLAGS)
        if kind in OPERATORS:
            type, left, _ = tokens.typed()
            tokens.expect(",")
            return type, tokens.operation(kind, type, left, tokens.value(type))
        if kind in CASTS:
            return tokens.cast(kind)
        if kind == "freeze":
            return tokens.typed()[:2]
        if kind == "getelementptr":
            return POINTER, tokens.address()
        if kind == "icmp":
            relation = tokens.next()
            type, left, _ = tokens.typed()
            tokens.expect(",")
            right = tokens.value(type)
            if is_wide(type):
                if relation not in ("eq", "ne"):
                    raise Unknown("an order of wide integers")
                left = " | ".join(f"({left}.f[{i}] ^ {right}.f[{i}])" for i in range(words(type)))
                return BOOL, f"({left}) {COMPARISONS[relation]} 0"
            if type == POINTER:
                left, right = f"(u32){left}", f"(u32){right}"
            elif relation[0] == "s":
                left, right = signed(left, type[1]), signed(right, type[1])
            relation = relation if relation in COMPARISONS else relation[1:]
            return BOOL, f"{left} {COMPARISONS[relation]} {right}"
        if kind == "select":
            condition = tokens.typed()[1]
            tokens.expect(",")
            type, yes, _ = tokens.typed()
            tokens.expect(",")
            return type, f"{condition} ? {yes} : {tokens.typed()[1]}"
        if kind == "load":
            return self.load(tokens)
        if kind == "extractvalue":
            type, value, _ = tokens.typed()
            while tokens.accept(","):
                value, type = self.program.field(type, value, int(tokens.next()))
            return type, value
        if kind == "insertvalue":
            type, whole, _ = tokens.typed()
            tokens.expect(",")
            part = tokens.typed()[1]
            place, inner = "new", type
            while tokens.accept(","):
                place, inner = self.program.field(inner, place, int(tokens.next()))
            return type, f"({{ {self.program.c(type)} new = {whole}; {place} = {part}; new; }})"
        raise Unknown(f"an instruction '{kind}'")

    def alignment(self, tokens):
        tokens.expect(",", "align")
        return int(tokens.next())

    def place(self, type, address, align, volatile=""):
        """The place in memory, as a value or to be assigned to."""
        name = self.program.c(type)
        if align < self.program.align(type):
            if type[0] not in ("int", "pointer"):
                raise Unknown("an aggregate that is not aligned")
            name += f"_{align}"
        return f"*({volatile}{name} *){address}"

    def pieces(self, type, address, align):
        """The places in memory of an integer that C has not, the lowest first."""
        piece = ("int", 32 if is_wide(type) else 8)
        if type[1] % piece[1]:
            raise Unknown("part of a byte in memory")
        step = piece[1] // 8
        places = [self.place(piece, f"({address} + {at})", min(align, step))
                  for at in range(0, type[1] // 8, step)]
        return places if self.program.is_little else places[::-1]

    def is_pieces(self, type):
        return type[0] == "int" and type[1] not in (1, 8, 16, 32, 64)

    def load(self, tokens):
        volatile = "volatile " if tokens.accept("volatile") else ""
        type = tokens.type()
        tokens.expect(",")
        address = tokens.typed()[1]
        align = self.alignment(tokens)
        if not self.is_pieces(type):
            return type, self.place(type, address, align, volatile)
        pieces = self.pieces(type, address, align)
        if is_wide(type):
            return type, tokens.wide(type, pieces)
        name = self.program.c(type)
        return type, " | ".join(f"({name}){piece} << {8 * i}" for i, piece in enumerate(pieces))

    def store(self, tokens):
        volatile = "volatile " if tokens.accept("volatile") else ""
        type, value, _ = tokens.typed()
        tokens.expect(",")
        address = tokens.typed()[1]
        align = self.alignment(tokens)
        if not self.is_pieces(type):
            return f"{self.place(type, address, align, volatile)} = {value};"
        parts = ("{}.f[{}]" if is_wide(type) else "{} >> 8 * {}")
        return " ".join(f"{piece} = {parts.format(value, i)};"
                        for i, piece in enumerate(self.pieces(type, address, align)))

    def call(self, tokens, name):
        tokens.skip(LINKAGE)
        tokens.attributes()
        result = tokens.type()
        if tokens.peek() == "(":
            tokens.parentheses()
        callee = tokens.next()
        if callee == "asm":
            tokens.expect("sideeffect", '""')
            tokens.expect(",")
            tokens.next()
        if callee.startswith("@llvm.experimental"):
            return []
        tokens.expect("(")
        arguments = tokens.until(")", tokens.typed)
        if name:
            self.types[name] = result
        if callee.startswith("@llvm."):
            return self.intrinsic(callee.split(".")[1:], name, result, arguments)
        parts = [part for type, value, _ in arguments
                 for part in self.program.scalars(type, value)]
        values = ", ".join(value for _, value in parts)
        if callee == "asm":
            # Nothing but a promise that memory is as it should be.
            return [f'__asm__ volatile("" : : "r"({values}) : "memory");']
        if callee[0] == "@":
            called = self.program.symbol(callee)
        else:
            types = ", ".join(self.program.c(type) for type, _ in parts) or "void"
            called = f"(({self.program.result(result)} (*)({types})){variable(callee)})"
        called += f"({values})"
        if not name:
            return [f"{called};"]
        if self.program.is_pair(result):
            first, second = (f"{part} = ({self.program.c(type)})" for type, part
                             in self.program.scalars(result, name))
            return [f"{{ u64 whole = {called};",
                    f"{first}(u32)(whole >> 32); {second}(u32)whole; }}"]
        return [f"{name} = {called};"]

    def intrinsic(self, words, name, result, arguments):
        kind, values = words[0], [value for _, value, _ in arguments]
        bits = arguments[0][0][1] if arguments and arguments[0][0][0] == "int" else 0
        type = f"u{bits}"
        if kind == "trap":
            return ["__builtin_trap();"]
        if kind in ("lifetime", "assume"):
            return []
        if kind in ("memcpy", "memmove", "memset"):
            aligned = [value if align == 1 else f"__builtin_assume_aligned({value}, {align})"
                       for _, value, align in arguments]
            return [f"__builtin_{kind}({aligned[0]}, {aligned[1]}, (u32){values[2]});"]
        if bits not in (8, 16, 32, 64):
            raise Unknown(f"{kind} of {bits} bits")
        if words[1:3] == ["with", "overflow"]:
            kind, operation = kind[0], kind[1:]
            if kind == "s":
                values = [signed(value, bits) for value in values]
            return [f"{{ {kind}{bits} whole; {name}.f1 = __builtin_{operation}_overflow("
                    f"{values[0]}, {values[1]}, &whole); {name}.f0 = whole; }}"]
        if kind == "uadd" and words[1] == "sat":
            total = f"({type})({values[0]} + {values[1]})"
            return [f"{name} = {total} < {values[0]} ? ({type})-1 : {total};"]
        if kind == "usub" and words[1] == "sat":
            return [f"{name} = {values[0]} > {values[1]} ? {values[0]} - {values[1]} : 0;"]
        if kind in ("umin", "umax", "smin", "smax"):
            left, right = values if kind[0] == "u" else (signed(value, bits) for value in values)
            sign = "<" if kind[1:] == "min" else ">"
            return [f"{name} = {left} {sign} {right} ? {values[0]} : {values[1]};"]
        if kind in ("fshl", "fshr"):
            first, second = ("<<", ">>") if kind == "fshl" else (">>", "<<")
            if values[0] != values[1]:
                if kind != "fshl" or not re.fullmatch(r"\d+u(ll)?", values[2]):
                    raise Unknown("a funnel")
                count = int(values[2].rstrip("ul")) % bits
                return [f"{name} = {values[0]} << {count} | {values[1]} >> {bits - count};"]
            return [f"{name} = {values[0]} {first} ({values[2]} & {bits - 1}) | "
                    f"{values[1]} {second} (-{values[2]} & {bits - 1});"]
        if kind == "abs":
            return [f"{name} = {signed(values[0], bits)} < 0 ? -{values[0]} : {values[0]};"]
        if kind in ("ctlz", "cttz", "ctpop", "bswap", "bitreverse"):
            if bits >= 32:
                return [f"{name} = {kind}_{bits}({values[0]});"]
            if kind == "cttz":
                return [f"{name} = cttz_32({values[0]} | {1 << bits}u);"]
            adjusted = {"ctlz": f" - {32 - bits}", "ctpop": ""}.get(kind, f" >> {32 - bits}")
            return [f"{name} = {kind}_32({values[0]}){adjusted};"]
        raise Unknown(f"the intrinsic {kind}")
