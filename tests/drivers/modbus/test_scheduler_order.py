"""Commands and wanted states on a bus that is busy, partly dead, or gives late answers, in virtual time."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import Link, Outcome, WantedState
from drivers.modbus.config import ModbusConfig
from drivers.modbus.wire_time import WireTime
from tests.drivers.modbus.servers import FIRE_RELEASE, PULSE, Controller, Request
from tests.drivers.modbus.virtual_bus import VirtualBus, play
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command, running

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from drivers.modbus.driver import ModbusLine

UNITS = range(1, 9)
RELEASE = WantedState("fire_release", level={"doors": ["door1", "door2"]})
LONGEST_TRANSACTION_SECONDS = 0.16
"""Fifteen slots of a ring at 19200 baud (domain 1.3)."""


def bus(**changes: Any) -> VirtualBus:
    boxes = {unit: Controller(serial=300300 + unit) for unit in UNITS}
    return VirtualBus(boxes, speed=WireTime.of(19200, "even", None), **changes)


def box(line: VirtualBus, unit: int = 1) -> Controller:
    found = line.boxes[unit]
    assert isinstance(found, Controller)
    return found


def driver(**changes: Any) -> ModbusLine:
    devices = [{"id": f"d{unit}", "product": "acp1-2door", "unit": unit, "serial": 300300 + unit} for unit in UNITS]
    way = {} if "host" in changes else {"serial": {"path": "/dev/ttyS1"}}
    return ModbusConfig.model_validate({"id": "bus", "devices": devices, **way, **changes}).build()


async def until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait in the bus's own time."""
    async with asyncio.timeout(seconds):
        while not (answer := true()):
            await asyncio.sleep(0.01)
    return answer


async def all_up(post: RecordingPost) -> None:
    await until(lambda: all(post.samples(f"d{unit}") for unit in UNITS))


def writes(line: VirtualBus) -> list[tuple[int, int]]:
    """Unit and opcode of each write to a mailbox."""
    return [
        (asked.unit, int.from_bytes(asked.pdu[8:10], "big"))
        for asked in line.asked
        if asked.function == 16 and asked.address == 0x0400
    ]


def test_an_unlock_waits_for_one_transaction_at_most_on_a_bus_without_a_pause() -> None:
    line = bus()

    async def story() -> list[float]:
        house, post = driver(), RecordingPost()
        waits = []
        async with running(house, post):
            await all_up(post)
            for number in range(20):
                await asyncio.sleep(0.0137)
                asked_at = asyncio.get_running_loop().time()
                result = await house.perform(command("d5", "door1.unlock", number=number + 1))
                assert result.outcome is Outcome.DONE
                first = line.since(asked_at)[0]
                assert (first.unit, first.address) == (
                    5,
                    0x0005,
                )  # whose serial number is read before anything is written
                waits.append(first.at - asked_at)
        return waits

    waits = play(line, story)

    assert max(waits) < 0.07
    assert writes(line) == [(5, PULSE)] * 20


