from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from simulator.broker import OWN, PASSWORD_VARIABLE
from simulator.control import ask
from simulator.run import Options, serving
from tests.simulator.brokers import ear_at, until

if TYPE_CHECKING:
    import pytest

    from simulator.mqtt_device import BrokerAddress

SMALL = Options(buildings=3, base_port=0, control="127.0.0.1:0", sensors=False)


async def test_a_compound_with_a_broker_has_its_lockers_there_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "of this run")

    async with serving(replace(SMALL, broker=OWN, story="locker-forced")) as simulated:
        config = yaml.safe_load(simulated.config)
        line = next(line for line in config["lines"] if line["id"] == "field")
        lockers = [device for device in line["devices"] if device["product"] == "gridpost-locker-60"]
        assert simulated.broker is not None
        heard = await _said_of(simulated.broker, "v1/demo/b3/locker/locker2/event")
        state = await ask(simulated.control, {"do": "state"})

    assert (line["driver"], line["version"], line["port"]) == ("mqtt", "3.1.1", simulated.broker.port)
    assert line["password"] == {"env": PASSWORD_VARIABLE}
    assert lockers[1] == {
        "id": "locker2",
        "product": "gridpost-locker-60",
        "topic": "v1/demo/b3/locker/locker2",
        "building": "b3",
        "name": "快递柜",
    }
    assert heard["d"] == {"e": "opened", "c": "c07", "by": "force"}
    assert [one["connected"] for one in state["lockers"]] == [True, True]


async def test_it_can_be_ended_at_any_moment_of_its_start() -> None:
    for milliseconds in (0, 40, 120):
        async with asyncio.timeout(10):
            async with serving(replace(SMALL, broker=OWN)):
                await asyncio.sleep(milliseconds / 1000)


async def test_without_a_broker_there_are_no_lockers() -> None:
    async with serving(SMALL) as simulated:
        assert [realm.name for realm in simulated.world.realms] == ["power"]
        assert "mqtt" not in simulated.config


async def _said_of(broker: BrokerAddress, topic: str) -> dict[str, object]:
    async with ear_at(broker, topic) as ear:
        await until(lambda: ear.heard)
        said: dict[str, object] = json.loads(ear.heard[0][1])
        return said
