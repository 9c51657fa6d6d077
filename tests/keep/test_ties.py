"""Which of the staff an account belongs to: by ids, and never by the name of an account that is gone."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.decide.people.register import person_to_json
from gateway.duty import Person, Reach
from gateway.keep.accounts import ties, users
from gateway.keep.accounts.credentials import UserError, id_of
from gateway.keep.accounts.tokens import user_by_token
from gateway.keep.schema import JOURNAL_NAME, MIGRATIONS
from tests.keep.facts import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(users.open_users(tmp_path)) as opened:
        yield opened


def _enter(connection: sqlite3.Connection, person: str, account: str) -> None:
    """As the judgement remembers somebody whom the configuration or a form named with an account."""
    value = json.dumps(person_to_json(Person(person, person.title(), (Reach("sms", "1"),), account)))
    connection.execute("INSERT OR REPLACE INTO remembered VALUES (?, ?)", (f"people:person:{person}", value))


def _add(connection: sqlite3.Connection, name: str) -> str:
    return users.add_user(connection, name, Role.STAFF, [], NOW, "terminal")


def _who(connection: sqlite3.Connection, token: str) -> str | None:
    found = user_by_token(connection, token, NOW)
    return None if found is None else found.actor.person


@pytest.mark.parametrize("account_first", [False, True])
def test_somebody_who_was_entered_with_the_name_of_his_account_is_whoever_has_it(
    connection: sqlite3.Connection, *, account_first: bool
) -> None:
    if account_first:
        token = _add(connection, "张三")
        _enter(connection, "zhang", "张三")
    else:
        _enter(connection, "zhang", "张三")
        token = _add(connection, "张三")
    other = _add(connection, "李四")

    assert (_who(connection, token), _who(connection, other)) == ("zhang", "")
    assert [user.person for user in users.list_users(connection)] == ["zhang", ""]


def test_whoever_is_called_as_a_removed_account_was_is_somebody_else(connection: sqlite3.Connection) -> None:
    _enter(connection, "zhang", "张三")
    gone = _add(connection, "张三")
    users.remove_user(connection, "张三", NOW, "terminal")

    namesake = _add(connection, "张三")

    assert (_who(connection, gone), _who(connection, namesake)) == (None, "")
    assert ties.accounts_of_people(connection) == {"zhang": ""}


def test_an_account_is_the_persons_for_whom_it_was_made_whatever_it_is_called(connection: sqlite3.Connection) -> None:
    _enter(connection, "zhang", "")
    user = users.create_user(connection, "三哥", Role.STAFF, [], NOW, "u-1", person="zhang")

    with pytest.raises(UserError, match="has an account already"):
        users.create_user(connection, "张三", Role.STAFF, [], NOW, "u-1", person="zhang")

    assert [(each.id, each.person) for each in users.list_users(connection)] == [(user, "zhang")]
    users.drop_user(connection, user, NOW, "u-1")
    assert _who(connection, _add(connection, "三哥")) == ""
    users.create_user(connection, "张三", Role.STAFF, [], NOW, "u-1", person="zhang")
    assert ties.accounts_of_people(connection) == {"zhang": "张三"}


def test_an_account_for_which_several_wait_is_nobodys(connection: sqlite3.Connection) -> None:
    _enter(connection, "zhang", "张三")
    _enter(connection, "zhangsan", "张三")

    assert _who(connection, _add(connection, "张三")) == ""


def test_a_screen_is_nobody_even_where_somebody_waits_for_its_name(connection: sqlite3.Connection) -> None:
    _enter(connection, "zhang", "张三")
    users.create_user(connection, "张三", Role.VIEWER, [], NOW, "u-1", "screen")

    ties.tie_named(connection, "zhang", "张三", NOW, "u-1")

    assert [screen.person for screen in users.list_users(connection, kind="screen")] == [""]


def test_an_account_that_somebody_has_or_waits_for_is_not_given_to_another(connection: sqlite3.Connection) -> None:
    _enter(connection, "zhang", "张三")
    _enter(connection, "li", "")

    with pytest.raises(UserError, match="is that of zhang"):
        ties.tie_named(connection, "li", "张三", NOW, "u-1")
    _add(connection, "张三")
    with pytest.raises(UserError, match="is that of zhang"):
        ties.tie_named(connection, "li", "张三", NOW, "u-1")

    ties.tie_named(connection, "zhang", "", NOW, "u-1")
    ties.tie_named(connection, "li", "张三", NOW, "u-1")
    assert ties.accounts_of_people(connection) == {"zhang": "", "li": "张三"}


def test_who_an_account_is_changes_only_with_a_row_of_the_audit(connection: sqlite3.Connection) -> None:
    token, user = _add(connection, "张三"), id_of(connection, "张三")

    ties.tie_named(connection, "zhang", "张三", NOW, "u-1")
    ties.tie_named(connection, "zhang", "张三", NOW, "u-1")
    ties.tie_named(connection, "zhang", "who comes later", NOW, "u-2")

    assert _who(connection, token) == ""
    rows = [json.loads(body) for (body,) in connection.execute("SELECT body FROM log ORDER BY seq DESC LIMIT 2")]
    assert rows == [
        {"change": "untied", "id": user, "person": "zhang", "by": "u-2"},
        {"change": "tied", "id": user, "person": "zhang", "by": "u-1"},
    ]


def test_the_name_of_an_account_that_was_removed_before_names_counted_for_nothing_is_nobodys(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME, isolation_level=None)) as old:
        for steps in MIGRATIONS[:4]:
            old.executescript(steps)
        old.execute("PRAGMA user_version = 4")
        for person, account in (("zhang", "张三"), ("li", "李四"), ("wang", "王五"), ("zhao", "")):
            _enter(old, person, account)
        old.execute("INSERT INTO users VALUES ('u-1', '李四', 'staff', '[]', 'a', 0)")
        removed = '{"change":"removed","id":"u-0","by":"terminal"}'
        row = "INSERT INTO log(boot, boottime, utc, trusted, kind, subject, body) VALUES ('', 0, 0, 1, 'user', ?, ?)"
        old.executemany(row, [("张三", removed), ("李四", removed)])

    with closing(users.open_users(tmp_path)) as connection:
        for name in ("张三", "王五"):
            _add(connection, name)
        people = {user.name: user.person for user in users.list_users(connection)}

    assert people == {"张三": "", "李四": "li", "王五": "wang"}
