from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from simulator import door as bits
from simulator import story as stories
from simulator.control import REQUEST_LIMIT_BYTES, ControlRefused, ask
from simulator.loopback import NotLoopback
from simulator.run import Options, Serving, serving
from tests.simulator.wire import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def small() -> AsyncIterator[Serving]:
    async with serving(Options(buildings=5, base_port=0, control="127.0.0.1:0", hour=3.3)) as now_serving:
        yield now_serving


def word(now_serving: Serving, controller: str, door: int) -> int:
    return now_serving.world.stations[controller].controller.doors[door - 1].word


async def test_a_story_starts_and_happens(small: Serving) -> None:
    reply = await ask(small.control, {"do": "story", "name": "forced-door", "target": None})

    assert reply == {"ok": True, "target": "b3u1/door1"}
    async with asyncio.timeout(10):
        while not word(small, "b3u1", 1) & bits.FORCED:
            await asyncio.sleep(0.02)


async def test_stories_and_state_are_told(small: Serving) -> None:
    told = await ask(small.control, {"do": "stories"})
    assert [story["name"] for story in told["stories"]] == list(stories.names())

    await ask(small.control, {"do": "story", "name": "controller-reboots"})
    state = await ask(small.control, {"do": "state"})
    assert [controller["id"] for controller in state["controllers"]] == list(small.world.stations)
    assert state["controllers"][0]["serial"] == 300_101
    assert state["running"] == [{"name": "controller-reboots", "target": "b5u1"}]


async def test_doors_controllers_and_faults_are_worked_by_hand(small: Serving) -> None:
    await ask(small.control, {"do": "door", "controller": "b1u1", "door": "door2", "act": "force"})
    assert word(small, "b1u1", 2) & bits.FORCED

    await ask(small.control, {"do": "door", "controller": "b1u1", "door": 2, "act": "close"})
    assert word(small, "b1u1", 2) == bits.VALID

    await ask(small.control, {"do": "controller", "controller": "b1u1", "act": "fire", "on": True})
    assert word(small, "b1u1", 1) & bits.FIRE_RELEASED

    await ask(small.control, {"do": "fault", "controller": "b1u1", "fault": "late", "seconds": 2})
    fault = small.world.stations["b1u1"].fault
    assert fault is not None
    assert (fault.kind.value, fault.seconds) == ("late", 2.0)

    await ask(small.control, {"do": "fault", "controller": "b1u1", "fault": None})
    assert small.world.stations["b1u1"].fault is None


async def test_sensors_and_receivers_are_worked_by_hand(small: Serving) -> None:
    before = await ask(small.control, {"do": "sensors"})
    assert (before["sensors"] > 400, before["alarming"], before["deaf"]) == (True, [], [])

    await ask(small.control, {"do": "sensor", "sensor": "b1-1-501-smoke", "act": "smoke"})
    await ask(small.control, {"do": "sensor", "sensor": "b1-1-501-gas", "act": "mute"})
    await ask(small.control, {"do": "receiver", "receiver": "rx-b1u1-1", "act": "deafen"})

    after = await ask(small.control, {"do": "sensors"})
    assert after["alarming"] == ["b1-1-501-smoke"]
    assert after["silent"] == ["b1-1-501-gas"]
    assert after["deaf"] == ["rx-b1u1-1"]
    assert after["packets"] > before["packets"]


