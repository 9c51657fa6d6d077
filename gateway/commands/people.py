"""`gridpost users`: works on the file of a running gateway as well as on one that is down."""

from __future__ import annotations

import getpass
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from gateway.collect.clock import Clock
from gateway.commands import WRONG
from gateway.keep.accounts import users
from gateway.keep.accounts.credentials import UserError, id_of
from gateway.keep.accounts.passwords import Hashing, password_objection
from gateway.keep.accounts.proofs import set_password
from gateway.keep.accounts.sessions import CODE_SECONDS, make_code, sessions_of
from gateway.keep.folder import FolderError
from gateway.keep.schema import NewerJournal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.actor import Role

_OBJECTIONS = {
    "password_short": "A password has at least 10 characters; a Chinese one counts two.",
    "password_long": "This is longer than a password can be.",
    "password_name": "A password is not made of the name.",
    "password_common": "This is among the first that a guesser tries.",
}


def add(data: Path, name: str, role: Role, grids: frozenset[str]) -> int:
    """Add somebody; print the token on stdout alone, so that a script can take it."""

    def work(connection: sqlite3.Connection) -> None:
        token = users.add_user(connection, name, role, grids, Clock()(), _caller())
        typer.echo(f"{name} may sign in as {role.value}. The access token is shown this once:", err=True)
        typer.echo(token)

    return _on(data, work)


def link(data: Path, name: str, page: str) -> int:
    """Print a link that signs them in once."""

    def work(connection: sqlite3.Connection) -> None:
        code = make_code(connection, name, Clock()(), _caller())
        typer.echo(f"Good once, for {CODE_SECONDS / 60:.0f} minutes:", err=True)
        typer.echo(f"{page.rstrip('/')}/#code={code}")

    return _on(data, work)


def listing(data: Path) -> int:
    """List who may sign in."""

    def work(connection: sqlite3.Connection) -> None:
        for user in users.list_users(connection):
            closed = "\tclosed" if user.closed else ""
            typer.echo(f"{user.name}\t{user.role.value}\t{', '.join(sorted(user.grids)) or 'all grids'}{closed}")

    return _on(data, work)


def remove(data: Path, name: str) -> int:
    """Remove somebody."""
    return _on(data, lambda connection: users.remove_user(connection, name, Clock()(), _caller()))


def password(data: Path, name: str) -> int:
    """Set somebody's password, typed twice and not shown; all his sessions end."""

    def work(connection: sqlite3.Connection) -> None:
        user = id_of(connection, name)
        chosen = typer.prompt(f"New password of {name}", hide_input=True, confirmation_prompt=True, err=True)
        if objection := password_objection(chosen, name):
            raise UserError(objection, _OBJECTIONS[objection])
        with closing(Hashing()) as hashing:
            kept = hashing.hash_now(chosen)
        ended = set_password(connection, user, kept, Clock()(), _caller())
        typer.echo(f"{name} signs in with it from now on. Sessions that ended: {ended}.", err=True)

    return _on(data, work)


def lost_phone(data: Path, name: str, reason: str) -> int:
    """End whatever a lost phone of somebody could hold."""

    def work(connection: sqlite3.Connection) -> None:
        user = id_of(connection, name)
        sessions, tokens = users.lose_phone(connection, user, Clock()(), _caller(), reason)
        typer.echo(f"Ended: {sessions} sessions, {tokens} access tokens, and every open link of {name}.", err=True)
        typer.echo("His accounts of chat tools are forgotten on the page (Users, lost phone): do that too.", err=True)

    return _on(data, work)


def sessions(data: Path, name: str) -> int:
    """List where somebody is signed in."""

    def work(connection: sqlite3.Connection) -> None:
        for each in sessions_of(connection, id_of(connection, name), Clock()()):
            seen = datetime.fromtimestamp(each.seen_utc, UTC).isoformat(timespec="minutes")
            typer.echo(f"{each.kind}\t{each.label or '-'}\tseen {seen}")

    return _on(data, work)


def _on(data: Path, work: Callable[[sqlite3.Connection], None]) -> int:
    try:
        with closing(users.open_users(data)) as connection:
            work(connection)
    except (FolderError, NewerJournal, UserError) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except sqlite3.Error as error:
        typer.echo(f"The journal in {data} cannot be used: {error}.", err=True)
        return WRONG
    return 0


def _caller() -> str:
    """Who sits at the terminal, for the audit."""
    return f"terminal:{getpass.getuser()}"