def test_an_unlock_is_confirmed_within_300_ms_and_one_time_out_with_a_quarter_of_the_bus_dead() -> None:
    line = bus()

    async def story() -> list[float]:
        house, post = driver(), RecordingPost()
        took = []
        async with running(house, post):
            await all_up(post)
            line.boxes[7].silent = line.boxes[8].silent = True
            for number in range(50):
                await asyncio.sleep(0.173)
                asked_at = asyncio.get_running_loop().time()
                assert (await house.perform(command("d5", "door1.unlock", number=number + 1))).outcome is Outcome.DONE
                took.append(asyncio.get_running_loop().time() - asked_at)
        return took

    took = sorted(play(line, story))

    assert took[-2] < 0.3 + 0.5
    assert took[len(took) // 2] < 0.3


def late_to(function: int, seconds: float, *, twice: bool = False) -> Any:
    """A unit that answers a function late, perhaps twice, and anything else at once."""

    def answers(request: Request, right: bytes, _: random.Random) -> list[tuple[float, int, bytes, bool]]:
        later = seconds if request.function == function else 0.0
        once = (later, request.unit, right, True)
        return [once, (later + 0.01, request.unit, right, True)] if twice else [once]

    return answers


@pytest.mark.parametrize("form", ["serial", "rtu over tcp", "gateway"])
@pytest.mark.parametrize(("seconds", "twice"), [(0.0, True), (0.7, False), (0.7, True), (1.9, True)])
def test_an_unlock_that_is_answered_late_or_twice_is_carried_out_once(
    form: Any, seconds: float, *, twice: bool
) -> None:
    line = bus(form=form)
    ways: dict[str, dict[str, Any]] = {"gateway": {"tid": "ignore"}, "rtu over tcp": {"framing": "rtu"}}

    async def story() -> list[Outcome]:
        house = driver(**({"host": "10.0.0.7", **ways[form]} if form in ways else {}))
        post = RecordingPost()
        async with running(house, post):
            await all_up(post)
            line.mischief = late_to(16, seconds, twice=twice)
            first = await house.perform(command("d5", "door1.unlock", number=1))
            second = await house.perform(command("d5", "door2.unlock", number=2))
            await asyncio.sleep(5)
            return [first.outcome, second.outcome]

    outcomes = play(line, story)

    assert writes(line) == [(5, PULSE)] * 2
    assert set(outcomes) <= {Outcome.DONE, Outcome.UNKNOWN}
    assert outcomes[0] is Outcome.DONE or seconds > 1


def test_a_unit_that_was_swapped_since_it_was_polled_is_not_written_to_and_is_misconfigured() -> None:
    line = bus()

    async def story() -> tuple[Any, RecordingPost]:
        house, post = driver(), RecordingPost()
        async with running(house, post):
            await all_up(post)
            box(line, 5).be(999)
            result = await house.perform(command("d5", "door1.unlock"))
            await asyncio.sleep(1)
        return result, post

    result, post = play(line, story)

    said = post.links("d5")[-1]
    assert (result.outcome, result.why) == (Outcome.REFUSED, "not sent: serial 300305 expected, 999 found")
    assert (said.link, said.why, said.serial) == (Link.MISCONFIGURED, "serial 300305 expected, 999 found", "999")
    assert writes(line) == []


def test_an_accepted_serial_number_is_believed_at_once_and_through_a_reconnect() -> None:
    line = bus()

    async def story() -> tuple[list[Link], list[str], Any]:
        house, post = driver(slow_seconds=2.0), RecordingPost()
        async with running(house, post):
            await all_up(post)
            box(line, 5).be(999)
            await until(lambda: post.links("d5")[-1].link is Link.MISCONFIGURED)
            house.want("d5", WantedState("serial", "999"))
            await until(lambda: post.links("d5")[-1].link is Link.UP)
            result = await house.perform(command("d5", "door1.unlock"))
        async with running(house, post):
            said = len(post.links("d5"))
            await until(lambda: len(post.links("d5")) > said)
        links = post.links("d5")
        return [each.link for each in links], [each.serial for each in links], result.outcome

    assert play(line, story) == (
        [Link.UP, Link.MISCONFIGURED, Link.UP, Link.UP],
        ["300305", "999", "999", "999"],
        Outcome.DONE,
    )


def test_a_unit_that_starts_anew_is_greeted_before_it_is_believed() -> None:
    line = bus()

    async def story() -> list[int]:
        house, post = driver(), RecordingPost()
        async with running(house, post):
            await all_up(post)
            box(line, 5).be(999)
            box(line, 5).status[1] += 1
            box(line, 5).show()
            since = asyncio.get_running_loop().time()
            heard = len(post.samples("d5"))
            await until(lambda: post.links("d5")[-1].link is Link.MISCONFIGURED)
            assert len(post.samples("d5")) == heard
            return [asked.address for asked in line.since(since) if asked.unit == 5]

    asked = play(line, story)

    assert asked.count(0x0100) == 1
    assert asked[-2:] == [0x0000, 0x0005]  # the marks, and the serial number


def test_a_fire_release_goes_out_before_everything_whatever_is_known_of_the_unit() -> None:
    line = bus()

    async def story() -> float:
        house, post = driver(), RecordingPost()
        async with running(house, post):
            await all_up(post)
            box(line, 5).be(999)  # somebody else's
            line.boxes[6].silent = True
            unlocks = [
                asyncio.create_task(house.perform(command(f"d{unit}", "door1.unlock", number=unit))) for unit in (1, 2)
            ]
            await asyncio.sleep(0)
            asked_at = asyncio.get_running_loop().time()
            for unit in (5, 6, 7):
                house.want(f"d{unit}", RELEASE)
            await until(lambda: box(line, 5).released() and box(line, 7).released())
            released_after = asyncio.get_running_loop().time() - asked_at
            await asyncio.gather(*unlocks)
            line.boxes[6].silent = False
            await until(lambda: box(line, 6).released())
        return released_after

    released_after = play(line, story)

    assert released_after < 0.5 + LONGEST_TRANSACTION_SECONDS
    assert sorted(writes(line)[:3]) == [(5, FIRE_RELEASE), (6, FIRE_RELEASE), (7, FIRE_RELEASE)]


def test_a_fire_release_is_written_again_although_the_answer_to_the_first_is_late() -> None:
    line = bus()

    async def story() -> list[float]:
        house, post = driver(), RecordingPost()
        async with running(house, post):
            await all_up(post)
            box(line, 5).obeys = False
            line.mischief = late_to(16, 3.0)
            house.want("d5", RELEASE)
            await asyncio.sleep(3)
            box(line, 5).obeys = True
            await until(box(line, 5).released, 4)
            return [asked.at for asked in line.asked if asked.function == 16]

    times = play(line, story)

    assert times[1] - times[0] < 2.5


def test_only_the_doors_that_are_named_are_released_and_another_level_follows_at_once() -> None:
    line = bus()

    async def story() -> list[tuple[bool, bool]]:
        house, post = driver(), RecordingPost()
        shown = []
        async with running(house, post):
            await all_up(post)
            for doors in (["door2"], ["door1", "door2"]):
                house.want("d5", WantedState("fire_release", {"doors": doors}))
                await asyncio.sleep(0.5)
                shown.append((bool(box(line, 5).status[8] >> 9 & 1), bool(box(line, 5).status[9] >> 9 & 1)))
        return shown

    assert play(line, story) == [(False, True), (True, True)]


def test_releases_to_many_dead_units_leave_the_others_their_polls() -> None:
    line = bus()

    async def story() -> float:
        house, post = driver(fast_seconds=1.0), RecordingPost()
        async with running(house, post):
            await all_up(post)
            for unit in range(3, 9):
                line.boxes[unit].silent = True
            await until(lambda: all(post.links(f"d{unit}")[-1].link is Link.LOST for unit in range(3, 9)))
            for unit in UNITS:
                house.want(f"d{unit}", RELEASE)
            heard = len(post.samples("d1", 0))
            await asyncio.sleep(60)
            return (len(post.samples("d1", 0)) - heard) / 60

    assert play(line, story) > 0.95


def test_a_command_that_expires_while_the_unit_says_who_it_is_is_not_sent() -> None:
    line = bus()

    async def story() -> Any:
        house, post = driver(), RecordingPost()
        async with running(house, post):
            await all_up(post)
            line.mischief = late_to(4, 0.12)
            asked = command("d5", "door1.unlock", seconds=0.05)
            assert asked.expires_ns > time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            return await house.perform(asked)

    result = play(line, story)

    assert (result.outcome, result.why) == (Outcome.REFUSED, "expired")
    assert writes(line) == []
