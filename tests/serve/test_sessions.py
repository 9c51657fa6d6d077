"""Signing in and out, and one's own account."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.keep.accounts.passwords import Cost, Hashing
from gateway.serve.accounts import actors
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.accounts.cookies import COOKIE, SECURE_COOKIE
from gateway.serve.accounts.known_devices import KnownDevices
from tests.serve.accounts import PASSWORD, PIN, code_for, give, log_of_users, signed_in, user_id

if TYPE_CHECKING:
    from tests.serve.compound import Town

ME = "/api/v1/me"
SESSION = "/api/v1/session"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "DELAY_SECONDS", 0.01)


async def test_a_one_time_code_becomes_a_session_that_scripts_cannot_read_and_works_once(town: Town) -> None:
    code = code_for(town, "staff")

    async with town.client(None) as client:
        begun = await client.post(SESSION, json={"code": code})
        me = await client.get(ME)
        client.cookies.clear()
        again = await client.post(SESSION, json={"code": code})

    cookie = begun.headers["set-cookie"].lower()
    assert (begun.status_code, begun.content) == (204, b"")
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
    assert account_shapes.Me.model_validate_json(me.text).name == "staff"
    assert (again.status_code, again.json()["code"]) == (401, "code")


async def test_a_name_and_password_begin_a_session(town: Town) -> None:
    give(town, "staff", password=PASSWORD)

    async with town.client(None) as client:
        answer = await client.post(
            SESSION, json={"name": "staff", "password": PASSWORD}, headers={"User-Agent": "X Chrome/1 Android"}
        )
        me = account_shapes.Me.model_validate_json((await client.get(ME)).text)

    assert answer.status_code == 204
    assert me.session is not None
    assert (me.way, me.session.kind, me.session.label) == ("session", "browser", "Chrome, Android")
    assert (me.password_set, me.pin_set, me.person) == (True, False, "zhang")


@pytest.mark.parametrize("name", ["staff", "nobody", "viewer"])
async def test_a_wrong_password_and_an_unknown_name_are_told_alike(town: Town, name: str) -> None:
    give(town, "staff", password=PASSWORD)

    async with town.client(None) as client:
        answer = await client.post(SESSION, json={"name": name, "password": "wrong"})

    assert (answer.status_code, answer.json()["code"]) == (401, "password")
    assert answer.json()["detail"] == "this name and password do not belong together"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "path"), [({}, "body.code"), ({"name": "staff"}, "body.password"), ({"password": "x"}, "body.name")]
)
async def test_what_is_missing_to_sign_in_is_named(town: Town, body: dict[str, str], path: str) -> None:
    async with town.client(None) as client:
        answer = await client.post(SESSION, json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"path": path, "why": "Field required", "code": "missing"}]


@pytest.mark.parametrize(("scheme", "name"), [("http", COOKIE), ("https", SECURE_COOKIE)])
async def test_behind_tls_the_cookie_is_the_hosts_own_and_never_travels_in_clear(
    town: Town, scheme: str, name: str
) -> None:
    origin = town.url.replace("http", scheme)

    async with town.client(None) as client:
        answer = await client.post(SESSION, json={"code": code_for(town, "staff")}, headers={"Origin": origin})

    cookies = answer.headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith(f"{name}="))
    assert ("secure" in session.lower().split("; ")) is (scheme == "https")
    assert "domain" not in session.lower()


async def test_the_hosts_own_cookie_goes_before_one_that_anybody_could_have_planted(town: Town) -> None:
    async with town.client(None) as client:
        begun = await client.post(
            SESSION, json={"code": code_for(town, "staff")}, headers={"Origin": town.url.replace("http", "https")}
        )
        own = begun.headers["set-cookie"].partition("=")[2].partition(";")[0]
        client.cookies.clear()
        me = await client.get(ME, headers={"Cookie": f"{COOKIE}=planted; {SECURE_COOKIE}={own}"})

    assert me.json()["name"] == "staff"


async def test_signing_in_gives_a_new_session_and_ends_the_one_that_was_shown(town: Town) -> None:
    give(town, "staff", password=PASSWORD)
    attacker = await signed_in(town, "viewer")
    fixed = attacker.cookies[COOKIE]
    assert (await attacker.get(ME)).status_code == 200

    async with town.client(None) as victim:
        headers = {"Origin": town.url, "Cookie": f"{COOKIE}={fixed}"}
        begun = await victim.post(SESSION, json={"name": "staff", "password": PASSWORD}, headers=headers)
        own = begun.cookies[COOKIE]
        by_fixed = await attacker.get(ME)
    await attacker.aclose()

    assert own != fixed
    assert by_fixed.status_code == 401


async def test_signing_out_ends_the_session_at_once_and_on_disk(town: Town) -> None:
    client = await signed_in(town, "staff")
    session = client.cookies[COOKIE]

    before = await client.get(ME)
    await client.delete(SESSION)
    after = await client.get(ME, headers={"Cookie": f"{COOKIE}={session}"})
    await client.aclose()

    assert (before.status_code, after.status_code) == (200, 401)


async def test_one_sees_where_one_is_signed_in_and_signs_out_one_device_or_everywhere(town: Town) -> None:
    here, phone = await signed_in(town, "staff"), await signed_in(town, "staff", "phone")

    listed = account_shapes.Sessions.model_validate_json((await here.get(f"{ME}/sessions")).text).sessions
    other = next(each for each in listed if not each.current)
    ended = await here.delete(f"{ME}/sessions/{other.id}")
    unknown = await here.delete(f"{ME}/sessions/{other.id}")
    by_phone = await phone.get(ME)
    await here.delete(f"{ME}/sessions")
    by_browser = await here.get(ME)
    await here.aclose()
    await phone.aclose()

    assert [each.kind for each in listed if each.current] == ["browser"]
    assert other.kind == "phone"
    assert (ended.status_code, unknown.status_code) == (204, 404)
    assert (by_phone.status_code, by_browser.status_code) == (401, 401)


async def test_the_first_password_needs_no_old_one_and_the_next_does(town: Town) -> None:
    give(town, "staff", password="gone with the invitation")  # noqa: S106 - of a test
    client = await signed_in(town, "staff", "invite")

    first = await client.put(f"{ME}/password", json={"new": PASSWORD})
    without = await client.put(f"{ME}/password", json={"new": "a longer phrase of words"})
    wrong = await client.put(f"{ME}/password", json={"old": "wrong", "new": "a longer phrase of words"})
    right = await client.put(f"{ME}/password", json={"old": PASSWORD, "new": "a longer phrase of words"})
    me = await client.get(ME)
    await client.aclose()

    assert [first.status_code, without.status_code, wrong.status_code, right.status_code] == [204, 422, 403, 204]
    assert without.json()["errors"][0]["path"] == "body.old"
    assert wrong.json()["code"] == "password_wrong"
    assert me.status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [("kurz", "password_short"), ("staffstaff1", "password_name"), ("password123", "password_common")],
)
async def test_a_poor_password_is_refused_beside_its_field(town: Town, password: str, code: str) -> None:
    client = await signed_in(town, "staff")

    answer = await client.put(f"{ME}/password", json={"new": password})
    await client.aclose()

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"]) == ("body.new", code)
    assert password not in answer.text


async def test_a_new_password_signs_out_every_other_device_at_once(town: Town) -> None:
    give(town, "staff", password=PASSWORD)
    here, there = await signed_in(town, "staff"), await signed_in(town, "staff")
    before = await there.get(ME)

    await here.put(f"{ME}/password", json={"old": PASSWORD, "new": "a longer phrase of words"})
    after = await there.get(ME)
    still = await here.get(ME)
    await here.aclose()
    await there.aclose()

    assert (before.status_code, after.status_code, still.status_code) == (200, 401, 200)


async def test_a_pin_is_set_by_the_password_or_by_the_pin_until_now(town: Town) -> None:
    give(town, "staff", password=PASSWORD)
    client = await signed_in(town, "staff")

    answers = [
        await client.put(f"{ME}/pin", json=body)
        for body in (
            {"pin": PIN},
            {"pin": PIN, "password": "wrong"},
            {"pin": "1234", "password": PASSWORD},
            {"pin": PIN, "password": PASSWORD},
            {"pin": "9306", "old_pin": "0000"},
            {"pin": "9306", "old_pin": PIN},
        )
    ]
    me = await client.get(ME)
    await client.aclose()

    assert [answer.status_code for answer in answers] == [422, 403, 422, 204, 403, 204]
    assert answers[2].json()["errors"][0]["code"] == "pin_common"
    assert answers[4].json()["code"] == "pin_wrong"
    assert me.json()["pin_set"] is True


async def test_a_pin_is_not_changed_without_it_where_there_is_no_password(town: Town) -> None:
    give(town, "staff", pin=PIN)
    client = await signed_in(town, "staff")

    answer = await client.put(f"{ME}/pin", json={"pin": "9306"})
    await client.aclose()

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "body.password")


async def test_whoever_finds_a_phone_makes_no_way_in_of_his_own(town: Town) -> None:
    phone = await signed_in(town, "staff", "phone")

    password = await phone.put(f"{ME}/password", json={"new": PASSWORD})
    pin = await phone.put(f"{ME}/pin", json={"pin": PIN})
    await phone.aclose()

    assert (password.status_code, password.json()["code"]) == (403, "first_password")
    assert (pin.status_code, pin.json()["errors"][0]["path"]) == (422, "body.password")


async def test_a_phone_is_bound_by_a_code_that_is_good_once(town: Town) -> None:
    client = await signed_in(town, "staff")

    answer = await client.post(f"{ME}/phone")
    invitation = account_shapes.Invitation.model_validate_json(answer.text)
    page, _, code = invitation.url.partition("/#code=")
    async with town.client(None) as phone:
        await phone.post(SESSION, json={"code": code})
        me = await phone.get(ME)
        again = await phone.post(SESSION, json={"code": code}, headers={"Origin": town.url})
    await client.aclose()

    assert page == town.url
    assert 590 < invitation.until_utc - town.house.now().utc <= 600
    assert invitation.svg.startswith("<svg")
    assert "style" not in invitation.svg
    assert me.json()["session"]["kind"] == "phone"
    assert again.status_code == 401


async def test_what_happens_to_an_account_is_in_the_log_without_a_secret(town: Town) -> None:
    give(town, "staff", password=PASSWORD)

    async with town.client(None) as client:
        client.headers["Origin"] = town.url
        for password in ("wrong one", "wrong two", "wrong three", PASSWORD):
            await client.post(SESSION, json={"name": "staff", "password": password})
        await client.post(SESSION, json={"name": "a password typed as the name", "password": "x"})
        await client.post(SESSION, json={"code": "a wrong one"})
        await client.put(f"{ME}/password", json={"old": "a wrong one", "new": f"{PASSWORD}。"})
        await client.delete(SESSION)
    rows = await log_of_users(town)

    said = [(row["change"], row["subject"], row.get("count"), row.get("place")) for row in rows]
    assert said == [
        ("refused", "staff", 1, "127.0.0.1"),
        ("refused", "staff", 2, "127.0.0.1"),
        ("signed in", "staff", None, "127.0.0.1"),
        ("refused", "", 1, "127.0.0.1"),
        ("refused", "", 1, "127.0.0.1"),
        ("refused", "staff", 1, "127.0.0.1"),
        ("signed out", "staff", None, None),
    ]
    assert [row["proof"] for row in rows if row["change"] == "refused"] == [*["password"] * 3, "code", "password"]
    assert "wrong" not in str(rows)


async def test_a_hash_of_an_older_cost_is_made_anew_when_its_owner_signs_in(town: Town) -> None:
    with closing(Hashing(Cost(passes=2, kib=8))) as older:
        user = give(town, "staff", kept=older.hash_now(PASSWORD))

    async with town.client(None) as client:
        await client.post(SESSION, json={"name": "staff", "password": PASSWORD})
    after = await town.accounts.held_by(user, "password")

    assert "t=1" in after
    assert await town.accounts.hashing.fits(after, PASSWORD, stranger=False)


def test_a_device_is_known_by_what_we_signed_alone(town: Town) -> None:
    def asked(cookie: str) -> Request:
        headers = [(b"cookie", f"gridpost_device={cookie}".encode())]
        return Request({"type": "http", "scheme": "http", "headers": headers})

    devices = KnownDevices(b"k" * 32)
    user, other, response = user_id(town, "staff"), user_id(town, "viewer"), Response()
    devices.remember(asked(""), response, user)
    cookie = response.headers["set-cookie"].partition("=")[2].partition(";")[0].strip('"')
    both = Response()
    devices.remember(asked(cookie), both, other)
    shared = both.headers["set-cookie"].partition("=")[2].partition(";")[0].strip('"')

    assert devices.number(asked(cookie), user)
    assert devices.number(asked(shared), user) == devices.number(asked(cookie), user)
    assert devices.number(asked(shared), other)
    assert not devices.number(asked(cookie), other)
    assert not devices.number(asked(cookie[:-1] + "x"), user)
    assert not KnownDevices(b"x" * 32).number(asked(cookie), user)
    assert not devices.number(asked("~" * 2000), user)
