"""Long commands show how far they are, to whoever sits there."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

WORK = """
from gateway.commands.bars import bar
with bar("Restoring", 2_000) as went:
    went(2_000)
print("done")
"""


def test_a_terminal_gets_a_bar_that_is_gone_at_the_end() -> None:
    terminal, its_other_end = pty.openpty()

    ended = subprocess.run([sys.executable, "-c", WORK], stdout=subprocess.PIPE, stderr=its_other_end, check=True)
    os.close(its_other_end)
    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)

    assert ended.stdout == b"done\n"
    assert "Restoring" in shown
    assert "2.0/2.0 kB" in shown


def test_a_file_or_a_pipe_gets_nothing() -> None:
    ended = subprocess.run([sys.executable, "-c", WORK], capture_output=True, check=True)

    assert (ended.stdout, ended.stderr) == (b"done\n", b"")
