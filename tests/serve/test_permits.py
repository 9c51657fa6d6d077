from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from drivers.credential import card_hash, code_hash
from gateway.permit import Credential, Permit, Standing
from gateway.serve import permit_shapes
from gateway.serve.instants import iso
from tests.serve.compound import Town, now
from tests.serve.doorkeeping import KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

PERMITS = "/api/v1/permits"
NUMBER = "4099123456"
NEW = {"name": "孙尚香", "household": "b1-2-302", "groups": ["north"], "reason": "moved in", "card": NUMBER}
DAY = 86_400


async def _names(town: Town, query: str = "", who: str = "manager") -> list[str]:
    async with town.client(who) as client:
        answer = await client.get(f"{PERMITS}{query}")
    return [permit.name for permit in permit_shapes.Permits.model_validate_json(answer.text).permits]


async def _post(town: Town, path: str, body: Mapping[str, object], who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(path, json=body)


def _kept(town: Town, name: str) -> Permit:
    return next(permit for permit in town.lodge.permits.permits.values() if permit.name == name)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["李梅", "王强", "赵云", "保安"]),
        ("?household=b1-1-501", ["李梅", "王强"]),
        ("?standing=revoked", []),
        ("?limit=2", ["李梅", "王强"]),
        ("?after=p2", ["赵云", "保安"]),
        ("?ending=true", []),
    ],
)
async def test_permits_are_found_by_what_is_asked(town: Town, query: str, names: list[str]) -> None:
    assert await _names(town, query) == names


@pytest.mark.parametrize(
    ("words", "names"), [("李", ["李梅"]), ("B2-", ["赵云"]), ("", ["李梅", "王强", "赵云", "保安"])]
)
async def test_a_name_is_searched_for_in_a_body_and_never_in_a_url(town: Town, words: str, names: list[str]) -> None:
    answer = await _post(town, f"{PERMITS}/search", {"q": words})
    in_url = await _status_of(town, f"?q={words}")

    assert [permit.name for permit in permit_shapes.Permits.model_validate_json(answer.text).permits] == names
    assert in_url == 422


async def _status_of(town: Town, query: str) -> int:
    async with town.client("staff") as client:
        return (await client.get(f"{PERMITS}{query}")).status_code


async def test_a_list_is_read_on_from_where_a_page_ended(town: Town) -> None:
    async with town.client("staff") as client:
        first = permit_shapes.Permits.model_validate_json((await client.get(f"{PERMITS}?limit=3")).text)
        rest = permit_shapes.Permits.model_validate_json((await client.get(f"{PERMITS}?after={first.next}")).text)

    assert (len(first.permits), first.total, rest.next) == (3, 4, None)
    assert [permit.name for permit in rest.permits] == ["保安"]


async def test_staff_of_a_grid_see_households_and_doors_of_that_grid_alone(town: Town) -> None:
    assert await _names(town, who="bound") == ["李梅", "王强"]


async def test_a_new_permit_is_known_by_the_hash_of_its_card(town: Town) -> None:
    until = "2098-12-31T16:00:00Z"

    answer = await _post(town, PERMITS, {**NEW, "schedule": "days", "valid_until": until, "note": "二楼"})
    permit = permit_shapes.OnePermit.model_validate_json(answer.text).permit

    assert (answer.status_code, permit.id, permit.kind, permit.schedule) == (201, "p5", "card", "days")
    assert (permit.standing, permit.valid_from, permit.note) == ("valid", None, "二楼")
    assert answer.json()["permit"]["valid_until"] == "2098-12-31T16:00:00.000Z"
    assert _kept(town, "孙尚香").credential == card_hash(KEY, int(NUMBER))


async def test_a_code_is_known_by_its_hash(town: Town) -> None:
    await _post(town, PERMITS, {**NEW, "card": "", "code": "004711"})

    kept = _kept(town, "孙尚香")
    assert (kept.kind, kept.credential) == (Credential.CODE, code_hash(KEY, "004711"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"card": ""},
        {"card": NUMBER, "code": "1234"},
        {"card": "x" + NUMBER},
        {"card": str(2**64)},
        {"card": NUMBER, "name": ""},
        {"card": NUMBER, "reason": ""},
        {"card": NUMBER, "groups": ["nowhere"]},
        {"card": NUMBER, "household": "somewhere"},
        {"card": NUMBER, "standing": "valid"},
    ],
)
async def test_a_permit_that_cannot_be_is_refused_without_a_word_of_its_card(
    town: Town, wrong: dict[str, object]
) -> None:
    answer = await _post(town, PERMITS, {**NEW, **wrong})

    assert answer.status_code in {409, 422}
    assert NUMBER not in answer.text
    assert len(town.lodge.permits.permits) == 4


