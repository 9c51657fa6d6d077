"""Who did what a row of the audit tells: by his id, and not whoever has his name today."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.decide.people.register import person_to_json
from gateway.duty import Person, Reach
from gateway.keep.accounts import users
from gateway.keep.accounts.credentials import id_of
from gateway.keep.audit.reading import Wanted, Who, newest
from gateway.keep.writing import write_entry
from gateway.model import Entry, Recorded, Remember
from tests.keep.facts import NOW

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

LATER = NOW._replace(utc=NOW.utc + 60)
STAFF = person_to_json(Person("zhang", "张三", (Reach("sms", "1"),)))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(users.open_users(tmp_path)) as opened:
        yield opened


def _act(connection: sqlite3.Connection, name: str, actor: Actor | None = None) -> None:
    """What an act of somebody leaves in the log, as parts of the judgement say it: with his name."""
    connection.execute("BEGIN")
    write_entry(connection, Entry(NOW, (Recorded("team", "g1", {"what": "changed"}, name),), actor=actor))
    connection.execute("COMMIT")


def _who(connection: sqlite3.Connection) -> Who:
    (row,), _ = newest(connection, Wanted(what="team"), 1_000, 1)
    return row.who


def _account(connection: sqlite3.Connection, name: str, *, later: bool = False) -> Actor:
    users.add_user(connection, name, Role.STAFF, [], LATER if later else NOW, "terminal")
    return Actor(id_of(connection, name), name, Role.STAFF)


def test_what_somebody_did_stays_his_when_another_has_his_name(connection: sqlite3.Connection) -> None:
    first = _account(connection, "张三")
    _act(connection, "张三", first)
    before = _who(connection)
    users.remove_user(connection, "张三", NOW, "terminal")

    namesake = _account(connection, "张三")

    assert before == Who(first.id, "张三")
    assert _who(connection) == Who(first.id, "张三", deleted=True)
    assert newest(connection, Wanted(who=namesake.id, what="team"), 1_000, 1)[0] == []


@pytest.mark.parametrize("later", [False, True])
def test_a_row_without_an_id_is_not_that_of_an_account_that_was_made_after_it(
    connection: sqlite3.Connection, *, later: bool
) -> None:
    account = _account(connection, "张三", later=later)

    _act(connection, "张三")

    assert _who(connection) == (Who("张三", "") if later else Who(account.id, "张三"))


def test_whoever_answers_over_a_channel_is_one_of_the_staff_even_if_an_account_is_called_as_his_id(
    connection: sqlite3.Connection,
) -> None:
    _account(connection, "zhang")
    write_entry(connection, Entry(NOW, (Remember("people:person:zhang", STAFF),)))

    _act(connection, "张三", Actor("zhang", "张三", Role.STAFF, way="chat:bot", person="zhang"))

    assert _who(connection) == Who("zhang", "张三")


def test_a_row_that_says_another_name_or_an_id_already_gets_no_other(connection: sqlite3.Connection) -> None:
    actor = _account(connection, "张三")

    for said in ("", "李四", actor.id):
        _act(connection, said, actor)

    rows = connection.execute("SELECT body FROM log WHERE kind = 'team'").fetchall()
    assert [json.loads(body) for (body,) in rows] == [
        {"what": "changed", "actor": said} for said in ("", "李四", actor.id)
    ]
