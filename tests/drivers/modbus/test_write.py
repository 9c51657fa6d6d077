from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost, Link, Outcome, WantedState
from drivers.modbus.config import ModbusConfig
from tests.drivers.modbus.lines import QUICK, controller, controllers, line
from tests.drivers.modbus.servers import FIRE_RELEASE, PULSE, Box, Host, Request
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command, running, until

if TYPE_CHECKING:
    from drivers.modbus.driver import ModbusLine

RELEASE = WantedState("fire_release", level=True)
LIFTED = WantedState("fire_release", level=None)


def relays(host: Host) -> ModbusLine:
    devices = [{"id": "board", "product": "relay-8", "unit": 1}]
    return ModbusConfig.model_validate(
        {"id": "line", "host": "127.0.0.1", "port": host.port, "devices": devices, **QUICK}
    ).build()


def relay_board() -> Box:
    board = Box()
    board.set(1, 0, *[0] * 8)
    board.set(2, 0, *[0] * 8)
    return board


async def up(post: RecordingPost, device: str = "d1") -> None:
    await until(lambda: post.links(device) and post.links(device)[-1].link is Link.UP)


# ---------------------------------------------------------------- commands


async def test_a_command_is_done_when_the_device_shows_it() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door2.unlock", {"seconds": 3}, number=0x12345))

    assert (result.outcome, dict(result.confirmed)) == (Outcome.DONE, {"door2.unlocked": True})
    assert [write.pdu[6:14].hex() for write in host.writes] == ["234500010002001e"]  # id, pulse, door 2, 3.0 s


async def test_what_the_device_shows_is_reported_before_the_result_comes() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host, fast_seconds=30)
        keys = [point.key for point in driver.devices[0].groups[0].points]
        async with running(driver, post):
            await up(post)
            await driver.perform(command("d1", "door1.unlock"))

            assert post.samples("d1", 0)[-1].values[keys.index("door1.unlocked")] is True


@pytest.mark.parametrize(
    ("device", "name", "arguments", "why"),
    [
        ("d1", "door1.open_sesame", {}, "takes no command"),
        ("d9", "door1.unlock", {}, "takes no command"),
        ("d1", "door1.unlock", {"seconds": 999}, "seconds must be from 0.5 to 30 s"),
        ("d1", "door1.unlock", {"seconds": "long"}, "seconds must be a number"),
        ("d1", "door1.unlock", {"minutes": 1}, "does not take minutes"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_nothing_goes_out(
    device: str, name: str, arguments: dict[str, object], why: str
) -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command(device, name, arguments))

    assert result.outcome is Outcome.REFUSED
    assert why in result.why
    assert host.writes == []


async def test_an_expired_command_is_refused_and_not_sent() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door1.unlock", seconds=-0.001))

    assert (result.outcome, result.why) == (Outcome.REFUSED, "expired")
    assert host.writes == []


async def test_a_command_without_a_connection_is_refused_as_not_sent() -> None:
    async with controllers(1) as host:
        result = await line(host).perform(command("d1", "door1.unlock"))

    assert (result.outcome, result.why) == (Outcome.REFUSED, "not sent: the line is not connected")


@pytest.mark.parametrize(
    ("result_register", "why"),
    [(3, "refused while fire is on or in lockdown"), (6, "already executed"), (77, "the device answers 77")],
)
async def test_a_verdict_of_no_fails_with_its_words(result_register: int, why: str) -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).result = result_register
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door1.unlock"))

    assert (result.outcome, result.why) == (Outcome.FAILED, why)


async def test_an_exception_to_the_write_fails() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).exceptions_at[16, 0x0400] = 3
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door1.unlock"))

    assert (result.outcome, result.why) == (Outcome.FAILED, "illegal data value")


