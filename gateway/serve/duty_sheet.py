"""Who is on duty, and the hand-over sheet of a grid, as plain bodies; a test holds them against `duty_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.decide.people.week import DAY_MINUTES, DAYS
from gateway.serve.alarm_bodies import worst_first
from gateway.serve.instants import iso, moment
from gateway.serve.views import sees_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.people.rules import GridRules
    from gateway.duty import Shift
    from gateway.serve.duty_keeper import Staff
    from gateway.serve.house import House
    from gateway.serve.views import Body, Scope

_DOWN = (Link.LOST, Link.MISCONFIGURED)


def duty_body(staff: Staff, grid: GridRules) -> Body:
    """A grid, and who is on duty in it."""
    duty = staff.on_duty(grid.id)
    stint = staff.stints.get(duty.grid)
    following = staff.following(duty.grid) if stint is not None else None
    running = {shift.id: shift.name for shift in staff.shifts(duty.grid)}
    shift = {
        "name": running.get(duty.shift_id, ""),
        "begins": iso(duty.begins_utc),
        "ends": iso(duty.ends_utc),
        "person": somebody(staff, duty.person),
    }
    own = staff.stints.get(grid.id)
    return {
        "grid": grid.id,
        "name": grid.name,
        "code": grid.code,
        "level": grid.level,
        "kind": grid.kind,
        "parent": grid.parent,
        "roster_of": duty.grid if stint is not None else "",
        "shift": shift if stint is not None else None,
        "deputy": somebody(staff, duty.deputy),
        "responsible": somebody(staff, duty.responsible),
        "awaited": duty.awaited,
        "late": duty.late,
        "following": None
        if following is None
        else {
            "name": following.shift.name,
            "begins": iso(following.begins_utc),
            "ends": iso(following.ends_utc),
            "person": somebody(staff, staff.by_roster(following.shift)),
        },
        "note": None
        if own is None or not own.note_utc
        else {"text": own.note, "by": own.note_by, "at": iso(own.note_utc)},
        "team": {role: [somebody(staff, one) for one in several] for role, several in staff.team(grid.id).items()},
        "shifts": [_shift(shift) for shift in staff.shifts(grid.id)],
    }


def somebody(staff: Staff, person: str) -> Body | None:
    """Somebody, or a department ("department:gas"), by name; None for nobody."""
    if not person:
        return None
    known = staff.persons.get(person) or staff.departments.get(person.removeprefix("department:"))
    return {"id": person, "name": person if known is None else known.name}


def sheet_body(house: House, grid: GridRules) -> Body:
    """What whoever takes the grid over must know."""
    scope, views = frozenset({grid.id}), house.hub.views
    return {
        "duty": duty_body(house.duty.staff, grid),
        "now": iso(house.now().utc),
        "alarms": worst_first(views.layout, (each for each in views.standing if sees_alarm(scope, each))),
        "incidents": list(_incidents(house, grid.id)),
        "outages": list(_outages(house, scope)),
        "trials": list(_trials(house, scope)),
        "walk_tests": list(_walk_tests(house, grid.id)),
        "doors_free": [_door(body) for body in house.doors.bodies(scope) if body["mode"] == "free"],
        "lines": list(_lines(house, scope)),
    }


def _shift(shift: Shift) -> Body:
    ends = shift.from_minute + shift.minutes
    return {
        "id": shift.id,
        "name": shift.name,
        "days": [DAYS[day] for day in sorted(shift.days)],
        "from": _clock(shift.from_minute),
        "to": _clock(ends if ends <= DAY_MINUTES else ends - DAY_MINUTES),
        "person": shift.person,
        "deputy": shift.deputy,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _entry(name: str, what: str, where: str, since_utc: float = 0.0, until_utc: float = 0.0) -> Body:
    return {"id": name, "what": what, "where": where, "since": moment(since_utc), "until": moment(until_utc)}


def _incidents(house: House, grid: str) -> Iterator[Body]:
    desk, layout = house.incidents, house.hub.views.layout
    for incident in desk.keeper.known.values():
        if incident.open and incident.place.grid == grid:
            category = desk.rules().categories.get(incident.category)
            what = incident.category if category is None else category.name
            yield _entry(str(incident.number), what, layout.in_words(incident.place), incident.opened_utc)


def _outages(house: House, scope: Scope) -> Iterator[Body]:
    layout = house.hub.views.layout
    for detector, outage in house.answering.outages.items():
        place = house.detectors.place(scope, detector)
        if place is not None:
            where = layout.in_words(layout.devices[detector].place)
            yield _entry(detector, place.kind, where, outage.since_utc, outage.until_utc)


def _trials(house: House, scope: Scope) -> Iterator[Body]:
    views = house.hub.views
    for trial in house.safety.trials.values():
        if views.sees_building(scope, trial.building):
            name = views.layout.buildings[trial.building].name
            yield _entry(trial.building, "trial", name, trial.began_utc, trial.until_utc)


def _walk_tests(house: House, grid: str) -> Iterator[Body]:
    layout = house.hub.views.layout
    for test in house.detector_keeper.detectors.walk_tests.walks.values():
        here = [detector for detector in test.detectors if layout.grid_of(detector) == grid]
        if test.ended_utc is None and here:
            where = layout.in_words(layout.devices[here[0]].place)
            yield _entry(test.id, str(len(here)), where, test.began_utc, test.ends_utc)


def _door(body: Body) -> Body:
    where = " ".join(filter(None, (body["building_name"], body["entrance"], body["name"])))
    return _entry(body["id"], body["name"], where)


def _lines(house: House, scope: Scope) -> Iterator[Body]:
    views, latest = house.hub.views, house.latest
    devices: dict[str, list[Link]] = {}
    for device in views.others_seen(scope):
        held = latest.devices[device]
        devices.setdefault(held.line, []).append(held.link)
    for name, links in devices.items():
        line = latest.lines.get(name)
        down = line is not None and line.link in _DOWN
        lost = len(links) if down else sum(link in _DOWN for link in links)
        if lost:
            yield {"id": name, "down": down, "devices": lost}
