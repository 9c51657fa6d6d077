from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Fault, LineLost, Link, Quality
from tests.drivers.modbus.lines import config, controller, controllers, line
from tests.drivers.modbus.servers import Box, Host, Request, adu
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from drivers.contract import Report, Sample

FAST_GROUP = 0


def links(post: RecordingPost, device: str) -> list[Link]:
    return [said.link for said in post.links(device)]


def bad(sample: Sample) -> set[str]:
    return {fault.why for fault in sample.faults or () if fault is not None and fault.quality is Quality.BAD}


async def test_a_unit_is_found_once_and_all_its_groups_are_reported_at_once() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host, slow_seconds=60, normal_seconds=60)
        async with running(driver, post):
            groups = [at for at, group in enumerate(driver.devices[0].groups) if group.every_seconds is not None]
            await until(lambda: all(post.samples("d1", group) for group in groups))
            await until(lambda: len(post.samples("d1", FAST_GROUP)) > 4)

    assert links(post, "d1") == [Link.UP]
    assert post.samples("d1", FAST_GROUP)[0].faults is None


async def test_an_unchanged_answer_is_the_same_tuple_and_a_changed_one_is_not() -> None:
    post = RecordingPost()
    async with controllers(1) as host, running(line(host), post):
        await until(lambda: len(post.samples("d1", FAST_GROUP)) >= 2)
        first, second = post.samples("d1", FAST_GROUP)[:2]
        controller(host).door(1, 2, on=True)
        changed = await until(lambda: [s for s in post.samples("d1", FAST_GROUP) if s.values is not first.values])

    assert second.values is first.values
    assert second.received_ns > first.received_ns
    assert changed[0].values != first.values


async def test_a_block_whose_sum_is_wrong_is_bad_with_its_reason() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).set(4, 0x010F, 0)
        async with running(line(host), post):
            sample = (await until(lambda: post.samples("d1", FAST_GROUP)))[0]

    assert bad(sample) == {"block check failed"}
    assert set(sample.values) == {None}


async def test_a_box_with_another_serial_is_misconfigured_and_not_believed_until_it_fits() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).be(300302)
        async with running(line(host, slow_seconds=0.05), post):
            said = (await until(lambda: post.links("d1")))[0]
            await until(lambda: len(host.requests) > 6)
            believed = post.samples("d1")
            controller(host).be(300301)
            await until(lambda: post.samples("d1"))

    assert (said.link, said.why) == (Link.MISCONFIGURED, "serial 300301 expected, 300302 found")
    assert believed == []
    assert links(post, "d1") == [Link.MISCONFIGURED, Link.UP]


async def test_a_box_that_is_swapped_while_it_runs_is_found_out() -> None:
    post = RecordingPost()
    async with controllers(1) as host, running(line(host, slow_seconds=0.05), post):
        await until(lambda: post.samples("d1"))
        controller(host).be(999)
        await until(lambda: Link.MISCONFIGURED in links(post, "d1"))
        heard = len(post.samples("d1"))
        asked = len(host.requests)
        await until(lambda: len(host.requests) > asked + 3)

    assert len(post.samples("d1")) == heard
    assert links(post, "d1") == [Link.UP, Link.MISCONFIGURED]


async def test_a_device_that_is_another_product_is_misconfigured() -> None:
    post = RecordingPost()
    async with Host({1: Box(exception=2)}) as host, running(line(host), post):
        said = (await until(lambda: post.links("d1")))[0]

    assert (said.link, said.why) == (Link.MISCONFIGURED, "refuses to say who it is: illegal data address")


async def test_a_silent_unit_is_lost_once_and_found_once_and_its_neighbour_is_heard_all_the_while() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host, running(line(host), post):
        await until(lambda: post.samples("d1") and post.samples("d2"))
        host.boxes[2].silent = True
        await until(lambda: Link.LOST in links(post, "d2"))
        heard = len(post.samples("d1"))
        await until(lambda: len(post.samples("d1")) > heard + 5)
        host.boxes[2].silent = False
        await until(lambda: len(links(post, "d2")) == 3)
        await until(lambda: post.samples("d2")[-1].received_ns > post.links("d2")[-1].received_ns)

    assert links(post, "d2") == [Link.UP, Link.LOST, Link.UP]
    assert links(post, "d1") == [Link.UP]


