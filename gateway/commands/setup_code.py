"""`gridpost setup-code`: what goes on the label of a new box."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import segno
import typer

from gateway.collect.clock import Clock
from gateway.commands import WRONG
from gateway.keep.accounts import users
from gateway.keep.accounts.setup_code import in_groups, make_setup_code
from gateway.keep.folder import FolderError
from gateway.keep.own_ca import OwnCa
from gateway.keep.schema import NewerJournal
from gateway.setting_up.addresses import FIRST_BIND, own_addresses

if TYPE_CHECKING:
    from pathlib import Path


def print_code(data: Path, page: str) -> int:
    """Make a code, in the place of any old one, and print it this once, as digits and as a QR code; returns the exit code."""
    try:
        with closing(users.open_users(data)) as connection:
            if users.has_administrator(connection):
                typer.echo(
                    "This house has an administrator already, who lets others in. If nobody can sign in any more: "
                    "`gridpost users password NAME`, or `gridpost users link NAME`.",
                    err=True,
                )
                return WRONG
        code = make_setup_code(data, Clock()().utc)
    except (FolderError, NewerJournal) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except sqlite3.Error as error:
        typer.echo(f"The journal in {data} cannot be used: {error}.", err=True)
        return WRONG
    address = (page or _page(data)).rstrip("/")
    typer.echo("The set-up code of this box. It is shown this once, and is good until somebody has used it:", err=True)
    typer.echo(in_groups(code))
    if sys.stdout.isatty():
        segno.make(f"{address}/#/setup/{code}", error="m", micro=False).terminal(compact=True)
    typer.echo(f"Type it, from this box's own network, at {address}/#/setup", err=True)
    return 0


def _page(data: Path) -> str:
    """Where the page of a new box is: as `gridpost run --set-up` serves it, if it has its certificate, else on this machine."""
    if not OwnCa.of(data).exists:
        return "http://127.0.0.1:8080"
    host = own_addresses()[0]
    return f"https://{f'[{host}]' if ':' in host else host}:{FIRST_BIND.rpartition(':')[2]}"
