"""What a person may do, and why not. Default deny; every refusal carries its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Command
from gateway.actor import Actor, Role
from gateway.model import (
    NANOSECONDS,
    AckAlarm,
    Act,
    AlarmState,
    AskCommand,
    Now,
    Outcome,
    Priority,
    Refused,
    Remember,
    ResetAlarm,
    Send,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.rules import Rules

MAY_ANSWER = frozenset({Role.STAFF, Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR})
MAY_COMMAND = frozenset({Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR})

COMMAND_LIFE_NS = 5 * NANOSECONDS
"""A command is dropped when it could not be sent within 5 s: a queue behind an outage must not open doors minutes later."""

COMMAND_GAP_NS = 2 * NANOSECONDS
"""The same device takes one command in 2 s."""

_COMMAND = "command_number"


class Acts:
    """The gate in front of what people ask for."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self._command: int = remembered.get(_COMMAND, 1)
        self._last: dict[str, int] = {}

    def take(self, act: Act, rules: Rules, book: AlarmBook, now: Now) -> list[Outcome]:
        """Allow or refuse."""
        match act:
            case AckAlarm():
                return self._ack(act, book, now)
            case ResetAlarm():
                return self._reset(act, book, now)
            case AskCommand():
                return self._ask_command(act, rules, now)

    def _ack(self, act: AckAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
        alarm = book.numbered(act.number)
        if alarm is None:
            return [Refused(act, "alarm_closed", f"alarm {act.number} is not open")]
        if refused := _may(act, act.actor, MAY_ANSWER, alarm.place.grid):
            return [refused]
        return book.acked(alarm, act.actor.name, act.note, now)

    def _reset(self, act: ResetAlarm, book: AlarmBook, now: Now) -> list[Outcome]:
        alarm = book.numbered(act.number)
        if alarm is None:
            return [Refused(act, "alarm_closed", f"alarm {act.number} is not open")]
        if refused := _may(act, act.actor, MAY_ANSWER, alarm.place.grid):
            return [refused]
        if alarm.active:
            return [Refused(act, "alarm_active", "the condition still stands")]
        if alarm.state is not AlarmState.LATCHED_ACKED:
            return [Refused(act, "alarm_unacked", "take the alarm first")]
        if alarm.priority is Priority.P1 and not act.note.strip():
            return [Refused(act, "note_needed", "a P1 is reset only with a note of what was seen on site")]
        return book.reset(alarm, act.actor.name, act.note, now)

    def _ask_command(self, act: AskCommand, rules: Rules, now: Now) -> list[Outcome]:
        device = rules.devices.get(act.device)
        if device is None:
            return [Refused(act, "device_unknown", f"there is no device {act.device}")]
        if refused := _may(act, act.actor, MAY_COMMAND, device.place.grid):
            return [refused]
        if act.name not in device.commands:
            return [Refused(act, "command_unknown", f"{act.device} takes no command {act.name}")]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "a command needs a reason")]
        if now.boottime_ns - self._last.get(act.device, -COMMAND_GAP_NS) < COMMAND_GAP_NS:
            return [Refused(act, "too_soon", f"{act.device} was asked less than 2 s ago")]
        self._last[act.device] = now.boottime_ns
        number = self._command
        # a device compares the low 16 bits with the last id it executed, and 0 stands for none
        self._command = number + 1 if (number + 1) & 0xFFFF else number + 2
        command = Command(number, act.device, act.name, dict(act.arguments), now.boottime_ns + COMMAND_LIFE_NS)
        return [Remember(_COMMAND, self._command), Send(command, act.actor.name, act.reason.strip())]


def _may(act: Act, actor: Actor, roles: frozenset[Role], grid: str) -> Refused | None:
    if actor.role not in roles:
        return Refused(act, "role", f"{actor.role.value} may not do this")
    if actor.grids and grid not in actor.grids:
        return Refused(act, "grid", "this is not in your grid")
    return None
