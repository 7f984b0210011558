"""Nodes that are joined by radio only, as `make wifi-test` shows them."""
import os
import pathlib
import platform
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Wifi"))
import wifi  # noqa: E402

if __name__ == "__main__":
    if platform.machine() != "x86_64":
        print("needs an executable for x86_64: make wifi-test builds it")
        sys.exit(wifi.SKIPPED)
    sys.exit(wifi.main(os.environ.get("CJDROUTE") or str(ROOT / "cjdroute")))
