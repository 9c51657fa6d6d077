"""Several points side by side, out of a real history over a real socket."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.auditing import Audited
from gateway.keep.history import History
from gateway.serve.app import create_app
from gateway.serve.histories import SERIES, Histories
from tests.serve.compound import Town, device, now, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ROUTE = "/api/v1/history"
BEGAN = float(int(now().utc // 60) * 60 - 3600)
TWO = "b1u1/supply_voltage,b2u1/supply_voltage"
HOUR = {"from_utc": BEGAN, "to_utc": BEGAN + 3600}


@pytest_asyncio.fixture
async def recorded(tmp_path: Path) -> AsyncIterator[Town]:
    """Two doors: one was heard for an hour, the other for its first half alone."""
    async with open_town(tmp_path) as town:
        history = History(tmp_path, 7)
        history.adopt([device("b1u1"), device("b2u1")])
        for second in range(0, 3600, 10):
            history.record("b1u1", 0, (False, False, False, 12 + second / 1000), None, BEGAN + second)
            if second == 1800:
                history.quiet("b2u1", 0, BEGAN + second)
            elif second < 1800:
                history.record("b2u1", 0, (False, False, False, 13.0), None, BEGAN + second)
        while history.close_some(BEGAN + 3600, 1.0) or history._commit is not None:
            await asyncio.sleep(0)
        house = replace(town.house, past=history)
        open_one = replace(town, house=house, app=create_app(house))
        async with served(open_one):
            yield open_one
        await history.close()


async def test_several_points_come_over_one_time_axis_with_their_gaps(recorded: Town) -> None:
    async with recorded.client("viewer") as client:
        answer = await client.get(ROUTE, params={"points": TWO, "pixels": 6, **HOUR})
    told = Histories.model_validate_json(answer.text)

    assert told.t == [BEGAN // 900 * 900 + told.bucket_seconds * n for n in range(len(told.t))]
    first, second = told.series
    assert (first.device, first.key, first.unit, first.meaning) == ("b1u1", "supply_voltage", "V", "supply_voltage")
    assert {len(first.mean), len(second.mean), len(told.t)} == {len(told.t)}
    assert first.max[2] is not None
    assert first.min[2] is not None
    assert first.max[2] > first.min[2]
    assert second.mean[1] == 13.0
    assert second.quality[-2] == "gap"


async def test_a_point_is_shown_once_however_often_it_is_named(recorded: Town) -> None:
    async with recorded.client() as client:
        answer = await client.get(ROUTE, params={"points": f"{TWO},{TWO}", **HOUR})

    assert [each["device"] for each in answer.json()["series"]] == ["b1u1", "b2u1"]


async def test_all_points_are_one_file_and_who_took_it_is_recorded(recorded: Town) -> None:
    async with recorded.client("auditor") as client:
        answer = await client.get(f"{ROUTE}/export", params={"points": TWO, **HOUR})
        works = (await client.get("/api/v1/works")).json()["works"]
    rows = answer.content.decode("utf-8-sig").splitlines()

    assert rows[0] == "time,device,point,value,unit,quality"
    assert [row.split(",")[1] for row in rows[1:]] == ["b1u1"] * 360 + ["b2u1"] * 2
    assert rows[-1].endswith(",b2u1,supply_voltage,,V,gap")
    [act] = [act for act in recorded.road.acts if isinstance(act, Audited)]
    assert (act.what, act.subject, act.actor.name) == ("export", "b1u1,b2u1", "auditor")
    assert [(work["kind"], work["state"], work["done"]) for work in works] == [("export", "done", len(answer.content))]


async def test_an_export_is_seen_by_whoever_began_it_alone(recorded: Town) -> None:
    async with recorded.client("auditor") as one, recorded.client("manager") as other:
        await one.get(f"{ROUTE}/export", params={"points": TWO, **HOUR})
        works = (await other.get("/api/v1/works")).json()["works"]

    assert works == []


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        ({"points": ",,,"}, "query.points", "missing"),
        ({"points": ",".join(f"b1u1/p{n}" for n in range(SERIES + 1))}, "query.points", "too_many"),
        ({"points": TWO, "from_utc": BEGAN, "to_utc": BEGAN}, "query.from_utc", "not_after"),
        ({"points": TWO, "from_utc": 0}, "query.from_utc", "too_long_ago"),
        ({"points": TWO, "from_utc": "inf"}, "query.from_utc", "finite_number"),
        ({"points": TWO, "pixels": 2001}, "query.pixels", "less_than_equal"),
    ],
)
async def test_what_cannot_be_read_is_named_by_its_field(
    recorded: Town, query: dict[str, str | float], path: str, code: str
) -> None:
    async with recorded.client() as client:
        answer = await client.get(ROUTE, params=query)

    assert answer.status_code == 422
    assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [(path, code)]


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ("nobody/supply_voltage", "device_unknown"),
        ("b1u1/nothing", "point_unknown"),
        ("b1u1/firmware", "not_recorded"),
        ("supply_voltage", "device_unknown"),
    ],
)
async def test_what_is_not_there_is_not_there(recorded: Town, points: str, code: str) -> None:
    async with recorded.client() as client:
        answer = await client.get(ROUTE, params={"points": points})

    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_who_is_bound_to_other_grids_sees_nothing_of_these(recorded: Town) -> None:
    async with recorded.client("bound") as client:
        answers = [await client.get(ROUTE, params={"points": name, **HOUR}) for name in TWO.split(",")]

    assert sorted(answer.status_code for answer in answers) == [200, 404]


async def test_a_bar_of_a_device_that_is_new_begins_where_it_was_first_heard(recorded: Town) -> None:
    async with recorded.client() as client:
        answer = await client.get("/api/v1/device-health/beats", params={"devices": "b1u1"})

    bar = answer.json()["beats"]["b1u1"]
    assert "n" not in bar.rstrip("n")
    assert bar.startswith("-" * 40)
    assert {"h", "p"} & set(bar)
