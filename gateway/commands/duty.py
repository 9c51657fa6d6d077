"""`gridpost notify-test`: ring whoever is on duty, and say what became of each message."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from gateway.commands import WRONG
from gateway.commands.calling import CallError, gateway_at, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Json
    from gateway.commands.calling import Gateway

LOOK_SECONDS = 0.5
RECEIPT_SECONDS = 10.0
"""How long a receipt is waited for once everything has left: many channels have none."""

_OUT = frozenset({"sent", "folded", "delivered", "answered"})
_SETTLED = frozenset({"delivered", "answered", "failed", "withdrawn"})


class NotifyTest:
    """A test call at a gateway. `seconds` is how long it is waited for what does not leave."""

    def __init__(self, url: str, token_file: Path | None, *, plain_http: bool, seconds: float) -> None:
        self._at: Callable[[], Gateway] = lambda: gateway_at(url, token_file, plain_http=plain_http)
        self._seconds = seconds
        self._reached = True

    def run(self, grid: str) -> int:
        """Ring one grid, or every grid that has a roster; returns the exit code: 0 when everybody could be reached."""

        def work(gateway: Gateway) -> None:
            grids = self._grids(gateway, grid)
            rung = [(each["name"], self._rung(gateway, each)) for each in grids]
            for name, call in rung:
                if call is not None:
                    self._tell(gateway, name, call)

        return told(self._at, work) or (0 if self._reached else WRONG)

    def _grids(self, gateway: Gateway, grid: str) -> list[Mapping[str, Json]]:
        known = gateway.get("duty")["grids"]
        grids = [each for each in known if (each["grid"] == grid if grid else each["roster_of"] == each["grid"])]
        if not grids:
            seen = ", ".join(each["grid"] for each in known)
            raise CallError(f"There is no grid {grid!r}; there are: {seen}." if grid else "No grid has a roster.")
        return grids

    def _rung(self, gateway: Gateway, grid: Mapping[str, Json]) -> Json | None:
        try:
            return gateway.post(f"duty/{quote(grid['grid'], safe='')}/ring", {})
        except CallError as refused:  # nobody on duty in one grid is no reason not to ring the others
            self._reached = False
            typer.echo(f"{grid['name']}\t{refused}", err=True)
            return None

    def _tell(self, gateway: Gateway, name: str, rung: Mapping[str, Json]) -> None:
        names = {one["id"]: one["name"] for one in rung["called"]}
        messages = self._fates(gateway, rung["test"])
        for message in messages:
            said = name, message["person"]["name"], message["channel"], message["fate"], message["why"]
            typer.echo("\t".join(filter(None, said)))
        for person in sorted(names.keys() - _reached(messages)):
            self._reached = False
            typer.echo(f"{name}\t{names[person]}\tcould not be reached", err=True)

    def _fates(self, gateway: Gateway, test: int) -> Sequence[Mapping[str, Json]]:
        """What became of the messages of a test, once none waits any more or the time is over."""
        began = time.monotonic()
        left: float | None = None
        while True:
            messages: Sequence[Mapping[str, Json]] = gateway.get(f"duty/tests/{test}")["messages"]
            fates, passed = {message["fate"] for message in messages}, time.monotonic() - began
            if not fates or "waiting" in fates:
                left = None
            elif left is None:
                left = passed
            heard = left is not None and (fates <= _SETTLED or passed - left >= RECEIPT_SECONDS)
            if heard or (left is None and passed >= self._seconds):
                return messages
            time.sleep(LOOK_SECONDS)


def _reached(messages: Iterable[Mapping[str, Json]]) -> set[str]:
    return {message["person"]["id"] for message in messages if message["fate"] in _OUT}
