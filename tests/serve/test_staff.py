"""The staff over HTTP: who they are, who may see how they are reached, and when they are absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.serve import duty_shapes
from gateway.serve.accounts import shapes as account_shapes
from tests.serve.accounts import signed_in, user_id

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

STAFF = "/api/v1/people"
WANG = {"name": "王五", "account": "wang", "reach": [{"channel": "bot", "to": "13800000009"}]}


async def _ask(town: Town, method: str, path: str, body: Any = None, who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.request(method, path, json=body)


async def _people(town: Town, who: str) -> duty_shapes.People:
    answer = await _ask(town, "GET", STAFF, who=who)
    assert answer.status_code == 200, answer.text
    return duty_shapes.People.model_validate_json(answer.text)


async def test_the_staff_is_listed_with_its_grids_and_departments(town: Town) -> None:
    found = await _people(town, "manager")

    assert [(each.id, each.name, each.grids) for each in found.people] == [
        ("chen", "陈组长", ["c1"]),
        ("li", "李四", ["g1", "g2"]),
        ("zhang", "张三", ["g1"]),
    ]
    assert [(way.channel, way.to) for way in found.people[2].reach] == [("bot", "13800000001"), ("sms", "13800000001")]
    assert [(each.id, each.kind, each.reach[0].to) for each in found.departments] == [("gas", "gas", "0531-5550100")]


async def test_numbers_and_accounts_are_hidden_from_those_who_do_not_keep_them(town: Town) -> None:
    for who in ("staff", "installer"):
        found = await _people(town, who)

        assert "380000" not in found.model_dump_json()
        assert "555" not in found.model_dump_json()
        assert {each.account for each in found.people} == {""}
        assert found.people[2].reach[0].to == "138****0001"


async def test_who_is_bound_to_a_grid_sees_who_works_there_and_above(town: Town) -> None:
    await _ask(town, "PUT", f"{STAFF}/wang", WANG)
    await _ask(town, "PUT", "/api/v1/duty/g2/team", {"team": {"guard": ["wang"]}})

    found = await _people(town, "bound")

    assert [each.id for each in found.people] == ["chen", "li", "zhang"]
    assert (await _ask(town, "GET", f"{STAFF}/wang", who="bound")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "王\u202e五"},
        {"name": "王\x00"},
        {"account": "wang\n"},
        {"reach": [{"channel": "bot", "to": "1380\r\nBcc: all@example.cn"}]},
    ],
)
async def test_what_turns_a_line_around_or_ends_it_is_in_no_name_and_no_number(
    town: Town, wrong: dict[str, Any]
) -> None:
    refused = await _ask(town, "PUT", f"{STAFF}/wang", {**WANG, **wrong})

    assert refused.status_code == 422


async def test_somebody_is_entered_changed_and_dropped(town: Town) -> None:
    entered = await _ask(town, "PUT", f"{STAFF}/wang", WANG)
    changed = await _ask(town, "PUT", f"{STAFF}/wang", {**WANG, "name": "王小五"})
    dropped = await _ask(town, "DELETE", f"{STAFF}/wang")

    assert (entered.status_code, entered.json()["account"]) == (200, "wang")
    assert changed.json()["name"] == "王小五"
    assert dropped.status_code == 200
    assert (await _ask(town, "GET", f"{STAFF}/wang")).status_code == 404


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("wang", {**WANG, "reach": []}, 422, "invalid"),
    ("wang", {**WANG, "reach": [{"channel": "pigeon", "to": "x"}]}, 409, "person_wrong"),
    ("wang", {**WANG, "account": "staff"}, 409, "person_wrong"),
    ("Wang Wu", WANG, 404, "not_found"),
]


async def test_a_person_who_is_wrong_is_refused(town: Town) -> None:
    for path, body, status, code in WRONG:
        refused = await _ask(town, "PUT", f"{STAFF}/{path}", body)

        assert (refused.status_code, refused.json()["code"]) == (status, code), body


async def test_who_is_needed_is_not_dropped(town: Town) -> None:
    refused = await _ask(town, "DELETE", f"{STAFF}/zhang")

    assert (refused.status_code, refused.json()["code"]) == (409, "person_needed")
    assert refused.json()["details"]


async def test_an_absence_is_entered_and_ended(town: Town) -> None:
    gone = await _ask(town, "POST", f"{STAFF}/zhang/away", {"until": "2100-01-01T00:00:00Z"})
    duty = await _ask(town, "GET", "/api/v1/duty")
    back = await _ask(town, "DELETE", f"{STAFF}/zhang/away")

    assert gone.json()["away"][0]["until"] == "2100-01-01T00:00:00.000Z"
    assert duty.json()["grids"][1]["shift"]["person"]["id"] == "li"
    assert duty.json()["grids"][1]["responsible"]["id"] == "li"
    assert back.json()["away"] == []


async def test_the_staff_enters_nobody(town: Town) -> None:
    assert (await _ask(town, "PUT", f"{STAFF}/wang", WANG, who="staff")).status_code == 403
    refused = await _ask(town, "POST", f"{STAFF}/chen/away", {"until": "2100-01-01T00:00:00Z"}, who="staff")
    assert (refused.status_code, refused.json()["code"]) == (403, "role")


async def _person_of(client: httpx.AsyncClient) -> str:
    return account_shapes.Me.model_validate_json((await client.get("/api/v1/me")).text).person


async def test_an_account_is_that_of_whom_the_form_names_at_once_and_no_longer_than_that(town: Town) -> None:
    async with town.client("viewer") as viewer:
        before = await _person_of(viewer)
        await _ask(town, "PUT", f"{STAFF}/wang", {**WANG, "account": "viewer"})
        entered = await _person_of(viewer)
        taken = await _ask(town, "PUT", f"{STAFF}/li", {**WANG, "account": "viewer"})
        await _ask(town, "DELETE", f"{STAFF}/wang")
        dropped, accounts = await _person_of(viewer), await town.accounts.of_people()
        await _ask(town, "PUT", f"{STAFF}/wang", {**WANG, "account": ""})
        another_wang = await _person_of(viewer)

    assert (before, entered, dropped, another_wang) == ("", "wang", "", "")
    assert accounts == {"zhang": "staff", "wang": ""}
    assert (taken.status_code, taken.json()["code"]) == (409, "person_wrong")


async def test_a_new_account_under_the_name_of_a_removed_one_is_nobody_of_the_staff(town: Town) -> None:
    async with town.client("staff") as staff, town.client() as admin:
        before = await _person_of(staff)
        await admin.delete(f"/api/v1/users/{user_id(town, 'staff')}")
        await admin.post("/api/v1/users", json={"name": "staff", "role": "staff"})
        namesake = await signed_in(town, "staff")
        after = await _person_of(namesake)
        over = await namesake.post("/api/v1/duty/g1/take-over", json={"person": "zhang"})
        await namesake.aclose()
    shown = {person.id: person.account for person in (await _people(town, "manager")).people}

    assert (before, after) == ("zhang", "")
    assert (over.status_code, over.json()["code"]) == (403, "role")
    assert shown["zhang"] == ""
