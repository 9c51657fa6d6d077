"""What a county platform is told of an incident: never a name, a telephone number, or anything that a person typed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.model import LogRow

ITS_OWN = "county"
"""What the platform said itself is not told back to it."""


class Message(NamedTuple):
    """A message: its name, the same however often it is sent, and its body."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What the platform calls things: codes and names by category, names of buildings, codes of grids."""

    compound: str
    categories: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    buildings: Mapping[str, str] = field(default_factory=dict)
    grids: Mapping[str, str] = field(default_factory=dict)


def message_of(row: LogRow, words: Words) -> Message | None:
    """The message of a log row of kind "incident"; None for what is not told.

    Raises KeyError, TypeError or ValueError for a row in a form that nobody here writes.
    """
    said = row.body
    if said["what"] == ITS_OWN:
        return None
    incident = said["incident"]
    text = json.dumps(incident, sort_keys=True, ensure_ascii=False)
    name = f"{incident['external_id']}.{incident['revision']}.{sha256(text.encode()).hexdigest()[:8]}"
    code, title = words.categories.get(incident["category"], ("", incident["category"]))
    place = incident["place"]
    body: Json = {
        "message": name,
        "compound": words.compound,
        "what": said["what"],
        "at": _moment(row.utc),
        "incident": {
            "id": incident["external_id"],
            "revision": incident["revision"],
            "state": incident["state"],
            "priority": incident["priority"],
            "category": {"code": code, "name": title},
            "place": {
                "grid": words.grids.get(place["grid"]) or place["grid"],
                "building": place["building"],
                "building_name": words.buildings.get(place["building"], ""),
                "unit": place["unit"],
                "name": place["name"],
            },
            "opened": _moment(incident["opened_utc"]),
            "cause": incident["cause"],
            "photos": len(incident["photos"]),
            "returned": incident["returned"],
            "extended": incident["extended"],
            "merged_into": said.get("into_id", ""),
            "limits": [
                {"stage": each["stage"], "due": _moment(each["due_utc"]), "percent": each["percent"]}
                for each in incident["running"]
            ],
            "departments": [
                {
                    "id": each["department"],
                    "called": _moment(each["at_utc"]),
                    "answered": _moment(each["answered_utc"]),
                    "arrived": _moment(each["arrived_utc"]),
                }
                for each in incident["called_in"]
            ],
            "simulated": incident["simulated"],
        },
    }
    return Message(name, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def _moment(utc: float) -> str | None:
    """RFC 3339 in UTC, to the second; None for what has not happened."""
    return None if not utc else datetime.fromtimestamp(utc, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
