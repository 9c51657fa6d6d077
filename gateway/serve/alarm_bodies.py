"""Alarms as plain JSON bodies; a test holds them against `alarm_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve.instants import iso, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.serve.layout import Layout
    from gateway.serve.standing import Stood
    from gateway.serve.views import Body


def alarm_body(layout: Layout, stood: Stood) -> Body:
    """One alarm."""
    alarm, place = stood.alarm, stood.alarm.place
    building = layout.buildings.get(place.building)
    return {
        "number": alarm.number,
        "key": alarm.key,
        "rule": alarm.rule,
        "source": alarm.source,
        "device": alarm.device,
        "priority": alarm.priority,
        "state": alarm.state.value,
        "active": alarm.active,
        "acked": alarm.acked,
        "latched": alarm.latched,
        "suppression": alarm.suppression.value,
        "occurrences": alarm.occurrences,
        "value": alarm.value,
        "why": alarm.why,
        "since": iso(alarm.since_utc),
        "since_trusted": alarm.since_trusted,
        "changed": iso(alarm.changed_utc),
        "acked_by": alarm.acked_by,
        "note": alarm.note,
        "orphaned": alarm.orphaned,
        "simulated": alarm.simulated,
        "test": alarm.test,
        "trial": alarm.trial,
        "verdict": alarm.verdict,
        "verdict_by": alarm.verdict_by,
        "spared_by": alarm.spared_by,
        "spared_why": alarm.spared_why,
        "spared_until": moment(alarm.spared_until_utc),
        "chattering": alarm.chattering,
        "raises": alarm.raises,
        "stale": alarm.stale,
        "recorded": stood.recorded,
        "place": {
            "building": place.building,
            "building_name": building.name if building else "",
            "unit": place.unit,
            "name": place.name,
            "grid": place.grid,
        },
    }


def worst_first(layout: Layout, alarms: Iterable[Stood]) -> list[Body]:
    """These alarms: suppressed ones last, then the worst, the unanswered, the newest first."""

    def urgency(each: Stood) -> tuple[bool, int, bool, float]:
        return not each.open, each.alarm.priority, each.alarm.acked, -each.alarm.since_utc

    return [alarm_body(layout, each) for each in sorted(alarms, key=urgency)]
