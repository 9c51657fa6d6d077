"""In which order the house hears, and what is on its way to the disk before what."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from drivers.ble.handover import Handover
from drivers.contract import KEEP_LIMIT, DeviceEvent, Sample
from tests.drivers.ble.air import settled
from tests.drivers.recording_post import RecordingPost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from drivers.contract import Json, Kept, Report


class OrderedPost(RecordingPost):
    """Writes down in which order calls came. A slow disk is one whose `disk_writes` is cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def report(self, x: Report, /) -> None:
        super().report(x)
        assert isinstance(x, Sample)
        self.calls.append(f"report {x.device} {x.received_ns}")

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None:
        said = [f"event {record.device} {record.received_ns}" for record in records]
        self.calls += [*said, *(f"counter {device} {cursor}" for device, cursor in cursors.items())]
        await super().keep(records, cursors)

    def note(self, device: str, cursor: Json, /) -> None:
        super().note(device, cursor)
        self.calls.append(f"note {device} {cursor}")


@pytest.fixture
def ordered() -> OrderedPost:
    return OrderedPost()


@asynccontextmanager
async def handing(post: OrderedPost) -> AsyncIterator[Handover]:
    async with asyncio.TaskGroup() as tasks:
        yield Handover(post, tasks)


def sample(number: int, device: str = "d1") -> Sample:
    return Sample(device, 0, (True,), None, number)


def event(number: int, device: str = "d1") -> DeviceEvent:
    return DeviceEvent(device, "e", number, "radio_attack", {}, number)


async def test_a_heartbeat_is_told_at_once(ordered: OrderedPost) -> None:
    async with handing(ordered) as handover:
        handover.report(sample(1))

        assert ordered.calls == ["report d1 1"]


async def test_the_counter_is_on_its_way_before_the_alarm_is_told(ordered: OrderedPost) -> None:
    async with handing(ordered) as handover:
        handover.keep(sample(1), 71)

    assert ordered.calls == ["counter d1 71", "report d1 1"]


async def test_what_comes_together_is_one_transaction_in_the_order_of_coming(ordered: OrderedPost) -> None:
    async with handing(ordered) as handover:
        handover.keep(sample(1), 71)
        handover.keep(event(2, "d2"), None)
        handover.report(sample(3))
        handover.keep(sample(4, "d3"), 74)
        handover.keep(sample(5), 75)

    assert ordered.calls == [
        "event d2 2",
        "counter d1 75",
        "counter d3 74",
        "report d1 1",
        "report d1 3",
        "report d3 4",
        "report d1 5",
    ]


async def test_what_comes_in_the_middle_comes_behind(ordered: OrderedPost) -> None:
    async with handing(ordered) as handover:
        handover.keep(sample(1), 71)
        await asyncio.sleep(0)
        handover.report(sample(2))
        handover.keep(sample(3), 73)
        await settled()
        handover.report(sample(4))

    assert [call for call in ordered.calls if call.startswith("report")] == [f"report d1 {n}" for n in (1, 2, 3, 4)]


async def test_a_slow_disk_holds_no_alarm_back(ordered: OrderedPost) -> None:
    ordered.disk_writes.clear()
    async with handing(ordered) as handover:
        handover.keep(event(1), 71)
        await settled()
        handover.keep(sample(2), 72)
        handover.keep(sample(3, "d2"), 73)
        await settled()
        handover.report(sample(4))
        told = list(ordered.calls)
        ordered.disk_writes.set()

    assert told == [
        "event d1 1",
        "counter d1 71",
        "counter d1 72",
        "counter d2 73",
        "report d1 2",
        "report d2 3",
        "report d1 4",
    ]


async def test_no_counter_is_noted_while_an_older_one_is_on_its_way(ordered: OrderedPost) -> None:
    ordered.disk_writes.clear()
    async with handing(ordered) as handover:
        handover.keep(sample(1), 71)
        at_once = handover.note("d1", 72)
        await settled()
        on_its_way = handover.note("d1", 72)
        of_another = handover.note("d2", 5)
        ordered.disk_writes.set()
        await settled()
        after = handover.note("d1", 72)

    assert (at_once, on_its_way, of_another, after) == (False, False, True, True)
    assert ordered.cursors == {"d1": 72, "d2": 5}


async def test_two_on_their_way_hold_back_until_both_are_there(ordered: OrderedPost) -> None:
    first, second = ordered.disk_writes, asyncio.Event()
    first.clear()
    async with handing(ordered) as handover:
        handover.keep(sample(1), 1)
        await settled()
        ordered.disk_writes = second
        handover.keep(sample(2), 2)
        await settled()
        first.set()
        await settled()
        between = handover.note("d1", 3)
        second.set()
        await settled()

        assert not between
        assert handover.note("d1", 3)


async def test_a_storm_is_cut_into_calls_of_a_legal_size(ordered: OrderedPost) -> None:
    count = 2 * KEEP_LIMIT + 7
    async with handing(ordered) as handover:
        for number in range(count):
            handover.keep(event(number, f"d{number}"), number)

    assert [record.received_ns for record in ordered.kept] == list(range(count))
    assert len(ordered.cursors) == count


async def test_what_nobody_knows_any_more_is_not_told(ordered: OrderedPost) -> None:
    async with handing(ordered) as handover:
        handover.keep(sample(1), 71)
        handover.keep(sample(2, "d2"), 72)
        await asyncio.sleep(0)
        handover.keep(sample(3), 73)
        handover.forget({"d1"})

    assert [call for call in ordered.calls if call.startswith("report")] == ["report d2 2"]


async def test_an_alarm_of_the_last_moment_is_told_before_the_run_ends(ordered: OrderedPost) -> None:
    handovers: list[Handover] = []

    async def run(turns: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            handovers.append(Handover(ordered, tasks))
            handovers[-1].keep(sample(1), 71)
            for _ in range(turns):
                await asyncio.sleep(0)
            raise asyncio.CancelledError

    for turns in range(3):
        ordered.reports.clear()
        with pytest.raises(asyncio.CancelledError):
            await run(turns)
        handovers[-1].close()

        assert len(ordered.reports) == 1
        assert handovers[-1].note("d1", 71)
