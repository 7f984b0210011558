"""Meshes with a foreign node, where one is named: FOREIGN=path of a cjdns executable."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    foreign = os.environ.get("FOREIGN")
    if not foreign:
        print("no foreign node was named (FOREIGN=path, or make interop CJDROUTE=path)")
        sys.exit(77)
    os.execv(sys.executable, [sys.executable, os.path.join(HERE, "interop.py"),
                              os.environ["CJDROUTE"], foreign])
