"""Signing in for tests: passwords, PINs and links of the people in the town."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.keep.accounts.credentials import id_of
from gateway.keep.accounts.proofs import set_password, set_pin
from gateway.keep.accounts.sessions import issue_code
from gateway.keep.accounts.users import create_user
from tests.serve.compound import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from gateway.keep.accounts.sessions import Purpose
    from tests.serve.compound import Town

PASSWORD = "电梯旁的那扇门"  # noqa: S105 - of a test
PIN = "4071"


def user_id(town: Town, name: str) -> str:
    """The id of a user."""
    connection = town.journal.connect()
    try:
        return id_of(connection, name)
    finally:
        connection.close()


def give(town: Town, name: str, *, password: str = "", pin: str = "", kept: str = "") -> str:
    """Give somebody a password or PIN, past the API (`kept`: a password's hash); returns his id."""
    connection = town.journal.connect()
    try:
        user = id_of(connection, name)
        if password or kept:
            set_password(connection, user, kept or town.accounts.hashing.hash_now(password), now(), "test")
        if pin:
            set_pin(connection, user, town.accounts.hashing.hash_now(pin), now(), "test")
    finally:
        connection.close()
    return user


def code_for(town: Town, name: str, purpose: Purpose = "sign_in") -> str:
    """A one-time code."""
    connection = town.journal.connect()
    try:
        return issue_code(connection, id_of(connection, name), purpose, now(), "test").secret
    finally:
        connection.close()


def hang_up(town: Town, name: str = "门卫室", grids: Sequence[str] = ()) -> str:
    """Add a duty screen; returns its id."""
    connection = town.journal.connect()
    try:
        return create_user(connection, name, Role.VIEWER, grids, now(), "test", "screen")
    finally:
        connection.close()


async def signed_in(town: Town, name: str, purpose: Purpose = "sign_in") -> httpx.AsyncClient:
    """A browser, phone or screen that is signed in; close it."""
    client = town.client(None)
    client.headers["Origin"] = town.url
    answer = await client.post("/api/v1/session", json={"code": code_for(town, name, purpose)})
    assert answer.status_code == 204, answer.text
    return client


async def log_of_users(town: Town) -> Sequence[Mapping[str, object]]:
    """What the log says of accounts, oldest first, after the town was made."""
    rows = await town.house.records.log(0, 1000, "user")
    return [{**row.body, "subject": row.subject} for row in rows if row.body.get("by") != "test"]
