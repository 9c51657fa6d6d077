"""Users: who they are, what of them changes, and what the audit says."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.keep.accounts import proofs, tokens, users
from gateway.keep.accounts.accounts import Accounts
from gateway.keep.accounts.credentials import UserError, id_of
from gateway.keep.accounts.sessions import (
    begin_session,
    end_all,
    end_one,
    issue_code,
    make_code,
    redeem,
    sessions_of,
    user_by_session,
)
from gateway.keep.accounts.tokens import user_by_token
from gateway.keep.folder import FolderError, open_folder
from gateway.keep.journal import Journal
from gateway.model import Entry
from tests.keep.facts import NOW, said

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(users.open_users(tmp_path)) as opened:
        yield opened


def test_a_token_lets_its_user_in_and_nobody_else(connection: sqlite3.Connection) -> None:
    token = users.add_user(connection, " 王芳 ", Role.STAFF, ["g2", "g1", "g1"], NOW, "terminal")

    found = user_by_token(connection, token, NOW)

    assert found is not None
    assert found.actor == Actor(found.actor.id, "王芳", Role.STAFF, frozenset({"g1", "g2"}), "token")
    for wrong in ("", token[:-1], token + "x", "\udc80"):
        assert user_by_token(connection, wrong, NOW) is None


def test_removing_a_user_takes_everything_that_let_him_in(connection: sqlite3.Connection) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    signed_in = redeem(connection, make_code(connection, "王芳", NOW, "t"), NOW)
    code = make_code(connection, "王芳", NOW, "t")
    assert signed_in is not None

    users.remove_user(connection, "王芳", NOW, "terminal")

    assert user_by_token(connection, token, NOW) is None
    assert user_by_session(connection, signed_in.secret, NOW) is None
    assert redeem(connection, code, NOW) is None
    assert users.list_users(connection) == []
    ways_in = "SELECT user FROM tokens UNION ALL SELECT user FROM sessions UNION ALL SELECT user FROM codes"
    assert connection.execute(ways_in).fetchall() == []


def test_a_closed_account_lets_nobody_in_and_opening_it_again_brings_nothing_back(
    connection: sqlite3.Connection,
) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    user = id_of(connection, "王芳")
    before = make_code(connection, "王芳", NOW, "t")
    signed_in = redeem(connection, make_code(connection, "王芳", NOW, "t"), NOW)
    assert signed_in is not None

    users.change_user(connection, user, Role.STAFF, [], NOW, "u-1", closed=True)

    with pytest.raises(UserError, match="closed"):
        issue_code(connection, user, "sign_in", NOW, "t")
    users.change_user(connection, user, Role.STAFF, [], NOW, "u-1", closed=False)
    assert user_by_token(connection, token, NOW) is None
    assert user_by_session(connection, signed_in.secret, NOW) is None
    assert redeem(connection, before, NOW) is None


@pytest.mark.parametrize("how", ["UPDATE users SET closed = 1", "DELETE FROM users"])
def test_a_way_in_that_a_rescued_file_still_has_leads_into_no_account_that_is_closed_or_lost(
    connection: sqlite3.Connection, how: str
) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    user = id_of(connection, "王芳")
    proofs.set_password(connection, user, "kept", NOW, user)
    signed_in = redeem(connection, make_code(connection, "王芳", NOW, "t"), NOW)
    code = make_code(connection, "王芳", NOW, "t")
    assert signed_in is not None
    assert proofs.held_by_name(connection, "王芳", "password") == (user, "kept")

    connection.execute(how)

    assert user_by_token(connection, token, NOW) is None
    assert user_by_session(connection, signed_in.secret, NOW) is None
    assert redeem(connection, code, NOW) is None
    assert begin_session(connection, user, NOW, "Chrome") is None
    assert proofs.held_by_name(connection, "王芳", "password") == ("", "")
    assert proofs.person_named(connection, "王芳", "screen") is None


def test_whoever_is_demoted_is_less_in_the_session_that_he_has(connection: sqlite3.Connection) -> None:
    users.add_user(connection, "王芳", Role.MANAGER, [], NOW, "terminal")
    signed_in = redeem(connection, make_code(connection, "王芳", NOW, "t"), NOW)
    assert signed_in is not None

    users.change_user(connection, signed_in.user, Role.VIEWER, ["g1"], NOW, "u-1", closed=False)

    found = user_by_session(connection, signed_in.secret, NOW)
    assert found is not None
    assert (found.actor.role, found.actor.grids) == (Role.VIEWER, frozenset({"g1"}))


@pytest.mark.parametrize("change", ["remove", "close", "demote", "bind to a grid"])
def test_the_last_administrator_stays(connection: sqlite3.Connection, change: str) -> None:
    users.add_user(connection, "admin", Role.ADMINISTRATOR, [], NOW, "terminal")
    users.add_user(connection, "of g1", Role.ADMINISTRATOR, ["g1"], NOW, "terminal")
    user = id_of(connection, "admin")

    def changed() -> None:
        if change == "remove":
            users.remove_user(connection, "admin", NOW, "t")
            return
        role = Role.MANAGER if change == "demote" else Role.ADMINISTRATOR
        grids = ["g1"] if change == "bind to a grid" else []
        users.change_user(connection, user, role, grids, NOW, "t", closed=change == "close")

    with pytest.raises(UserError, match="last administrator"):
        changed()

    assert users.has_administrator(connection)
    users.add_user(connection, "second", Role.ADMINISTRATOR, [], NOW, "terminal")
    changed()
    assert [user.name for user in users.list_users(connection) if user.role is Role.ADMINISTRATOR and not user.closed]


def test_a_house_without_an_administrator_can_be_changed(connection: sqlite3.Connection) -> None:
    users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")

    users.change_user(connection, id_of(connection, "王芳"), Role.MANAGER, [], NOW, "t", closed=False)

    assert [user.role for user in users.list_users(connection)] == [Role.MANAGER]


def test_a_lost_phone_ends_sessions_tokens_and_open_links_in_one_row_of_the_log(connection: sqlite3.Connection) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    user = id_of(connection, "王芳")
    phone = redeem(connection, issue_code(connection, user, "phone", NOW, user).secret, NOW)
    code = make_code(connection, "王芳", NOW, "t")
    assert phone is not None

    ended = users.lose_phone(connection, user, NOW, "u-1", "掉在电梯里")

    assert ended == (1, 1)
    assert user_by_session(connection, phone.secret, NOW) is None
    assert user_by_token(connection, token, NOW) is None
    assert redeem(connection, code, NOW) is None
    (body,) = connection.execute("SELECT body FROM log ORDER BY seq DESC LIMIT 1").fetchone()
    assert all(part in body for part in ("phone lost", '"sessions":1', '"tokens":1', "掉在电梯里", "u-1"))


def test_every_change_of_an_account_is_a_row_that_says_by_whom(connection: sqlite3.Connection) -> None:
    user = users.create_user(connection, "王芳", Role.STAFF, [], NOW, "u-1")
    token, _ = tokens.make_token(connection, user, "看板", ["read"], 7, NOW, "u-1")
    browser = begin_session(connection, user, NOW, "Chrome")
    assert browser is not None
    (session,) = sessions_of(connection, user, NOW)

    tokens.drop_token(connection, user, token, NOW, "u-1")
    end_one(connection, user, session.id, NOW, "u-1")
    end_all(connection, user, NOW, "u-1")
    proofs.set_pin(connection, user, "kept", NOW, "u-1")
    proofs.set_password(connection, user, "kept", NOW, "u-1")
    users.change_user(connection, user, Role.STAFF, [], NOW, "u-1", closed=True)
    users.drop_user(connection, user, NOW, "u-1")

    bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM log ORDER BY seq")]
    assert [(body["change"], body.get("by")) for body in bodies] == [
        ("added", "u-1"), ("token made", "u-1"), ("signed in", None), ("token ended", "u-1"), ("session ended", "u-1"),
        ("sessions ended", "u-1"), ("PIN set", "u-1"), ("password set", "u-1"), ("changed", "u-1"), ("removed", "u-1"),
    ]  # fmt: skip
    assert {body["id"] for body in bodies} == {user}


def test_what_cannot_be_is_said_in_a_sentence(connection: sqlite3.Connection) -> None:
    users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")

    with pytest.raises(UserError, match="There is a user 王芳 already"):
        users.add_user(connection, "王芳", Role.VIEWER, [], NOW, "terminal")
    with pytest.raises(UserError, match="There is no user 李雷"):
        users.remove_user(connection, "李雷", NOW, "terminal")
    with pytest.raises(UserError, match="There is no user 李雷"):
        make_code(connection, "李雷", NOW, "terminal")
    with pytest.raises(UserError, match="There is no user u-none"):
        users.change_user(connection, "u-none", Role.STAFF, [], NOW, "terminal", closed=False)
    with pytest.raises(UserError, match="needs a name"):
        users.add_user(connection, " ", Role.VIEWER, [], NOW, "terminal")
    with pytest.raises(UserError, match="at most 80"):
        users.add_user(connection, "王" * 81, Role.VIEWER, [], NOW, "terminal")


def test_no_secret_is_anywhere_in_the_file(connection: sqlite3.Connection, tmp_path: Path) -> None:
    token = users.add_user(connection, "王芳", Role.STAFF, [], NOW, "terminal")
    code = make_code(connection, "王芳", NOW, "terminal")
    signed_in = redeem(connection, code, NOW)
    assert signed_in is not None

    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert "王芳".encode() in content
    for secret in (token, code, signed_in.secret):
        assert secret.encode() not in content


async def test_users_change_while_a_gateway_runs_and_every_change_is_in_its_log(tmp_path: Path) -> None:
    with open_folder(tmp_path):
        async with Journal.open(tmp_path, NOW) as journal:
            accounts = Accounts(journal.source, lambda: NOW)
            reader = journal.reader()
            with closing(users.open_users(tmp_path)) as terminal:
                token = users.add_user(terminal, "王芳", Role.STAFF, ["g1"], NOW, "terminal:root")
                code = make_code(terminal, "王芳", NOW, "terminal:root")
                await journal.submit(Entry(NOW, (said(),)))
                signed_in = await accounts.redeem(code, "Chrome", "192.168.1.7", "")
                assert signed_in is not None
                by_token, by_session = await accounts.by_token(token), await accounts.by_session(signed_in.secret)
                await accounts.end_session(signed_in.secret)
                users.remove_user(terminal, "王芳", NOW, "terminal:root")
            gone = await accounts.by_token(token)
            rows = await reader.log(0, 100, "user")
            reader.close()
            accounts.close()

    assert by_token is not None
    assert by_session is not None
    assert by_token.id == by_session.id
    assert gone is None
    changes = [row.body["change"] for row in rows]
    assert changes == ["added", "token made", "code made", "signed in", "signed out", "removed"]
    assert {row.subject for row in rows} == {"王芳"}
    assert {row.body["id"] for row in rows} == {by_token.id}
    assert [row.body.get("by") for row in rows] == [*["terminal:root"] * 3, None, None, "terminal:root"]
    assert rows[3].body["place"] == "192.168.1.7"


def test_a_folder_that_a_gateway_is_still_making_is_not_touched(tmp_path: Path) -> None:
    with open_folder(tmp_path), pytest.raises(FolderError, match="in use"):
        users.open_users(tmp_path)


@pytest.mark.parametrize("name", ["Wang", "ＷＡＮＧ", " wang "])
def test_a_name_that_people_cannot_tell_from_anothers_is_taken(connection: sqlite3.Connection, name: str) -> None:
    users.add_user(connection, "wang", Role.MANAGER, (), NOW, "test")

    with pytest.raises(UserError, match="already") as caught:
        users.add_user(connection, name, Role.MANAGER, (), NOW, "test")

    assert caught.value.code == "name_taken"


@pytest.mark.parametrize("sign", "\u00ad\u200b\u200f\u202a\u202e\u2060\u2064\u2066\u2069\u3164\ufeff")
def test_a_name_has_no_signs_that_nobody_sees(connection: sqlite3.Connection, sign: str) -> None:
    with pytest.raises(UserError, match="seen") as caught:
        users.add_user(connection, f"经{sign}理", Role.MANAGER, (), NOW, "test")

    assert caught.value.code == "name_unseen"
