"""`gridpost users`, as it is typed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.actor import Role
from gateway.collect.clock import Clock
from gateway.keep.accounts.credentials import id_of
from gateway.keep.accounts.passwords import Cost, Hashing
from gateway.keep.accounts.proofs import held_by_id
from gateway.keep.accounts.sessions import make_code, redeem
from gateway.keep.accounts.users import add_user, open_users

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "电梯旁的那扇门"  # noqa: S105 - of a test


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which one may sign in."""
    with closing(open_users(tmp_path)) as connection:
        add_user(connection, "王芳", Role.STAFF, [], Clock()(), "test")
        assert redeem(connection, make_code(connection, "王芳", Clock()(), "test"), Clock()(), "Chrome, Android")
    return tmp_path


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.commands.people.Hashing", lambda: Hashing(Cost(passes=1, kib=8)))


def test_a_password_is_asked_for_and_shown_nowhere(data: Path) -> None:
    done = CliRunner().invoke(
        app, ["users", "password", "王芳", "--data", str(data)], input=f"{PASSWORD}\n{PASSWORD}\n"
    )

    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert "Sessions that ended: 1" in done.output
    with closing(open_users(data)) as connection:
        assert held_by_id(connection, id_of(connection, "王芳"), "password").startswith("$argon2id$")


def test_a_poor_password_is_refused_in_a_sentence(data: Path) -> None:
    done = CliRunner().invoke(app, ["users", "password", "王芳", "--data", str(data)], input="short\nshort\n")

    assert done.exit_code == 2
    assert "at least 10 characters" in done.output
    with closing(open_users(data)) as connection:
        assert held_by_id(connection, id_of(connection, "王芳"), "password") == ""


def test_a_lost_phone_is_shut_out_and_what_a_terminal_cannot_do_is_said(data: Path) -> None:
    done = CliRunner().invoke(app, ["users", "lost-phone", "王芳", "--data", str(data)])
    left = CliRunner().invoke(app, ["users", "sessions", "王芳", "--data", str(data)])

    assert done.exit_code == 0
    assert "1 sessions, 1 access tokens" in done.output
    assert "chat tools" in done.output
    assert left.output == ""


def test_sessions_are_listed_by_device(data: Path) -> None:
    done = CliRunner().invoke(app, ["users", "sessions", "王芳", "--data", str(data)])

    assert done.output.startswith("browser\tChrome, Android\tseen 20")


@pytest.mark.parametrize("command", ["password", "lost-phone", "sessions", "link", "remove"])
def test_an_unknown_name_is_said_in_a_sentence(data: Path, command: str) -> None:
    done = CliRunner().invoke(app, ["users", command, "李雷", "--data", str(data)])

    assert (done.exit_code, done.output) == (2, "There is no user 李雷.\n")
