"""The gateway in its test build: killed between two steps of its road when a file says so.

    python -m tests.end_to_end.fragile compound.yaml DATA HOST:PORT ORDER BELL_PORT

ORDER is a file that need not be there. It holds the name of a step (`Flow.passed`); the process removes it and kills
itself, by SIGKILL, the next time that it comes past that step.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from gateway.app import run
from gateway.commands.run import loop_factory
from gateway.config.load import load
from gateway.flow import Flow
from gateway.logs import log_to_stderr
from gateway.parts import Gateway
from gateway.serve.listen import listen
from tests.end_to_end.bell import BellConfig

CONFIG, DATA, HTTP, ORDER, BELL = sys.argv[1:]


class DyingFlow(Flow):
    """The road with a trap on it."""

    def passed(self, step: str) -> None:
        """Die here if that is the order."""
        order = Path(ORDER)
        if order.exists() and order.read_text() == step:
            order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


async def live() -> int:
    """Run with a bell beside the configured lines."""
    configured = load(Path(CONFIG))
    bell = BellConfig(int(BELL))
    drivers = {**configured.drivers, bell.id: bell.build()}
    plan = replace(configured, lines=(*configured.lines, bell), drivers=drivers)
    listening = listen(HTTP, plain_http_allowed=False)
    return await run(Gateway(plan, Path(DATA), drivers, flow_class=DyingFlow), listening, asyncio.Event())


if __name__ == "__main__":
    log_to_stderr()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        sys.exit(runner.run(live()))
