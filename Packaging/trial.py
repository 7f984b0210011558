"""What the tests of packages have in common."""
import subprocess
import sys

SKIPPED = 77


class Skip(Exception):
    """It cannot run here; the text says why."""


class Failed(Exception):
    """Something is not as it should be; the text says what."""


def expect(true, what):
    if not true:
        raise Failed(what)


def command(*words, status=0, **options):
    """Runs a command of this machine; what it printed. Failed, with that, if it ends with another
    `status`; None: any will do."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    said = subprocess.run(list(map(str, words)), text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    expect(status is None or said.returncode == status,
           f"status {said.returncode} of {' '.join(map(str, words))}:\n{said.stdout[-3000:]}")
    return said.stdout


def finish(main):
    """Ends the program with the status of `main`, or as Packaging/test knows a skipped one."""
    try:
        sys.exit(main())
    except Skip as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
