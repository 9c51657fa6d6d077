"""What a person may do about one alarm: take it, reset it, say what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.may import MAY_ANSWER, may
from gateway.incident import FALSE_CAUSES
from gateway.model import AckAlarm, Alarm, Now, Outcome, Priority, Recorded, Refused, ResetAlarm

if TYPE_CHECKING:
    from gateway.answering import ShelveAlarm, UnshelveAlarm, VerifyAlarm
    from gateway.decide.alarms import AlarmBook

VERDICT = "verdict"
"""The kind of log row of what was found: body {"number", "real", "cause", "note"}."""


def may_answer(
    act: AckAlarm | ResetAlarm | VerifyAlarm | ShelveAlarm | UnshelveAlarm, book: AlarmBook
) -> Alarm | Refused:
    """The open alarm that an act is about, if its actor may answer it."""
    alarm = book.numbered(act.number)
    if alarm is None:
        return Refused(act, "alarm_closed", f"alarm {act.number} is not open")
    return may(act, act.actor, MAY_ANSWER, alarm.place.grid) or alarm


def take(act: AckAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
    """收到,马上去: also while it stands, and also while people are spared it."""
    alarm = may_answer(act, book)
    if isinstance(alarm, Refused):
        return [alarm]
    return book.acked(alarm, act.actor.name, act.note, now)


def reset(act: ResetAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
    """What latched and is over goes, after somebody took it; for life, fire, gas and CO only with a word of what was seen."""
    alarm = may_answer(act, book)
    if isinstance(alarm, Refused):
        return [alarm]
    if alarm.active:
        return [Refused(act, "alarm_active", "the condition still stands")]
    if not (alarm.latched and alarm.acked):
        return [Refused(act, "alarm_unacked", "take the alarm first")]
    on_site = alarm.priority is Priority.P1 or alarm.rule in book.never_spared
    if on_site and not act.note.strip():
        return [Refused(act, "note_needed", "this alarm is reset only with a note of what was seen on site")]
    return book.reset(alarm, act.actor.name, act.note, now)


def verify(act: VerifyAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
    """核实为真火警, or 误报 with its cause. A later word replaces an earlier one."""
    alarm = may_answer(act, book)
    if isinstance(alarm, Refused):
        return [alarm]
    cause = "" if act.real else act.cause
    if not act.real and cause not in FALSE_CAUSES:
        return [Refused(act, "cause_needed", f"a false alarm has one of these causes: {', '.join(FALSE_CAUSES)}")]
    out = book.verified(alarm, real=act.real, by=act.actor.name, note=act.note.strip(), now=now)
    if not out:
        return []
    body = {"number": alarm.number, "real": act.real, "cause": cause, "note": act.note.strip()}
    return [*out, Recorded(VERDICT, alarm.key, body, act.actor.name)]
