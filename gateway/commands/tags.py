"""`gridpost tags`: who may charge, at a running gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from gateway.commands.calling import gateway_at, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.contract import Json
    from gateway.commands.calling import Gateway

PAGE = "1000"
"""As many of them as one answer holds."""


class TagsOf:
    """The tags of a gateway; each method is a command and returns its exit code."""

    def __init__(self, url: str, token_file: Path | None, *, plain_http: bool) -> None:
        self._at: Callable[[], Gateway] = lambda: gateway_at(url, token_file, plain_http=plain_http)

    def take_file(self, file: Path, reason: str, *, dry: bool) -> int:
        """Import a file, or say what that would do."""

        def work(gateway: Gateway) -> None:
            query = {"dry": "true" if dry else "", "reason": reason}
            said = gateway.read("POST", "charging/tags/import", query, file.read_bytes(), "text/csv")
            would = "would be " if dry else ""
            typer.echo(
                f"{said['rows']} rows: {said['new']} tags {would}new, {said['changed']} {would}changed, "
                f"{said['unchanged']} as they were."
            )

        return told(self._at, work)

    def listing(self, words: str) -> int:
        """List tags, one in a line."""

        def work(gateway: Gateway) -> None:
            after = ""
            while after is not None:
                said = gateway.get("charging/tags", q=words, limit=PAGE, after=after)
                for tag in said["tags"]:
                    typer.echo("\t".join(_cells(tag)))
                after = said["next"]

        return told(self._at, work)

    def drop(self, tag: str, reason: str) -> int:
        """Forget a tag by its hash."""

        def work(gateway: Gateway) -> None:
            body = json.dumps({"reason": reason}).encode()
            gateway.read("DELETE", f"charging/tags/{quote(tag, safe='')}", {}, body, "application/json")
            typer.echo(f"{tag} may charge no more.")

        return told(self._at, work)


def _cells(tag: Json) -> tuple[str, ...]:
    """Hash, label, until when, whether it is blocked, and the note."""
    return tag["hash"], tag["label"], tag["until"] or "", "blocked" if tag["blocked"] else "", tag["note"]
