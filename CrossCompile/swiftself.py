"""What ARM code does to r10, in which Swift hands over `self`.

Who is called has to preserve it. LLVM decides what a function saves before its load/store optimiser
may let loads through r10 move it on (`ldm r10!`): then the caller goes on with another `self`."""
import re

HEADER = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^ *[0-9a-f]+:\s+([a-z]\S*)\s*([^<@]*)(?:<([^>+]+)>)?")
CONDITION = r"(?:eq|ne|[hc]s|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?(?:\.[nw])?"
# These read their first operand, all others write it.
READERS = re.compile(
    r"v?st(?!rex).*|v?push.*|cm[pn].*|tst.*|teq.*|pl[di].*|svc.*|cbn?z|tb[bh]|mcr.*|msr.*|"
    rf"(?:b|bl|bx|blx){CONDITION}")
PAIRS = re.compile(r"ldrd|ldrexd|[us]m(?:ull|lal)|umaal")
MOVED_ON = re.compile(r"\[r10[^\]]*\]!|\[r10\], |^r10!")
OUTLINED = "OUTLINED_FUNCTION_"
# Three mistakes and their innocent relatives.
SAMPLE = """
00010000 <moves_on>:
   10000: ldm r10!, {r0, r1}
   10004: bx lr
00010008 <restores_only>:
   10008: ldr r0, [r10], #4
   1000c: pop {r10, pc}
00010010 <calls_unsaved>:
   10010: bl 0x10040 <OUTLINED_FUNCTION_0>
   10014: umull r0, r10, r1, r2
00010018 <saves>:
   10018: push.w {r4, r10, lr}
   1001c: add.w r10, r10, #8
   10020: bl 0x10040 <OUTLINED_FUNCTION_0>
   10024: pop.w {r4, r10, pc}
00010028 <reads>:
   10028: ldr r0, [r10, #4]!  @ not written: see the next
   1002c: bx lr
00010030 <only_reads>:
   10030: ldm r10, {r0, r1}
   10034: str r10, [r0], #4
   10038: vmov s0, r10
   1003c: b 0x10028 <reads>
00010040 <OUTLINED_FUNCTION_0>:
   10040: mov r10, r0
   10044: bx lr
"""


def _listed(operands):
    return re.search(r"\{.*\br10\b.*\}", operands)


def _saves(word, operands):
    return (word.startswith("push") or word.startswith("stm") and operands.startswith("sp!")) and (
        _listed(operands)) or word.startswith("str") and operands.startswith("r10, [sp")


def _writes(word, operands):
    if MOVED_ON.search(operands):
        return True
    if word.startswith(("ldm", "pop")):
        return _listed(operands)
    if READERS.fullmatch(word):
        return False
    parts = operands.strip().split(", ")
    if PAIRS.match(word) or word.startswith("vmov") and parts[-1][:1] in "ds" and len(parts) > 2:
        return "r10" in parts[:2]
    return parts[2:3] == ["r10"] if word.startswith("mrc") else parts[0] == "r10"


def _functions(code):
    """Names, and what each does to r10 in turn: saves, writes, or the outlined function that it
    calls."""
    functions, deeds = {}, []
    for line in code.splitlines():
        if header := HEADER.match(line):
            deeds = functions.setdefault(header[1], [])
        elif found := INSTRUCTION.match(line):
            word, operands, target = found.groups()
            if _saves(word, operands):
                deeds.append("saves")
            elif _writes(word, operands):
                deeds.append("writes")
            elif target and target.startswith(OUTLINED) and word.startswith("b"):
                deeds.append(target)
    return functions


def changes(code):
    """The functions in the disassembly `code` that write r10 without having saved it. What was
    taken out of functions counts as a part of them."""
    functions = _functions(code)

    def first(name):
        for deed in functions.get(name, ()):
            if deed.startswith(OUTLINED):
                deed = first(deed)
            if deed:
                return deed
        return None

    return [name for name in functions if not name.startswith(OUTLINED) and first(name) == "writes"]


if changes(SAMPLE) != ["moves_on", "restores_only", "calls_unsaved", "reads"]:
    raise AssertionError(f"the search for changes of r10 does not work: {changes(SAMPLE)}")
