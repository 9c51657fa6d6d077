from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest_asyncio

from gateway.model import Place
from gateway.serve import labels
from gateway.serve.app import create_app
from gateway.serve.label_book import LabelBook
from tests.serve.compound import TENDED, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any

    import httpx
    import pytest

    from tests.serve.compound import Town

KEY = b"k" * 32


@pytest_asyncio.fixture
async def labelled(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, TENDED, hears=False) as town:
        town.house = replace(town.house, labels=LabelBook(town.hub.views, KEY))
        town.app = create_app(town.house)
        async with served(town):
            yield town


async def all_of(client: httpx.AsyncClient, kind: str, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/labels", params={"kind": kind, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["labels"]
    return found


async def label_of(town: Town, kind: str, target: str) -> str:
    async with town.client("manager") as client:
        return next(str(label["id"]) for label in await all_of(client, kind) if label["target"] == target)


async def test_every_door_detector_locker_and_port_has_a_label(labelled: Town) -> None:
    async with labelled.client("manager") as client:
        found = {kind: await all_of(client, kind) for kind in ("door", "detector", "locker", "port")}

    assert [each["target"] for each in found["door"]] == list(TENDED.doors)
    assert [each["target"] for each in found["detector"]] == list(TENDED.detectors)
    assert [each["target"] for each in found["locker"]] == list(TENDED.lockers)
    assert {each["target"] for each in found["port"]} == labelled.tending.ports.keys()
    assert (found["door"][0]["title"], found["door"][0]["place"]) == ("单元大门", "1号楼 1单元门禁")


async def test_an_id_says_nothing_is_the_same_when_printed_again_and_another_in_another_house(labelled: Town) -> None:
    def printed(key: bytes) -> list[str]:
        book = LabelBook(labelled.hub.views, key)
        book.look_through()
        return [each.id for each in book.seen("door", "", frozenset())]

    first, again, elsewhere = printed(KEY), printed(KEY), printed(b"x" * 32)

    assert first == again
    assert all(re.fullmatch(r"[A-Z2-7]{13}", name) for name in first)
    assert set(first).isdisjoint(elsewhere)


async def test_the_code_holds_the_address_of_the_page_and_draws_without_a_style(labelled: Town) -> None:
    async with labelled.client("manager") as client:
        label = (await all_of(client, "door"))[0]

    assert label["url"] == f"{labelled.url}/#/q/{label['id']}"
    drawn = ET.fromstring(label["svg"])  # noqa: S314 - of our own
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert "style" not in label["svg"]


async def test_a_public_address_is_what_phones_open(labelled: Town) -> None:
    labelled.app.state.house = replace(labelled.house, public_url="https://post.example.cn/")

    async with labelled.client("manager") as client:
        label = (await all_of(client, "door"))[0]

    assert label["url"] == f"https://post.example.cn/#/q/{label['id']}"


async def test_behind_a_proxy_that_ends_tls_the_code_leads_to_the_proxy(labelled: Town) -> None:
    async with labelled.client("manager") as client:
        client.headers["X-Forwarded-Proto"] = "https"

        label = (await all_of(client, "door"))[0]

    assert label["url"].startswith("https://127.0.0.1:")


async def test_many_come_page_by_page(labelled: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "PAGE", 3)
    async with labelled.client("manager") as client:
        first = (await client.get("/api/v1/labels?kind=door")).json()
        second = (await client.get("/api/v1/labels", params={"kind": "door", "after": first["next"]})).json()

    assert [len(first["labels"]), len(second["labels"])] == [3, len(TENDED.doors) - 3]
    assert second["next"] is None
    assert first["total"] == len(TENDED.doors)


async def test_only_those_of_a_building_are_printed_where_one_is_named(labelled: Town) -> None:
    async with labelled.client("manager") as client:
        found = await all_of(client, "door", building="b2")

    assert [each["target"] for each in found] == ["b2u1/door1"]


async def test_a_scanned_label_leads_to_what_it_hangs_on(labelled: Town) -> None:
    pages = {
        ("door", "b1u1/door1"): "#/doors/b1u1/door1",
        ("locker", "locker1"): "#/lockers/locker1",
        ("port", "pile1/p01"): "#/charging/shed1",
        ("detector", next(iter(TENDED.detectors))): f"#/detector/{next(iter(TENDED.detectors))}",
    }
    for (kind, target), page in pages.items():
        name = await label_of(labelled, kind, target)
        async with labelled.client("viewer") as client:
            found = (await client.get(f"/api/v1/labels/{name.lower()}")).json()

        assert (found["kind"], found["target"], found["page"]) == (kind, target, page)


async def test_what_one_may_not_see_has_no_label(labelled: Town) -> None:
    name = await label_of(labelled, "door", "b2u1/door1")
    async with labelled.client("bound") as client:
        seen, arrived = await client.get(f"/api/v1/labels/{name}"), await client.post(f"/api/v1/labels/{name}/arrive")
        unknown = await client.get("/api/v1/labels/AAAAAAAAAAAAA")

    assert [each.status_code for each in (seen, arrived, unknown)] == [404, 404, 404]
    assert seen.json()["code"] == "label_unknown"


async def test_after_a_reload_there_are_labels_for_what_came(labelled: Town) -> None:
    async with labelled.client("manager") as client:
        before = await all_of(client, "door")
        doors = {name: door for name, door in TENDED.doors.items() if door.device != "gate"}
        labelled.hub.adopt(replace(TENDED, doors=doors))

        after = await all_of(client, "door")

    assert {each["target"] for each in before} - {each["target"] for each in after} == {"gate/door1"}


async def test_without_a_session_a_label_says_nothing(labelled: Town) -> None:
    name = await label_of(labelled, "door", "b1u1/door1")
    async with labelled.client(None) as client:
        assert (await client.get(f"/api/v1/labels/{name}")).status_code == 401


HERE, ELSEWHERE = Place("b1", "1", "1单元门禁", "g1"), Place("b2", "1", "1单元门禁", "g2")


async def going_to(town: Town, place: Place) -> int:
    """An incident there that the administrator is on his way to."""
    await town.road.release(*town.road.work.alarm(f"{place.building}/smoke", town.house.now(), place=place))
    number = max(town.house.incidents.keeper.known)
    async with town.client() as client:
        assert (await client.post(f"/api/v1/incidents/{number}/go")).status_code == 200
    return number


async def test_by_scanning_a_label_one_has_arrived_at_what_is_there_and_nowhere_else(labelled: Town) -> None:
    here, elsewhere = await going_to(labelled, HERE), await going_to(labelled, ELSEWHERE)
    name = await label_of(labelled, "door", "b1u1/door1")
    async with labelled.client() as client:
        found = (await client.get(f"/api/v1/labels/{name}")).json()
        arrived = (await client.post(f"/api/v1/labels/{name}/arrive")).json()
        again = (await client.post(f"/api/v1/labels/{name}/arrive")).json()
        states = [(await client.get(f"/api/v1/incidents/{n}")).json()["state"] for n in (here, elsewhere)]

    assert found["incidents"] == arrived["incidents"] == [here]
    assert again["incidents"] == []
    assert states == ["arrived", "assigned"]


async def test_others_do_not_arrive_for_whoever_goes(labelled: Town) -> None:
    await going_to(labelled, HERE)
    name = await label_of(labelled, "door", "b1u1/door1")
    async with labelled.client("staff") as client:
        arrived = await client.post(f"/api/v1/labels/{name}/arrive")

    assert arrived.json() == {"incidents": []}
