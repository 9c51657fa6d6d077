"""Access tokens: limited to scopes, shown once, and no way to make more of oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.right import OWN, SCOPES
from gateway.serve.rights import RIGHTS
from tests.serve.accounts import signed_in
from tests.serve.compound import Town, forced

if TYPE_CHECKING:
    import httpx

ME = "/api/v1/me"
TOKENS = f"{ME}/tokens"


async def _made(town: Town, name: str, *scopes: str) -> httpx.AsyncClient:
    browser = await signed_in(town, name)
    made = await browser.post(TOKENS, json={"name": "script", "scopes": scopes, "days": 7})
    await browser.aclose()
    assert made.status_code == 201, made.text
    client = town.client(None)
    client.headers["Authorization"] = f"Bearer {made.json()['token']}"
    return client


async def test_a_token_is_made_shown_once_listed_and_ended(town: Town) -> None:
    browser = await signed_in(town, "staff")

    made = await browser.post(TOKENS, json={"name": "看板", "scopes": ["read"], "days": 7})
    new = account_shapes.NewToken.model_validate_json(made.text)
    async with town.client(None) as script:
        script.headers["Authorization"] = f"Bearer {new.token}"
        me = await script.get(ME)
        listed = await browser.get(TOKENS)
        ended = [await browser.delete(f"{TOKENS}/{new.id}") for _ in range(2)]
        after = await script.get(ME)
    await browser.aclose()

    token = next(each for each in listed.json()["tokens"] if each["id"] == new.id)
    assert (token["name"], token["scopes"]) == ("看板", ["read"])
    assert new.token not in listed.text
    assert (me.json()["way"], me.json()["scopes"], me.json()["session"]) == ("token", ["read"], None)
    assert [answer.status_code for answer in ended] == [204, 404]
    assert after.status_code == 401


@pytest.mark.parametrize(
    ("body", "path", "limit"),
    [
        ({"name": "", "scopes": ["read"]}, "body.name", 1),
        ({"name": "x", "scopes": []}, "body.scopes", 1),
        ({"name": "x", "scopes": ["own"]}, "body.scopes.0", None),
        ({"name": "x", "scopes": ["read"], "days": 366}, "body.days", 365),
    ],
)
async def test_a_token_has_a_name_scopes_and_an_end(
    town: Town, body: dict[str, object], path: str, limit: int | None
) -> None:
    browser = await signed_in(town, "staff")

    answer = await browser.post(TOKENS, json=body)
    await browser.aclose()

    assert answer.status_code == 422
    assert [(error["path"], error.get("limit")) for error in answer.json()["errors"]] == [(path, limit)]


async def test_a_token_does_what_its_scopes_say_and_is_told_what_it_lacks(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    reads = await _made(town, "staff", "read")

    seen = await reads.get("/api/v1/overview")
    refused = await reads.post("/api/v1/alarms/1/ack")
    answers = await _made(town, "staff", "answer")
    acked = await answers.post("/api/v1/alarms/1/ack")
    unread = await answers.get("/api/v1/overview")
    await reads.aclose()
    await answers.aclose()

    assert (seen.status_code, acked.status_code, unread.status_code) == (200, 200, 403)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["right"]) == (403, "scope", "answer")
    assert problem["roles"] == ["administrator", "installer", "manager", "staff"]


async def test_a_scope_gives_nothing_that_the_role_does_not(town: Town) -> None:
    client = await _made(town, "viewer", "answer")

    answer = await client.post("/api/v1/alarms/1/ack")
    await client.aclose()

    assert (answer.status_code, answer.json()["code"], answer.json()["right"]) == (403, "role", "answer")


@pytest.mark.parametrize("scopes", [(), SCOPES])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", TOKENS), ("PUT", f"{ME}/password"), ("PUT", f"{ME}/pin"), ("POST", f"{ME}/phone"), ("GET", TOKENS)],
)
async def test_no_token_makes_another_way_in(town: Town, scopes: tuple[str, ...], method: str, path: str) -> None:
    client = await _made(town, "administrator", *scopes) if scopes else town.client()

    answer = await client.request(method, path, json={} if method != "GET" else None)
    await client.aclose()

    assert (answer.status_code, answer.json()["code"], answer.json()["right"]) == (403, "scope", OWN)


def test_every_row_of_the_table_has_a_scope() -> None:
    without = [row for row, right in RIGHTS.items() if right.roles is not None and right.scope not in (*SCOPES, OWN)]

    assert without == []


def test_an_auditor_changes_nothing_but_his_own_password_and_sessions() -> None:
    unsafe = {
        row
        for row, right in RIGHTS.items()
        if row[0] != "GET" and right.roles is not None and Role.AUDITOR in right.roles
    }

    own = {
        ("DELETE", "/api/v1/session"),
        ("PUT", "/api/v1/me/password"),
        ("DELETE", "/api/v1/me/sessions"),
        ("DELETE", "/api/v1/me/sessions/{session}"),
        ("DELETE", "/api/v1/me/tokens/{token}"),
    }
    reads = {("POST", "/api/v1/audit/verify")}
    assert own <= unsafe <= own | reads
