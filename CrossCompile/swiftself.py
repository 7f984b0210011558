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
RETURN = re.compile(rf"bx{CONDITION}|(?:pop|ldm).*")
JUMP = re.compile(rf"b{CONDITION}")
OUTLINED = "OUTLINED_FUNCTION_"
# Six mistakes and their innocent relatives.
SAMPLE = """
00010000 <moves_on>:
   10000: ldm r10!, {r0, r1}
   10004: bx lr
00010008 <restores_only>:
   10008: umull r0, r10, r1, r2
   1000c: pop {r10, pc}
00010010 <calls_unsaved>:
   10010: bl 0x10040 <OUTLINED_FUNCTION_0>
   10014: b 0x10030 <reads>
00010018 <saves>:
   10018: push.w {r4, r10, lr}
   1001c: add.w r10, r10, #8
   10020: bl 0x10040 <OUTLINED_FUNCTION_0>
   10024: pop.w {r4, r10, pc}
00010028 <goes_on>:
   10028: ldr r0, [r10, #4]!
   1002c: bx lr
00010030 <reads>:
   10030: ldm r10, {r0, r1}
   10034: str r10, [r0], #4
   10038: vmov s0, r10
   1003c: b 0x10028 <goes_on>
00010040 <OUTLINED_FUNCTION_0>:
   10040: mov r10, r0
   10044: bx lr
00010048 <never_returns>:
   10048: mov r10, r0
   1004c: bl 0x10048 <never_returns>
00010050 <saves_a_copy>:
   10050: push {r4, lr}
   10052: mov lr, r10
   10054: mov r4, r8
   10056: push {r4, lr}
   10058: mov r10, r0
   1005a: pop {r1, r2}
   1005c: mov r10, r2
   1005e: pop {r4, pc}
00010060 <saves_too_late>:
   10060: mov r4, r10
   10062: mov r10, r0
   10064: push {r4, lr}
   10066: pop {r4, pc}
00010068 <saves_another>:
   10068: mov r4, r10
   1006a: mov r4, r0
   1006c: push {r4, lr}
   1006e: mov r10, r0
   10070: pop {r4, pc}
00010074 <OUTLINED_FUNCTION_1>:
   10074: mov r4, r0
   10076: bx lr
   10078: bmi 0x10040 <OUTLINED_FUNCTION_0>
0001007c <calls_what_is_before_a_gap>:
   1007c: bl 0x10074 <OUTLINED_FUNCTION_1>
   10080: bx lr
"""


def _listed(operands):
    return re.search(r"\{.*\br10\b.*\}", operands)


def _saves(word, operands, copies):
    if word == "push" and copies & set(re.findall(r"\w+", operands)):
        return True
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
    """Names, and what each does in turn: saves r10, writes it, calls an outlined function (its
    name), returns or goes to another function for good."""
    functions, name, deeds, copies = [], "", [], set()
    for line in code.splitlines():
        if header := HEADER.match(line):
            name, deeds, copies = header[1], [], set()
            functions.append((name, deeds))
        elif found := INSTRUCTION.match(line):
            word, operands, target = found.groups()
            if _saves(word, operands, copies):
                deeds.append("saves")
            elif _writes(word, operands):
                deeds.append("writes")
            elif target and target.startswith(OUTLINED) and word.startswith("b"):
                deeds.append(target)
            # Thumb's first version pushes others in place of the high registers.
            if word == "mov":
                to, source = operands.strip().split(", ")[:2]
                copies = copies | {to} if source == "r10" else copies - {to}
            else:
                copies = set()
            if RETURN.fullmatch(word) and re.search(r"\b(?:lr|pc)\b", operands) or (
                    JUMP.fullmatch(word) and target not in (None, name)):
                deeds.append("returns")
    return functions


def changes(code):
    """The functions in the disassembly `code` that write r10 without having saved it, and return.
    What was taken out of functions counts as a part of them."""
    functions = _functions(code)
    # They have no branches: what stands behind the return fills the gap to the next one.
    outlined = {name: deeds[:deeds.index("returns")] if "returns" in deeds else deeds
                for name, deeds in functions if name.startswith(OUTLINED)}

    def first(deeds):
        for deed in deeds:
            if deed.startswith(OUTLINED):
                deed = first(outlined.get(deed, ()))
            if deed in ("saves", "writes"):
                return deed
        return None

    return [name for name, deeds in functions
            if name not in outlined and "returns" in deeds and first(deeds) == "writes"]


if changes(SAMPLE) != ["moves_on", "restores_only", "calls_unsaved", "goes_on",
                       "saves_too_late", "saves_another"]:
    raise AssertionError(f"the search for changes of r10 does not work: {changes(SAMPLE)}")
