"""The whole of the tests, two parts at a time, each whole by itself: `make test`.

All of them are full of real servers and time limits, and a machine that is slow beside its own load may break one: what failed
must pass alone, at once, or it has failed. Ends with 1 where something did.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]

AT_A_TIME: Final = 4
"""Two cores bear four, since much of it waits: for devices that are slow, for limits that must pass, for a browser."""

FAILED: Final = 1
"""What pytest ends with where a test failed; anything else but 0 is worse."""


class Part(NamedTuple):
    """Some of the tests: these folders, or all that no other part has."""

    name: str
    folders: tuple[str, ...] = ()


PARTS: Final = (
    Part("gateways", ("tests/end_to_end", "tests/commands", "tests/setting_up")),
    Part("page", ("tests/dashboards", "tests/page")),
    Part("rest"),
    Part("judgement", ("tests/bench", "tests/config", "tests/decide", "tests/keep", "tests/scenarios")),
    Part("server", ("tests/serve", "tests/simulator")),
)
"""The longest first, so that both ends come at about the same time."""

_WIDTH: Final = max(len(part.name) for part in PARTS)


def command(part: Part, *more: str) -> list[str]:
    """How a part is run."""
    others = [folder for other in PARTS for folder in other.folders]
    which = part.folders or ("tests", *(f"--ignore={folder}" for folder in others))
    return [sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{part.name}", *more, *which]


def run(part: Part, *more: str) -> int:
    """Run a part, and say each line of it as it comes, behind its name; returns its exit code."""
    began = time.monotonic()
    # The gateways that tests start hundreds of times are compiled once, whatever this machine is used to.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(
        command(part, *more), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout or ():
            _say(part, line)
    _say(part, f"ended with {running.returncode} after {time.monotonic() - began:.0f} s\n")
    return running.returncode


def main() -> int:
    """Run all parts, and what failed again; returns the exit code."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        codes = list(pool.map(run, PARTS))
    if any(code not in {0, FAILED} for code in codes):
        return max(map(abs, codes))  # negative: ended by a signal
    for part, code in zip(PARTS, codes, strict=True):
        if code == FAILED:
            _say(part, "what failed beside others, alone:\n")
            if run(part, "--last-failed", "--maxfail=1") != 0:
                return FAILED
    return 0


def _say(part: Part, line: str) -> None:
    sys.stdout.write(f"{part.name:>{_WIDTH}} | {line}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