async def test_no_card_number_and_no_hash_is_in_any_answer_log_or_row(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = [(await _post(town, PERMITS, body)).text for body in (NEW, NEW, {**NEW, "groups": ["nowhere"]})]
    csv = f"name,groups,card\r\n钱七,north,{NUMBER}77\r\n钱八,nowhere,{NUMBER}78\r\n"

    async with town.client("administrator") as client:
        media = {"Content-Type": "text/csv"}
        texts.append((await client.post(f"{PERMITS}/import", content=csv.encode(), headers=media)).text)
        paths = (
            "permits",
            "households/b1-2-302",
            "permits/tasks",
            "permits/tables",
            "enrolment",
            "doors",
            "events",
        )
        texts += [(await client.get(f"/api/v1/{path}")).text for path in paths]

    secret = {NUMBER, card_hash(KEY, int(NUMBER)), card_hash(KEY, int(f"{NUMBER}77")), "00000000000000a1"}
    log = "\n".join(record.getMessage() for record in caplog.records)
    rows = "\n".join(str(row.body) for row in await town.house.records.log(0, 1000))
    for said in secret:
        assert all(said not in text for text in (*texts, log, rows)), said


async def test_a_card_that_was_just_shown_is_permitted_without_its_number(town: Town) -> None:
    begun = await _post(town, "/api/v1/enrolment", {"device": "b1u1", "part": "door1"}, "staff")
    early = await _post(town, PERMITS, {**NEW, "card": "", "enrolled": True})
    town.lodge.show_card("b1u1", "door1", "00c0ffee00c0ffee", now())
    async with town.client("staff") as client:
        shown = permit_shapes.Enrolment.model_validate_json((await client.get("/api/v1/enrolment")).text)
    made = await _post(town, PERMITS, {**NEW, "card": "", "enrolled": True})
    async with town.client("staff") as client:
        over = permit_shapes.Enrolment.model_validate_json((await client.get("/api/v1/enrolment")).text)

    assert permit_shapes.Enrolment.model_validate_json(begun.text).state == "waiting"
    assert (early.status_code, early.json()["code"]) == (409, "no_card")
    assert (shown.state, shown.device, shown.part, shown.by) == ("shown", "b1u1", "door1", "staff")
    assert made.status_code == 201
    assert _kept(town, "孙尚香").credential == "00c0ffee00c0ffee"
    assert over.state == "none"


async def test_an_enrolment_in_another_grid_is_not_there(town: Town) -> None:
    refused = await _post(town, "/api/v1/enrolment", {"device": "b2u1", "part": "door1"}, "bound")
    await _post(town, "/api/v1/enrolment", {"device": "b2u1", "part": "door1"}, "manager")
    async with town.client("bound") as client:
        seen = (await client.get("/api/v1/enrolment")).json()
        await client.delete("/api/v1/enrolment")
    still = town.lodge.permits.enrolment
    async with town.client("manager") as client:
        ended = (await client.delete("/api/v1/enrolment")).json()

    assert (refused.status_code, refused.json()["code"]) == (404, "door_unknown")
    assert (seen["state"], ended["state"]) == ("none", "none")
    assert still is not None, "who does not see it does not end it"
    assert town.lodge.permits.enrolment is None


async def test_a_visitor_gets_a_code_that_is_told_once_and_kept_as_a_hash(town: Town) -> None:
    body = {"household": "b1-1-501", "name": "表哥", "groups": ["north"], "valid_until": iso(now().utc + DAY)}

    answer = await _post(town, f"{PERMITS}/visitor", {**body, "reason": "visit"}, "staff")
    made = permit_shapes.VisitorPermit.model_validate_json(answer.text)

    kept = _kept(town, "表哥")
    assert answer.status_code == 201
    assert (kept.visitor, kept.kind, kept.credential) == (True, Credential.CODE, code_hash(KEY, made.code))
    assert len(made.code) == 6
    assert made.code not in (await _post(town, f"{PERMITS}/visitor", {**body, "reason": ""}, "staff")).text


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        ({"household": "5栋301"}, "body.household", "string_pattern_mismatch"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "body.valid_until", "datetime_future"),
        ({"valid_from": iso(now().utc + 2 * DAY)}, "body.valid_until", "not_after"),
        ({"valid_until": iso(now().utc + 9 * DAY)}, "body.valid_until", "visit_long"),
    ],
)
async def test_what_is_wrong_with_a_visit_is_said_beside_its_field(
    town: Town, wrong: dict[str, str], path: str, code: str
) -> None:
    body = {"household": "b1-1-501", "name": "表哥", "groups": ["north"], "valid_until": iso(now().utc + DAY)}

    answer = await _post(town, f"{PERMITS}/visitor", {**body, "reason": "visit", **wrong}, "staff")

    assert answer.status_code == 422
    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [(path, code)]


