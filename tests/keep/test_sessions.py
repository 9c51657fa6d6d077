"""One-time codes, sessions and access tokens: for how long they let in, and how they end."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.keep.accounts import sessions, tokens
from gateway.keep.accounts.credentials import id_of
from gateway.keep.accounts.proofs import held_by_id, set_password
from gateway.keep.accounts.users import add_user, create_user, open_users
from tests.keep.facts import NOW

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.model import Now

DAY = 86_400.0


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_users(tmp_path)) as opened:
        add_user(opened, "王芳", Role.STAFF, [], NOW, "terminal")
        yield opened


def later(seconds: float) -> Now:
    return NOW._replace(utc=NOW.utc + seconds)


def begun(connection: sqlite3.Connection, purpose: sessions.Purpose = "sign_in", label: str = "") -> sessions.SignedIn:
    code = sessions.issue_code(connection, id_of(connection, "王芳"), purpose, NOW, "t")
    signed_in = sessions.redeem(connection, code.secret, NOW, label)
    assert signed_in is not None
    return signed_in


def test_a_code_signs_in_once_and_only_in_its_ten_minutes(connection: sqlite3.Connection) -> None:
    used, old = (sessions.make_code(connection, "王芳", NOW, "t") for _ in range(2))

    signed_in = sessions.redeem(connection, used, later(599))

    assert signed_in is not None
    assert sessions.redeem(connection, used, later(599)) is None
    assert sessions.redeem(connection, old, later(601)) is None
    assert sessions.redeem(connection, "guess", NOW) is None
    found = sessions.user_by_session(connection, signed_in.secret, later(600))
    assert found is not None
    assert (found.actor.name, found.actor.way) == ("王芳", "session")


def test_a_code_of_a_clock_that_was_years_ahead_is_void_when_it_is_right_again(connection: sqlite3.Connection) -> None:
    ahead = sessions.make_code(connection, "王芳", later(5 * 365 * DAY), "t")
    corrected_a_little = sessions.make_code(connection, "王芳", later(300), "t")

    assert sessions.redeem(connection, ahead, NOW) is None
    assert sessions.redeem(connection, corrected_a_little, NOW) is not None


@pytest.mark.parametrize(
    ("purpose", "way", "days"), [("sign_in", "session", 30), ("invite", "session", 30), ("phone", "phone", 90)]
)
def test_a_session_lives_as_long_as_its_kind_does(
    connection: sqlite3.Connection, purpose: sessions.Purpose, way: str, days: int
) -> None:
    secret = begun(connection, purpose).secret

    found = sessions.user_by_session(connection, secret, later(days * DAY))

    assert found is not None
    assert found.actor.way == way
    assert sessions.user_by_session(connection, secret, later(days * DAY + 1)) is None


def test_a_screen_is_never_signed_out_by_time(connection: sqlite3.Connection) -> None:
    screen = create_user(connection, "门卫室", Role.VIEWER, ["g1"], NOW, "u-1", "screen")
    signed_in = sessions.redeem(connection, sessions.make_code(connection, "门卫室", NOW, "t"), NOW)
    assert signed_in is not None

    found = sessions.user_by_session(connection, signed_in.secret, later(40 * 365 * DAY))

    assert found is not None
    assert (found.actor.id, found.actor.way) == (screen, "screen")
    assert [each.until_utc for each in sessions.sessions_of(connection, screen, NOW)] == [None]


def test_a_session_ends_when_it_is_ended(connection: sqlite3.Connection) -> None:
    first, second = begun(connection), begun(connection)

    sessions.end_session(connection, first.secret, NOW)
    sessions.end_session(connection, "unknown", NOW)

    assert sessions.user_by_session(connection, first.secret, NOW) is None
    assert sessions.user_by_session(connection, second.secret, NOW) is not None


def test_signing_in_again_ends_the_session_that_the_device_had(connection: sqlite3.Connection) -> None:
    before = begun(connection)
    code = sessions.make_code(connection, "王芳", NOW, "t")

    after = sessions.redeem(connection, code, NOW, before=before.secret)

    assert after is not None
    assert after.secret != before.secret
    assert sessions.user_by_session(connection, before.secret, NOW) is None


def test_one_sees_ones_sessions_and_ends_one_or_all(connection: sqlite3.Connection) -> None:
    here, phone = begun(connection, label="Chrome, Windows"), begun(connection, "phone", "Chrome, Android")

    listed = sessions.sessions_of(connection, here.user, NOW, here.secret)
    other = next(each for each in listed if not each.current)
    ended = [sessions.end_one(connection, here.user, other.id, NOW, here.user) for _ in range(2)]
    strange = sessions.end_one(connection, "u-other", listed[0].id, NOW, "u-other")
    left = sessions.end_all(connection, here.user, NOW, here.user)

    assert {(each.kind, each.label, each.current) for each in listed} == {
        ("browser", "Chrome, Windows", True),
        ("phone", "Chrome, Android", False),
    }
    assert ended == [True, False]
    assert not strange
    assert left == 1
    assert sessions.user_by_session(connection, phone.secret, NOW) is None


def test_a_new_link_voids_the_one_before_for_the_same_purpose_alone(connection: sqlite3.Connection) -> None:
    user = id_of(connection, "王芳")
    first = sessions.issue_code(connection, user, "phone", NOW, "t")
    invitation = sessions.issue_code(connection, user, "invite", NOW, "t")

    sessions.issue_code(connection, user, "phone", NOW, "t")

    assert sessions.redeem(connection, first.secret, NOW) is None
    assert sessions.redeem(connection, invitation.secret, later(2.9 * DAY)) is not None


def test_an_invitation_ends_the_password_when_it_is_opened_and_a_sign_in_link_does_not(
    connection: sqlite3.Connection,
) -> None:
    user = id_of(connection, "王芳")
    set_password(connection, user, "a hash", NOW, user)

    begun(connection, "sign_in")
    invitation = sessions.issue_code(connection, user, "invite", NOW, "t")
    kept = held_by_id(connection, user, "password")
    sessions.redeem(connection, invitation.secret, NOW)

    assert kept == "a hash"
    assert held_by_id(connection, user, "password") == ""


def test_a_new_password_ends_every_other_session_and_every_open_link(connection: sqlite3.Connection) -> None:
    here, there = begun(connection), begun(connection, "phone")
    code = sessions.make_code(connection, "王芳", NOW, "t")

    ended = set_password(connection, here.user, "a hash", NOW, here.user, here.secret)

    assert ended == 1
    assert sessions.user_by_session(connection, here.secret, NOW) is not None
    assert sessions.user_by_session(connection, there.secret, NOW) is None
    assert sessions.redeem(connection, code, NOW) is None


def test_when_a_session_or_token_was_used_is_written_down_every_ten_minutes(connection: sqlite3.Connection) -> None:
    signed_in = begun(connection)
    user = signed_in.user
    _, token = tokens.make_token(connection, user, "script", ["read"], 30, NOW, user)

    unseen = [sessions.user_by_session(connection, signed_in.secret, later(at)) for at in (599, 600)]
    sessions.see_session(connection, signed_in.secret, later(600))
    tokens.see_token(connection, token, later(700))

    assert [found is not None and found.unseen for found in unseen] == [False, True]
    assert sessions.sessions_of(connection, user, NOW)[0].seen_utc == NOW.utc + 600
    assert {each.name: each.seen_utc for each in tokens.tokens_of(connection, user, NOW)} == {
        "first": 0.0,
        "script": NOW.utc + 700,
    }


def test_a_token_has_its_scopes_and_an_end_within_a_year(connection: sqlite3.Connection) -> None:
    user = id_of(connection, "王芳")
    _, short = tokens.make_token(connection, user, "script", ["read", "answer", "read"], 30, NOW, user)
    _, long = tokens.make_token(connection, user, "for ever", ["read"], 10_000, NOW, user)

    found = tokens.user_by_token(connection, short, later(30 * DAY))

    assert found is not None
    assert (found.actor.way, found.actor.scopes) == ("token", frozenset({"read", "answer"}))
    assert tokens.user_by_token(connection, short, later(30 * DAY + 1)) is None
    assert tokens.user_by_token(connection, long, later(365 * DAY)) is not None
    assert tokens.user_by_token(connection, long, later(365 * DAY + 1)) is None


def test_a_token_is_ended_by_whose_it_is_alone(connection: sqlite3.Connection) -> None:
    user = id_of(connection, "王芳")
    name, token = tokens.make_token(connection, user, "script", ["read"], 30, NOW, user)

    ended = [tokens.drop_token(connection, whose, name, NOW, whose) for whose in ("u-other", user, user)]

    assert ended == [False, True, False]
    assert tokens.user_by_token(connection, token, NOW) is None
