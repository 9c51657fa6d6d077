"""Ears that write down what a receiver told them, and a receiver that runs beside a test."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.ble.hearing import Times

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drivers.ble.source import Advert, AdvertSource

QUICK = Times(
    silence_seconds=0.3,
    first_pause_seconds=0.01,
    longest_pause_seconds=0.1,
    wrong_pause_seconds=0.05,
    begin_seconds=0.7,
    end_seconds=0.2,
)
"""The times of a receiver, short enough for a test; `test_hearing.py` proves what the real ones come to."""

PATIENT = replace(QUICK, silence_seconds=20.0, begin_seconds=20.0)
"""Where nothing is to be lost, however slow the machine is."""


def clock() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class RecordingEars:
    def __init__(self) -> None:
        self.adverts: list[Advert] = []
        self.others = 0
        self.told: list[tuple[str, str]] = []

    def heard(self, _receiver: str, adverts: list[Advert], others: int) -> None:
        self.adverts += adverts
        self.others += others

    def found(self, _receiver: str) -> None:
        self.told.append(("found", ""))

    def lost(self, _receiver: str, why: str) -> None:
        self.told.append(("lost", why))

    def wrong(self, _receiver: str, why: str) -> None:
        self.told.append(("wrong", why))

    @property
    def states(self) -> list[str]:
        """What was told, without the reasons."""
        return [state for state, _ in self.told]

    def reason(self, state: str) -> str:
        """Why it was last told so; "" when it was not."""
        return next((why for told, why in reversed(self.told) if told == state), "")


@asynccontextmanager
async def listening(source: AdvertSource) -> AsyncIterator[RecordingEars]:
    """Run a source; at the end it is cancelled and has ended, and nothing but that had ended it."""
    ears = RecordingEars()
    task = asyncio.create_task(source.run(ears), name="source")
    try:
        yield ears
    finally:
        task.cancel()
        ended = (await asyncio.gather(task, return_exceptions=True))[0]
    assert isinstance(ended, asyncio.CancelledError), ended
