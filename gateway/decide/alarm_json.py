"""Alarms as JSON: as decide remembers them and the journal keeps them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from gateway.model import Alarm, Place, Priority, Suppression

if TYPE_CHECKING:
    from drivers.contract import Json

_FIELDS = tuple(field.name for field in fields(Alarm))
_PLACE_FIELDS = tuple(field.name for field in fields(Place))


def alarm_to_json(alarm: Alarm) -> Json:
    """An alarm as decide remembers it and the journal keeps it."""
    return {name: getattr(alarm, name) for name in _FIELDS} | {
        "place": {name: getattr(alarm.place, name) for name in _PLACE_FIELDS},
        "suppression": alarm.suppression.value,
        "priority": int(alarm.priority),
    }


def alarm_from_json(body: Json) -> Alarm:
    """The inverse of `alarm_to_json`; what an older journal does not say has its default."""
    return Alarm(
        **{
            **body,
            "priority": Priority(body["priority"]),
            "place": Place(**body["place"]),
            "suppression": Suppression(body["suppression"]),
        }
    )
