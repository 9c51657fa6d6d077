from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.secret import Secret
from gateway.collect.clock import Clock
from gateway.decide.incidents.book import INCIDENT
from gateway.deliver.county import outlet as outlets
from gateway.deliver.county.config import CountyConfig
from gateway.deliver.county.messages import Words
from gateway.deliver.county.outlet import CountyOutlet
from gateway.deliver.outlet import State
from gateway.incident import CountySays, GoToIncident
from gateway.keep.journal import Journal
from gateway.model import Entry, Recorded
from tests.decide.incidents.office import COUNTY, ZHANG, Office, gone_to, report
from tests.deliver.county.platform import (
    SECRET,
    FakeCounty,
    another,
    broken,
    county,
    endless,
    nonsense,
    silent,
    status,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.deliver.county.outlet import Bookmarks
    from gateway.keep.reading import Reader
    from gateway.model import HouseSaid

WORDS = Words(
    "c-17", {"fire": ("0101", "火情"), "environment": ("0501", "环境卫生")}, {"b1": "1号楼"}, {"g1": "370102013006008"}
)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once."""
    monkeypatch.setattr(outlets, "FAILING_SECONDS", (0.01, 0.02))
    monkeypatch.setattr(outlets, "REFUSED_SECONDS", (0.01, 0.02))
    monkeypatch.setenv("COUNTY_SECRET", SECRET)


@dataclass
class Box:
    """A journal with incidents in it, and an outlet that carries them."""

    journal: Journal
    reader: Reader
    office: Office = field(default_factory=Office)
    said: list[HouseSaid] = field(default_factory=list)
    read: int = 0
    outlet: CountyOutlet | None = None

    def build(self, url: str, **config: object) -> CountyOutlet:
        written = CountyConfig.model_validate(
            {"url": url, "id": "c-17", "secret": Secret(env="COUNTY_SECRET"), "timeout_seconds": 1, **config}
        )
        marks: Bookmarks = self.journal
        self.outlet = CountyOutlet(
            written, self.reader, marks, lambda: WORDS, self.said.append, Clock(), simulated=False
        )
        return self.outlet

    async def record(self) -> None:
        """Put on disk what happened at the office, and tell."""
        rows = [each for each in self.office.said[self.read :] if isinstance(each, Recorded)]
        self.read = len(self.office.said)
        await self.journal.submit(Entry(Clock()(), tuple(rows)))
        if self.outlet is not None:
            self.outlet.records_came()


@asynccontextmanager
async def box(folder: Path) -> AsyncIterator[Box]:
    async with Journal.open(folder, Clock()()) as journal:
        reader = journal.reader()
        try:
            yield Box(journal, reader)
        finally:
            reader.close()


@asynccontextmanager
async def running(outlet: CountyOutlet) -> AsyncIterator[None]:
    task = asyncio.create_task(outlet.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task.exception()


async def _begun(there: Box) -> None:
    """Wait until the outlet knows where it begins."""
    async with asyncio.timeout(5):
        while there.journal.cursor("county:c-17") is None:
            await asyncio.sleep(0.002)


def _steps(fake: FakeCounty) -> list[str]:
    return [each["what"] for each in fake.taken]


async def test_every_step_of_an_incident_goes_out_in_order(tmp_path: Path) -> None:
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        there.office.act(report())
        gone_to(there.office, "closed")
        await there.record()
        await fake.until(lambda: len(fake.taken) == 8)

        assert _steps(fake) == ["reported", "assigned", "went", "arrived", "handled", "fed_back", "verified", "closed"]
        assert [each["incident"]["revision"] for each in fake.taken] == list(range(1, 9))
        assert there.outlet is not None
        assert there.outlet.standing.state is State.UP


async def test_what_it_is_told_is_what_the_document_says(tmp_path: Path) -> None:
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        there.office.alarm()
        await there.record()
        await fake.until(lambda: fake.taken)

    said = fake.taken[0]
    document = (Path(__file__).parents[3] / "docs" / "county.md").read_text("utf-8")
    example = json.loads(document.split("```json\n")[1].split("```")[0])
    assert said.keys() == example.keys()
    incident = said["incident"]
    assert incident.keys() == example["incident"].keys()
    assert incident["place"].keys() == example["incident"]["place"].keys()
    assert {name: incident[name] for name in ("id", "state", "priority", "category", "place", "opened")} == {
        "id": "happy-20261109-1",
        "state": "assigned",
        "priority": 2,
        "category": {"code": "0101", "name": "火情"},
        "place": {"grid": "370102013006008", "building": "b1", "building_name": "1号楼", "unit": "1", "name": "厨房"},
        "opened": "2026-11-09T02:00:00Z",
    }
    assert [each["stage"] for each in incident["limits"]] == ["arrive", "handle"]
    assert fake.headers[0]["X-Gridpost-Compound"] == "c-17"
    assert fake.headers[0]["X-Gridpost-Message"] == said["message"]


async def test_nothing_that_a_person_is_called_or_wrote_leaves_the_house(tmp_path: Path) -> None:
    office = Office()
    office.act(report())
    gone_to(office, "closed")
    rows = [each for each in office.said if isinstance(each, Recorded)]
    assert any("zhang" in json.dumps(each.body) for each in rows)

    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        there.office = office
        await there.record()
        await fake.until(lambda: len(fake.taken) == len(rows))

    told = json.dumps(fake.taken, ensure_ascii=False)
    typed = ("垃圾没有清", "门口", "开窗通风", "住户知道了")
    assert not [word for word in ("zhang", "wang", "account", *typed) if word in told]


@pytest.mark.parametrize(
    ("trick", "why"),
    [
        (status(500, "oops"), "it answers 500"),
        (status(503, **{"Retry-After": "0"}), "it answers 503"),
        (status(429), "it answers 429"),
        (status(401), "it answers 401"),
        (status(404), "it answers 404"),
        (status(302, Location="http://127.0.0.1:1/"), "it answers 302"),
        (status(204), "it answers 204 without the receipt of this message"),
        (status(200, '{"code": 500}'), "it answers 200 without the receipt of this message"),
        (status(200, "[" * 100_000), "it answers 200 without the receipt of this message"),
        (nonsense, "it answers 200 without the receipt of this message"),
        (another, "it answers 200 without the receipt of this message"),
        (endless, "it answers 200 without the receipt of this message"),
        (broken, "it cannot be reached"),
    ],
)
async def test_what_it_does_not_take_goes_again_and_nothing_overtakes_it(
    tmp_path: Path, trick: object, why: str
) -> None:
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        fake.tricks.extend([trick, trick])  # type: ignore[list-item] # one of the tricks
        there.office.act(report())
        gone_to(there.office, "arrived")
        await there.record()
        await fake.until(lambda: len(fake.taken) == 4)

    assert _steps(fake) == ["reported", "assigned", "went", "arrived"]
    assert fake.requests == 6
    assert [each.abnormal for each in there.said if each.why.startswith(why)][:1] == [True]
    assert (there.said[-1].rule, there.said[-1].source, there.said[-1].abnormal) == ("outlet_failing", "county", False)


async def test_a_slow_platform_is_given_up_and_asked_again(tmp_path: Path) -> None:
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        fake.tricks.append(silent)
        there.office.act(report())
        await there.record()
        await fake.until(lambda: fake.taken)

    assert there.said[0].why == "no answer within 1 s"


async def test_a_platform_that_was_away_gets_everything_when_it_is_back(tmp_path: Path) -> None:
    async with county() as fake:
        port = int(fake.url.split(":")[2].split("/")[0])
    async with box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        there.office.act(report())
        gone_to(there.office, "handled")
        await there.record()
        async with asyncio.timeout(5):
            while not there.said:
                await asyncio.sleep(0.005)
        async with county(port) as back:
            await back.until(lambda: len(back.taken) == 5)

            assert _steps(back) == ["reported", "assigned", "went", "arrived", "handled"]


async def test_a_new_platform_is_told_what_happens_from_then_on(tmp_path: Path) -> None:
    async with county() as fake, box(tmp_path) as there:
        there.office.act(report())
        await there.record()
        async with running(there.build(fake.url)):
            await _begun(there)
            there.office.act(report())
            await there.record()
            await fake.until(lambda: fake.taken)

    assert [each["incident"]["id"] for each in fake.taken] == ["happy-20261109-2"]


async def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    async with county() as fake:
        async with box(tmp_path) as there, running(outlet := there.build(fake.url)):
            await _begun(there)
            there.office.act(report())
            await there.record()
            await fake.until(lambda: outlet.standing.records == 1)
        office, read = there.office, there.read
        async with box(tmp_path) as there:
            there.office, there.read = office, read
            gone_to(office, "going")
            await there.record()
            async with running(there.build(fake.url)):
                await fake.until(lambda: len(fake.taken) == 3)

    assert _steps(fake) == ["reported", "assigned", "went"]
    assert fake.requests == 3


async def test_what_the_platform_said_itself_is_not_told_back(tmp_path: Path) -> None:
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        there.office.act(report())
        there.office.act(CountySays(COUNTY, "happy-20261109-1", "accepted", "", "m1"))
        there.office.act(GoToIncident(ZHANG, 1))
        await there.record()
        await fake.until(lambda: len(fake.taken) == 2)

    assert _steps(fake) == ["reported", "went"]


async def test_a_row_that_nobody_here_wrote_does_not_hold_up_what_follows(tmp_path: Path) -> None:
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        for body in ({}, {"what": "opened", "incident": {}}, {"what": "opened", "incident": 7}):
            await there.journal.submit(Entry(Clock()(), (Recorded(INCIDENT, "1", body),)))
        there.office.act(report())
        await there.record()
        await fake.until(lambda: fake.taken)

    assert _steps(fake) == ["reported"]


async def test_a_secret_that_is_mended_is_taken_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTY_SECRET", "a secret, but not the right one")
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        await _begun(there)
        there.office.act(report())
        await there.record()
        await fake.until(lambda: fake.requests > 1)
        assert there.outlet is not None
        assert there.outlet.standing.state is State.REFUSED

        monkeypatch.setenv("COUNTY_SECRET", SECRET)
        await fake.until(lambda: fake.taken)


@pytest.mark.parametrize(("secret", "why"), [("", "is not set"), ("short", "shorter than 16")])
async def test_a_secret_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, why: str
) -> None:
    monkeypatch.setenv("COUNTY_SECRET", secret)
    async with county() as fake, box(tmp_path) as there, running(there.build(fake.url)):
        async with asyncio.timeout(5):
            while not there.said:
                await asyncio.sleep(0.005)

    assert why in there.said[0].why
    assert fake.requests == 0


async def test_a_simulated_compound_reaches_nobody_off_this_machine(tmp_path: Path) -> None:
    async with box(tmp_path) as there:
        config = CountyConfig.model_validate(
            {"url": "https://county.example/x", "id": "c", "secret": {"env": "COUNTY_SECRET"}}
        )
        outlet = CountyOutlet(
            config, there.reader, there.journal, lambda: WORDS, there.said.append, Clock(), simulated=True
        )
        async with running(outlet), asyncio.timeout(5):
            while outlet.standing.state is State.STARTING:
                await asyncio.sleep(0.002)

    assert outlet.standing.state is State.REFUSED
