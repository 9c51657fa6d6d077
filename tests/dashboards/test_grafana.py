"""Every query of every dashboard runs against a real InfluxDB that holds a simulated day, and finds data in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from drivers.profile import load_profile, products
from gateway.config.load import load
from gateway.keep.lines import FAULTS
from gateway.model import NANOSECONDS
from tests.dashboards.grafana import DASHBOARDS, Asked, asked, sent
from tests.dashboards.happenings import END_UTC, START_UTC, happenings
from tests.dashboards.simulated_day import lived
from tests.servers.influxd import Influxd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from tests.dashboards.grafana import Chosen

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERIES = [query for dashboard in DASHBOARDS for query in asked(dashboard)]
TABLES = [panel for dashboard in DASHBOARDS for panel in dashboard["panels"] if panel["type"] == "table"]
DEVICES = ("b1u1", "b1u2", "b2u1", "b2u2", "b1-basement", "b2-bins", "shed-a", "shed-b")

ALL: Mapping[str, Chosen] = {"compound": "xingfuli", "building": ".*", "device": ".*"}
SEVERAL: Mapping[str, Chosen] = {"compound": "xingfuli", "building": ("b1", "b2"), "device": DEVICES}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def influx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Influxd]:
    folder = tmp_path_factory.mktemp("grafana")
    pieces = await lived(load(Path(__file__).with_name("compound.yaml")), folder)
    async with Influxd(folder / "influxd") as server:
        for piece in pieces:
            await server.write(piece)
        yield server


async def found(influx: Influxd, influxql: str, chosen: Mapping[str, Chosen] = ALL) -> list[dict[str, Any]]:
    """The series that a query of a dashboard finds in the simulated day."""
    return await influx.query(sent(influxql, chosen, START_UTC, END_UTC))


def figures(series: list[dict[str, Any]]) -> Iterator[Any]:
    """Every value beside the times."""
    for one in series:
        for row in one["values"]:
            yield from (value for value in row[1:] if value is not None)


def hour_of(utc: float) -> int:
    return int(utc - START_UTC) // 3600


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.where)
async def test_every_query_finds_data(influx: Influxd, query: Asked) -> None:
    series = await found(influx, query.influxql)

    nothing = 0 if re.search(r"\b(count|sum)\(", query.influxql) else None  # fill(0) is no find
    assert any(value != nothing for value in figures(series)), sent(query.influxql, ALL, START_UTC, END_UTC)


async def test_several_chosen_values_find_what_all_of_them_find(influx: Influxd) -> None:
    for query in QUERIES:
        if "variable" in query.where:
            continue

        assert await found(influx, query.influxql, SEVERAL) == await found(influx, query.influxql), query.where


async def test_one_chosen_device_is_alone_in_its_plots(influx: Influxd) -> None:
    one_device = {**ALL, "building": "b1", "device": "b1u1"}
    plots = [query for query in QUERIES if "doors:" in query.where and query.influxql.endswith('"device" fill(null)')]

    devices = {one["tags"]["device"] for query in plots for one in await found(influx, query.influxql, one_device)}

    assert len(plots) > 2
    assert devices == {"b1u1"}


@pytest.mark.parametrize("panel", TABLES, ids=lambda panel: panel["title"])
async def test_every_column_that_a_table_shows_is_there(influx: Influxd, panel: Mapping[str, Any]) -> None:
    (target,) = panel["targets"]
    shown = {
        name
        for one in panel.get("transformations", ())
        if one["id"] == "filterFieldsByName"
        for name in one["options"]["include"]["names"]
    }

    series = await found(influx, target["query"])

    there = {"Time"}.union(*(one["columns"] for one in series), *(one.get("tags", {}) for one in series))
    assert shown <= there


# ------------------------------------------------------------------ what the figures say


async def test_the_door_events_of_an_hour_are_the_doors_that_were_opened_in_it(influx: Influxd) -> None:
    opened = Counter(hour_of(said.utc) for said in happenings() if said.point == "ring_head" and said.utc > START_UTC)
    (query,) = (query for query in QUERIES if query.where == "gridpost-doors: 门禁事件 A")

    counted: Counter[int] = Counter()
    for one in await found(influx, query.influxql):
        counted.update({hour_of(time_ns / NANOSECONDS): events for time_ns, events in one["values"]})

    assert opened.total() > 500
    assert +counted == opened


async def test_the_energy_of_the_day_is_what_the_meters_counted(influx: Influxd) -> None:
    told = [said.value for said in happenings() if (said.device, said.point) == ("shed-a", "import_energy")]
    (query,) = (query for query in QUERIES if query.where == "gridpost-charging: 本时段用电 A")

    (counted,) = figures(await found(influx, query.influxql, {**ALL, "device": "shed-a"}))

    drawn = told[-1] - told[0]  # type: ignore[operator] # the meter counts in floats
    assert drawn > 5
    assert counted == pytest.approx(drawn, abs=0.02)  # its deadband, at both ends


# ------------------------------------------------------------------ that nothing is misspelt

PRODUCT_FIELDS = {point.key for product in products() for point in load_profile(product).points}


async def known(influx: Influxd) -> set[str]:
    """Every name that a query may have: what the products have, and what the gateway wrote beside their readings."""
    names = {*PRODUCT_FIELDS, FAULTS}
    for asked_for in ("TAG KEYS", 'FIELD KEYS FROM "gridpost", "gridpost_alarm", "gridpost_command"'):
        for one in await influx.query(f"SHOW {asked_for}"):
            names |= {one["name"], *(row[0] for row in one["values"])}
    return names


def unknown(influxql: str, names: set[str]) -> set[str]:
    """The names in a query that are none of these and not made by AS, and the patterns that fit no field."""
    named = set(re.findall(r'"([^"]+)"', influxql)) - set(re.findall(r'AS "([^"]+)"', influxql))
    patterns = re.findall(r"(?:SELECT |\()/(.+?)/", influxql)
    return (named - names) | {
        pattern for pattern in patterns if not any(re.search(pattern, key) for key in PRODUCT_FIELDS)
    }


async def test_every_name_in_a_query_is_known(influx: Influxd) -> None:
    names = await known(influx)

    assert {query.where: unknown(query.influxql, names) for query in QUERIES} == {
        query.where: set() for query in QUERIES
    }


@pytest.mark.parametrize(
    ("influxql", "misspelt"),
    [
        ('SELECT mean("volltage") FROM /.+/', "volltage"),
        ('SELECT last("alarms_p5") FROM "gridpost"', "alarms_p5"),
        ('SELECT count("number") FROM "gridpost_alarms"', "gridpost_alarms"),
        (r"SELECT last(/^dor\d+\.open$/) FROM /.+/", r"^dor\d+\.open$"),
    ],
)
async def test_a_misspelt_name_is_noticed(influx: Influxd, influxql: str, misspelt: str) -> None:
    assert unknown(influxql, await known(influx)) == {misspelt}
