"""A driver that runs beside a test."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from drivers.contract import Command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from drivers.contract import Driver, Json
    from tests.drivers.recording_post import RecordingPost

NANOSECONDS = 1_000_000_000
PATIENCE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.002
T = TypeVar("T")


async def until(true: Callable[[], T], limit_seconds: float = PATIENCE_SECONDS) -> T:
    """Wait until `true()` is true; returns what it returned. Raises TimeoutError when it does not become so."""
    async with asyncio.timeout(limit_seconds):
        while not (answer := true()):
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    return answer


async def quiet(count: Callable[[], float], seconds: float = 0.3) -> None:
    """Wait until a count has stood still for so long. Raises TimeoutError for one that never does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        before = -1.0
        while before != (before := count()):
            await asyncio.sleep(seconds)


@asynccontextmanager
async def running(driver: Driver, post: RecordingPost) -> AsyncIterator[asyncio.Task[None]]:
    """Run a driver; at the end it is cancelled and has ended. What ended it before is told when the test fails."""
    task = asyncio.create_task(driver.run(post), name="driver")
    try:
        yield task
    except TimeoutError:
        if task.done() and (error := task.exception()) is not None:
            raise error from None
        raise
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def command(
    device: str, name: str, arguments: Mapping[str, Json] | None = None, *, number: int = 7, seconds: float = 5.0
) -> Command:
    return Command(number, device, name, arguments or {}, boottime_ns() + int(seconds * NANOSECONDS))
