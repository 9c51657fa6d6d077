"""Users, as administrators look after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.duty import ForgetChats
from gateway.keep.accounts.users import add_user, list_users
from gateway.serve.accounts import shapes as account_shapes
from tests.serve.accounts import PASSWORD, code_for, give, hang_up, log_of_users, signed_in, user_id
from tests.serve.compound import now

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

USERS = "/api/v1/users"
ME = "/api/v1/me"
SESSION = "/api/v1/session"


def _admin_of_g1(town: Town) -> httpx.AsyncClient:
    connection = town.journal.connect()
    town.tokens["admin of g1"] = add_user(connection, "admin of g1", Role.ADMINISTRATOR, ["g1"], now(), "test")
    connection.close()
    return town.client("admin of g1")


async def _listed(client: httpx.AsyncClient) -> dict[str, account_shapes.User]:
    users = account_shapes.Users.model_validate_json((await client.get(USERS)).text).users
    return {user.name: user for user in users}


async def test_somebody_is_invited_comes_in_by_the_link_and_chooses_a_password(town: Town) -> None:
    async with town.client() as admin, town.client(None) as new:
        invited = await admin.post(USERS, json={"name": "王芳", "role": "staff", "grids": ["g1"]})
        invitation = account_shapes.NewAccount.model_validate_json(invited.text)
        await new.post(SESSION, json={"code": invitation.url.partition("#code=")[2]})
        new.headers["Origin"] = town.url
        chosen = await new.put(f"{ME}/password", json={"new": PASSWORD})
        again = await new.post(SESSION, json={"name": "王芳", "password": PASSWORD})
        user = (await _listed(admin))["王芳"]

    assert invited.status_code == 201
    assert 3 * 86_400 - 60 < invitation.until_utc - now().utc <= 3 * 86_400
    assert (chosen.status_code, again.status_code) == (204, 204)
    assert (user.id, user.role, user.grids, user.password_set, user.sessions) == (
        invitation.id,
        "staff",
        ["g1"],
        True,
        1,
    )


async def test_one_of_the_staff_gets_an_account_of_his_own(town: Town) -> None:
    async with town.client() as admin:
        answer = await admin.post(USERS, json={"name": "李四", "role": "staff", "person": "li"})
        user = (await _listed(admin))["李四"]

    assert answer.status_code == 201
    assert user.person == "li"
    assert town.staffing.people.persons["li"].account == "李四"


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"name": "staff", "role": "staff"}, "body.name", "name_taken"),
        ({"name": "staff\u200b", "role": "staff"}, "body.name", "string_pattern_mismatch"),
        ({"name": " ", "role": "staff"}, "body.name", "name_missing"),
        ({"name": "x", "role": "king"}, "body.role", "enum"),
        ({"name": "x", "role": "staff", "grids": ["g1", "g9"]}, "body.grids.1", "grid_unknown"),
        ({"name": "x", "role": "staff", "person": "zhang"}, "body.person", "person_unknown"),
        ({"name": "x", "role": "staff", "person": "nobody"}, "body.person", "person_unknown"),
        ({"name": "a\u202eb", "role": "staff"}, "body.name", "string_pattern_mismatch"),
    ],
)
async def test_what_is_wrong_with_a_new_user_is_said_beside_its_field(
    town: Town, body: dict[str, object], path: str, code: str
) -> None:
    async with town.client() as admin:
        answer = await admin.post(USERS, json=body)
        names = await _listed(admin)

    assert answer.status_code == 422
    assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [(path, code)]
    assert names.keys() == town.tokens.keys()


async def test_a_user_whose_person_cannot_be_bound_is_not_added(town: Town) -> None:
    async with town.client() as admin:
        town.road.stuck = True
        answer = await admin.post(USERS, json={"name": "李四", "role": "staff", "person": "li"})
        names = await _listed(admin)

    assert answer.status_code == 503
    assert "李四" not in names


async def test_a_change_counts_at_once_for_whoever_is_signed_in(town: Town) -> None:
    client = await signed_in(town, "manager")
    before = await client.get(ME)

    async with town.client() as admin:
        user = user_id(town, "manager")
        await admin.put(f"{USERS}/{user}", json={"role": "viewer", "grids": ["g2"]})
        demoted = await client.get(ME)
        await admin.put(f"{USERS}/{user}", json={"role": "viewer", "grids": ["g2"], "closed": True})
        closed = await client.get(ME)
        refused = await client.post(SESSION, json={"name": "manager", "password": PASSWORD})
    await client.aclose()

    assert (before.json()["role"], demoted.json()["role"], demoted.json()["grids"]) == ("manager", "viewer", ["g2"])
    assert (closed.status_code, refused.status_code) == (401, 401)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_nobody_changes_himself(town: Town, method: str) -> None:
    async with town.client() as admin:
        body = {"role": "administrator"} if method == "PUT" else None
        answer = await admin.request(method, f"{USERS}/{user_id(town, 'administrator')}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


async def test_an_administrator_of_a_grid_sees_and_makes_users_of_that_grid_alone(town: Town) -> None:
    wall = hang_up(town, grids=["g1", "g2"])

    async with town.client() as house:
        await house.post(USERS, json={"name": "of both", "role": "staff", "grids": ["g1", "g2"]})
    async with _admin_of_g1(town) as admin:
        names = await _listed(admin)
        wider = await admin.post(USERS, json={"name": "x", "role": "staff"})
        elsewhere = await admin.post(USERS, json={"name": "x", "role": "staff", "grids": ["g2"]})
        raised = await admin.put(f"{USERS}/{user_id(town, 'bound')}", json={"role": "manager", "grids": []})
        hidden = await admin.put(f"{USERS}/{user_id(town, 'staff')}", json={"role": "viewer", "grids": ["g1"]})
        here = await admin.post(USERS, json={"name": "x", "role": "staff", "grids": ["g1"]})

        others, whole = user_id(town, "staff"), {"name": "钟楼", "grids": []}
        screens = [await admin.post("/api/v1/screens", json=whole), await admin.post(f"/api/v1/screens/{wall}/invite")]
        unseen = [
            await admin.post(f"{USERS}/{others}/invite"),
            await admin.post(f"{USERS}/{others}/lost-phone", json={"reason": "x"}),
            await admin.delete(f"{USERS}/{others}/sessions"),
            await admin.delete(f"{USERS}/{others}"),
        ]

    assert [answer.status_code for answer in unseen] == [404] * 4
    assert [answer.status_code for answer in screens] == [403, 404]
    assert names.keys() == {"bound", "admin of g1"}
    assert (wider.status_code, wider.json()["code"]) == (403, "grid")
    assert (elsewhere.status_code, raised.status_code, hidden.status_code, here.status_code) == (422, 403, 404, 201)


async def test_a_new_invitation_ends_a_forgotten_password_once_it_is_opened(town: Town) -> None:
    user = give(town, "staff", password=PASSWORD)

    async with town.client() as admin, town.client(None) as browser:
        invited = await admin.post(f"{USERS}/{user}/invite")
        before = await browser.post(SESSION, json={"name": "staff", "password": PASSWORD})
        browser.headers["Origin"] = town.url
        await browser.post(SESSION, json={"code": invited.json()["url"].partition("#code=")[2]})
        after = await browser.post(SESSION, json={"name": "staff", "password": PASSWORD})
        unknown = await admin.post(f"{USERS}/u-none/invite")

    assert (before.status_code, after.status_code, unknown.status_code) == (204, 401, 404)


async def test_a_lost_phone_ends_sessions_tokens_links_and_chats(town: Town) -> None:
    phone, code = await signed_in(town, "staff", "phone"), code_for(town, "staff")
    user = user_id(town, "staff")

    async with town.client() as admin, town.client("staff") as script, town.client(None) as browser:
        before = [await phone.get(ME), await script.get(ME)]
        ended = await admin.post(f"{USERS}/{user}/lost-phone", json={"reason": "掉在电梯里"})
        answers = [await phone.get(ME), await script.get(ME), await browser.post(SESSION, json={"code": code})]
    rows = await log_of_users(town)
    await phone.aclose()

    assert account_shapes.LostPhone.model_validate_json(ended.text).model_dump() == {
        "sessions": 1,
        "tokens": 1,
        "chats": 1,
    }
    assert [answer.status_code for answer in (*before, *answers)] == [200, 200, 401, 401, 401]
    assert [way.channel for way in town.staffing.people.persons["zhang"].reach] == ["sms"]
    lost = next(row for row in rows if row["change"] == "phone lost")
    assert (lost["subject"], lost["by"], lost["reason"]) == (
        "staff",
        user_id(town, "administrator"),
        "掉在电梯里",
    )
    assert isinstance(town.road.acts[-1], ForgetChats)


async def test_a_lost_phone_is_shut_out_even_when_the_road_is_stuck_and_the_rest_is_done_again(town: Town) -> None:
    phone = await signed_in(town, "staff", "phone")
    path = f"{USERS}/{user_id(town, 'staff')}/lost-phone"

    async with town.client() as admin:
        town.road.stuck = True
        half = await admin.post(path, json={"reason": "lost"})
        out = await phone.get(ME)
        town.road.stuck = False
        rest = await admin.post(path, json={"reason": "lost"})
    await phone.aclose()

    assert (half.status_code, out.status_code) == (503, 401)
    assert rest.json() == {"sessions": 0, "tokens": 0, "chats": 1}


async def test_an_administrator_signs_somebody_out_everywhere(town: Town) -> None:
    client = await signed_in(town, "staff")

    async with town.client() as admin:
        ended = await admin.delete(f"{USERS}/{user_id(town, 'staff')}/sessions")
        out = await client.get(ME)
    await client.aclose()

    assert (ended.json(), out.status_code) == ({"sessions": 1}, 401)


async def test_a_removed_user_is_out_at_once_and_gone(town: Town) -> None:
    async with town.client() as admin, town.client("staff") as client:
        await client.get(ME)
        answer = await admin.delete(f"{USERS}/{user_id(town, 'staff')}")
        out = await client.get(ME)
    connection = town.journal.connect()
    names = {user.name for user in list_users(connection)}
    connection.close()

    assert (answer.status_code, out.status_code) == (204, 401)
    assert "staff" not in names


async def test_no_secret_leaves_with_the_list(town: Town) -> None:
    give(town, "staff", password=PASSWORD, pin="4071")

    async with town.client() as admin:
        text = (await admin.get(USERS)).text

    assert "argon2" not in text
    assert "hash" not in text
