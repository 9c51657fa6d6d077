"""Users, tokens, codes and sessions: what lets in, what does not, and what the audit says."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.keep import users
from gateway.keep.accounts import Accounts
from gateway.keep.folder import FolderError, open_folder
from gateway.keep.journal import Journal
from gateway.model import Entry, Now
from tests.keep.facts import NOW, said

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(users.open_users(tmp_path)) as opened:
        yield opened


def later(seconds: float) -> Now:
    return NOW._replace(utc=NOW.utc + seconds)


def test_a_token_lets_its_user_in_and_nobody_else(connection: sqlite3.Connection) -> None:
    token = users.add_user(connection, " 王芳 ", Role.STAFF, ["g2", "g1", "g1"], NOW, "terminal")

    actor = users.user_by_token(connection, token)

    assert actor is not None
    assert actor == Actor(actor.id, "王芳", Role.STAFF, frozenset({"g1", "g2"}), "token")
    for wrong in ("", token[:-1], token + "x", "\udc80"):
        assert users.user_by_token(connection, wrong) is None


def test_a_code_signs_in_once_and_only_in_its_ten_minutes(connection: sqlite3.Connection) -> None:
    users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    used, old = users.make_code(connection, "王芳", NOW, "t"), users.make_code(connection, "王芳", NOW, "t")

    session = users.redeem(connection, used, later(599))

    assert session is not None
    assert users.redeem(connection, used, later(599)) is None
    assert users.redeem(connection, old, later(601)) is None
    assert users.redeem(connection, "guess", NOW) is None
    actor = users.user_by_session(connection, session, later(600))
    assert actor is not None
    assert (actor.name, actor.way) == ("王芳", "session")


def test_a_session_ends_when_it_is_ended_or_old(connection: sqlite3.Connection) -> None:
    users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    sessions = [users.redeem(connection, users.make_code(connection, "王芳", NOW, "t"), NOW) for _ in range(2)]
    assert sessions[0] is not None
    assert sessions[1] is not None

    users.end_session(connection, sessions[0], NOW)
    users.end_session(connection, "unknown", NOW)

    assert users.user_by_session(connection, sessions[0], NOW) is None
    assert users.user_by_session(connection, sessions[1], NOW) is not None
    assert users.user_by_session(connection, sessions[1], later(users.SESSION_SECONDS + 1)) is None


def test_removing_a_user_takes_everything_that_let_him_in(connection: sqlite3.Connection) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    session = users.redeem(connection, users.make_code(connection, "王芳", NOW, "t"), NOW)
    code = users.make_code(connection, "王芳", NOW, "t")
    assert session is not None

    users.remove_user(connection, "王芳", NOW, "terminal")

    assert users.user_by_token(connection, token) is None
    assert users.user_by_session(connection, session, NOW) is None
    assert users.redeem(connection, code, NOW) is None
    assert users.list_users(connection) == []


def test_what_cannot_be_is_said_in_a_sentence(connection: sqlite3.Connection) -> None:
    users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")

    with pytest.raises(users.UserError, match="There is a user 王芳 already"):
        users.add_user(connection, "王芳", Role.VIEWER, [], NOW, "terminal")
    with pytest.raises(users.UserError, match="There is no user 李雷"):
        users.remove_user(connection, "李雷", NOW, "terminal")
    with pytest.raises(users.UserError, match="There is no user 李雷"):
        users.make_code(connection, "李雷", NOW, "terminal")
    with pytest.raises(users.UserError, match="needs a name"):
        users.add_user(connection, " ", Role.VIEWER, [], NOW, "terminal")


def test_no_secret_is_anywhere_in_the_file(connection: sqlite3.Connection, tmp_path: Path) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    code = users.make_code(connection, "王芳", NOW, "terminal")
    session = users.redeem(connection, code, NOW)
    assert session is not None

    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert "王芳".encode() in content
    for secret in (token, code, session):
        assert secret.encode() not in content


async def test_users_change_while_a_gateway_runs_and_every_change_is_in_its_log(tmp_path: Path) -> None:
    with open_folder(tmp_path):
        async with Journal.open(tmp_path, NOW) as journal:
            accounts = Accounts(journal.source, lambda: NOW)
            reader = journal.reader()
            with closing(users.open_users(tmp_path)) as terminal:
                token = users.add_user(terminal, "王芳", Role.STAFF, ["g1"], NOW, "terminal:root")
                code = users.make_code(terminal, "王芳", NOW, "terminal:root")
                await journal.submit(Entry(NOW, (said(),)))
                session = await accounts.redeem(code)
                assert session is not None
                by_token, by_session = await accounts.by_token(token), await accounts.by_session(session)
                await accounts.end_session(session)
                users.remove_user(terminal, "王芳", NOW, "terminal:root")
            gone = await accounts.by_token(token)
            rows = await reader.log(0, 100, "user")
            reader.close()
            accounts.close()

    assert by_token is not None
    assert by_session is not None
    assert by_token.id == by_session.id
    assert gone is None
    assert [row.body["change"] for row in rows] == ["added", "code made", "signed in", "signed out", "removed"]
    assert {row.subject for row in rows} == {"王芳"}
    assert rows[0].body == {
        "change": "added",
        "id": by_token.id,
        "role": "staff",
        "grids": ["g1"],
        "by": "terminal:root",
    }


def test_a_folder_that_a_gateway_is_still_making_is_not_touched(tmp_path: Path) -> None:
    with open_folder(tmp_path), pytest.raises(FolderError, match="in use"):
        users.open_users(tmp_path)
