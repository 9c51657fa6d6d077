"""What a person may do about alarms, and why not; all else that people ask for is about the devices of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import ChargingAct
from gateway.decide.may import MAY_ANSWER, may
from gateway.detecting import DetectorAct
from gateway.model import AckAlarm, AlarmState, Now, Outcome, Priority, Refused, ResetAlarm
from gateway.parcels import ParcelAct

if TYPE_CHECKING:
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.chargers.chargers import Chargers
    from gateway.decide.detectors.detectors import Detectors
    from gateway.decide.doors import Doors
    from gateway.decide.lockers.lockers import Lockers
    from gateway.model import Act


def take(
    act: Act, book: AlarmBook, doors: Doors, detectors: Detectors, chargers: Chargers, lockers: Lockers, now: Now
) -> list[Outcome]:
    """Allow or refuse."""
    if isinstance(act, AckAlarm):
        return _ack(act, book, now)
    if isinstance(act, ResetAlarm):
        return _reset(act, book, now)
    if isinstance(act, DetectorAct):
        return detectors.act(act, now)
    if isinstance(act, ChargingAct):
        return chargers.act(act, now)
    if isinstance(act, ParcelAct):
        return lockers.act(act, now)
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
