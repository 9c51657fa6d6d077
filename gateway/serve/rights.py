"""Who may ask for what: the table route x role. A route that stands in no row is refused.

The table is about routes. Two finer rules stand where the facts are: an actor bound to grids sees and works only what is in
them (`gateway/serve/views.py`), and decide judges every act once more (`gateway/decide/acts.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.actor import Role
from gateway.serve.right import (
    ACTS,
    ADMINISTERS,
    ALL,
    ANSWERS,
    AUDITS,
    COMMANDS,
    INSTALLS,
    KEEPS,
    OWN,
    PEOPLE,
    PERMITS,
    WATCHES,
    Right,
)

_ANYONE = Right(None, why="holds nothing of the compound")
_SIGN_IN = Right(None, why="this is how one signs in; wrong passwords and codes are slowed")
_LINK = Right(None, why="the one-time link itself is the proof; wrong ones are slowed and recorded")
_LOOK = Right(ALL, why="what the page shows; limited to the actor's grids", scope="read")
_LINES = Right(WATCHES, why="names addresses of the building network", scope="read")
_AUDIT = Right(AUDITS, why="the journal's log: who did what; limited to the actor's grids", scope="audit")
_EXPORT = Right(
    AUDITS, why="the past in bulk, to be taken out of the house; limited to the actor's grids", scope="read"
)
_ANSWER = Right(ANSWERS, why="whoever goes there; limited to the actor's grids", scope="answer")
_COMMAND = Right(COMMANDS, why="moves something in the world", scope="operate")
_PEOPLE = Right(PEOPLE, why="names people; limited to the actor's grids", scope="people")
_PERMIT = Right(PERMITS, why="lets people in; limited to the actor's grids", scope="people")
_DOORS = Right(ANSWERS, why="which doors and hours there are to permit; names nobody", scope="read")
_PROGRESS = Right(WATCHES, why="how far each controller is; names nobody", scope="read")
_GROUP = Right(COMMANDS, why="which doors are permitted together; limited to the actor's grids", scope="people")
_REPORT = Right(WATCHES, why="names who tested; limited to the actor's grids", scope="read")
_SENSORS = Right(COMMANDS, why="which sensor hangs where; limited to the actor's grids", scope="configure")
_TEST = Right(
    ANSWERS, why="whoever goes there with a test gas or a battery; limited to the actor's grids", scope="operate"
)
_INSTALL = Right(INSTALLS, why="whoever stands at the door with the tools", scope="configure")
_OUTAGE = Right(ANSWERS, why="decide wants two persons; limited to the actor's grids", scope="operate")
_FIGURES = Right(AUDITS, why="how each grid and each person fares; limited to the actor's grids", scope="people")
_LOCKER = Right(
    ANSWERS, why="whoever goes there; decide knows what it leads to; limited to the actor's grids", scope="operate"
)
_STOP = Right(ANSWERS, why="whoever sees it burn; limited to the actor's grids", scope="operate")
_LIFT = Right(ANSWERS, why="whoever went there and looked; limited to the actor's grids", scope="operate")
_COURIER = Right(PERMITS, why="keeps room for couriers; limited to the actor's grids", scope="people")
_TRIAL = Right(COMMANDS, why="disarms what follows by itself; limited to the actor's grids", scope="operate")
_DRILL = Right(ANSWERS, why="whoever held it; limited to the actor's grids", scope="answer")
_TABLE = Right(WATCHES, why="names devices; the same table for everybody", scope="read")
_DUTY = Right(ANSWERS, why="names who is on duty; limited to the actor's grids", scope="answer")
_INCIDENT = Right(
    ANSWERS, why="whoever goes there; decide knows which step is whose; limited to the actor's grids", scope="answer"
)
_STAFF = Right(ANSWERS, why="names the staff; how they are reached only to those who keep them", scope="people")
_ROSTER = Right(PERMITS, why="says who works here and when; limited to the actor's grids", scope="people")
_AWAY = Right(
    ANSWERS, why="decide lets everybody say it of himself, and of others only those who keep the staff", scope="people"
)
_PERSON = Right(PERMITS, why="all that is kept of one person; limited to the actor's grids", scope="people")
_ERASE = Right(ADMINISTERS, why="forgets a person for good", scope="people")
_ERASURES = Right(PERMITS | {Role.AUDITOR}, why="that somebody was forgotten; names nobody", scope="audit")
_CHAIN = Right(
    frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    why="who did what, of the whole house; changes nothing",
    scope="audit",
)
_ASSIST = Right(PERMITS, why="decide wants two persons; limited to the actor's grids", scope="audit")
_SET_UP = Right(INSTALLS, why="says what the box is to watch; only for who is bound to no grid", scope="configure")
_BOX = Right(KEEPS, why="what the box runs on; holds nothing of the compound", scope="read")
_WORK_BOX = Right(INSTALLS, why="works the box itself; only for who is bound to no grid", scope="configure")
_LABEL = Right(COMMANDS, why="which things there are to be labelled; limited to the actor's grids", scope="configure")
_TAGS = Right(PERMITS, why="says who may charge; no tag is told in clear", scope="people")
_OWN = Right(ALL, why="one's own account", scope=OWN)
_OWN_WAY = Right(ACTS, why="one's own account; an auditor opens no door and needs no phone", scope=OWN)
_USERS = Right(
    ADMINISTERS,
    why="says who comes in, and with what; limited to the actor's grids, and never to oneself",
    scope="configure",
)

RIGHTS: Final[dict[tuple[str, str], Right]] = {
    ("GET", "/"): _ANYONE,
    ("GET", "/assets/{name}"): _ANYONE,
    ("GET", "/manifest.webmanifest"): _ANYONE,
    ("GET", "/service-worker.js"): _ANYONE,
    ("GET", "/a.css"): _ANYONE,
    ("GET", "/a/{token}"): _LINK,
    ("POST", "/a/{token}"): _LINK,
    ("GET", "/healthz"): _ANYONE,
    ("GET", "/readyz"): _ANYONE,
    ("GET", "/metrics"): Right(
        ALL, loopback=True, why="counts only; a collector on this machine needs no token", scope="read"
    ),
    ("GET", "/api/docs"): _ANYONE,
    ("GET", "/api/docs.css"): _ANYONE,
    ("GET", "/api/openapi.json"): _ANYONE,
    ("POST", "/api/v1/session"): _SIGN_IN,
    ("DELETE", "/api/v1/session"): Right(ALL, why="everybody may sign out", scope="read"),
    ("GET", "/api/v1/me"): Right(ALL, why="says who one is", scope="read"),
    ("PUT", "/api/v1/me/password"): _OWN,
    ("PUT", "/api/v1/me/pin"): _OWN_WAY,
    ("GET", "/api/v1/me/sessions"): _OWN,
    ("DELETE", "/api/v1/me/sessions"): _OWN,
    ("DELETE", "/api/v1/me/sessions/{session}"): _OWN,
    ("POST", "/api/v1/me/phone"): _OWN_WAY,
    ("GET", "/api/v1/me/tokens"): _OWN,
    ("POST", "/api/v1/me/tokens"): _OWN_WAY,
    ("DELETE", "/api/v1/me/tokens/{token}"): _OWN,
    ("GET", "/api/v1/users"): _USERS,
    ("POST", "/api/v1/users"): _USERS,
    ("PUT", "/api/v1/users/{user}"): _USERS,
    ("DELETE", "/api/v1/users/{user}"): _USERS,
    ("POST", "/api/v1/users/{user}/invite"): _USERS,
    ("POST", "/api/v1/users/{user}/lost-phone"): _USERS,
    ("DELETE", "/api/v1/users/{user}/sessions"): _USERS,
    ("GET", "/api/v1/screens"): _USERS,
    ("POST", "/api/v1/screens"): _USERS,
    ("POST", "/api/v1/screens/{screen}/invite"): _USERS,
    ("DELETE", "/api/v1/screens/{screen}"): _USERS,
    ("GET", "/api/v1/setup"): Right(
        None, why="strangers are told whether the box waits for its set-up code, and near the box alone"
    ),
    ("POST", "/api/v1/setup/begin"): Right(
        None, why="the set-up code is the proof, near the box alone; wrong ones are slowed, and it is good once"
    ),
    ("PUT", "/api/v1/setup/clock"): _SET_UP,
    ("PUT", "/api/v1/setup/compound"): _SET_UP,
    ("PUT", "/api/v1/setup/buildings"): _SET_UP,
    ("PUT", "/api/v1/setup/grids"): _SET_UP,
    ("PUT", "/api/v1/setup/people"): _SET_UP,
    ("PUT", "/api/v1/setup/channel"): _SET_UP,
    ("PUT", "/api/v1/setup/backup"): _SET_UP,
    ("POST", "/api/v1/setup/{step}/skip"): _SET_UP,
    ("POST", "/api/v1/setup/channel/prove"): _SET_UP,
    ("GET", "/api/v1/setup/channel/proofs/{number}"): _SET_UP,
    ("POST", "/api/v1/setup/channel/proofs/{number}"): _SET_UP,
    ("POST", "/api/v1/setup/finish"): _SET_UP,
    ("GET", "/api/v1/system"): _BOX,
    ("POST", "/api/v1/system/reload"): _WORK_BOX,
    ("POST", "/api/v1/system/backup"): _WORK_BOX,
    ("GET", "/ca.crt"): _ANYONE,
    ("GET", "/api/v1/labels"): _LABEL,
    ("GET", "/api/v1/labels/{label}"): _LOOK,
    ("POST", "/api/v1/labels/{label}/arrive"): _INCIDENT,
    ("GET", "/api/v1/overview"): _LOOK,
    ("GET", "/api/v1/buildings/{building}"): _LOOK,
    ("GET", "/api/v1/devices"): _LOOK,
    ("GET", "/api/v1/devices/{device}"): _LOOK,
    ("GET", "/api/v1/devices/{device}/points/{key}"): _LOOK,
    ("GET", "/api/v1/devices/{device}/points/{key}/history"): _LOOK,
    ("GET", "/api/v1/devices/{device}/export"): _EXPORT,
    ("GET", "/api/v1/devices/{device}/points/{key}/export"): _EXPORT,
    ("GET", "/api/v1/history"): _LOOK,
    ("GET", "/api/v1/history/export"): _EXPORT,
    ("GET", "/api/v1/device-health"): _LOOK,
    ("GET", "/api/v1/device-health/beats"): _LOOK,
    ("GET", "/api/v1/works"): _LOOK,
    ("POST", "/api/v1/devices/{device}/commands/{name}"): Right(
        ACTS,
        why="decide knows by what a command does who may do it (docs/doors.md), and a refusal is a row of the audit",
        scope="operate",
    ),
    ("POST", "/api/v1/devices/{device}/serial"): _INSTALL,
    ("GET", "/api/v1/doors"): _LOOK,
    ("GET", "/api/v1/doors/{device}/{part}/passages"): Right(
        ALL, why="who passed is told to those who may see permits, to others only that somebody did", scope="read"
    ),
    ("GET", "/api/v1/permits"): _PEOPLE,
    ("POST", "/api/v1/permits"): _PERMIT,
    ("POST", "/api/v1/permits/search"): _PEOPLE,
    ("POST", "/api/v1/permits/{permit}/change"): _PERMIT,
    ("POST", "/api/v1/permits/{permit}/revoke"): _PEOPLE,
    ("POST", "/api/v1/permits/visitor"): _PEOPLE,
    ("POST", "/api/v1/permits/import"): _PERMIT,
    ("GET", "/api/v1/permits/export"): Right(
        PERMITS, why="names people and holds the hashes of their cards", scope="people"
    ),
    ("GET", "/api/v1/permits/tables"): _PROGRESS,
    ("GET", "/api/v1/permits/tasks"): _PEOPLE,
    ("GET", "/api/v1/households/{household}"): _PEOPLE,
    ("POST", "/api/v1/households/{household}/revoke"): _PEOPLE,
    ("GET", "/api/v1/door-groups"): _DOORS,
    ("PUT", "/api/v1/door-groups/{group}"): _GROUP,
    ("DELETE", "/api/v1/door-groups/{group}"): _GROUP,
    ("GET", "/api/v1/schedules"): _DOORS,
    ("PUT", "/api/v1/schedules/{schedule}"): _PERMIT,
    ("DELETE", "/api/v1/schedules/{schedule}"): _PERMIT,
    ("GET", "/api/v1/holidays"): _DOORS,
    ("GET", "/api/v1/enrolment"): _PEOPLE,
    ("POST", "/api/v1/enrolment"): _PEOPLE,
    ("DELETE", "/api/v1/enrolment"): _PEOPLE,
    ("GET", "/api/v1/commissioning"): _PROGRESS,
    ("GET", "/api/v1/commissioning/{device}"): _PROGRESS,
    ("POST", "/api/v1/commissioning/{device}"): _INSTALL,
    ("POST", "/api/v1/commissioning/{device}/sign"): _INSTALL,
    ("GET", "/api/v1/detectors"): _LOOK,
    ("GET", "/api/v1/detectors/counts"): _LOOK,
    ("GET", "/api/v1/detectors/outages"): _LOOK,
    ("GET", "/api/v1/detectors/{detector}"): _LOOK,
    ("GET", "/api/v1/detectors/{detector}/outage"): _LOOK,
    ("POST", "/api/v1/detectors/{detector}/outage"): _OUTAGE,
    ("POST", "/api/v1/detectors/{detector}/outage/confirm"): _OUTAGE,
    ("DELETE", "/api/v1/detectors/{detector}/outage"): _OUTAGE,
    ("POST", "/api/v1/detectors/{detector}/sensor"): _SENSORS,
    ("DELETE", "/api/v1/detectors/{detector}/sensor"): _SENSORS,
    ("POST", "/api/v1/detectors/{detector}/battery-change"): _TEST,
    ("GET", "/api/v1/receivers"): _LINES,
    ("GET", "/api/v1/sensors"): _SENSORS,
    ("POST", "/api/v1/sensors/import"): Right(
        COMMANDS, why="brings the keys of sensors in; nobody gets one out", scope="configure"
    ),
    ("DELETE", "/api/v1/sensors/{address}"): _SENSORS,
    ("GET", "/api/v1/rounds"): _SENSORS,
    ("POST", "/api/v1/rounds"): _SENSORS,
    ("GET", "/api/v1/rounds/{round}"): _SENSORS,
    ("DELETE", "/api/v1/rounds/{round}"): _SENSORS,
    ("POST", "/api/v1/rounds/{round}/take"): _SENSORS,
    ("POST", "/api/v1/rounds/{round}/skip"): _SENSORS,
    ("POST", "/api/v1/rounds/{round}/undo"): _SENSORS,
    ("GET", "/api/v1/walk-tests"): _REPORT,
    ("POST", "/api/v1/walk-tests"): _TEST,
    ("GET", "/api/v1/walk-tests/{test}"): _REPORT,
    ("DELETE", "/api/v1/walk-tests/{test}"): _TEST,
    ("GET", "/api/v1/lockers"): _LOOK,
    ("GET", "/api/v1/lockers/overdue"): _LOOK,
    ("GET", "/api/v1/lockers/{cabinet}"): _LOOK,
    ("POST", "/api/v1/lockers/{cabinet}/compartments/{part}/open"): _LOCKER,
    ("POST", "/api/v1/lockers/{cabinet}/compartments/{part}/reset"): _LOCKER,
    ("POST", "/api/v1/lockers/{cabinet}/compartments/{part}/service"): _LOCKER,
    ("POST", "/api/v1/lockers/{cabinet}/reservations"): _COURIER,
    ("DELETE", "/api/v1/lockers/{cabinet}/reservations/{part}"): _COURIER,
    ("POST", "/api/v1/lockers/{cabinet}/open-all"): Right(
        ANSWERS, why="it happens when a second person confirms it; limited to the actor's grids", scope="operate"
    ),
    ("POST", "/api/v1/lockers/{cabinet}/open-all/confirm"): Right(
        ANSWERS, why="decide checks that it is a second person; limited to the actor's grids", scope="operate"
    ),
    ("GET", "/api/v1/rooms"): _LOOK,
    ("GET", "/api/v1/rooms/{room}"): _LOOK,
    ("GET", "/api/v1/rooms/{room}/power"): _LOOK,
    ("GET", "/api/v1/charging/sessions"): Right(
        ALL, why="which port was used and how much; never by whom; limited to the actor's grids", scope="read"
    ),
    ("GET", "/api/v1/charging/stops"): _LOOK,
    ("POST", "/api/v1/charging/stops"): _STOP,
    ("GET", "/api/v1/charging/stops/{stop}"): _LOOK,
    ("POST", "/api/v1/charging/stops/{stop}/lift"): _LIFT,
    ("GET", "/api/v1/charging/tags"): _TAGS,
    ("POST", "/api/v1/charging/tags"): _TAGS,
    ("DELETE", "/api/v1/charging/tags/{hash}"): _TAGS,
    ("POST", "/api/v1/charging/tags/import"): _TAGS,
    ("GET", "/api/v1/buildings/{building}/trial"): _REPORT,
    ("POST", "/api/v1/buildings/{building}/trial"): _TRIAL,
    ("DELETE", "/api/v1/buildings/{building}/trial"): _TRIAL,
    ("GET", "/api/v1/drills"): _REPORT,
    ("POST", "/api/v1/drills"): _DRILL,
    ("GET", "/api/v1/effects"): _TABLE,
    ("GET", "/api/v1/duty"): replace(_DUTY, screens=True),
    ("GET", "/api/v1/duty/tests/{test}"): _DUTY,
    ("GET", "/api/v1/duty/{grid}/sheet"): _DUTY,
    ("POST", "/api/v1/duty/{grid}/hand-over"): _DUTY,
    ("POST", "/api/v1/duty/{grid}/take-over"): _DUTY,
    ("POST", "/api/v1/duty/{grid}/ring"): _DUTY,
    ("PUT", "/api/v1/duty/{grid}/shifts"): _ROSTER,
    ("PUT", "/api/v1/duty/{grid}/team"): _ROSTER,
    ("GET", "/api/v1/people"): _STAFF,
    ("GET", "/api/v1/people/{person}"): _STAFF,
    ("PUT", "/api/v1/people/{person}"): _ROSTER,
    ("DELETE", "/api/v1/people/{person}"): _ROSTER,
    ("POST", "/api/v1/people/{person}/away"): _AWAY,
    ("DELETE", "/api/v1/people/{person}/away"): _AWAY,
    ("GET", "/api/v1/alarms"): _LOOK,
    ("GET", "/api/v1/alarms/{number}"): _LOOK,
    ("POST", "/api/v1/alarms/{number}/ack"): _ANSWER,
    ("POST", "/api/v1/alarms/{number}/reset"): _ANSWER,
    ("POST", "/api/v1/alarms/{number}/verify"): _ANSWER,
    ("POST", "/api/v1/alarms/{number}/shelve"): _ANSWER,
    ("POST", "/api/v1/alarms/{number}/unshelve"): _ANSWER,
    ("POST", "/api/v1/privacy/find"): _PERSON,
    ("POST", "/api/v1/privacy/export"): _PERSON,
    ("POST", "/api/v1/privacy/erase"): _ERASE,
    ("GET", "/api/v1/privacy/erasures"): _ERASURES,
    ("GET", "/api/v1/investigations"): _ASSIST,
    ("POST", "/api/v1/investigations"): _ASSIST,
    ("POST", "/api/v1/investigations/{investigation}/confirm"): _ASSIST,
    ("POST", "/api/v1/investigations/{investigation}/refuse"): _ASSIST,
    ("POST", "/api/v1/investigations/{investigation}/release"): _ASSIST,
    ("GET", "/api/v1/investigations/{investigation}/archive"): _ASSIST,
    ("GET", "/api/v1/figures"): _FIGURES,
    ("GET", "/api/v1/events"): _AUDIT,
    ("GET", "/api/v1/audit"): _CHAIN,
    ("GET", "/api/v1/audit/head"): _CHAIN,
    ("POST", "/api/v1/audit/verify"): _CHAIN,
    ("GET", "/api/v1/audit/export"): _CHAIN,
    ("GET", "/api/v1/incidents"): _LOOK,
    ("POST", "/api/v1/incidents"): _INCIDENT,
    ("GET", "/api/v1/incidents/{number}"): _LOOK,
    ("POST", "/api/v1/incidents/{number}/accept"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/go"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/arrive"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/handle"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/feedback"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/verify"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/close"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/false"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/return"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/extend"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/merge"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/whistle"): _INCIDENT,
    ("POST", "/api/v1/incidents/{number}/department"): _INCIDENT,
    ("POST", "/api/v1/incidents/photos"): _INCIDENT,
    ("GET", "/api/v1/incidents/{number}/photos/{photo}"): Right(
        WATCHES, why="shows the inside of homes; limited to the actor's grids", scope="read"
    ),
    ("POST", "/api/v1/county/status"): Right(
        None, why="the county's platform has no account here: it signs; what is not signed is slowed and audited"
    ),
    ("GET", "/api/v1/lines"): _LINES,
    ("GET", "/api/v1/lines/{line}/rejected"): Right(
        INSTALLS,
        why="messages as they were sent; limited to lines whose devices the actor may all see",
        scope="configure",
    ),
    ("GET", "/api/v1/heartbeats"): _LINES,
    ("GET", "/api/v1/alarms/{number}/notices"): Right(
        ALL,
        why="whether somebody was told; who it was only to those who answer alarms; limited to the actor's grids",
        scope="read",
    ),
    ("GET", "/api/v1/channels"): Right(
        WATCHES, why="names where messages leave the house; no secret and nobody's number", scope="read"
    ),
    ("GET", "/api/v1/stores"): _LINES,
    ("GET", "/api/v1/stores/quarantine"): Right(
        KEEPS, why="readings as they were sent, and what a server said to them", scope="audit"
    ),
    ("GET", "/api/v1/strangers"): Right(
        AUDITS, why="what is heard but not enrolled is the installer's business", scope="configure"
    ),
    ("GET", "/api/v1/stream"): _LOOK,
    ("GET", "/api/v1/simulator"): _COMMAND,
    ("POST", "/api/v1/simulator/stories/{name}"): _COMMAND,
    ("POST", "/api/v1/simulator/faults"): _COMMAND,
    ("POST", "/api/octt/{version}/{station}/{action}"): Right(
        frozenset(),
        loopback=True,
        why="a conformance suite on this machine; the route exists under a test flag alone",
        scope="operate",
    ),
}


PIN_ON_A_PHONE: Final = frozenset(
    {
        ("POST", "/api/v1/me/phone"),
        ("POST", "/api/v1/me/tokens"),
        ("POST", "/api/v1/users"),
        ("PUT", "/api/v1/users/{user}"),
        ("DELETE", "/api/v1/users/{user}"),
        ("POST", "/api/v1/users/{user}/invite"),
        ("POST", "/api/v1/screens"),
        ("POST", "/api/v1/screens/{screen}/invite"),
        ("POST", "/api/v1/permits"),
        ("POST", "/api/v1/permits/{permit}/change"),
        ("POST", "/api/v1/permits/visitor"),
        ("POST", "/api/v1/permits/import"),
        ("PUT", "/api/v1/door-groups/{group}"),
        ("PUT", "/api/v1/schedules/{schedule}"),
        ("POST", "/api/v1/enrolment"),
        ("POST", "/api/v1/devices/{device}/serial"),
        # whom alarms reach, and from where they may be answered
        ("PUT", "/api/v1/people/{person}"),
        ("DELETE", "/api/v1/people/{person}"),
        ("POST", "/api/v1/people/{person}/away"),
        ("PUT", "/api/v1/duty/{grid}/shifts"),
        ("PUT", "/api/v1/duty/{grid}/team"),
        ("PUT", "/api/v1/setup/people"),
        ("PUT", "/api/v1/setup/channel"),
        # what leaves the house
        ("PUT", "/api/v1/setup/backup"),
        ("GET", "/api/v1/devices/{device}/export"),
        ("GET", "/api/v1/devices/{device}/points/{key}/export"),
        ("GET", "/api/v1/history/export"),
        ("GET", "/api/v1/permits/export"),
        ("POST", "/api/v1/privacy/export"),
        ("POST", "/api/v1/privacy/erase"),
        ("POST", "/api/v1/investigations"),
        ("POST", "/api/v1/investigations/{investigation}/confirm"),
        ("GET", "/api/v1/investigations/{investigation}/archive"),
        ("GET", "/api/v1/events"),
        ("GET", "/api/v1/audit/export"),
    }
)
"""What makes a way in, turns alarms elsewhere, or takes data out as a file: whoever finds a phone that is signed in must not.

