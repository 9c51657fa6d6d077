"""Duty screens, and PINs: at a screen a person acts by name and PIN, on a phone a door opens by one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from drivers.contract import ACTS
from gateway.keep.accounts.credentials import digest_of
from gateway.model import AckAlarm, AskCommand
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.accounts.pins import OPENING, Pins
from gateway.serve.accounts.refusals import Refusals
from gateway.serve.rights import PIN_ON_A_PHONE, RIGHTS
from tests.serve.accounts import PIN, give, hang_up, signed_in, user_id
from tests.serve.compound import Town, forced

if TYPE_CHECKING:
    import httpx

ME = "/api/v1/me"
SESSION = "/api/v1/session"
SCREENS = "/api/v1/screens"
ACK = "/api/v1/alarms/1/ack"
UNLOCK = "/api/v1/devices/b1u1/commands/unlock"
OPEN = {"arguments": {"seconds": 5}, "reason": "快递"}


def acting(name: str, pin: str = PIN) -> dict[str, str]:
    """The headers by which a person acts at a screen."""
    return {"Gridpost-Person": quote(name), "Gridpost-Pin": pin}


async def test_a_screen_is_hung_up_shows_and_stays_signed_in(town: Town) -> None:
    async with town.client() as admin, town.client(None) as wall:
        made = await admin.post(SCREENS, json={"name": "门卫室", "grids": ["g1"]})
        begun = await wall.post(SESSION, json={"code": made.json()["url"].partition("#code=")[2]})
        me = await wall.get(ME)
        overview = await wall.get("/api/v1/overview")
        listed = account_shapes.Screens.model_validate_json((await admin.get(SCREENS)).text).screens

    assert (made.status_code, begun.status_code, overview.status_code) == (201, 204, 200)
    session = me.json()["session"]
    assert (me.json()["way"], session["kind"], session["until_utc"]) == ("screen", "screen", None)
    assert "Max-Age=34560000" in me.headers["set-cookie"]
    assert [(each.id, each.name, each.grids, each.sessions) for each in listed] == [
        (made.json()["id"], "门卫室", ["g1"], 1)
    ]


async def test_a_screen_names_those_who_can_act_at_it(town: Town) -> None:
    for name in ("staff", "bound", "viewer"):
        give(town, name, pin=PIN)
    hang_up(town, "二号楼", ["g2"])
    wall = await signed_in(town, "二号楼", "screen")

    me = await wall.get(ME)
    await wall.aclose()

    assert me.json()["people"] == ["staff"]


async def test_at_a_screen_a_person_answers_by_name_and_pin(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    give(town, "staff", pin=PIN)
    hang_up(town)
    wall = await signed_in(town, "门卫室", "screen")

    nobody = await wall.post(ACK)
    without = await wall.post(ACK, headers={"Gridpost-Person": "staff"})
    wrong = await wall.post(ACK, headers=acting("staff", "9306"))
    stranger = await wall.post(ACK, headers=acting("nobody"))
    right = await wall.post(ACK, headers=acting("staff"))
    await wall.aclose()

    refused = [(answer.status_code, answer.json()["code"]) for answer in (nobody, without, wrong, stranger)]
    assert refused == [(403, "pin_missing"), (403, "pin_missing"), (403, "pin_wrong"), (403, "pin_wrong")]
    assert right.status_code == 200
    (act,) = town.road.acts
    assert isinstance(act, AckAlarm)
    assert (act.actor.name, act.actor.way, act.actor.pin) == ("staff", "screen", True)


async def test_a_screen_does_not_tell_who_has_no_pin_from_who_is_nobody(town: Town) -> None:
    hang_up(town)
    wall = await signed_in(town, "门卫室", "screen")

    unset, nobody = [await wall.post(ACK, headers=acting(name)) for name in ("staff", "nobody")]
    await wall.aclose()

    assert (unset.status_code, unset.json()["code"]) == (403, "pin_wrong")
    assert unset.json() == nobody.json()


@pytest.mark.parametrize(("screen", "person", "grids"), [((), "bound", ["g1"]), (("g1",), "staff", ["g1"])])
async def test_at_a_screen_one_is_bound_to_its_grids_and_to_ones_own(
    town: Town, screen: tuple[str, ...], person: str, grids: list[str]
) -> None:
    await town.road.raise_alarm(forced(1))
    give(town, person, pin=PIN)
    hang_up(town, grids=screen)
    wall = await signed_in(town, "门卫室", "screen")

    await wall.post(ACK, headers=acting(person))
    await wall.aclose()

    assert sorted(town.road.acts[0].actor.grids) == grids


async def test_at_a_screen_of_other_grids_one_does_nothing(town: Town) -> None:
    give(town, "bound", pin=PIN)
    hang_up(town, grids=["g2"])
    wall = await signed_in(town, "门卫室", "screen")

    answer = await wall.post(ACK, headers=acting("bound"))
    await wall.aclose()

    assert (answer.status_code, answer.json()["code"]) == (403, "grid")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/users", {"name": "x", "role": "administrator"}),
        ("POST", f"{ME}/phone", None),
        ("POST", f"{ME}/tokens", {"name": "x", "scopes": ["read"]}),
        ("PUT", f"{ME}/password", {"new": "a longer phrase of words"}),
        ("PUT", f"{ME}/pin", {"pin": "9306", "old_pin": PIN}),
    ],
)
async def test_a_pin_at_a_screen_makes_nobody_an_administrator_and_lets_nobody_in(
    town: Town, method: str, path: str, body: object
) -> None:
    give(town, "administrator", pin=PIN)
    hang_up(town)
    wall = await signed_in(town, "门卫室", "screen")

    answer = await wall.request(method, path, json=body, headers=acting("administrator"))
    await wall.aclose()

    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


async def test_a_screen_that_is_taken_down_is_out_at_once(town: Town) -> None:
    screen = hang_up(town)
    wall = await signed_in(town, "门卫室", "screen")
    await wall.get(ME)

    async with town.client() as admin:
        answers = [await admin.delete(f"{SCREENS}/{screen}") for _ in range(2)]
        not_a_screen = await admin.delete(f"{SCREENS}/{user_id(town, 'staff')}")
        not_a_user = await admin.post(f"/api/v1/users/{screen}/invite")
    out = await wall.get(ME)
    await wall.aclose()

    assert [answer.status_code for answer in answers] == [204, 404]
    assert (not_a_screen.status_code, not_a_user.status_code, out.status_code) == (404, 404, 401)


async def test_a_screen_gets_another_device_by_a_new_link(town: Town) -> None:
    screen = hang_up(town)

    async with town.client() as admin, town.client(None) as wall:
        again = await admin.post(f"{SCREENS}/{screen}/invite")
        begun = await wall.post(SESSION, json={"code": again.json()["url"].partition("#code=")[2]})
        taken = await admin.post(SCREENS, json={"name": "门卫室"})

    assert (again.status_code, begun.status_code) == (200, 204)
    assert taken.json()["errors"][0]["code"] == "name_taken"


def test_what_a_phone_does_without_a_pin_opens_nothing() -> None:
    without = ACTS - OPENING

    assert without == {"lockdown", "fire_reset", "start_charging", "stop_charging", "unlock_connector"}


WAYS_IN_AND_OUT = [
    ("POST", "me/phone"),
    ("POST", "me/tokens"),
    ("POST", "users"),
    ("PUT", "users/u-1"),
    ("DELETE", "users/u-1"),
    ("POST", "users/u-1/invite"),
    ("POST", "screens"),
    ("POST", "screens/u-1/invite"),
    ("PUT", "people/zhang"),
    ("DELETE", "people/zhang"),
    ("POST", "people/zhang/away"),
    ("PUT", "duty/g1/shifts"),
    ("PUT", "duty/g1/team"),
    ("PUT", "setup/people"),
    ("PUT", "setup/channel"),
    ("PUT", "setup/backup"),
    ("POST", "devices/b1u1/serial"),
    ("POST", "permits"),
    ("POST", "permits/p1/change"),
    ("POST", "permits/visitor"),
    ("POST", "permits/import"),
    ("PUT", "door-groups/all"),
    ("PUT", "schedules/office"),
    ("POST", "enrolment"),
    ("POST", "privacy/export"),
    ("POST", "privacy/erase"),
    ("POST", "investigations"),
    ("POST", "investigations/i1/confirm"),
    ("GET", "devices/b1u1/export"),
    ("GET", "devices/b1u1/points/door1.open/export"),
    ("GET", "history/export"),
    ("GET", "permits/export"),
    ("GET", "investigations/i1/archive"),
    ("GET", "events"),
    ("GET", "audit/export"),
]


async def _phone(town: Town) -> httpx.AsyncClient:
    return await signed_in(town, "manager", "phone")


async def test_a_phone_opens_a_door_by_pin_alone(town: Town) -> None:
    phone = await _phone(town)

    unset = await phone.post(UNLOCK, json=OPEN)
    give(town, "manager", pin=PIN)
    missing = await phone.post(UNLOCK, json=OPEN)
    wrong = await phone.post(UNLOCK, json=OPEN, headers={"Gridpost-Pin": "9306"})
    acted = list(town.road.acts)
    right = await phone.post(UNLOCK, json=OPEN, headers={"Gridpost-Pin": PIN})
    await phone.aclose()

    refused = [(answer.status_code, answer.json()["code"]) for answer in (unset, missing, wrong)]
    assert refused == [(403, "pin_unset"), (403, "pin_missing"), (403, "pin_wrong")]
    assert acted == []
    assert right.status_code == 200
    (act,) = town.road.acts
    assert isinstance(act, AskCommand)
    assert act.actor.pin


async def test_the_gap_after_wrong_pins_of_a_phone_outlives_a_restart(town: Town) -> None:
    give(town, "manager", pin=PIN)
    phone = await _phone(town)
    device = digest_of(phone.cookies["gridpost_session"])

    await phone.post(UNLOCK, json=OPEN, headers={"Gridpost-Pin": "9306"})
    noted = await town.accounts.wrong_pins(device, 60)
    for _ in range(20):
        await town.accounts.note_wrong_pin(device)
    town.app.state.actors.pins = Pins(town.accounts, Refusals(town.accounts))
    after = await phone.post(UNLOCK, json=OPEN, headers={"Gridpost-Pin": PIN})
    await phone.aclose()

    assert noted == 1
    assert (after.status_code, after.headers["Retry-After"]) == (429, "900")
    assert town.road.acts == []


async def test_a_right_pin_makes_up_for_the_wrong_ones_before_a_restart(town: Town) -> None:
    give(town, "manager", pin=PIN)
    phone = await _phone(town)
    device = digest_of(phone.cookies["gridpost_session"])

    await town.accounts.note_wrong_pin(device)
    right = await phone.post(UNLOCK, json=OPEN, headers={"Gridpost-Pin": PIN})
    await phone.aclose()

    assert right.status_code == 200
    assert await town.accounts.wrong_pins(device, 60) == 0


async def test_a_found_phone_makes_no_way_in_and_takes_no_personal_data_out(town: Town) -> None:
    give(town, "administrator", pin=PIN)
    phone = await signed_in(town, "administrator", "phone")

    answers = [await phone.request(method, f"/api/v1/{path}", json={}) for method, path in WAYS_IN_AND_OUT]
    await phone.aclose()

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "pin_missing")}
    assert len(WAYS_IN_AND_OUT) == len(PIN_ON_A_PHONE)


def test_no_file_leaves_the_house_by_a_phone_without_a_pin() -> None:
    files = {row for row in RIGHTS if row[1].endswith(("/export", "/archive"))}

    assert len(files) == 7
    assert files <= PIN_ON_A_PHONE


async def test_a_phone_takes_the_permits_out_by_pin(town: Town) -> None:
    give(town, "manager", pin=PIN)
    phone = await _phone(town)

    taken = await phone.get("/api/v1/permits/export", headers={"Gridpost-Pin": PIN})
    await phone.aclose()

    assert taken.status_code == 200


async def test_a_phone_answers_an_alarm_without_a_pin(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    give(town, "manager", pin=PIN)
    phone = await _phone(town)

    answer = await phone.post(ACK)
    await phone.aclose()

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["compartments/01/open", "open-all", "open-all/confirm"])
async def test_a_phone_opens_a_compartment_by_pin_alone(tended: Town, path: str) -> None:
    give(tended, "manager", pin=PIN)
    phone = await _phone(tended)
    async with tended.client() as admin:
        cabinet = (await admin.get("/api/v1/lockers")).json()["lockers"][0]["id"]
        part = (await admin.get(f"/api/v1/lockers/{cabinet}")).json()["compartments"][0]["part"]

    path = f"/api/v1/lockers/{cabinet}/{path.replace('01', part)}"
    answer = await phone.post(path, json=None if "confirm" in path else {"reason": "快递"})
    await phone.aclose()

    assert (answer.status_code, answer.json()["code"]) == (403, "pin_missing")


async def test_a_browser_opens_a_door_without_a_pin(town: Town) -> None:
    browser = await signed_in(town, "manager")

    answer = await browser.post(UNLOCK, json=OPEN)
    await browser.aclose()

    assert answer.status_code == 200