async def test_a_compound_without_sensors_says_so() -> None:
    options = Options(buildings=1, base_port=0, control="127.0.0.1:0", sensors=False)
    async with serving(options) as now_serving:
        told = await ask(now_serving.control, {"do": "sensors"})
        with pytest.raises(ControlRefused, match="the simulator runs without sensors"):
            await ask(now_serving.control, {"do": "sensor", "sensor": "b1-1-501-smoke", "act": "smoke"})

    assert (told["sensors"], told["receivers"]) == (0, 0)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"do": "dance"}, "nothing is called 'dance'"),
        ({}, "nothing is called None"),
        ({"do": "story", "name": "romance"}, "there is no story 'romance'"),
        ({"do": "story", "name": "forced-door", "target": "b99u1"}, "there is no controller 'b99u1'"),
        ({"do": "story", "name": "forced-door", "loud": 1}, "unknown keys: loud"),
        ({"do": "door", "controller": "b1u1", "door": "door3", "act": "force"}, "has doors 1 to 2, not 3"),
        ({"do": "door", "controller": "b1u1", "act": "force"}, "'door' is 1"),
        ({"do": "door", "controller": "b1u1", "door": 1, "act": "open"}, "b1u1/door1 is locked"),
        ({"do": "door", "controller": "b1u1", "door": 1, "act": "kick"}, "nothing is called 'kick'"),
        ({"do": "controller", "controller": "b1u1", "act": "force"}, "happens at a door"),
        ({"do": "controller", "controller": "b1u1", "act": "reboot", "silent_seconds": True}, "must be int or float"),
        ({"do": "fault", "controller": "b1u1", "fault": "tired"}, "there is no fault 'tired'"),
        ({"do": "fault", "controller": "b1u1", "fault": "late", "share": 2}, "share is 2.0"),
        ({"do": "fault", "controller": "b1u1", "fault": "jitter", "seconds": 0}, "'jitter' needs more"),
        ({"do": "door", "controller": "b1u1", "door": 1, "act": "code"}, "needs digits"),
        ({"do": "door", "controller": "b1u1", "door": 1, "act": "card", "times": 0}, "'times' is a whole number"),
        ({"do": "controller", "controller": "b1u1", "act": "flood", "events": 0}, "must be 1 to 100,000"),
        ({"do": "sensor", "sensor": "b99-1-101-smoke", "act": "smoke"}, "there is no sensor 'b99-1-101-smoke'"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "sing"}, "nothing is called 'sing'"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "gas", "lel": 5}, "is one for smoke"),
        ({"do": "sensor", "sensor": "b1-1-201-gas", "act": "gas"}, "'lel' is needed, from 0 to 100"),
        ({"do": "sensor", "sensor": "b1-1-201-gas", "act": "gas", "lel": 5, "over": -1}, "0 or more"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "battery", "percent": 101}, "from 0 to 100"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "swap_battery", "counter": -1}, "has 32 bits"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "replay", "back": 0}, "1 or more"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "forge", "how": "well"}, "can be: plain, garbled"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "carry"}, "'carry' needs 'to'"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "carry", "to": "b9"}, "does not let that happen"),
        ({"do": "sensor", "sensor": "b1-1-201-smoke", "act": "reboot"}, "happens to a controller"),
        ({"do": "receiver", "receiver": "rx-b9u1-1", "act": "deafen"}, "there is no receiver 'rx-b9u1-1'"),
        ({"do": "controller", "controller": "b1u1", "act": "smoke"}, "happens to a sensor"),
        ({"do": "controller", "controller": "b1u1", "act": "unit", "unit": 0}, "needs a unit id"),
        ({"do": "controller", "controller": "b1u1", "act": "unit", "unit": 2}, "does not let that happen"),
        ({"do": "controller", "controller": "b1u1", "act": "swap_units", "with": "b1u2"}, "does not let that happen"),
        ({"do": "controller", "controller": "b1u1", "act": "unplug"}, "does not let that happen"),
        ({"do": "controller", "controller": "b1u1", "act": "gateway", "ids": "right"}, "does not let that happen"),
        (
            {"do": "controller", "controller": "b1u1", "act": "gateway", "ids": "odd"},
            "it can be: right, first-plus-one",
        ),
        ({"do": "controller", "controller": "b1u1", "act": "gateway", "queue": 0}, "must be more than 0"),
        (
            {"do": "controller", "controller": "b1u1", "act": "spoil_event", "sequence": 99999},
            "does not let that happen",
        ),
    ],
)
async def test_nonsense_is_refused_in_a_sentence(small: Serving, request_: dict[str, Any], why: str) -> None:
    with pytest.raises(ControlRefused) as refused:
        await ask(small.control, request_)

    assert why in str(refused.value)


async def test_an_act_is_done_so_many_times_as_is_asked(small: Serving) -> None:
    ring = small.world.stations["b1u1"].controller.ring
    before = ring.head

    burst = {"act": "deny", "times": 5, "every": 0.02}
    await ask(small.control, {"do": "door", "controller": "b1u1", "door": 2, **burst})

    async with asyncio.timeout(10):
        while ring.head < before + 5:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)
    assert ring.head == before + 5


async def test_lines_that_are_no_requests_are_refused(small: Serving) -> None:
    host, port = small.control.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(b"hello\n[1]\n\n")

    assert [json.loads(await reader.readline())["ok"] for _ in range(3)] == [False] * 3
    writer.close()
    await writer.wait_closed()


async def test_an_endless_line_ends_the_connection(small: Serving) -> None:
    async with connected(int(small.control.rpartition(":")[2])) as asker:
        asker.send_raw(b"x" * (REQUEST_LIMIT_BYTES + 1))

        assert await asker.was_dropped()


async def test_nobody_asks_a_simulator_elsewhere() -> None:
    with pytest.raises(NotLoopback):
        await ask("192.168.1.10:15900", {"do": "stories"})


async def test_where_no_simulator_listens_the_way_out_is_named(small: Serving) -> None:
    with pytest.raises(ControlRefused, match="no simulator answers at"):
        await ask("127.0.0.1:1", {"do": "stories"})

    assert small.world.stations
