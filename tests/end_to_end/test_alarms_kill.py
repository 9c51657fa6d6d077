"""Alarms while the gateway is killed at random moments and its disk fills up: none is lost, and everybody is told in time.

200 alarms and 5 ends of the process here; 10,000 and 200 under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.deliver.notify.lane import PARALLEL
from tests.end_to_end.alarms.lives import Lives, Record
from tests.end_to_end.alarms.street import INPUTS, PEOPLE, STEPS, panels, service, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.alarms_site import Panel
    from tests.end_to_end.alarms.street import Service, Told

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
GAS, FORCED, ENDS = (150, 50, 200) if SOAK else (3, 1, 5)
"""Panels of P1s and of P2s, and how often the process ends."""

LIFE_SECONDS = (0.2, 4.0) if SOAK else (0.2, 1.2)
"""So long the process lives after it began to serve."""

START_SECONDS = (0.1, 1.5) if SOAK else (0.1, 0.8)
"""So long it lives where it dies while it starts: every second time."""

FULL_DISK_EVERY = 3
ANSWERED, LATEST_ANSWER_SECONDS = 0.5, 6.0
"""So many of the P1s are answered, at some moment within so long after the first message."""

RULES = ("gas", "door_forced")
LIMIT_SECONDS = 60.0
IN_FLIGHT_SECONDS = 1.0
"""So long after an answer a message may still come that was on its way."""

SLACK_SECONDS = 2.0
"""By so much a step may be late beside the time in which there was no gateway: a busy machine, and a poll."""


@dataclass(slots=True)
class Crowd:
    """Those who are told: some answer, at some moment, what they hear of for the first time."""

    lives: Lives
    chance: random.Random
    known: set[int] = field(default_factory=set)

    def hears(self, told: Told) -> None:
        """A message came."""
        if told.alarm is None or not told.recorded or told.alarm in self.known:
            return
        self.known.add(told.alarm)
        if self.chance.random() < ANSWERED:
            self.lives.answer(told.alarm, self.chance.uniform(0, LATEST_ANSWER_SECONDS))


async def trouble(places: Sequence[tuple[Panel, int]], chance: random.Random) -> None:
    """These inputs go into alarm one after the other, whether or not anybody looks."""
    for panel, place in places:
        panel.alarm(place)
        await asyncio.sleep(chance.uniform(0, 2 * max(LIFE_SECONDS) / len(places)))


async def ended_again_and_again(lives: Lives, known: Mapping[str, Panel], chance: random.Random) -> Sequence[int]:
    """Alarms in every life, and the process ends in all ways that it can; returns how it ended where its disk was full."""
    places = [(panel, place) for panel in known.values() for place in range(INPUTS)]
    chance.shuffle(places)
    codes = []
    for end in range(1, ENDS + 1):
        raising = asyncio.create_task(trouble(places[end :: ENDS + 1], chance))
        if end % 2 == 0:
            await asyncio.sleep(chance.uniform(*START_SECONDS))
            await lives.kill()
        else:
            await lives.serves()
            await asyncio.sleep(chance.uniform(*LIFE_SECONDS))
            if end % FULL_DISK_EVERY == 0:
                codes.append(await lives.fill_disk())
            else:
                await lives.kill()
        await raising
        await lives.begin()
    await lives.serves()
    await trouble(places[:: ENDS + 1], chance)
    return codes


async def settled(folder: Path, of_alarms: int) -> Record:
    """The journal, once that many alarms stand in it, all were answered, and no notice waits."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            record = Record(folder, RULES)
            if len(record.acked) >= of_alarms and "waiting" not in record.fates.values():
                return record
            await asyncio.sleep(0.1)


async def test_no_alarm_is_lost_and_no_step_is_skipped_or_taken_twice(tmp_path: Path) -> None:
    seed = time.time_ns() if SOAK else 7
    chance = random.Random(seed)
    alarms = (GAS + FORCED) * INPUTS
    async with service() as told, panels(GAS, FORCED) as (known, port):
        config = write(tmp_path, known, port, told.url)
        async with Lives(tmp_path, config) as lives:
            crowd = Crowd(lives, chance)
            told.came = crowd.hears
            codes = await ended_again_and_again(lives, known, chance)
            await told.until(lambda: len(crowd.known) >= GAS * INPUTS, LIMIT_SECONDS)
            await asyncio.sleep(max(STEPS[1]) + 0.5)
            for number in Record(tmp_path, RULES).raised.keys() - lives.answered.keys():
                lives.answer(number, 0.0)
            await lives.all_answered()
            record = await settled(tmp_path, alarms)
    steps = sum(map(len, record.steps.values()))
    again = told_again(told)
    print(  # noqa: T201 - a soak that fails must be repeatable
        f"\nseed {seed}: {alarms} alarms, {ENDS} ends, {len(codes)} of them on a full disk, away {lives.away_seconds:.1f} s at"
        f" most; {steps} steps, {len(record.fates)} notices, {len(told.told)} messages, {again} of them once more,"
        f" {sum(not each.recorded for each in told.told)} unrecorded; worst step {worst(record):.2f} s late"
    )

    assert set(codes) == {1}
    assert sorted(record.keys("gas")) == sorted(f"gas@gas{n}/gas{at}" for n in range(GAS) for at in range(INPUTS))
    assert sorted(record.keys("door_forced")) == sorted(
        f"door_forced@forced{n}/forced{at}" for n in range(FORCED) for at in range(INPUTS)
    )
    assert_steps(record, lives)
    assert_nobody_was_bothered_again(told, lives)
    assert again <= ENDS * PARALLEL
    assert set(record.fates.values()) <= {"sent", "folded", "withdrawn"}


def told_again(told: Service) -> int:
    """How many messages told of the same step twice: what was on its way when the process ended is sent once more."""
    times = Counter((each.alarm, each.to) for each in told.told if each.alarm is not None and each.recorded)
    return sum(times.values()) - len(times)


def delays(record: Record) -> Mapping[tuple[int, int], float]:
    """By how much each step of each alarm was late."""
    found: dict[tuple[int, int], float] = {}
    for number, row in record.raised.items():
        due = STEPS[row.body["alarm"]["priority"]]
        found |= {
            (number, step.body["step"]): step.utc - row.utc - due[step.body["step"]] for step in record.steps[number]
        }
    return found


def worst(record: Record) -> float:
    return max(delays(record).values())


def assert_steps(record: Record, lives: Lives) -> None:
    """All steps that were due were taken, once, in order and on time; each told exactly those whom it means."""
    for number, row in record.raised.items():
        due = STEPS[row.body["alarm"]["priority"]]
        taken = [step.body["step"] for step in record.steps[number]]
        assert taken == list(range(len(taken))), f"alarm {number}"
        stood = record.acked[number].utc - row.utc
        assert len(taken) >= sum(seconds + lives.away_seconds + SLACK_SECONDS < stood for seconds in due)
        assert [notice.body["person"] for notice in record.notices[number]] == list(PEOPLE)[: len(taken)]
    late = delays(record)
    assert min(late.values()) > -0.05
    assert max(late.values()) < lives.away_seconds + SLACK_SECONDS


def assert_nobody_was_bothered_again(told: Service, lives: Lives) -> None:
    """After somebody was told that he has it, nothing of an alarm goes out any more."""
    late = [
        each
        for each in told.told
        if each.alarm is not None and each.recorded and each.at > lives.answered[each.alarm] + IN_FLIGHT_SECONDS
    ]
    assert late == []
