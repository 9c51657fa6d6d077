"""`gridpost users`: works on the file of a running gateway as well as on one that is down."""

from __future__ import annotations

import getpass
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import typer

from gateway.collect.clock import Clock
from gateway.commands import WRONG
from gateway.keep import users
from gateway.keep.folder import FolderError
from gateway.keep.schema import NewerJournal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.actor import Role


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
        code = users.make_code(connection, name, Clock()(), _caller())
        typer.echo(f"Good once, for {users.CODE_SECONDS / 60:.0f} minutes:", err=True)
        typer.echo(f"{page.rstrip('/')}/#code={code}")

    return _on(data, work)


def listing(data: Path) -> int:
    """List who may sign in."""

    def work(connection: sqlite3.Connection) -> None:
        for user in users.list_users(connection):
            typer.echo(f"{user.name}\t{user.role.value}\t{', '.join(sorted(user.grids)) or 'all grids'}")

    return _on(data, work)


def remove(data: Path, name: str) -> int:
    """Remove somebody."""
    return _on(data, lambda connection: users.remove_user(connection, name, Clock()(), _caller()))


def _on(data: Path, work: Callable[[sqlite3.Connection], None]) -> int:
    try:
        with closing(users.open_users(data)) as connection:
            work(connection)
    except (FolderError, NewerJournal, users.UserError) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except sqlite3.Error as error:
        typer.echo(f"The journal in {data} cannot be used: {error}.", err=True)
        return WRONG
    return 0


def _caller() -> str:
    """Who sits at the terminal, for the audit."""
    return f"terminal:{getpass.getuser()}"
