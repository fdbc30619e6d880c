"""Describes what can be imported here, for the bundle to be compared with. Usage: reference.py OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "desktop"))

from cachibot_desktop.bundle import self_test

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(self_test.to_json(), encoding="utf-8")
