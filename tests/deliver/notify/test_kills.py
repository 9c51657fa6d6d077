"""Kills at any moment, with a real journal file: no step twice, none left out, nobody told of what was answered."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.notify.lane import PARALLEL
from gateway.keep.notices import waiting as waiting_in
from gateway.keep.opening import open_journal
from gateway.keep.writing import write_entry
from gateway.model import Entry, Priority
from gateway.notice import Fate
from tests.decide.escalation.street import FORCED, GAS, HELD, SMOKE
from tests.deliver.notify.station import Station, at_once

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.model import Outcome
    from gateway.notice import Notice

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
ALARMS = 150 if SOAK else 40
DUE = {Priority.P1: (0, 60, 120, 180), Priority.P2: (0, 120, 300), Priority.P3: (0, 1800)}
"""When each step is due after its alarm, as `street.POLICIES` has it."""

RULES = (GAS, SMOKE, FORCED, HELD)

Sent = tuple[float, tuple[int, ...], str]


class OnDisk(Station):
    """A station whose every walk down the road is one transaction in a journal file."""

    folder: Path
    before: list[Sent]
    """What earlier runs of the process sent."""

    def start(self) -> list[Notice]:
        opened = open_journal(self.folder, self.now)
        assert opened.watermark is not None
        opened.watermark.abandon()
        self.connection: sqlite3.Connection = opened.connection
        self.connection.execute("PRAGMA synchronous=OFF")  # a killed process loses nothing that the kernel has
        self.disk = opened.remembered
        return super().start()

    def keep(self, out: Sequence[Outcome]) -> list[Notice]:
        self.connection.execute("BEGIN IMMEDIATE")
        write_entry(self.connection, Entry(self.now, tuple(out)))
        self.connection.execute("COMMIT")
        return super().keep(out)

    @property
    def waiting(self) -> list[Notice]:
        return waiting_in(self.connection)

    async def killed(self) -> None:
        assert self.notifier is not None
        self.before = self.sent
        stopping, self.notifier = self.notifier, None
        await stopping.stop()
        self.connection.close()
        self.now = self.clock()
        self.start()
        await self.begin(self.waiting)

    def __post_init__(self) -> None:
        self.before = []
        super().__post_init__()

    @property
    def sent(self) -> list[Sent]:
        """Every message so far: when, which notices, and about what."""
        now = [(at, m.numbers, m.subject) for channel in self.channels.values() for at, m in channel.sent]
        return [*self.before, *now]


@dataclass
class Past:
    """What a run did: when each alarm was raised and answered, and how often it was killed."""

    raised: dict[int, tuple[float, Priority]] = field(default_factory=dict)
    answered: dict[int, float] = field(default_factory=dict)
    standing: list[tuple[str, int]] = field(default_factory=list)
    kills: int = 0

    def answer(self, station: OnDisk, key: str, number: int) -> None:
        self.standing.remove((key, number))
        station.now = station.clock()
        out = station.book.acked(station.book.open[key], "zhang", "", station.now)
        station.keep(station.escalation.follow(out, station.now))
        self.answered[number] = station.loop.time()


async def lived(station: OnDisk, chance: random.Random) -> Past:
    """Alarms come, are answered or not, and the process dies now and then; in the end all are answered."""
    past = Past()
    for number in range(ALARMS):
        rule, source = chance.choice(RULES), f"d{number}"
        station.now = station.clock()
        following = station.escalation.follow(station.raised(rule, source), station.now)
        if chance.random() < 0.1:  # killed before the commit: nobody knows of it
            past.kills += 1
            await station.killed()
        else:
            station.keep(following)
            alarm = station.alarm(rule, source)
            past.raised[alarm.number] = (station.loop.time(), rule.priority)
            past.standing.append((alarm.key, alarm.number))
        await station.sleep(chance.choice([0.002, 0.02, 0.06, 1, 20, 70]))
        if chance.random() < 0.3:  # wherever it is: between commit and release, or in the midst of a message
            past.kills += 1
            await station.killed()
        if past.standing and chance.random() < 0.6:
            past.answer(station, *chance.choice(past.standing))
    for each in tuple(past.standing):
        past.answer(station, *each)
    await station.sleep(200)
    return past


def hold(station: OnDisk, past: Past) -> None:
    """What must be true of any run."""
    for number, (at, priority) in past.raised.items():
        taken = [step for step, _ in station.steps(number)]
        due = sum(at + seconds < past.answered[number] - 0.5 for seconds in DUE[priority])
        assert taken == list(range(len(taken)))
        assert due <= len(taken)
        assert len(taken) <= due + 1 or past.answered[number] - at > 400  # the last step is taken again
    for at, _, subject in station.sent:
        assert at <= past.answered[int(subject.removeprefix("alarm:"))] + 0.06  # what was on its way then
    times = Counter(number for _, numbers, _ in station.sent for number in numbers)
    assert sum(count - 1 for count in times.values()) <= 4 * PARALLEL * past.kills  # only what was being sent at a kill
    fates = dict(station.connection.execute("SELECT number, fate FROM notices").fetchall())
    assert Fate.WAITING.value not in fates.values()
    assert [number for number, fate in fates.items() if number not in times and fate != Fate.WITHDRAWN.value] == []


@pytest.mark.parametrize("seed", range(10 if SOAK else 1))
def test_whatever_is_killed_when(seed: int, tmp_path: Path) -> None:
    async def story() -> None:
        OnDisk.folder = tmp_path
        async with OnDisk() as station:
            past = await lived(station, random.Random(seed))

            assert past.kills > ALARMS / 10
            hold(station, past)
            station.connection.close()

    at_once(story)
