"""Permits, groups and schedules as decide remembers them: one key for each, so that one change writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.permit import Credential, DoorGroup, Permit, Schedule, Standing

if TYPE_CHECKING:
    from drivers.contract import Json

PERMIT = "permit:"
GROUP = "permit_group:"
SCHEDULE = "permit_schedule:"
TABLE = "permit_table:"
SLOTS = "permit_slots:"
TASK = "permit_task:"
NUMBERS = "permit_numbers"
"""The next number of a permit and of a task."""
CALENDAR = "permit_calendar"
"""The year and the zone that tables were last made for."""


def permit_to_json(permit: Permit) -> Json:
    """All but the id; what a permit does not use is left out."""
    body: dict[str, Json] = {
        "person": permit.person,
        "name": permit.name,
        "household": permit.household,
        "credential": permit.credential,
        "kind": permit.kind.value,
        "groups": list(permit.groups),
        "schedule": permit.schedule,
        "from": permit.from_utc,
        "until": permit.until_utc,
        "standing": permit.standing.value,
        "visitor": permit.visitor,
        "note": permit.note,
    }
    return {key: value for key, value in body.items() if value}


def permit_from_json(permit: str, body: Json) -> Permit:
    """The inverse of `permit_to_json`."""
    return Permit(
        permit,
        person=body.get("person", ""),
        name=body.get("name", ""),
        household=body.get("household", ""),
        credential=body["credential"],
        kind=Credential(body["kind"]),
        groups=tuple(body.get("groups", ())),
        schedule=body.get("schedule", ""),
        from_utc=body.get("from", 0.0),
        until_utc=body.get("until", 0.0),
        standing=Standing(body["standing"]),
        visitor=body.get("visitor", False),
        note=body.get("note", ""),
    )


def group_to_json(group: DoorGroup) -> Json:
    """All but the id."""
    return {"name": group.name, "doors": list(group.doors)}


def group_from_json(group: str, body: Json) -> DoorGroup:
    """The inverse of `group_to_json`."""
    return DoorGroup(group, body["name"], tuple(body["doors"]))


def schedule_to_json(schedule: Schedule, index: int) -> Json:
    """All but the id, with the index that it has in every controller's table."""
    days = {kind: [list(span) for span in spans] for kind, spans in schedule.days.items()}
    return {"index": index, "name": schedule.name, "days": days}


def schedule_from_json(schedule: str, body: Json) -> tuple[Schedule, int]:
    """The inverse of `schedule_to_json`."""
    days = {kind: tuple((start, end) for start, end in spans) for kind, spans in body["days"].items()}
    return Schedule(schedule, body["name"], days), body["index"]