async def test_a_write_that_is_taken_but_not_carried_out_is_unknown_and_was_sent_once() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).obeys = False
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door1.unlock"))

    assert (result.outcome, result.why) == (Outcome.UNKNOWN, "not confirmed within 2 s")
    assert controller(host).executed == [PULSE]


async def test_a_write_whose_answer_is_lost_is_never_repeated_and_is_done_when_the_device_shows_it() -> None:
    host = controllers(1)

    async def swallow_answers_to_writes(request: Request, writer: asyncio.StreamWriter) -> None:
        reply = host.right_reply(request)
        if request.function != 16:
            writer.write(reply)

    host.misbehave = swallow_answers_to_writes
    post = RecordingPost()
    async with host:
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door1.unlock"))

    assert result.outcome is Outcome.DONE
    assert controller(host).executed == [PULSE]


async def test_a_unit_that_falls_silent_at_the_write_leaves_the_outcome_unknown() -> None:
    host = controllers(1)

    async def die_at_a_write(request: Request, writer: asyncio.StreamWriter) -> None:
        if not host.writes:
            writer.write(host.right_reply(request))

    host.misbehave = die_at_a_write
    post = RecordingPost()
    async with host:
        driver = line(host)
        async with running(driver, post):
            await up(post)
            result = await driver.perform(command("d1", "door1.unlock"))

    assert (result.outcome, result.why) == (Outcome.UNKNOWN, "no answer, and not confirmed within 2 s")
    assert len(host.writes) == 1


async def test_a_line_that_is_lost_after_the_write_leaves_the_outcome_unknown() -> None:
    host = controllers(1)

    async def hang_up_at_a_write(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.function == 16:
            writer.transport.abort()
        else:
            writer.write(host.right_reply(request))

    host.misbehave = hang_up_at_a_write
    post = RecordingPost()
    async with host:
        driver = line(host)
        async with running(driver, post) as task:
            await up(post)
            result = await asyncio.wait_for(driver.perform(command("d1", "door1.unlock")), 10)
            with pytest.raises(LineLost):
                await task

    assert result.outcome is Outcome.UNKNOWN
    assert "the connection" in result.why


async def test_a_command_to_a_box_that_is_not_the_configured_one_is_not_sent() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).be(999)
        driver = line(host)
        async with running(driver, post):
            await until(lambda: post.links("d1"))
            result = await driver.perform(command("d1", "door1.unlock"))

    assert (result.outcome, result.why) == (
        Outcome.REFUSED,
        "not sent: the device is not the one that is expected",
    )
    assert host.writes == []


async def test_a_cancelled_command_that_waits_is_not_sent_later() -> None:
    post = RecordingPost()
    host = controllers(1)
    held: list[Request] = []
    hold = asyncio.Event()

    async def hold_the_line(request: Request, writer: asyncio.StreamWriter) -> None:
        held.append(request)
        await hold.wait()
        writer.write(host.right_reply(request))

    async with host:
        driver = line(host, timeout_seconds=5)
        async with running(driver, post):
            await up(post)
            host.misbehave = hold_the_line
            await until(lambda: held)
            waiting = asyncio.create_task(driver.perform(command("d1", "door1.unlock")))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            hold.set()
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard + 3)

    assert host.writes == []


@pytest.mark.parametrize("on", [True, False])
async def test_a_relay_is_switched_and_what_it_shows_is_what_was_said(*, on: bool) -> None:
    post = RecordingPost()
    async with Host({1: relay_board()}) as host:
        host.boxes[1].set(1, 2, not on)
        driver = relays(host)
        async with running(driver, post):
            await up(post, "board")
            result = await driver.perform(command("board", "relay3.switch", {"on": on}))

    assert (result.outcome, dict(result.confirmed)) == (Outcome.DONE, {"relay3.on": on})
    assert host.boxes[1].registers[1][2] == on