async def test_a_unit_that_is_dead_from_the_start_takes_a_small_part_of_the_line() -> None:
    post = RecordingPost()
    async with controllers(*range(1, 11)) as host:
        host.boxes[4].silent = True
        async with running(line(host, fast_seconds=0.25, normal_seconds=1, slow_seconds=60), post):
            await until(lambda: len(post.samples("d1", FAST_GROUP)) >= 8)

    assert host.units_asked.count(4) <= 5
    assert links(post, "d4") in ([], [Link.LOST])


async def test_a_unit_that_dies_while_it_is_polled_is_only_knocked_at() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host, running(line(host), post):
        await until(lambda: post.samples("d1") and post.samples("d2"))
        host.boxes[2].silent = True
        await until(lambda: Link.LOST in links(post, "d2"))
        asked, heard = host.units_asked.count(2), len(post.samples("d1"))
        await until(lambda: len(post.samples("d1")) > heard + 15)

        assert host.units_asked.count(2) - asked <= 2


async def test_many_dead_units_together_take_a_small_part_of_the_line() -> None:
    post = RecordingPost()
    async with controllers(*range(1, 8)) as host:
        for unit in range(2, 8):
            host.boxes[unit].silent = True
        async with running(line(host, fast_seconds=0.25, normal_seconds=1, slow_seconds=60), post):
            await until(lambda: len(post.samples("d1", FAST_GROUP)) >= 8)

    assert len(host.requests) - host.units_asked.count(1) <= 11


async def test_one_miss_is_not_a_loss() -> None:
    post = RecordingPost()
    async with controllers(1) as host, running(line(host), post):
        await until(lambda: post.samples("d1"))
        host.boxes[1].silent = True
        asked = len(host.requests)
        await until(lambda: len(host.requests) > asked)
        host.boxes[1].silent = False
        heard = len(post.samples("d1"))
        await until(lambda: len(post.samples("d1")) > heard + 5)

    assert links(post, "d1") == [Link.UP]


async def test_a_gateway_that_cannot_reach_a_unit_loses_the_unit_and_keeps_the_line() -> None:
    post = RecordingPost()
    async with controllers(1, 2) as host:
        host.boxes[2].exception = 0x0B
        async with running(line(host), post):
            await until(lambda: Link.LOST in links(post, "d2"))
            heard = len(post.samples("d1"))
            await until(lambda: len(post.samples("d1")) > heard)

    assert links(post, "d2") == [Link.LOST]
    assert host.connections == 1


async def test_a_read_that_the_device_refuses_is_bad_once_and_is_left_alone() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).exceptions_at[4, 0x0100] = 2
        driver = line(host)
        async with running(driver, post):
            await until(lambda: post.samples("d1", FAST_GROUP))
            await until(lambda: len(post.samples("d1", FAST_GROUP + 1)) > 3)

    refused = post.samples("d1", FAST_GROUP)
    assert [bad(sample) for sample in refused] == [{"device refuses address"}]
    assert sum(request.address == 0x0100 for request in host.requests) == 1
    assert links(post, "d1") == [Link.UP]


async def test_a_busy_device_is_asked_again_soon_and_only_then_reported() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).exceptions_at[4, 0x0100] = 6
        async with running(line(host), post):
            sample = (await until(lambda: post.samples("d1", FAST_GROUP)))[0]
            asked = sum(request.address == 0x0100 for request in host.requests)
            controller(host).exceptions_at.clear()
            await until(lambda: post.samples("d1", FAST_GROUP)[-1].faults is None)

    assert bad(sample) == {"device busy"}
    assert asked == 4


async def test_a_device_that_is_busy_for_a_moment_is_not_left_for_a_whole_beat() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        controller(host).exceptions_at[4, 0x0100] = 6
        async with running(line(host, fast_seconds=30), post):
            await until(lambda: [request for request in host.requests if request.address == 0x0100])
            controller(host).exceptions_at.clear()
            sample = (await until(lambda: post.samples("d1", FAST_GROUP)))[0]

    assert sample.faults is None


