"""`kill -9` at random moments: every line whose append returned is there afterwards, once and in order."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import time
from typing import TYPE_CHECKING

from gateway.collect.clock import Clock
from gateway.keep.outbox import Outbox
from tests.keep.outboxes import ROOMY, everything, line, opened, utc_ns

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 300 if os.environ.get("GRIDPOST_SOAK") else 20
PATIENCE_SECONDS = 20.0


async def test_no_line_that_was_taken_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    noise = random.Random(5)
    last = 0

    for _ in range(ROUNDS):
        said = await asyncio.to_thread(_live_and_die, tmp_path, last + 1, noise.uniform(0.0, 0.2))
        outbox = opened(tmp_path)
        there = await everything(outbox)
        damaged = outbox.damaged
        await outbox.close()

        assert damaged == ()
        assert there == list(range(1, len(there) + 1))
        assert len(there) - said in {0, 1}  # one append may have returned without having been said
        last = len(there)


def _live_and_die(folder: Path, first: int, seconds: float) -> int:
    """Let a child append until it has said something and that long; kill it. Returns the last number that it said."""
    said = folder / "said"
    said.write_bytes(b"")
    children = multiprocessing.get_context("forkserver")  # imports once, so that a child begins at once
    children.set_forkserver_preload([__name__])
    child = children.Process(target=_live, args=(folder, first), daemon=True)
    child.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not said.stat().st_size and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(seconds)
    child.kill()
    child.join()
    child.close()
    return int(said.read_bytes().rpartition(b"\n")[0].splitlines()[-1])


def _live(folder: Path, first: int) -> None:
    asyncio.run(_append_for_ever(folder, first))


async def _append_for_ever(folder: Path, number: int) -> None:
    clock = Clock(lambda: True)
    outbox = Outbox.open(folder, ROOMY, ("influx",), clock())
    said = os.open(folder / "said", os.O_WRONLY | os.O_APPEND)
    parent = os.getppid()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run(clock))
        while True:
            if os.getppid() != parent:
                os._exit(1)  # who was to kill it is gone
            for _ in range(50):
                outbox.append(line(number), 1, utc_ns(0))
                os.write(said, b"%d\n" % number)
                number += 1
            await asyncio.sleep(0)
