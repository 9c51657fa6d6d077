"""Killed between any two steps of the road: no event or alarm is lost, none is told twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.end_to_end.house import LIMIT_SECONDS, house

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.house import House

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"


def assert_told_exactly_once(house: House) -> None:
    """The page was told every alarm row of the journal, in order and none twice."""
    assert [told.seq for told in house.witness.told] == [seq for seq, _, _ in house.log("alarm")]


async def test_an_alarm_that_comes_and_goes_over_kills_is_told_once_each_time(tmp_path: Path) -> None:
    steps = ["judge", "commit", "release"] * (
        7 if SOAK else 1
    )  # an odd number: every step meets both moves of the door
    async with house(tmp_path) as it:
        for kill, step in enumerate(steps):
            came_back = it.die_at(step)
            await it.force(forced=kill % 2 == 0)
            await it.supervisor.until(came_back, LIMIT_SECONDS)

        assert [life.returncode for life in it.supervisor.lives] == [-signal.SIGKILL] * len(steps) + [None]
        assert it.changes() == ["raised", "cleared"] * (len(steps) // 2) + ["raised"]
        assert_told_exactly_once(it)


async def test_an_event_is_kept_once_and_acknowledged_wherever_the_gateway_was_killed(tmp_path: Path) -> None:
    steps = ["judge", "commit", "release", "hand back"]
    async with house(tmp_path) as it:
        for step in steps:
            came_back = it.die_at(step)
            ring = it.bell.ring()
            await it.supervisor.until(came_back, LIMIT_SECONDS)
            await it.bell.until_acked(ring, LIMIT_SECONDS)

        assert [body["sequence"] for _, subject, body in it.log("event") if subject == "bell"] == [1, 2, 3, 4]
        assert it.bell.acked == [1, 2, 3, 4]


@pytest.mark.parametrize("step", ["judge", "commit", "release"])
async def test_an_answer_to_an_alarm_stands_once_it_was_confirmed(tmp_path: Path, step: str) -> None:
    async with house(tmp_path) as it:
        await it.force(forced=True)
        number = it.witness.told[-1].alarm["number"]

        came_back = it.die_at(step)
        with pytest.raises(httpx.TransportError):
            await it.page.post(f"/api/v1/alarms/{number}/ack", json={"note": "on my way"})
        await it.supervisor.until(came_back, LIMIT_SECONDS)
        await it.witness.until(lambda: it.witness.connections > 1, LIMIT_SECONDS)
        answer = await it.page.post(f"/api/v1/alarms/{number}/ack", json={"note": "on my way"})

        assert answer.status_code == 200
        assert answer.json()["acked"]
        await it.witness.until(lambda: "acked" in it.changes(), LIMIT_SECONDS)
        assert it.changes() == ["raised", "acked"]
        assert_told_exactly_once(it)


async def test_killed_at_random_moments_nothing_is_lost_and_nothing_is_told_twice(tmp_path: Path) -> None:
    kills, seed = (300, time.time_ns()) if SOAK else (2, 1)
    chance = random.Random(seed)
    print(f"seed {seed}, {kills} kills")  # noqa: T201 - a soak that fails must be repeatable
    async with house(tmp_path) as it:
        for kill in range(kills):
            lives = len(it.supervisor.lives)
            delay = chance.uniform(0, 0.4)
            asyncio.get_running_loop().call_later(delay, os.kill, it.supervisor.life.pid, signal.SIGKILL)
            ring = it.bell.ring()
            await it.force(forced=kill % 2 == 0)
            await it.bell.until_acked(ring, LIMIT_SECONDS)
            await it.supervisor.until_ready(lives + 1)

        assert it.changes() == ["raised", "cleared"] * (kills // 2) + ["raised"] * (kills % 2)
        assert [body["sequence"] for _, subject, body in it.log("event")] == list(range(1, kills + 1))
        assert_told_exactly_once(it)


async def test_a_gateway_that_was_stopped_for_too_long_is_started_again_and_knows_its_alarms(tmp_path: Path) -> None:
    async with house(tmp_path, watchdog_seconds=2) as it:
        await it.force(forced=True)

        os.kill(it.supervisor.life.pid, signal.SIGSTOP)
        await it.supervisor.until_ready(2, LIMIT_SECONDS)
        await it.witness.until(lambda: it.witness.connections > 1, LIMIT_SECONDS)

        assert it.supervisor.lives[0].watchdog_expired
        alarms = (await it.page.get("/api/v1/alarms?state=open")).json()["alarms"]
        assert [alarm["rule"] for alarm in alarms] == ["door_forced"]
        assert it.changes() == ["raised"]


async def test_a_gateway_that_crashes_again_and_again_is_started_again_and_knows_its_alarms(tmp_path: Path) -> None:
    crashes = 20 if SOAK else 2
    async with house(tmp_path) as it:
        await it.force(forced=True)

        for crash in range(crashes):
            connections = it.witness.connections
            os.kill(it.supervisor.life.pid, signal.SIGSEGV)
            await it.supervisor.until_ready(crash + 2, LIMIT_SECONDS)
        await it.witness.until(lambda: it.witness.connections > connections, LIMIT_SECONDS)

        assert not it.supervisor.gave_up
        assert it.changes() == ["raised"]
        assert_told_exactly_once(it)


async def test_a_gateway_that_is_asked_to_end_says_so_and_ends_in_order_with_a_page_open(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        first = it.supervisor.life

        os.kill(first.pid, signal.SIGTERM)

        await it.supervisor.until_ready(2, LIMIT_SECONDS)
        assert first.returncode == 0
        assert first.said[-1] == "STOPPING=1"
