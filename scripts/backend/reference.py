"""Write the importable modules of this environment, as the self-test's reference. Usage: reference.py OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "desktop"))

from cachibot_desktop.bundle import self_test

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(self_test.to_json(), encoding="utf-8")
