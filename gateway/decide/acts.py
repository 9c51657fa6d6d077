"""What a person asks for goes to the part of the judgement that knows of it; default: it is about doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.answering import AnsweringAct
from gateway.auditing import HEAD_SUBJECT, KIND, AuditAct, TellHead
from gateway.charging import ChargingAct
from gateway.detecting import DetectorAct
from gateway.duty import DutyAct
from gateway.incident import IncidentAct
from gateway.linking import LinkAct
from gateway.model import AckAlarm, Place, Priority, Recorded, ResetAlarm
from gateway.notice import Tell
from gateway.parcels import ParcelAct
from gateway.privacy import PrivacyAct
from gateway.safety import SafetyAct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.decide.judge import Judge
    from gateway.model import Act, Now, Said


def take(act: Act, judge: Judge, now: Now) -> Sequence[Said]:  # noqa: C901, PLR0911 - one return for each part
    """Allow or refuse."""
    if isinstance(act, AckAlarm | ResetAlarm | AnsweringAct):
        return judge.answering.act(act, now)
    if isinstance(act, DetectorAct):
        return judge.detectors.act(act, now)
    if isinstance(act, ChargingAct):
        return judge.chargers.act(act, now)
    if isinstance(act, ParcelAct):
        return judge.lockers.act(act, now)
    if isinstance(act, SafetyAct):
        return judge.fires.act(act, judge.people.persons, now)
    if isinstance(act, IncidentAct):
        return judge.incidents.act(act, now)
    if isinstance(act, DutyAct):
        return judge.people.act(act, now)
    if isinstance(act, LinkAct):
        return judge.spent_links.act(act, now)
    if isinstance(act, PrivacyAct):
        return judge.privacy.act(act, now)
    if isinstance(act, AuditAct):
        return _audited(act)
    return judge.doors.act(act, now)


def _audited(act: AuditAct) -> Sequence[Said]:
    """What is only recorded; and the head, which is told too."""
    if isinstance(act, TellHead):
        head = f"{act.head}@{act.seq}"
        told = Recorded(KIND, "audit", {"what": "head_told", "head": head, "to": list(act.to)}, act.actor.id)
        return told, Tell("audit_head", Priority.P4, HEAD_SUBJECT, act.to, Place(), head)
    return (Recorded(KIND, act.subject, {**act.body, "what": act.what, "reason": act.reason}, act.actor.id),)
