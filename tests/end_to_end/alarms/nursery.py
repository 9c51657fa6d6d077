"""Gives birth to gateways: all code is loaded once, and each life is a fork of it, so that lives begin in a moment.

    python -m tests.end_to_end.alarms.nursery compound.yaml DATA HOST:PORT LOG

For each line on stdin a process begins that runs `gridpost run`; its pid is printed, and its exit code when it has ended (as
`os.waitstatus_to_exitcode` has it). One lives at a time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import gateway.app
import gateway.assembly
import gateway.serve.listen  # noqa: F401 - all three: what a gateway would load
from gateway.commands.run import Wish, run_gateway

CONFIG, DATA, HTTP, LOG = sys.argv[1:]


def live() -> int:
    """In the fork: be a gateway."""
    log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for given, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(given, place)
    return run_gateway(Wish(Path(CONFIG), Path(DATA), HTTP, until_stdin_closes=False))


def say(word: str | int) -> None:
    """A line for whoever asked."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    say("ready")
    while sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            os._exit(live())
        say(pid)
        say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
