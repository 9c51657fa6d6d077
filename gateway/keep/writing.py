"""How one walk down the road becomes rows: the log, and the tables that follow from it, in the same transaction."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from drivers.contract import PERMITS, SENSORS
from drivers.permit_table import table_sum
from gateway.answering import (
    BackInService,
    ConfirmOutOfService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
    VerifyAlarm,
)
from gateway.decide.alarm_json import alarm_to_json
from gateway.decide.escalation.notice_json import notice_to_json
from gateway.detecting import (
    BeginBatteryChange,
    BeginRound,
    BeginWalkTest,
    DropSensors,
    EndRound,
    EndWalkTest,
    ImportSensors,
    MountSensor,
    SkipInRound,
    TakeDownSensor,
    TakeInRound,
    UndoInRound,
)
from gateway.duty import (
    DropPerson,
    ForgetChats,
    HandOver,
    Person,
    PutAway,
    PutPerson,
    PutShifts,
    PutTeam,
    RingDuty,
    TakeOver,
)
from gateway.incident import CountySays, IncidentAct, RefuseCounty, ReportIncident
from gateway.installing import AcceptSerial, BeginCommissioning, SignCommissioning
from gateway.keep.audit.chain import NOISE, append
from gateway.keep.notices import derive_notice, derive_noticed
from gateway.model import (
    AckAlarm,
    AlarmChanged,
    AlarmState,
    Answered,
    AskCommand,
    Ended,
    LinkSaid,
    Now,
    Outcome,
    Recorded,
    Refused,
    Remember,
    ResetAlarm,
    Send,
    StaleSaid,
    StrangerSaid,
    Want,
)
from gateway.notice import Noticed, Notify
from gateway.permit import BeginEnrolment
from gateway.privacy import AskInvestigation, ErasePerson, InvestigationAct
from gateway.safety import BeginTrial, EndTrial, RecordDrill

if TYPE_CHECKING:
    import sqlite3

    from drivers.contract import DeviceEvent, Json, WantedState
    from gateway.keep.audit.chain import Row
    from gateway.model import Act, Entry

_LOG = "INSERT INTO log(boot, boottime, utc, trusted, kind, subject, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_CURSOR = "INSERT INTO cursors VALUES (?, ?) ON CONFLICT(device) DO UPDATE SET cursor = excluded.cursor"
_REMEMBER = "INSERT INTO remembered VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
_FORGET = "DELETE FROM remembered WHERE key = ?"
_KNOWN = "SELECT 1 FROM events WHERE device = ? AND epoch = ? AND sequence = ?"
_EVENT = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"
_ALARM = (
    "INSERT INTO alarms VALUES (?, ?, ?, ?, ?) ON CONFLICT(number) DO UPDATE SET"
    " key = excluded.key, normal = excluded.normal, body = excluded.body, seq = excluded.seq WHERE excluded.seq > seq"
)
_SENT = "INSERT OR REPLACE INTO commands VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)"
_ENDED = "UPDATE commands SET outcome = ?, confirmed = ?, why = ?, seq = ? WHERE id = ?"


def compact(body: Json) -> str:
    """JSON as the journal keeps it: no spaces, Chinese as it is, never anything that another reader would refuse.

    A number that JSON does not have (NaN, infinity) becomes null and half a surrogate pair "?": neither may stop the road.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=dict)
    except ValueError:
        text = json.dumps(_finite(body), ensure_ascii=False, separators=(",", ":"), default=dict)
    return _encodable(text)


def _finite(body: Json) -> Json:
    if isinstance(body, float):
        return body if math.isfinite(body) else None
    if isinstance(body, Mapping):
        return {key: _finite(value) for key, value in body.items()}
    if isinstance(body, list | tuple):
        return [_finite(value) for value in body]
    return body


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def log_row(connection: sqlite3.Connection, now: Now, kind: str, subject: str, body: Json) -> int:
    """Append one row to the log inside the caller's transaction, chained unless it is noise; return its seq."""
    seq, row = _plain_row(connection, now, kind, subject, body)
    if kind not in NOISE:
        append(connection, seq, row)
    return seq


