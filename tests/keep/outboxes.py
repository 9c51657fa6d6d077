"""What the tests of the outbox put into it, and turns of it at any time they like."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.model import NANOSECONDS, Now
from tests.keep.facts import T0

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.keep.outbox import Batch
    from gateway.model import HouseSaid

ROOMY = OutboxSettings(max_bytes=100_000_000, max_age_seconds=7 * 86_400, keep_free_bytes=1)


def at(seconds: float, *, trusted: bool = True) -> Now:
    """So many seconds after T0."""
    return Now("boot-1", int((5 + seconds) * NANOSECONDS), T0 + seconds, trusted)


def opened(
    folder: Path, destinations: Sequence[str] = ("influx",), settings: OutboxSettings = ROOMY, seconds: float = 0.0
) -> Outbox:
    return Outbox.open(folder, settings, destinations, at(seconds))


def line(number: int, seconds: float = 0.0, *, width: int = 0) -> bytes:
    """A line that says its number; `width` adds so many letters that compress to half of them."""
    noise = random.Random(number).randbytes((width + 1) // 2).hex()[:width]
    said = f'door,device=b1u1 n={number}i,noise="{noise}" {utc_ns(seconds)}\n'
    return said.encode()


def utc_ns(seconds: float) -> int:
    return int((T0 + seconds) * NANOSECONDS)


async def turn(outbox: Outbox, seconds: float = 0.0, *, trusted: bool = True) -> None:
    """What `run` does once a second."""
    outbox._begin_turn(at(seconds, trusted=trusted))
    await outbox._turn_ended()


async def filled(outbox: Outbox, numbers: Sequence[int], seconds: float = 0.0, *, points: int = 1) -> None:
    """One batch with these lines, on disk."""
    for number in numbers:
        outbox.append(line(number, seconds), points, utc_ns(seconds))
    await turn(outbox, seconds)


def numbers_in(batches: Sequence[Batch]) -> list[int]:
    return [number_of(said) for batch in batches for said in batch.plain().splitlines()]


def number_of(said: bytes) -> int:
    return int(said.split(b" n=")[1].split(b"i,")[0])


async def everything(outbox: Outbox, after: int = 0) -> list[int]:
    return numbers_in(await outbox.read(after, 1 << 40))


class Told(list["HouseSaid"]):
    """What was said, by rule: the last word of each."""

    def last(self, rule: str) -> HouseSaid:
        return [said for said in self if said.rule == rule][-1]