async def test_a_command_goes_before_polls_that_are_due() -> None:
    post = RecordingPost()
    async with controllers(*range(1, 9)) as host:
        driver = line(host)
        async with running(driver, post):
            await until(lambda: all(post.samples(f"d{unit}") for unit in host.boxes))
            asked = len(host.requests)
            await driver.perform(command("d1", "door1.unlock"))
            write = next(at for at, request in enumerate(host.requests) if request.function == 16)

    # One poll may have been on its way; the serial number is read right before the write. All eight would be a turn.
    assert write - asked <= 2


# ---------------------------------------------------------------- wanted states


async def test_a_fire_release_is_written_and_then_left_alone_while_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.holding.HOLD_SECONDS", 0.1)
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        async with running(driver, post):
            await up(post)
            driver.want("d1", RELEASE)
            await until(controller(host).released)
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard + 10)

    assert controller(host).executed == [FIRE_RELEASE]


async def test_a_fire_release_that_is_lost_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.holding.HOLD_SECONDS", 0.1)
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        async with running(driver, post):
            driver.want("d1", RELEASE)
            await until(controller(host).released)
            controller(host).lose_release()
            await until(controller(host).released)

    assert set(controller(host).executed) == {FIRE_RELEASE}


async def test_a_fire_release_is_repeated_until_the_device_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.holding.HOLD_SECONDS", 0.1)
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).obeys = False
        driver = line(host)
        async with running(driver, post):
            driver.want("d1", RELEASE)
            await until(lambda: len(controller(host).executed) >= 3)
            controller(host).obeys = True
            await until(controller(host).released)


async def test_a_fire_release_survives_the_loss_of_the_line_and_goes_out_first_on_the_next() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        driver.want("d1", RELEASE)
        async with running(driver, post) as task:
            await until(controller(host).released)
            controller(host).lose_release()
            host.hang_up()
            with pytest.raises(LineLost):
                await task
        asked = len(host.requests)
        async with running(driver, post):
            await until(controller(host).released)

    assert host.requests[asked].function == 16


async def test_a_fire_release_asks_for_no_serial_number() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).be(999)
        driver = line(host)
        async with running(driver, post):
            await until(lambda: post.links("d1"))
            driver.want("d1", RELEASE)
            await until(controller(host).released)

    assert post.samples("d1") == []


async def test_a_fire_release_reaches_a_unit_as_soon_as_it_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.holding.HOLD_SECONDS", 60.0)  # not because it is tried again by the clock
    post = RecordingPost()
    async with controllers(1, 2) as host:
        host.boxes[1].silent = True
        driver = line(host)
        async with running(driver, post):
            await until(lambda: post.links("d1") and post.links("d1")[-1].link is Link.LOST)
            driver.want("d1", RELEASE)
            await until(lambda: host.writes)
            host.boxes[1].silent = False
            await until(controller(host).released)
            await up(post)


async def test_a_fire_release_goes_before_a_command_that_was_asked_first() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        driver = line(host)
        async with running(driver, post):
            await until(lambda: post.samples("d1") and post.samples("d2"))
            unlocking = asyncio.create_task(driver.perform(command("d1", "door1.unlock")))
            await asyncio.sleep(0)
            driver.want("d2", RELEASE)
            await unlocking
            await until(controller(host, 2).released)

    assert [write.unit for write in host.writes] == [2, 1]


async def test_a_lifted_level_is_no_longer_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.holding.HOLD_SECONDS", 0.05)
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        async with running(driver, post):
            driver.want("d1", RELEASE)
            await until(controller(host).released)
            driver.want("d1", LIFTED)
            controller(host).lose_release()
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard + 10)

    assert not controller(host).released()


async def test_a_state_that_a_device_cannot_reach_is_ignored() -> None:
    post = RecordingPost()
    async with Host({1: relay_board()}) as host:
        driver = relays(host)
        driver.want("board", RELEASE)
        driver.want("nobody", RELEASE)
        async with running(driver, post):
            await until(lambda: post.samples("board"))

    assert host.writes == []
