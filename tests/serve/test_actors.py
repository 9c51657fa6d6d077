from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

import pytest

from gateway.keep.accounts.users import remove_user
from gateway.serve.accounts import actors
from gateway.serve.accounts import shapes as account_shapes
from tests.serve.compound import Town, now, until

if TYPE_CHECKING:
    from gateway.actor import Actor

ME = "/api/v1/me"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "DELAY_SECONDS", 0.01)


async def test_a_token_says_who_one_is(town: Town) -> None:
    async with town.client("bound") as client:
        me = account_shapes.Me.model_validate_json((await client.get(ME)).text)

    assert (me.name, me.role, me.grids, me.language, me.version) == ("bound", "staff", ["g1"], "zh-CN", "0.0.test")


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer " + "x" * 5000, "Basic dXNlcjpwYXNz", "Bearer", "bearer \u00e9"]
)
async def test_what_is_no_token_of_anybody_is_nobody(town: Town, header: str) -> None:
    async with town.client(None) as client:
        answer = await client.get(ME, headers={b"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="gridpost"')


async def test_a_head_is_asked_for_as_its_body_is(town: Town) -> None:
    async with town.client("viewer") as client, town.client(None) as nobody:
        answers = [await client.head(ME), await nobody.head(ME)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b""), (401, b"")]


async def test_a_removed_user_is_out_as_soon_as_the_token_is_looked_up_again(town: Town) -> None:
    async with town.client("staff") as client:
        await client.get(ME)
        connection = town.journal.connect()
        remove_user(connection, "staff", now(), "test")
        connection.close()
        believed = await client.get(ME)
        _gate(town)._believed = OrderedDict(
            (digest, (actor, 0.0)) for digest, (actor, _until) in _gate(town)._believed.items()
        )  # as if five seconds had passed
        out = await client.get(ME)

    assert (believed.status_code, out.status_code) == (200, 401)


async def test_what_the_disk_said_before_a_change_is_not_believed_after_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_token = town.accounts.by_token

    async def overtaken(token: str) -> Actor | None:
        found = await by_token(token)
        _gate(town).look_again()  # somebody's account was changed meanwhile
        return found

    monkeypatch.setattr(town.accounts, "by_token", overtaken)
    async with town.client("staff") as client:
        answer = await client.get(ME)

    assert answer.status_code == 200
    assert not _gate(town)._believed


async def test_wrong_credentials_are_slowed_and_right_ones_never(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "DELAY_SECONDS", 5.0)
    monkeypatch.setattr(actors, "LONGEST_DELAY_SECONDS", 5.0)
    async with town.client(None) as wrong, town.client("staff") as right:
        guessing = asyncio.create_task(wrong.get(ME, headers={"Authorization": "Bearer guess"}))
        await until(lambda: _gate(town)._waiting)
        async with asyncio.timeout(2):
            answer = await right.get(ME)
        still_waiting = not guessing.done()
        guessing.cancel()

    assert answer.status_code == 200
    assert still_waiting


async def test_a_flood_of_guesses_is_told_to_come_back_later(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "WAITING", 2)
    monkeypatch.setattr(actors, "DELAY_SECONDS", 0.2)
    async with town.client(None) as client:
        answers = await asyncio.gather(*(client.post("/api/v1/session", json={"code": str(n)}) for n in range(5)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401, 401, 429, 429, 429]
    assert _gate(town).refused == 5


def _gate(town: Town) -> actors.Actors:
    for middleware in town.app.user_middleware:
        if "actors" in middleware.kwargs:
            found = middleware.kwargs["actors"]
            assert isinstance(found, actors.Actors)
            return found
    raise AssertionError("there is no gate")
