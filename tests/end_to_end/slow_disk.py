"""A gateway on a disk that takes 20 ms for each commit, as an eMMC does. Stands in front of the command that would run it:

python -m tests.end_to_end.slow_disk PYTHON -m gateway run compound.yaml ...
"""

from __future__ import annotations

import runpy
import sys
import time
from typing import TYPE_CHECKING, Final

from gateway.keep import journal

if TYPE_CHECKING:
    import sqlite3

COMMIT_SECONDS: Final = 0.02


def slow(connection: sqlite3.Connection) -> None:
    """In place of `gateway.keep.journal.commit`."""
    time.sleep(COMMIT_SECONDS)
    connection.execute("COMMIT")


if __name__ == "__main__":
    journal.commit = slow
    sys.argv = sys.argv[3:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