async def test_what_is_written_of_a_permit_changes_and_its_card_stays(town: Town) -> None:
    body = {"name": "李梅梅", "household": "b1-1-501", "groups": ["spare"], "reason": "married"}

    changed = await _post(town, f"{PERMITS}/p1/change", body)
    unknown = await _post(town, f"{PERMITS}/p99/change", body)

    assert changed.json()["permit"]["groups"] == ["spare"]
    assert (_kept(town, "李梅梅").id, _kept(town, "李梅梅").credential) == ("p1", "00000000000000a1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "permit_unknown")


@pytest.mark.parametrize(("block", "standing"), [(False, Standing.REVOKED), (True, Standing.BLOCKED)])
async def test_a_revoked_permit_opens_a_task_until_every_controller_knows(
    town: Town, *, block: bool, standing: Standing
) -> None:
    for device in ("b1u1", "b1u2"):
        town.lodge.commits(device, now())

    answer = await _post(town, f"{PERMITS}/p1/revoke", {"reason": "lost", "block": block}, "staff")
    revoked = permit_shapes.Revoked.model_validate_json(answer.text)
    town.lodge.settle(now())
    town.lodge.commits("b1u1", now())
    async with town.client("staff") as client:
        [task] = permit_shapes.Tasks.model_validate_json((await client.get(f"{PERMITS}/tasks")).text).tasks

    assert town.lodge.permits.permits["p1"].standing is standing
    assert (revoked.permits, revoked.task) == (1, task.id)
    assert (task.permits, task.household, task.by, task.reason) == (["p1"], "", "staff", "lost")
    assert (task.done, task.total, task.closed) == (1, 2, None)
    assert [(one.device, one.done, one.entrance, one.link) for one in task.controllers] == [
        ("b1u2", False, "2", "up"),
        ("b1u1", True, "1", "up"),
    ]


async def test_moving_out_ends_every_permit_of_a_household(town: Town) -> None:
    path = "/api/v1/households/b1-1-501"

    async with town.client("staff") as client:
        before = permit_shapes.Household.model_validate_json((await client.get(path)).text)
        answer = await client.post(f"{path}/revoke", json={"reason": "lease ended"})
        after = permit_shapes.Household.model_validate_json((await client.get(path)).text)
        tasks = permit_shapes.Tasks.model_validate_json((await client.get(f"{PERMITS}/tasks")).text)
    revoked = permit_shapes.Revoked.model_validate_json(answer.text)

    assert [permit.standing for permit in before.permits] == ["valid", "valid"]
    assert (revoked.permits, revoked.task) == (2, tasks.tasks[0].id)
    assert [permit.standing for permit in after.permits] == ["revoked", "revoked"]
    assert await _names(town) == ["赵云", "保安"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "households/b2-1-301", None),
        ("POST", "households/b2-1-301/revoke", {"reason": "x"}),
        ("POST", "permits/p3/revoke", {"reason": "x"}),
    ],
)
async def test_what_is_in_another_grid_is_not_there(
    town: Town, method: str, path: str, body: dict[str, str] | None
) -> None:
    async with town.client("bound") as client:
        answer = await client.request(method, f"/api/v1/{path}", json=body)

    assert answer.status_code == 404
    assert town.road.acts == []


async def test_every_controller_tells_how_far_it_has_the_permits(town: Town) -> None:
    town.lodge.commits("b1u1", now())

    async with town.client("installer") as client:
        tables = permit_shapes.Tables.model_validate_json((await client.get(f"{PERMITS}/tables")).text)
    async with town.client("bound") as client:
        bound = permit_shapes.Tables.model_validate_json((await client.get(f"{PERMITS}/tables")).text)

    by_device = {table.device: table for table in tables.tables}
    assert (tables.current, tables.tables[-1].device) == (1, "b1u1")
    assert (by_device["b1u1"].state, by_device["b1u1"].users, by_device["b1u1"].building_name) == (
        "current",
        2,
        "1号楼",
    )
    assert by_device["b2u1"].version is None
    assert {table.device for table in bound.tables} == {"b1u1", "b1u2"}
