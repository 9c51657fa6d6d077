"""What an outcome says in the log: the kind of row, what it is about, what happened. Names of people stand in bodies alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import PERMITS
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
from gateway.model import (
    AckAlarm,
    AlarmChanged,
    AlarmState,
    Answered,
    AskCommand,
    Ended,
    LinkSaid,
    Outcome,
    Recorded,
    Refused,
    ResetAlarm,
    Send,
    StrangerSaid,
    Want,
)
from gateway.notice import Noticed, Notify
from gateway.permit import BeginEnrolment
from gateway.privacy import AskInvestigation, ErasePerson, InvestigationAct
from gateway.safety import BeginTrial, EndTrial, RecordDrill

if TYPE_CHECKING:
    from drivers.contract import Json, WantedState
    from gateway.model import Act


def said_of(outcome: Outcome) -> tuple[str, str, dict[str, Json]]:
    """Kind, subject and body of an outcome's log row. Raises TypeError for one that makes none."""
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
