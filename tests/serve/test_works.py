"""Long work and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.serve.works import WorkList
from gateway.works import REMEMBERED, Works
from tests.serve.compound import now
from tests.serve.stored import FakeWaiting, away

if TYPE_CHECKING:
    from tests.serve.compound import Town

ROUTE = "/api/v1/works"


async def seen(town: Town, who: str = "administrator") -> WorkList:
    async with town.client(who) as client:
        return WorkList.model_validate_json((await client.get(ROUTE)).text)


async def test_what_is_under_way_is_told_with_how_far_it_is_and_how_it_ended(town: Town) -> None:
    with town.house.works.doing("backup", "usb", 1_000.0, total=10) as work:
        work.done = 4
        [running] = (await seen(town)).works
    [ended] = (await seen(town)).works

    assert (running.kind, running.title, running.done, running.total, running.state) == (
        "backup",
        "usb",
        4,
        10,
        "running",
    )
    assert (ended.id, ended.state) == (running.id, "done")


async def test_the_work_of_the_house_is_nothing_for_who_sees_a_part_of_it(town: Town) -> None:
    with town.house.works.doing("backup", "usb", 1_000.0):
        told = await seen(town, "bound")

    assert told.works == []


async def test_an_outlet_that_catches_up_says_how_much_of_its_queue_is_gone(town: Town) -> None:
    old = now().utc - 3600
    town.cellar.outlets.append(away())
    for points in (1_000, 400):
        town.cellar.outbox.waiting = {"influx": FakeWaiting(batches=9, points=points, oldest_utc=old)}
        [work] = (await seen(town)).works
    town.cellar.outbox.waiting = {"influx": FakeWaiting(batches=1, points=5, oldest_utc=now().utc)}
    daily = (await seen(town)).works

    assert (work.kind, work.title, work.done, work.total) == ("backfill", "influx", 600, 1_000)
    assert daily == []


def test_work_that_raises_has_failed_and_the_oldest_is_forgotten() -> None:
    works = Works()

    with pytest.raises(ValueError, match="torn"), works.doing("import", "permits", 1.0):
        raise ValueError("torn")
    for number in range(REMEMBERED + 2):
        with works.doing("export", str(number), 2.0):
            pass

    assert [work.title for work in works.known()] == [str(n) for n in reversed(range(2, REMEMBERED + 2))]


def test_work_that_says_itself_that_it_failed_stays_failed() -> None:
    works = Works()

    with works.doing("backup", "usb", 1.0) as work:
        work.state = "failed"

    assert [work.state for work in works.known()] == ["failed"]