def row_of_an_older_log(connection: sqlite3.Connection, now: Now, kind: str, subject: str, body: Json) -> None:
    """Append one row to the log of a journal that is not migrated yet and may have no chain."""
    _plain_row(connection, now, kind, subject, body)


def _plain_row(connection: sqlite3.Connection, now: Now, kind: str, subject: str, body: Json) -> tuple[int, Row]:
    row = (now.boot_id, now.boottime_ns, now.utc, now.trusted, kind, _encodable(subject), compact(body))
    seq = connection.execute(_LOG, row).lastrowid
    assert seq is not None  # noqa: S101 - an INSERT that returned has a rowid
    return seq, row


def write_entry(connection: sqlite3.Connection, entry: Entry) -> tuple[int | None, ...]:
    """Write an entry inside the caller's transaction: causes before what follows from them.

    Returns the seq of each outcome's log row in order, None where an outcome makes no row.
    """
    for event in entry.events:
        _write_event(connection, entry.now, event)
    seqs = tuple(_write_outcome(connection, entry.now, outcome) for outcome in entry.outcomes)
    write_cursors(connection, entry.cursors)
    return seqs


def write_cursors(connection: sqlite3.Connection, cursors: Mapping[str, Json]) -> None:
    """Write cursors inside the caller's transaction."""
    for device, cursor in cursors.items():
        connection.execute(_CURSOR, (device, compact(cursor)))


def _write_event(connection: sqlite3.Connection, now: Now, event: DeviceEvent) -> None:
    if connection.execute(_KNOWN, (event.device, event.epoch, event.sequence)).fetchone():
        return
    body = {
        "epoch": event.epoch,
        "sequence": event.sequence,
        "kind": event.kind,
        "body": event.body,
        "measured_utc": event.measured_utc,
    }
    derive_event(connection, log_row(connection, now, "event", event.device, body), event.device, body)


def derive_event(connection: sqlite3.Connection, seq: int, device: str, body: Mapping[str, Json]) -> None:
    """Enter a log row of kind "event" in the table that tells events apart."""
    row = (seq, device, body["epoch"], body["sequence"], body["kind"], compact(body["body"]), body["measured_utc"])
    connection.execute(_EVENT, row)


def derive_alarm(connection: sqlite3.Connection, seq: int, body: Mapping[str, Json], *, normal: bool) -> None:
    """Bring an alarm to what a log row of kind "alarm" says, unless a later row spoke already."""
    connection.execute(_ALARM, (body["number"], body["key"], normal, compact(body), seq))


def _write_outcome(connection: sqlite3.Connection, now: Now, outcome: Outcome) -> int | None:
    match outcome:
        case Remember(key, None):
            connection.execute(_FORGET, (key,))
            return None
        case Remember(key, value):
            connection.execute(_REMEMBER, (key, compact(value)))
            return None
        case StaleSaid():
            return None
        case Want(state=state) if state.name == SENSORS:  # what hangs where is recorded as it changes, a row for each
            return None
    kind, subject, body = _said(outcome)
    seq = log_row(connection, now, kind, subject, body)
    match outcome:
        case AlarmChanged():
            derive_alarm(connection, seq, body["alarm"], normal=body["normal"])
        case Notify():
            derive_notice(connection, seq, now.utc, body, compact(body))
        case Noticed():
            derive_noticed(connection, now.utc, body)
        case Send(command, actor, reason):
            arguments = compact(command.arguments)
            connection.execute(_SENT, (command.id, command.device, command.name, arguments, actor, reason, seq))
        case Ended(command, result):
            confirmed = compact(result.confirmed)
            connection.execute(_ENDED, (result.outcome.value, confirmed, result.why, seq, command.id))
    return seq


