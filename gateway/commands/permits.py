"""`gridpost permits`: files of permits in and out of a running gateway, and a household that moves out."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from gateway.commands.bars import bar
from gateway.commands.calling import gateway_at, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.commands.calling import Gateway

PAGE = 1000
"""As many permits as one answer holds."""


class PermitsOf:
    """The permits of a gateway; each method is a command and returns its exit code."""

    def __init__(self, url: str, token_file: Path | None, *, plain_http: bool) -> None:
        self._at: Callable[[], Gateway] = lambda: gateway_at(url, token_file, plain_http=plain_http)

    def take_file(self, file: Path, reason: str, *, dry: bool) -> int:
        """Import a file, or say what that would do."""

        def work(gateway: Gateway) -> None:
            data = file.read_bytes()
            query = {"dry": "true" if dry else "", "reason": reason}
            with bar("Importing permits", None):
                said = gateway.read("POST", "permits/import", query, data, "text/csv")
            would = "would be " if dry else ""
            typer.echo(
                f"{said['rows']} rows: {said['new']} permits {would}new, {said['changed']} {would}changed, "
                f"{said['unchanged']} as they were."
            )

        return told(self._at, work)

    def give_file(self, file: Path | None) -> int:
        """Export to a file, or to standard output."""

        def work(gateway: Gateway) -> None:
            data = gateway.call("GET", "permits/export", {})
            if file is None:
                sys.stdout.buffer.write(data)
                sys.stdout.flush()
                return
            with open(file, "xb", opener=_for_us_alone) as new:
                new.write(data)

        return told(self._at, work)

    def listing(self, words: str, household: str, standing: str, *, ending: bool) -> int:
        """List permits, one in a line."""

        def work(gateway: Gateway) -> None:
            wanted = {"q": words, "household": household, "standing": standing, "ending": ending, "limit": PAGE}
            after = ""
            while after is not None:
                said = gateway.post("permits/search", {**wanted, "after": after})
                for permit in said["permits"]:
                    until = permit["valid_until"] or "for good"
                    groups = ", ".join(permit["groups"])
                    cells = permit["id"], permit["name"], permit["household"] or "staff", permit["kind"], groups
                    typer.echo("\t".join((*cells, permit["standing"], until)))
                after = said["next"]

        return told(self._at, work)

    def revoke_household(self, household: str, reason: str) -> int:
        """End every permit of a household, and say where that is not known yet."""

        def work(gateway: Gateway) -> None:
            said = gateway.post(f"households/{quote(household, safe='')}/revoke", {"reason": reason})
            typer.echo(f"{said['permits']} permits of {household} are revoked.")
            task = next((task for task in gateway.get("permits/tasks")["tasks"] if task["id"] == said["task"]), None)
            if task is None:
                return
            typer.echo(f"{task['done']} of {task['total']} controllers know.")
            for controller in task["controllers"]:
                if not controller["done"]:
                    place = " ".join(filter(None, (controller["building_name"], controller["name"])))
                    reached = "is being written" if controller["link"] == "up" else "cannot be reached"
                    typer.echo(f"{place} ({controller['device']}) {reached}: their cards still open its doors.")

        return told(self._at, work)


def _for_us_alone(path: str, flags: int) -> int:
    """It holds names, and hashes of cards."""
    return os.open(path, flags, 0o600)
