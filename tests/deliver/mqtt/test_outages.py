"""A broker that goes away, dies, freezes or vanishes: nothing is lost, each topic stays in order, fresh values come first."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.mqtt import live
from gateway.deliver.outlet import State
from tests.deliver.mqtt.box import box, config, stage, until
from tests.deliver.mqtt.heard import late, missing, reordered, twice
from tests.servers.mosquitto import Mosquitto, listening
from tests.servers.proxy import BlackHole, Cut, Delay, Refuse, Reset

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.proxy import Fault

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
OUTAGE_SECONDS = 20.0 if SOAK else 1.0
ROUNDS = 10 if SOAK else 3
SAVING = "autosave_on_changes true\nautosave_interval 1"
"""A killed broker must not have forgotten what it confirmed to us but not yet brought to the listener."""


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_a_broker_that_was_away_gets_what_it_missed_on_the_late_topics(tmp_path: Path, how: str) -> None:
    async with stage(tmp_path, settings=SAVING) as s:
        await s.box.tell_for(0.3)
        await s.all_heard()
        late_before = late(s.ear.heard)
        await (s.broker.stop() if how == "stopped" else s.broker.kill())
        await until(lambda: s.outlet.standing.state is State.FAILING)
        await s.box.tell_for(OUTAGE_SECONDS)
        await s.broker.start()
        await s.box.tell_for(0.5)

        await s.all_heard()

        assert not reordered(s.ear.heard)
        assert late(s.ear.heard) > late_before
        assert twice(s.ear.heard) <= 50 * len(s.box.devices)  # a second's worth


async def test_after_the_brokers_return_fresh_values_do_not_wait_behind_the_backlog(tmp_path: Path) -> None:
    async with stage(tmp_path, devices=10) as s:
        await s.broker.stop()
        await until(lambda: s.outlet.standing.state is State.FAILING)
        s.box.tell(rounds=150)
        backlog = 150 * len(s.box.devices)
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(s.box.tell_for(60, 0.05))
            await s.broker.start()

            await until(lambda: late(s.ear.heard) >= backlog // 2)
            telling.cancel()

        fresh = next(i for i, heard in enumerate(s.ear.heard) if heard.topic.endswith("/m000"))
        assert late(s.ear.heard[:fresh]) < backlog // 2


async def test_several_outages_in_a_row_lose_and_reorder_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        for _ in range(ROUNDS):
            await s.box.tell_for(0.3)
            await s.broker.stop()
            await s.box.tell_for(0.4)
            await s.broker.start()
            await s.box.tell_for(0.2)

        await s.all_heard()

        assert not reordered(s.ear.heard)


async def test_a_frozen_broker_loses_nothing_and_fresh_values_go_first_when_it_thaws(tmp_path: Path) -> None:
    async with stage(tmp_path, answer_seconds=1, max_in_flight=20) as s:
        await s.box.tell_for(0.2)
        s.broker.freeze()
        await s.box.tell_for(max(OUTAGE_SECONDS, 3.0))
        s.broker.thaw()
        told = s.box.told
        await s.box.tell_for(0.5)

        await s.all_heard()

        assert not reordered(s.ear.heard)
        assert late(s.ear.heard) > 0
        assert any(heard.body["v"].get("number", 0) >= told for heard in s.ear.heard if heard.topic.endswith("/m000"))


async def test_a_broker_that_hangs_for_less_than_it_may_gets_nothing_twice(tmp_path: Path) -> None:
    async with stage(tmp_path, max_in_flight=20) as s:
        await s.box.tell_for(0.2)
        s.broker.freeze()
        await s.box.tell_for(1.0)
        s.broker.thaw()

        await s.all_heard()

        assert twice(s.ear.heard) == 0
        assert s.outlet.standing.state is State.UP


FAULTS = [BlackHole(), Cut(5_000), Reset(), Refuse(), Delay(0.3)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_a_bad_network_loses_and_reorders_nothing(tmp_path: Path, fault: Fault) -> None:
    async with stage(tmp_path, answer_seconds=1, keepalive_seconds=2) as s:
        await s.box.tell_for(0.2)
        s.proxy.fault = fault
        await s.box.tell_for(max(OUTAGE_SECONDS, 2.5), 0.05)
        s.proxy.fault = "pass"
        await s.box.tell_for(0.2)

        await s.all_heard()

        assert not reordered(s.ear.heard)


async def test_a_black_hole_is_found_out_within_seconds_even_when_nothing_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path, answer_seconds=1, keepalive_seconds=2) as s:
        s.proxy.fault = BlackHole()

        await until(lambda: s.outlet.standing.state is State.FAILING)

        # what the outlet said at its start may still be without an answer
        assert any(words in s.outlet.standing.why for words in ("heard nothing from the other", "has owed an answer"))


async def test_more_than_may_wait_goes_late_and_live_goes_on_as_soon_as_the_broker_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WAITING_LIMIT", 30)
    async with stage(tmp_path, max_in_flight=10) as s:
        s.broker.freeze()
        await s.box.tell_for(0.5)
        s.broker.thaw()
        await until(lambda: late(s.ear.heard) > 0)
        told = s.box.told
        await s.box.tell_for(0.3)

        await s.all_heard()

        assert not reordered(s.ear.heard)
        assert s.outlet.standing.state is State.UP
        assert any(heard.body["v"]["number"] >= told for heard in s.ear.heard if heard.topic.endswith("/m000"))


async def test_a_broker_that_forgot_its_subscribers_gets_again_what_came_before_they_were_back(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "broker") as broker, box(tmp_path) as b, b.outlet(config(broker.port)) as outlet:
        await until(lambda: outlet.standing.state is State.UP)
        await b.tell_for(0.3)

        async with listening(broker.port) as ear:
            await until(lambda: not missing(ear.heard, b.devices, b.told))

            assert not reordered(ear.heard)


async def test_what_was_not_confirmed_before_a_restart_goes_late_and_little_else_does(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "broker") as broker, listening(broker.port) as ear:
        async with box(tmp_path) as b:
            async with b.outlet(config(broker.port)):
                await b.tell_for(1.5)
                await until(lambda: b.outbox.cursor("city", "telemetry") == b.outbox.committed > 0)
            b.tell(rounds=5)
            told = b.told

        async with box(tmp_path) as again, again.outlet(config(broker.port)):
            await until(lambda: any(heard.body["v"]["number"] == told - 1 for heard in ear.on("/late")))

            assert not reordered(ear.heard)
            assert 2 * twice(ear.heard) < told * len(
                again.devices
            )  # what the last second had not brought onto the disk
