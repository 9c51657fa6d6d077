"""Killed between any two steps of the road: no event or alarm is lost, none is told twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bench import compound
from bench.children import say
from bench.gateway import free_port
from tests.end_to_end.scripted import ScriptedBell, ScriptedDoor, scripted_bell, scripted_door
from tests.end_to_end.supervisor import Supervisor
from tests.end_to_end.test_service_file import ENVIRONMENT, rules
from tests.end_to_end.witness import Witness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
LIMIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class House:
    """A gateway that is started again whenever it dies, its devices, and a page that watches."""

    folder: Path
    door: ScriptedDoor
    bell: ScriptedBell
    supervisor: Supervisor
    witness: Witness
    page: httpx.AsyncClient

    def die_at(self, step: str) -> Callable[[], bool]:
        """Order the gateway to die at its next passing of this step; returns whether it came back from there."""
        (self.folder / "order.new").write_text(step)
        (self.folder / "order.new").rename(self.folder / "order")
        lives = len(self.supervisor.lives)
        return lambda: len(self.supervisor.lives) > lives and self.supervisor.life.ready

    def changes(self) -> list[str]:
        """What was told of the forced door, in order."""
        return [told.change for told in self.witness.told if told.alarm["rule"] == "door_forced"]

    def log(self, kind: str) -> list[tuple[int, str, Any]]:
        """Rows of the journal: seq, subject, body."""
        with closing(sqlite3.connect(f"file:{self.folder}/data/journal.db?mode=ro", uri=True)) as journal:
            rows = journal.execute("SELECT seq, subject, body FROM log WHERE kind = ? ORDER BY seq", (kind,))
            return [(seq, subject, json.loads(body)) for seq, subject, body in rows]

    async def force(self, *, forced: bool) -> None:
        """Move the door and wait until the page was told."""
        told = len(self.changes())
        self.door.force(forced=forced)
        await self.witness.until(lambda: len(self.changes()) > told, LIMIT_SECONDS)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(scripted_door())
        bell = await stack.enter_async_context(scripted_bell())
        written = compound.write(folder, [door.port], controllers=1, units=1)
        quicker = json.loads(written.read_text())
        quicker["lines"][0]["normal_seconds"] = 0.1
        quicker["rules"] = {"door_forced": {"off_delay_seconds": 0.2}}
        written.write_text(json.dumps(quicker))
        token = (
            await say("gateway", "users", "add", "witness", "--role", "staff", "--data", f"{folder}/data")
        ).split()[-1]
        port = free_port()
        arguments = (str(written), f"{folder}/data", f"127.0.0.1:{port}", f"{folder}/order", str(bell.port))
        command = (sys.executable, "-m", "tests.end_to_end.fragile", *arguments)
        supervisor = await stack.enter_async_context(Supervisor(rules(30), command, folder, ENVIRONMENT))
        await supervisor.until_ready(1)
        witness = await stack.enter_async_context(Witness(port, token))
        await witness.until(lambda: witness.connections > 0, LIMIT_SECONDS)
        page = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {token}", "Origin": f"http://127.0.0.1:{port}"},
            )
        )
        yield House(folder, door, bell, supervisor, witness, page)


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
    kills, seed = (300, time.time_ns()) if SOAK else (3, 1)
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
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
