"""What a person may do about alarms, and why not; all else that people ask for is about doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.may import MAY_ANSWER, may
from gateway.model import AckAlarm, AlarmState, Now, Outcome, Priority, Refused, ResetAlarm

if TYPE_CHECKING:
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.doors import Doors
    from gateway.model import Act


def take(act: Act, book: AlarmBook, doors: Doors, now: Now) -> list[Outcome]:
    """Allow or refuse."""
    match act:
        case AckAlarm():
            return _ack(act, book, now)
        case ResetAlarm():
            return _reset(act, book, now)
        case _:
            return doors.act(act, now)


def _ack(act: AckAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
    alarm = book.numbered(act.number)
    if alarm is None:
        return [Refused(act, "alarm_closed", f"alarm {act.number} is not open")]
    if refused := may(act, act.actor, MAY_ANSWER, alarm.place.grid):
        return [refused]
    return book.acked(alarm, act.actor.name, act.note, now)


def _reset(act: ResetAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
    alarm = book.numbered(act.number)
    if alarm is None:
        return [Refused(act, "alarm_closed", f"alarm {act.number} is not open")]
    if refused := may(act, act.actor, MAY_ANSWER, alarm.place.grid):
        return [refused]
    if alarm.active:
        return [Refused(act, "alarm_active", "the condition still stands")]
    if alarm.state is not AlarmState.LATCHED_ACKED:
        return [Refused(act, "alarm_unacked", "take the alarm first")]
    if alarm.priority is Priority.P1 and not act.note.strip():
        return [Refused(act, "note_needed", "a P1 is reset only with a note of what was seen on site")]
    return book.reset(alarm, act.actor.name, act.note, now)
