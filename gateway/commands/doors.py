"""`gridpost doors`: the doors of a running gateway, and a controller that was replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from gateway.commands.calling import Gateway, gateway_at, told

if TYPE_CHECKING:
    from pathlib import Path


def listing(url: str, token_file: Path | None, *, plain_http: bool) -> int:
    """List doors, one in a line."""

    def work(gateway: Gateway) -> None:
        for door in gateway.get("doors")["doors"]:
            place = " ".join(filter(None, (door["building_name"], door["entrance"], door["name"])))
            leaf = {True: "open", False: "closed", None: "unknown"}[door["open"]]
            state = leaf if door["fresh"] else f"{leaf} when last heard ({door['link']})"
            typer.echo("\t".join((door["id"], place, state, door["table"]["state"], door["standing"])))

    return told(lambda: gateway_at(url, token_file, plain_http=plain_http), work)


def replace(device: str, serial: str, reason: str, url: str, token_file: Path | None, *, plain_http: bool) -> int:
    """Accept the serial number of a new controller."""

    def work(gateway: Gateway) -> None:
        said = gateway.post(f"devices/{quote(device, safe='')}/serial", {"serial": serial, "reason": reason})
        typer.echo(
            f"{said['device']} is now the controller {said['serial']}. Its doors are in service again once it has its "
            "permits; `gridpost doors list` shows that."
        )

    return told(lambda: gateway_at(url, token_file, plain_http=plain_http), work)
