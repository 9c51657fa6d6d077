"""`gridpost tls`: a certificate authority of this box alone, and its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gateway.collect.clock import BUILT_UTC, Clock
from gateway.commands import WRONG
from gateway.keep.folder import FolderError
from gateway.keep.own_ca import NameRefused, OwnCa
from gateway.setting_up.addresses import own_addresses, own_names

if TYPE_CHECKING:
    from pathlib import Path


def make(data: Path, names: tuple[str, ...], addresses: tuple[str, ...]) -> int:
    """Make or renew it, for these names or for those that the machine has now; returns the exit code."""
    if not names and not addresses:
        names, addresses = tuple(own_names()), tuple(own_addresses())
    own_ca = OwnCa.of(data)
    try:
        data.mkdir(mode=0o700, exist_ok=True)
        own_ca.make(names, addresses, max(Clock()().utc, BUILT_UTC))
        fingerprint = own_ca.fingerprint()
    except (FolderError, NameRefused) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except OSError as error:
        typer.echo(f"The data folder {data} cannot be made: {error.strerror}.", err=True)
        return WRONG
    typer.echo(
        f"A certificate for {', '.join((*names, *addresses))} is in {own_ca.folder}. The gateway serves it on any address "
        "beyond this machine, and renews it by itself; a running one takes it with its next start.\n"
        f"Phones get the authority at /ca.crt (docs/tls.md). Its fingerprint, to compare there:\n{fingerprint}"
    )
    return 0