async def test_a_hung_controller_makes_its_values_uncertain_until_its_heart_beats(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.modbus.unit.HUNG_SECONDS", 0.2)
    post = RecordingPost()
    hung = Fault(Quality.UNCERTAIN, "controller hung")
    async with controllers(1) as host, running(line(host), post):
        await until(lambda: post.samples("d1") and set(post.samples("d1")[-1].faults or ()) == {hung})
        await until(lambda: len([s for s in post.samples("d1", FAST_GROUP) if s.faults]) >= 2)
        uncertain = [sample for sample in post.samples("d1", FAST_GROUP) if sample.faults][:2]
        controller(host).beat()
        await until(lambda: post.samples("d1", FAST_GROUP)[-1].faults is None)

    assert uncertain[0].faults is uncertain[1].faults
    assert uncertain[0].values is uncertain[1].values
    assert None not in uncertain[0].values


async def test_a_line_whose_units_are_all_silent_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.polling.SILENCE_SECONDS", 0.5)
    post = RecordingPost()
    async with controllers(1, 2) as host:
        for box in host.boxes.values():
            box.silent = True

        with pytest.raises(LineLost, match="connected, but nothing behind it has answered"):
            await asyncio.wait_for(line(host).run(post), 10)


async def test_a_line_that_the_peer_closes_is_lost_at_once_and_a_second_run_goes_on() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = line(host, fast_seconds=30, normal_seconds=30, slow_seconds=60)
        async with running(driver, post) as task:
            await until(lambda: post.samples("d1"))
            host.hang_up()
            with pytest.raises(LineLost, match=rf"127\.0\.0\.1:{host.port} (closed|broke) the connection"):
                await asyncio.wait_for(task, 5)
        heard = len(post.samples("d1"))
        async with running(driver, post):
            await until(lambda: len(post.samples("d1")) > heard)

    assert links(post, "d1") == [Link.UP, Link.UP]


async def test_where_ids_are_ignored_a_time_out_makes_a_new_connection_and_no_loss() -> None:
    host = controllers(1, 2)
    host.boxes[2].silent = True

    async def with_wrong_ids(request: Request, writer: asyncio.StreamWriter) -> None:
        if not host.boxes[request.unit].silent:
            writer.write(adu(request.transaction + 1, request.unit, host.boxes[request.unit].answer(request)))

    host.misbehave = with_wrong_ids
    post = RecordingPost()
    async with host, running(line(host, tid="ignore"), post):
        await until(lambda: Link.LOST in links(post, "d2"))
        heard = len(post.samples("d1"))
        await until(lambda: len(post.samples("d1")) > heard)

    assert links(post, "d1") == [Link.UP]
    assert host.connections >= 4


async def test_a_slow_unit_is_given_the_time_that_it_needs() -> None:
    host = controllers(1)

    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.25)  # longer than the shortest time-out, shorter than the longest
        writer.write(host.right_reply(request))

    host.misbehave = slowly
    post = RecordingPost()
    async with host:
        driver = line(host, timeout_seconds=1.0)
        async with running(driver, post):
            await until(lambda: len(post.samples("d1")) >= 4)

    assert links(post, "d1") == [Link.UP]
    assert driver.statistics()["missed"] <= 2


async def test_the_numbers_of_the_line_rise() -> None:
    post = RecordingPost()
    async with controllers(1) as host:
        driver = config(host).build()
        async with running(driver, post):
            await until(lambda: len(post.samples("d1")) > 3)
        numbers = driver.statistics()

    groups = driver.devices[0].groups
    polled = [sample for sample in post.samples("d1") if groups[sample.group].every_seconds is not None]
    assert numbers["polls"] == len(polled)
    assert numbers["requests"] >= numbers["polls"]
    assert numbers["steps"] >= numbers["requests"]
    assert numbers["connections"] == 1
    assert 0 < numbers["worst_ms"] < 1000


@pytest.mark.parametrize("at", [0, 1, 5])
async def test_a_bug_above_the_driver_ends_the_run_and_is_not_swallowed(at: int) -> None:
    class Brittle(RecordingPost):
        def report(self, x: Report, /) -> None:
            super().report(x)
            if len(self.reports) > at:
                raise ZeroDivisionError

    async with controllers(1) as host:
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(line(host).run(Brittle()), 5)
