"""`gridpost permits` and `gridpost doors`: what a person can type about the doors of a running gateway."""

# ruff: noqa: FBT002 - the options of a command line
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

permits = typer.Typer(help="Who may open what, at a running gateway.", no_args_is_help=True)
doors = typer.Typer(help="The doors of a running gateway.", no_args_is_help=True)

Url = Annotated[str, typer.Option(help="The gateway's address.")]
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", help="A file with your access token; without it GRIDPOST_TOKEN has it.")
]
PlainHttp = Annotated[bool, typer.Option("--plain-http", help="Speak to another machine in clear.")]
Reason = Annotated[str, typer.Option(help="Why; it is journalled.")]
GATEWAY = "http://127.0.0.1:8080"


@permits.command("import")
def permits_import(
    file: Annotated[Path, typer.Argument(help="Permits as CSV, as a spreadsheet writes it.")],
    dry: Annotated[bool, typer.Option("--dry", help="Only say what it would do.")] = False,
    reason: Reason = "",
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Import permits, all or nothing; every row that is wrong is listed."""
    from gateway.commands.permits import PermitsOf

    raise typer.Exit(PermitsOf(url, token_file, plain_http=plain_http).take_file(file, reason, dry=dry))


@permits.command("export")
def permits_export(
    file: Annotated[Path | None, typer.Argument(help="A new file; without it standard output.")] = None,
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Export every valid permit as CSV that can be imported again; cards and codes as hashes."""
    from gateway.commands.permits import PermitsOf

    raise typer.Exit(PermitsOf(url, token_file, plain_http=plain_http).give_file(file))


@permits.command("list")
def permits_list(
    words: Annotated[str, typer.Argument(help="Only those with this in name, household or note.")] = "",
    household: Annotated[str, typer.Option(help="Only those of this household, such as b3-2-501.")] = "",
    standing: Annotated[str, typer.Option(help="valid, revoked, blocked or all.")] = "valid",
    ending: Annotated[bool, typer.Option("--ending", help="Only those that end within days.")] = False,
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """List permits."""
    from gateway.commands.permits import PermitsOf

    of = PermitsOf(url, token_file, plain_http=plain_http)
    raise typer.Exit(of.listing(words, household, standing, ending=ending))


@permits.command("revoke-household")
def permits_revoke_household(
    household: Annotated[str, typer.Argument(help="building-entrance-flat, such as b3-2-501.")],
    reason: Annotated[str, typer.Option(help="Why; it is journalled.", prompt=True)],
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """End every permit and code of a household, and say which controllers do not know yet."""
    from gateway.commands.permits import PermitsOf

    raise typer.Exit(PermitsOf(url, token_file, plain_http=plain_http).revoke_household(household, reason))


@doors.command("list")
def doors_list(url: Url = GATEWAY, token_file: TokenFile = None, plain_http: PlainHttp = False) -> None:
    """List doors: id, place, leaf, permits, standing."""
    from gateway.commands.doors import listing

    raise typer.Exit(listing(url, token_file, plain_http=plain_http))


@doors.command("replace")
def doors_replace(
    device: Annotated[str, typer.Argument(help="The device whose controller was replaced.")],
    serial: Annotated[str, typer.Argument(help="The serial number of the new one.")],
    reason: Annotated[str, typer.Option(help="Why; it is journalled.", prompt=True)],
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Accept a new controller: its doors keep their names and history, the old one is reported if it comes back."""
    from gateway.commands.doors import replace

    raise typer.Exit(replace(device, serial, reason, url, token_file, plain_http=plain_http))
