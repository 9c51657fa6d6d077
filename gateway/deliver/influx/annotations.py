"""Alarms, ended commands and device events as line protocol, to be laid over the curves of a dashboard.

Nothing here names a person: no actor, no note, no card, none of what a command was given or an event holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.deliver.outlet import ALARM, COMMAND, EVENT
from gateway.keep.lines import NOWHERE, line_of, prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.keep.lines import Said
    from gateway.model import LogRow, Place

MEASUREMENTS = {ALARM: "gridpost_alarm", COMMAND: "gridpost_command", EVENT: "gridpost_event"}
SIMULATED = "【模拟】"


class Annotator:
    """Writes rows of the journal's log as lines, one each."""

    def __init__(self, compound: str, place: Callable[[str], Place], *, simulated: bool) -> None:
        self._compound = compound
        self._place = place
        self._simulated = simulated

    def line(self, lane: str, row: LogRow) -> bytes:
        """The line of a row of this lane, with its newline."""
        write = {ALARM: self._alarm, COMMAND: self._command, EVENT: self._event}[lane]
        tags, fields, text = write(row)
        marked = {"simulated": "true"} if self._simulated else {}
        told = {**fields, "text": SIMULATED + text if self._simulated else text}
        line, _, _ = line_of(prefix(MEASUREMENTS[lane], {**tags, **marked}), told, _utc_ns(row))
        return line

    def _alarm(self, row: LogRow) -> tuple[Mapping[str, str], Mapping[str, Said], str]:
        alarm, change = row.body["alarm"], row.body["change"]
        place = alarm["place"]
        tags = {
            "building": place["building"] or NOWHERE,
            "compound": self._compound,
            "grid": place["grid"] or NOWHERE,
            "priority": str(alarm["priority"]),
            "rule": alarm["rule"],
        }
        fields = {
            "number": alarm["number"],
            "change": change,
            "source": alarm["source"],
            "active": alarm["active"],
            "acked": alarm["acked"],
            "value": "" if alarm["value"] is None else str(alarm["value"]),
            "why": alarm["why"],
        }
        return tags, fields, f"P{alarm['priority']} {alarm['source']} {alarm['rule']} {change}"

    def _command(self, row: LogRow) -> tuple[Mapping[str, str], Mapping[str, Said], str]:
        name, outcome = row.body["name"], row.body["outcome"]
        fields = {"number": row.body["id"], "why": row.body["why"]}
        return {**self._where(row), "name": name, "outcome": outcome}, fields, f"{row.subject} {name} {outcome}"

    def _event(self, row: LogRow) -> tuple[Mapping[str, str], Mapping[str, Said], str]:
        kind = row.body["kind"]
        fields = {"sequence": row.body["sequence"], "epoch": row.body["epoch"]}
        return {**self._where(row), "kind": kind}, fields, f"{row.subject} {kind}"

    def _where(self, row: LogRow) -> dict[str, str]:
        place = self._place(row.subject)
        return {
            "building": place.building or NOWHERE,
            "compound": self._compound,
            "device": row.subject,
            "grid": place.grid or NOWHERE,
        }


def _utc_ns(row: LogRow) -> int:
    """When it was written down, to the microsecond; below that the row's number.

    Rows of one walk down the road share their time, and in the same series the later would overwrite the earlier.
    """
    return int(row.utc * 1e6) * 1000 + row.seq % 1000