def _said(outcome: Outcome) -> tuple[str, str, dict[str, Json]]:
    """Kind, subject and body of an outcome's log row."""
    body: dict[str, Json]
    match outcome:
        case AlarmChanged(alarm, change, announce, actor):
            body = {"change": change.value, "announce": announce, "actor": actor}
            body |= {"normal": alarm.state is AlarmState.NORMAL, "alarm": alarm_to_json(alarm)}
            said = "alarm", alarm.key, body
        case LinkSaid(subject, is_line, link, why):
            said = "link", subject, {"is_line": is_line, "link": link.value, "why": why}
        case Send(command, actor, reason):
            body = {"id": command.id, "name": command.name, "arguments": command.arguments}
            said = "command", command.device, {**body, "actor": actor, "reason": reason}
        case Ended(command, result, actor):
            body = {"id": command.id, "name": command.name, "actor": actor}
            body |= {"outcome": result.outcome.value, "confirmed": result.confirmed, "why": result.why}
            said = "result", command.device, body
        case Answered(question, answer):
            body = {"kind": question.kind, "question": question.body}
            said = (
                "answer",
                question.device,
                {**body, "allowed": answer.allowed, "why": answer.why, "answer": answer.body},
            )
        case Refused() | Notify() | Noticed():
            said = _to_people(outcome)
        case Recorded(kind, subject, body_, actor):
            said = kind, subject, {**body_, "actor": actor}
        case StrangerSaid(address, what):
            said = "stranger", address, {"what": what}
        case Want(device, state):
            said = "want", device, {"name": state.name, "level": _of_a_level(state)}
        case _:
            raise TypeError(f"{type(outcome).__name__} makes no log row")
    return said


def _of_a_level(state: WantedState) -> Json:
    """A table of permits is told by its version and size; who is in it stands in the permits themselves."""
    level = state.level
    if state.name != PERMITS or level is None:
        return level
    return {"version": level["version"], "sum": table_sum(level), "users": len(level["users"])}


def _to_people(outcome: Refused | Notify | Noticed) -> tuple[str, str, dict[str, Json]]:
    match outcome:
        case Notify(notice):
            return "notice", notice.subject, notice_to_json(notice)
        case Noticed(numbers, fate, why):
            return "noticed", "notices", {"numbers": numbers, "fate": fate.value, "why": why}
        case _:
            return _refused(outcome)


def _refused(refused: Refused) -> tuple[str, str, dict[str, Json]]:
    body: dict[str, Json] = {"act": type(refused.act).__name__, "actor": refused.act.actor.id}
    body |= {"code": refused.code, "why": refused.why}
    if refused.details:
        body["details"] = refused.details
    return "refused", _subject(refused.act), body


def _subject(act: Act) -> str:  # noqa: C901 - one case for each sort of act
    """What an act is about, without a name: a device, a detector, an alarm's number, else what kind of thing."""
    match act:
        case AckAlarm() | ResetAlarm() | VerifyAlarm() | ShelveAlarm() | UnshelveAlarm():
            subject = str(act.number)
        case AskCommand(device=device) | BeginEnrolment(device=device):
            subject = device
        case AcceptSerial(device=device) | BeginCommissioning(device=device) | SignCommissioning(device=device):
            subject = device
        case (
            MountSensor()
            | TakeDownSensor()
            | BeginBatteryChange()
            | TakeOutOfService()
            | ConfirmOutOfService()
            | BackInService()
        ):
            subject = act.detector
        case TakeInRound(round=walk) | SkipInRound(round=walk) | UndoInRound(round=walk) | EndRound(round=walk):
            subject = walk
        case EndWalkTest(walk=walk):
            subject = walk
        case PutPerson(person=Person(id=person)) | DropPerson(person=person):
            subject = person
        case PutAway(person=person) | ForgetChats(person=person):
            subject = person
        case BeginTrial(building=building) | EndTrial(building=building) | RecordDrill(building=building):
            subject = building
        case (
            PutShifts(grid=grid) | PutTeam(grid=grid) | HandOver(grid=grid) | TakeOver(grid=grid) | RingDuty(grid=grid)
        ):
            subject = grid
        case _:
            subject = _kind(act)
    return subject


def _kind(act: Act) -> str:
    """What kind of thing an act is about; and an incident, by its number."""
    if isinstance(act, ImportSensors | DropSensors | BeginRound | BeginWalkTest):
        return "detectors"
    if isinstance(act, ReportIncident | CountySays | RefuseCounty):
        return "incidents"
    if isinstance(act, AskInvestigation | ErasePerson):
        return "privacy"
    if isinstance(act, InvestigationAct):
        return f"investigation:{act.investigation}"
    return f"incident:{act.number}" if isinstance(act, IncidentAct) else "permits"
