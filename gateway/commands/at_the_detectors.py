"""`gridpost sensors` and `gridpost detectors`: what a person can type about the detectors of a running gateway."""

# ruff: noqa: FBT002 - the options of a command line
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.commands.at_the_doors import GATEWAY, PlainHttp, TokenFile, Url

sensors = typer.Typer(help="The sensors of a running gateway.", no_args_is_help=True)
detectors = typer.Typer(help="Where sensors hang, at a running gateway.", no_args_is_help=True)

SensorFile = Annotated[
    Path,
    typer.Argument(help="The supplier's list as CSV: address,key,product,label,detector. Delete it once it is in."),
]
State = Literal[
    "", "unmounted", "unknown", "heard", "late", "lost", "missing", "alarm", "battery_low", "fault", "under_test"
]


@sensors.command("import")
def sensors_import(
    file: SensorFile,
    dry: Annotated[bool, typer.Option("--dry", help="Only say what it would do.")] = False,
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Import sensors with their keys, all or nothing; every row that is wrong is listed, and no key."""
    from gateway.commands.sensors import SensorsOf

    raise typer.Exit(SensorsOf(url, token_file, plain_http=plain_http).take_file(file, dry=dry))


@sensors.command("list")
def sensors_list(
    words: Annotated[str, typer.Argument(help="Only those with this in address, label or product.")] = "",
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """List the sensors that hang nowhere: address, product, label."""
    from gateway.commands.sensors import SensorsOf

    raise typer.Exit(SensorsOf(url, token_file, plain_http=plain_http).stock(words))


@detectors.command("list")
def detectors_list(
    words: Annotated[str, typer.Argument(help="Only those with this in id, name, building, or on the sensor.")] = "",
    building: Annotated[str, typer.Option(help="Only those of this building.")] = "",
    state: Annotated[
        State, typer.Option(help="Only those that are so; missing: unknown, late or lost.", show_default=False)
    ] = "",
    url: Url = GATEWAY,
    token_file: TokenFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """List detectors: id, place, state; and what hangs there, its battery, its signal, and who hears it."""
    from gateway.commands.sensors import SensorsOf

    raise typer.Exit(SensorsOf(url, token_file, plain_http=plain_http).detectors(words, building, state))
