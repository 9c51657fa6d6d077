"""A journal of alarms, notices and incidents, damaged where it hurts: what can be read goes on, the rest is missing by name.

A few damages here; 300 under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bench.alarms_site import Panel
from drivers.contract import Sample
from gateway.actor import Actor, Role
from gateway.config.alarm_rules import rules_of
from gateway.config.load import load
from gateway.decide.judge import Judge
from gateway.decide.memory import with_sound_memory
from gateway.incident import GoToIncident
from gateway.keep.journal import Journal
from gateway.model import NANOSECONDS, AckAlarm, Entry, Now
from gateway.notice import Fate, NoticesSaid, Notify
from tests.end_to_end.alarms.street import INPUTS, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.decide.rules import Rules
    from gateway.model import Input, Outcome

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
DAMAGES = 300 if SOAK else 6
WORKER = Actor("u1", "tester", Role.MANAGER)
START = Now("boot-1", NANOSECONDS, 1_800_000_000.0, trusted=True)
PANELS = ("gas0", "forced1")


@dataclass(slots=True)
class Life:
    """The judgement on a journal. Every third alarm is answered, and every notice but the last few was sent."""

    judge: Judge
    journal: Journal
    now: Now = START
    unsaid: list[int] = field(default_factory=list)

    async def take(self, x: Input) -> None:
        """One input, on disk."""
        await self.keep(self.judge.take(x, self.now))

    async def keep(self, out: Sequence[Outcome]) -> None:
        """On disk, as the road would have it."""
        self.unsaid += [outcome.notice.number for outcome in out if isinstance(outcome, Notify)]
        if out:
            await self.journal.submit(Entry(self.now, tuple(out)))

    async def pass_seconds(self, seconds: float) -> None:
        """Time passes."""
        end = self.now.boottime_ns + int(seconds * NANOSECONDS)
        while (due := max(self.judge.next_deadline, self.now.boottime_ns)) <= end:
            self._be(due)
            await self.keep(self.judge.wake(self.now))
        self._be(end)

    def _be(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)


def street(folder: Path) -> Rules:
    """What a gateway knows of a street with two panels."""
    known = {name: Panel(unit, INPUTS) for unit, name in enumerate(PANELS, start=1)}
    plan = load(write(folder, known, 1, "http://127.0.0.1:1/sms"))
    return rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})


async def lived(life: Life, rules: Rules) -> None:
    """Alarms come, are told, answered or not; half of it all is in the database proper, the rest in its -wal."""
    await life.keep(life.judge.adopt(rules, life.now))
    for at in range(2 * INPUTS):
        inputs = at // 2 + 1
        await life.take(Sample(PANELS[at % 2], 0, tuple(n < inputs for n in range(INPUTS)), None, life.now.boottime_ns))
        await life.pass_seconds(0.7)
        if at % 3 == 0:
            await life.take(AckAlarm(WORKER, at + 1))
        if at % 20 == 19:
            sent, life.unsaid = life.unsaid[:-5], life.unsaid[-5:]
            await life.take(NoticesSaid(tuple(sent), Fate.SENT, "", life.now.utc))
        if at == INPUTS:
            life.journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            await life.take(GoToIncident(WORKER, 1))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `kill -9` leaves it."""
    folder = tmp_path_factory.mktemp("killed")

    async def live() -> None:
        source = tmp_path_factory.mktemp("live")
        rules = street(source)
        async with Journal.open(source, START) as journal:
            await lived(Life(Judge(rules, {}, START), journal), rules)
            for path in source.iterdir():
                shutil.copy(path, folder)

    asyncio.run(live())
    return folder


def damage(data: Path, chance: random.Random) -> int:
    """The tail is cut off, bits flip, or pages are lost, in the database or in its log of changes; how many bits flipped."""
    file = data / chance.choice(("journal.db", "journal.db-wal"))
    size = file.stat().st_size
    match chance.choice(("tail", "bits", "pages")):
        case "tail":
            os.truncate(file, chance.randrange(size // 2, size))
        case "bits":
            content = bytearray(file.read_bytes())
            flips = chance.choice((1, 8, 64))
            for _ in range(flips):
                content[chance.randrange(size)] ^= 1 << chance.randrange(8)
            file.write_bytes(content)
            return flips
        case _:
            with file.open("r+b") as opened:
                opened.seek(chance.randrange(size // 4096) * 4096)
                opened.write(bytes(4096))
    return 0


def log_of(database: Path) -> dict[int, tuple[str, str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        return {seq: tuple(row) for seq, *row in connection.execute("SELECT seq, kind, subject, body FROM log")}


@pytest.mark.parametrize("seed", range(DAMAGES))
def test_what_can_be_read_goes_on_and_the_rest_is_missing_by_name(killed: Path, tmp_path: Path, seed: int) -> None:
    truth = log_of(shutil.copytree(killed, tmp_path / "truth") / "journal.db")
    data = shutil.copytree(killed, tmp_path / "data")
    flips = damage(data, random.Random(seed))
    rules = street(tmp_path)
    later = START._replace(boottime_ns=START.boottime_ns + 600 * NANOSECONDS, utc=START.utc + 600)

    async def go_on() -> tuple[Judge, Sequence[tuple[int, int]], list[Outcome]]:
        async with Journal.open(data, later) as journal:
            assert journal.recorded, journal.why
            judge, _ = with_sound_memory(lambda memory: Judge(rules, memory, later), journal.remembered())
            out = [*judge.adopt(rules, later), *judge.wake(later)]
            await journal.submit(Entry(later, tuple(out)))
            return judge, () if journal.rescued is None else journal.rescued.missing, out

    judge, missing, out = asyncio.run(go_on())

    kept = log_of(data / "journal.db")
    lost = {seq for first, last in missing for seq in range(first, last + 1)}
    gone = {seq for seq in truth if seq not in kept}
    assert lost == gone if not flips else lost >= gone  # a flipped number may name more than there was
    changed = [seq for seq, row in truth.items() if seq in kept and kept[seq] != row]
    assert len(changed) <= flips  # a letter that became another one
    given = {
        seq: json.loads(body).get("number", 0)
        for seq, (kind, _, body) in kept.items()
        if kind == "notice" and seq in truth
    }
    fresh = [outcome.notice.number for outcome in out if isinstance(outcome, Notify)]
    assert min(fresh, default=10**9) > max(given.values(), default=0)
    rows = (json.loads(body).get("incident", {}) for kind, _, body in kept.values() if kind == "incident")
    worked_on = {row.get("number") for row in rows}
    assert judge.incidents.known.keys() <= worked_on
    told = set(judge.escalation.waits_for("zhang"))
    assert told <= {alarm.number for alarm in judge.alarms if not alarm.acked}
    assert {alarm.number for alarm in judge.alarms if not alarm.acked and alarm.rule in ("gas", "door_forced")} <= told
