from __future__ import annotations

import subprocess
import sys

import pytest

IMPURE = ("asyncio", "logging", "sqlite3", "socket", "threading", "pydantic", "yaml")


@pytest.mark.parametrize("module", ["gateway.decide.judge", "gateway.model", "drivers.contract"])
def test_decide_and_all_below_it_load_no_means_of_input_or_output(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {IMPURE!r} if name in sys.modules])"

    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"
