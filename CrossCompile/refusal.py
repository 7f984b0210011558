"""How the kit says no: one line that tells what is wrong and what to do about it."""


class Refusal(Exception):
    pass
