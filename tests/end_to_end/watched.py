"""A process as systemd sees the gateway: two loops that move, until a signal makes them stop moving.

SIGUSR1: the loop "road" stands still, the process lives on.    SIGUSR2: the whole event loop hangs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time

from gateway.watchdog import Progress, Systemd, keep_watch

ALLOWED_SECONDS = 0.3


async def move(progress: Progress, name: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        progress.beat(name)
        await asyncio.sleep(0.02)


async def main() -> None:
    loop = asyncio.get_running_loop()
    progress, stop = Progress(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, stop.set)
    loop.add_signal_handler(signal.SIGUSR2, time.sleep, 60)
    with Systemd.from_environment(os.environ, os.getpid()) as systemd:
        for name in ("road", "journal"):
            progress.expect(name, ALLOWED_SECONDS)
        async with asyncio.TaskGroup() as group:
            group.create_task(move(progress, "road", stop), name="road")
            group.create_task(move(progress, "journal", asyncio.Event()), name="journal")
            group.create_task(keep_watch(systemd, progress, well="all loops move"), name="watchdog")
            systemd.ready()


if __name__ == "__main__":
    asyncio.run(main())
