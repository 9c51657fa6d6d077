from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.credential import tag_hash
from gateway.charging import DropTags, PutTags, Tag
from gateway.serve import tag_shapes
from tests.serve.doorkeeping import KEY

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

TAGS = "/api/v1/charging/tags"
CLEAR = "04E51234AB"
HASH = tag_hash(KEY, CLEAR)
CSV = {"Content-Type": "text/csv"}


async def _post(town: Town, body: object, who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(TAGS, json=body)


async def _import(town: Town, text: str, query: str = "") -> httpx.Response:
    async with town.client("manager") as client:
        return await client.post(f"{TAGS}/import{query}", content=text.encode(), headers=CSV)


async def _list(town: Town, query: str = "") -> tag_shapes.Tags:
    async with town.client("manager") as client:
        answer = await client.get(f"{TAGS}{query}")
    assert answer.status_code == 200, answer.text
    return tag_shapes.Tags.model_validate_json(answer.text)


async def test_a_tag_is_hashed_at_the_border_and_never_told_again(tended: Town) -> None:
    body = {"tags": [{"tag": CLEAR, "label": "A-12", "until": "2027-01-01T00:00:00+08:00"}], "reason": "新住户"}

    taken = await _post(tended, body)
    listed = await _list(tended)

    assert taken.json() == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0}
    [act] = tended.road.acts
    assert isinstance(act, PutTags)
    assert (act.tags, act.reason) == ((Tag(HASH, "A-12", 1_798_732_800.0),), "新住户")
    [tag] = listed.tags
    assert (tag.hash, tag.label, tag.blocked) == (HASH, "A-12", False)
    async with tended.client("administrator") as client:
        log = await client.get("/api/v1/events?limit=1000")
    assert CLEAR not in taken.text + listed.model_dump_json() + log.text


async def test_capital_letters_do_not_make_another_tag(tended: Town) -> None:
    await _post(tended, {"tags": [{"tag": CLEAR}], "reason": "x"})

    again = await _post(tended, {"tags": [{"tag": CLEAR.lower()}], "reason": "x"})

    assert again.json() == {"rows": 1, "new": 0, "changed": 0, "unchanged": 1}
    assert len(tended.road.acts) == 1, "what changes nothing is not asked for"


async def test_a_tag_that_was_lost_is_blocked_by_its_hash(tended: Town) -> None:
    tended.tending.tags[HASH] = Tag(HASH, "A-12")

    answer = await _post(tended, {"tags": [{"hash": HASH, "label": "A-12", "blocked": True}], "reason": "丢失"})

    assert answer.json()["changed"] == 1
    assert tended.tending.tags[HASH].blocked


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ({}, 409, "which_tag"),
        ({"tag": CLEAR, "hash": HASH}, 409, "which_tag"),
        ({"hash": HASH}, 404, "tag_unknown"),
        ({"tag": "卡"}, 422, "invalid"),
        ({"tag": " 04E5"}, 422, "invalid"),
        ({"tag": "0" * 65}, 422, "invalid"),
        ({"tag": CLEAR, "until": "2027-01-01"}, 422, "invalid"),
        ({"tag": CLEAR, "label": "x" * 81}, 422, "invalid"),
    ],
)
async def test_a_wrong_tag_is_refused_and_not_repeated(
    tended: Town, tag: dict[str, str], status: int, code: str
) -> None:
    answer = await _post(tended, {"tags": [tag], "reason": "x"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert CLEAR not in answer.text
    assert tended.road.acts == []


async def test_a_tag_that_is_given_twice_is_refused(tended: Town) -> None:
    answer = await _post(tended, {"tags": [{"tag": CLEAR}, {"tag": CLEAR.lower()}], "reason": "x"})

    assert (answer.status_code, answer.json()["code"]) == (409, "tags_wrong")


async def test_tags_are_found_by_words_and_come_page_by_page(tended: Town) -> None:
    for number in range(5):
        name = f"{number:016x}"
        tended.tending.tags[name] = Tag(name, f"B-{number}", blocked=number == 3)

    first = await _list(tended, "?limit=3")
    second = await _list(tended, f"?limit=3&after={first.next}")
    blocked = await _list(tended, "?blocked=true")
    named = await _list(tended, "?q=b-4")

    assert [tag.label for tag in first.tags] == ["B-0", "B-1", "B-2"]
    assert ([tag.label for tag in second.tags], second.total, second.next) == (["B-3", "B-4"], 5, None)
    assert [tag.label for tag in blocked.tags] == ["B-3"]
    assert ([tag.label for tag in named.tags], named.total) == (["B-4"], 1)


async def test_a_file_of_tags_goes_in_dry_and_then_whole(tended: Town) -> None:
    text = f"tag,label,until,blocked,note\n{CLEAR},A-12,2026-12-31,,\nT2,A-13,,yes,丢失\n"

    dry = await _import(tended, text, "?dry=true")
    before = dict(tended.tending.tags)
    taken = await _import(tended, text, "?reason=月初")
    again = await _import(tended, text)

    assert (dry.json(), before) == ({"rows": 2, "new": 2, "changed": 0, "unchanged": 0}, {})
    assert taken.json() == dry.json()
    assert again.json() == {"rows": 2, "new": 0, "changed": 0, "unchanged": 2}
    assert tended.tending.tags[tag_hash(KEY, "t2")].blocked
    assert len(tended.road.acts) == 1


async def test_every_wrong_row_of_a_file_is_told_and_no_tag(tended: Town) -> None:
    answer = await _import(tended, f"tag,until\n{CLEAR},soon\n{CLEAR},\n")

    assert (answer.status_code, answer.json()["code"]) == (409, "tags_wrong")
    assert [finding.partition(":")[0] for finding in answer.json()["details"]] == ["row 2", "row 3"]
    assert CLEAR not in answer.text
    assert tended.road.acts == []


async def test_a_file_of_tags_must_be_a_table_of_commas(tended: Town) -> None:
    async with tended.client("manager") as client:
        answer = await client.post(f"{TAGS}/import", json={"tags": []})

    assert answer.status_code == 415


async def test_a_tag_is_dropped_by_its_hash_with_a_reason(tended: Town) -> None:
    tended.tending.tags[HASH] = Tag(HASH, "A-12")

    async with tended.client("manager") as client:
        without = await client.request("DELETE", f"{TAGS}/{HASH}", json={})
        dropped = await client.request("DELETE", f"{TAGS}/{HASH}", json={"reason": "搬走"})
        gone = await client.request("DELETE", f"{TAGS}/{HASH}", json={"reason": "搬走"})
        strange = await client.request("DELETE", f"{TAGS}/{CLEAR}", json={"reason": "搬走"})

    assert [answer.status_code for answer in (without, dropped, gone, strange)] == [422, 200, 404, 404]
    assert dropped.json() == {"hash": HASH}
    [act] = tended.road.acts
    assert isinstance(act, DropTags)
    assert (act.tags, act.reason) == ((HASH,), "搬走")
