"""Who pretends to be somebody, or somewhere, or rides on another's session: is taken for who he is."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.serve.compound import Town, now
from tests.serve.wire import HOST, wire

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.asyncio(loop_scope="module")

COOKIE = "gridpost_session"


@pytest.mark.parametrize(
    "line",
    [
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: for=127.0.0.1",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-Proto: https",
    ],
)
async def test_what_a_proxy_says_makes_nobody_a_caller_on_this_machine(attacked: Town, line: str) -> None:
    async with wire(attacked) as attacker:
        attacker.send("GET /metrics HTTP/1.1", HOST, line)
        here = await attacker.answer()
        attacker.send("GET /healthz HTTP/1.1", "Host: evil.example", line)
        elsewhere = await attacker.answer()

    assert (here.status, elsewhere.status) == (401, 421)


def _code(attacked: Town, name: str = "staff") -> str:
    """A one-time code, as a link holds it."""
    code = secrets.token_urlsafe(32)
    connection = attacked.journal.connect()
    try:
        (user,) = connection.execute("SELECT id FROM users WHERE name = ?", (name,)).fetchone()
        row = sha256(code.encode()).hexdigest(), user, "sign_in", now().utc + 60, 0
        connection.execute("INSERT INTO codes(hash, user, kind, expires, used) VALUES (?, ?, ?, ?, ?)", row)
    finally:
        connection.close()
    return code


async def _signed_in(attacked: Town, code: str, cookies: dict[str, str] | None = None) -> httpx.Response:
    async with attacked.client(None) as browser:
        browser.cookies.update(cookies or {})
        return await browser.post("/api/v1/session", json={"code": code}, headers={"Origin": attacked.url})


async def test_a_session_that_somebody_else_chose_is_not_taken_up(attacked: Town) -> None:
    chosen = "x" * 43

    signed_in = await _signed_in(attacked, _code(attacked), {COOKIE: chosen})

    session = signed_in.cookies[COOKIE]
    assert signed_in.status_code == 204
    assert session != chosen
    async with attacked.client(None) as attacker:
        attacker.cookies.set(COOKIE, chosen)
        as_chosen = await attacker.get("/api/v1/me")
    assert as_chosen.status_code == 401


async def test_each_sign_in_is_a_session_of_its_own_and_a_code_signs_in_once(attacked: Town) -> None:
    code, other = _code(attacked), _code(attacked)

    first, again, second = [await _signed_in(attacked, each) for each in (code, code, other)]

    assert (first.status_code, again.status_code, second.status_code) == (204, 401, 204)
    assert first.cookies[COOKIE] != second.cookies[COOKIE]
    assert "httponly" in first.headers["set-cookie"].lower()
    assert "samesite=strict" in first.headers["set-cookie"].lower()


async def test_a_session_that_ended_is_worth_nothing_at_once(attacked: Town) -> None:
    session = (await _signed_in(attacked, _code(attacked))).cookies[COOKIE]

    async with attacked.client(None) as browser:
        browser.cookies.set(COOKIE, session)
        before = await browser.get("/api/v1/me")
        await browser.delete("/api/v1/session", headers={"Origin": attacked.url})
        browser.cookies.set(COOKIE, session)
        after = await browser.get("/api/v1/me")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_credential_counts_only_where_it_belongs(attacked: Town) -> None:
    session = (await _signed_in(attacked, _code(attacked))).cookies[COOKIE]
    token = attacked.tokens["staff"]

    async with attacked.client(None) as attacker:
        answers = [
            await attacker.get("/api/v1/me", headers={"Authorization": f"Bearer {session}"}),
            await attacker.get("/api/v1/me", headers={"Cookie": f"{COOKIE}={token}"}),
            await attacker.get("/api/v1/me", headers={"Authorization": f"Basic {token}"}),
            await attacker.get("/api/v1/me", params={"access_token": token, COOKIE: session}),
            await attacker.get(
                "/api/v1/me", headers={"X-Gridpost-User": "administrator", "Remote-User": "administrator"}
            ),
        ]

    assert [answer.status_code for answer in answers] == [401] * 5


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Referer": "http://127.0.0.1/"},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
    ],
)
async def test_another_site_cannot_make_a_browser_do_anything(attacked: Town, headers: dict[str, str]) -> None:
    session = (await _signed_in(attacked, _code(attacked))).cookies[COOKIE]
    before = len(attacked.road.acts)

    async with attacked.client(None) as browser:
        browser.cookies.set(COOKIE, session)
        answers = [
            await browser.post("/api/v1/alarms/1/ack", headers=headers, json={}),
            await browser.post("/api/v1/alarms/1/ack", headers=headers, content="{}"),
            await browser.post("/api/v1/alarms/1/ack", headers=headers, data={"note": "x"}),
            await browser.delete("/api/v1/session", headers=headers),
        ]

    assert {answer.status_code for answer in answers} <= {403, 421}
    assert len(attacked.road.acts) == before


async def test_a_form_of_another_site_that_looks_like_json_is_no_json(attacked: Town) -> None:
    session = (await _signed_in(attacked, _code(attacked))).cookies[COOKIE]

    async with attacked.client(None) as browser:
        browser.cookies.set(COOKIE, session)
        headers = {"Origin": attacked.url, "Content-Type": "text/plain"}
        answer = await browser.post("/api/v1/alarms/1/ack", headers=headers, content='{"note":"x"}')

    assert answer.status_code == 415


async def test_another_site_cannot_sign_a_browser_in_as_somebody_else(attacked: Town) -> None:
    async with attacked.client(None) as browser:
        headers = {"Origin": "http://evil.example"}
        answer = await browser.post("/api/v1/session", json={"code": _code(attacked)}, headers=headers)

    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