A new serial number counts as a way in: the controller that has it is given everybody's permits. Passwords and PINs are changed
by the old ones, and what opens at once asks for the PIN where it is known to open (`accounts/pins.py`). What a page shows piece
by piece is looked at without a PIN, and alarms, duty and incidents are worked without one."""


def rights_page() -> str:
    """The table as docs/reference/rights.md."""
    roles = list(Role)
    head = "| route | nobody | " + " | ".join(role.value for role in roles) + " | scope | why |"
    rows = [head, "|" + "---|" * (len(roles) + 4)]
    for (method, path), right in RIGHTS.items():
        nobody = "yes" if right.roles is None else "on this machine" if right.loopback else ""
        marks = ["yes" if right.roles is None or role in right.roles else "" for role in roles]
        pin = ", PIN on a phone" if (method, path) in PIN_ON_A_PHONE else ""
        if right.screens:
            marks[roles.index(Role.VIEWER)] = "duty screens"
        rows.append(f"| `{method} {path}` | {nobody} | " + " | ".join(marks) + f" | {right.scope}{pin} | {right.why} |")
    return (
        "# Rights\n\n"
        "Generated from `gateway/serve/rights.py`. A route that stands in no row is refused. `nobody` is a caller\n"
        "without a token or session. `scope` is what a limited token must have; `own` is for a person's browser and phone\n"
        "alone. An actor bound to grids sees and works only what is in them, and decide judges every act once more.\n\n"
        + "\n".join(rows)
        + "\n"
    )
