from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Link, Misconfigured, Outcome, WantedState
from tests.drivers.modbus.lines import config, controller, controllers, line
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command, running, until

if TYPE_CHECKING:
    from tests.drivers.modbus.servers import Request

RELEASE = WantedState("fire_release", level=True)


async def test_an_added_device_joins_and_the_others_keep_connection_beat_and_values() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        driver = line(host, 1)
        async with running(driver, post):
            await until(lambda: post.samples("d1", 0))
            before = post.samples("d1", 0)[-1]

            taken = await driver.adopt(config(host, 1, 2))
            await until(lambda: post.samples("d2"))

        assert taken
        assert [device.id for device in driver.devices] == ["d1", "d2"]
        assert host.connections == 1
        assert post.samples("d1", 0)[-1].values is before.values
        assert [said.link for said in post.links("d1")] == [Link.UP]
        assert driver.statistics()["connections"] == 1


async def test_a_removed_device_is_not_asked_and_not_reported_any_more() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        driver = line(host, 1, 2)
        async with running(driver, post):
            await until(lambda: post.samples("d2"))
            await driver.adopt(config(host, 1))
            reported, asked = len(post.samples("d2")), host.units_asked.count(2)
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard + 5)

        assert len(post.samples("d2")) == reported
        assert host.units_asked.count(2) <= asked + 1  # one may have been out
        assert [device.id for device in driver.devices] == ["d1"]


async def test_an_answer_that_comes_after_its_device_was_removed_is_not_reported() -> None:
    post = RecordingPost()
    host = controllers(1, 2)
    held: list[Request] = []
    removed = asyncio.Event()

    async def hold_a_poll_of_2(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.unit == 2 and len(post.samples("d2")) > 5:
            held.append(request)
            await removed.wait()
        writer.write(host.right_reply(request))

    host.misbehave = hold_a_poll_of_2
    async with host:
        driver = line(host, 1, 2, timeout_seconds=5, slow_seconds=60)
        async with running(driver, post):
            await until(lambda: held)
            await driver.adopt(config(host, 1, timeout_seconds=5, slow_seconds=60))
            reported, heard = len(post.samples("d2")), len(post.samples("d1"))
            removed.set()
            await until(lambda: len(post.samples("d1")) > heard + 3)

        assert len(post.samples("d2")) == reported


async def test_a_replaced_serial_is_checked_and_the_device_comes_back() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        controller(host).be(300999)
        driver = line(host, 1, 2)
        changed = config(host, 1, 2).model_dump()
        changed["devices"][0]["serial"] = 300999
        async with running(driver, post):
            await until(lambda: post.links("d1") and post.samples("d2"))
            await driver.adopt(type(config(host)).model_validate(changed))
            await until(lambda: post.samples("d1"))

        assert [said.link for said in post.links("d1")] == [Link.MISCONFIGURED, Link.UP]
        assert [said.link for said in post.links("d2")] == [Link.UP]


@pytest.mark.parametrize("change", [{"port": 1}, {"host": "127.0.0.2"}, {"tid": "ignore"}, {"id": "other"}])
async def test_another_host_port_or_kind_of_line_is_not_adopted(change: dict[str, object]) -> None:
    async with controllers(1) as host:
        driver = line(host)

        assert not await driver.adopt(config(host, **change))


async def test_a_device_that_cannot_be_built_changes_nothing() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host)
        changed = config(host).model_dump()
        changed["devices"] = [{"id": "d1", "product": "nobody-makes-this", "unit": 1}]
        async with running(driver, post):
            await until(lambda: post.samples("d1"))
            with pytest.raises(Misconfigured, match="nobody-makes-this"):
                await driver.adopt(type(config(host)).model_validate(changed))
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard)

        assert [device.product for device in driver.devices] == ["acp1-2door"]


async def test_devices_are_adopted_between_two_runs_too() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        driver = line(host, 1)
        await driver.adopt(config(host, 2))

        async with running(driver, post):
            await until(lambda: post.samples("d2"))

        assert post.samples("d1") == []


async def test_a_wanted_state_goes_over_to_a_changed_device_and_ends_with_a_removed_one() -> None:
    post = RecordingPost()
    async with controllers(1, 2, 3) as host:
        driver = line(host, 1, 2)
        driver.want("d1", RELEASE)
        driver.want("d2", RELEASE)
        changed = config(host, 1).model_dump()
        changed["devices"][0]["unit"] = 3
        changed["devices"][0]["serial"] = 300303
        await driver.adopt(type(config(host)).model_validate(changed))

        async with running(driver, post):
            await until(controller(host, 3).released)

        assert {write.unit for write in host.writes} == {3}


async def test_a_command_to_a_device_that_is_taken_out_is_not_sent() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        host.boxes[2].silent = True
        driver = line(host, 1, 2)
        async with running(driver, post):
            await until(lambda: post.samples("d1"))
            asked = asyncio.create_task(driver.perform(command("d2", "door1.unlock")))
            await asyncio.sleep(0)
            await driver.adopt(config(host, 1))
            result = await asked

        assert result.outcome is Outcome.REFUSED
        assert "taken out of the configuration" in result.why
        assert host.writes == []
