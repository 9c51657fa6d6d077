"""The command gate: everything that must be so before a device is asked to do something. Default deny, each refusal with why.

Fire release is no command and never comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from drivers.contract import Command, Link
from gateway.actor import Role
from gateway.decide.interlocks import forbidden
from gateway.decide.may import MAY_ANSWER, may
from gateway.model import NANOSECONDS, AskCommand, Now, Outcome, Refused, Send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.decide.fire import FireRelease
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.ledger import Ledger
    from gateway.decide.rules import CommandRules
    from gateway.decide.serials import Serials

MAY_WORK = frozenset({Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR})
"""Who may do more than open a door once."""

COMMAND_LIFE_NS = 5 * NANOSECONDS
"""A command is dropped when it could not be sent within 5 s: a queue behind an outage must not open doors minutes later."""

COMMAND_GAP_NS = 2 * NANOSECONDS
"""The same part of a device takes one command in 2 s."""

UNLOCKS_PER_HOUR = 10
"""Of one person from afar: more is a habit, and the habit should be a permit."""

_HOUR_NS = 3600 * NANOSECONDS
_UNLOCK = "unlock"
WHOEVER_GOES = frozenset({_UNLOCK, "open_compartment", "stop_charging", "unlock_connector"})
"""What whoever goes there may do, by what a command acts as."""


class Interlock(Protocol):
    """A part of the judgement that may stand against a command, and hears of those that are sent."""

    def forbids(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now, /) -> Forbidden | None:
        """Why it may not be done now; None when nothing stands against it."""

    def sent(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now, /) -> list[Outcome]:
        """It was sent."""


class Gate:
    """The gate in front of commands."""

    def __init__(self, known: Known, ledger: Ledger, fire: FireRelease, serials: Serials) -> None:
        self._known = known
        self._ledger = ledger
        self._fire = fire
        self._serials = serials
        self.interlocks: Sequence[Interlock] = ()

    def ask(self, act: AskCommand, now: Now) -> list[Outcome]:
        """Send it, or say why not."""
        device = self._known.devices.get(act.device)
        if device is None:
            return [Refused(act, "device_unknown", f"there is no device {act.device}")]
        command = device.rules.commands.get(act.name)
        roles = MAY_ANSWER if command is not None and command.acts_as in WHOEVER_GOES else MAY_WORK
        if refused := may(act, act.actor, roles, device.rules.place.grid):
            return [refused]
        if command is None:
            return [Refused(act, "command_unknown", f"{act.device} takes no command {act.name}")]
        if refused := self._stands_against(act, device, command, now):
            return [refused]
        person, request = act.actor.id, act.request
        number, out = self._ledger.enter(act.device, command.part, command.acts_as, person, request, now)
        sent = Command(number, act.device, act.name, dict(act.arguments), now.boottime_ns + COMMAND_LIFE_NS)
        out.append(Send(sent, act.actor.name, act.reason.strip()))
        for interlock in self.interlocks:
            out += interlock.sent(act, device, command, now)
        return out

    def _stands_against(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> Refused | None:
        person, where = act.actor.id, f"{act.device}/{command.part}" if command.part else act.device
        unlocks = command.acts_as == _UNLOCK
        wrong: Forbidden | None = None
        if not act.reason.strip():
            wrong = "reason_needed", "a command needs a reason"
        elif self._ledger.requested(person, act.request):
            wrong = "repeated", "this was asked before and is not done twice"
        elif device.link is Link.MISCONFIGURED or self._serials.retired_at(device.id):
            wrong = "swapped", f"{act.device} is not the controller that it should be"
        elif found := forbidden(command.acts_as, act.arguments, device, self._known, self._fire):
            wrong = found
        elif self._ledger.worked(act.device, command.part, COMMAND_GAP_NS, now):
            wrong = "too_soon", f"{where} was asked less than 2 s ago"
        elif unlocks and self._ledger.counted(person, _UNLOCK, _HOUR_NS, now) >= UNLOCKS_PER_HOUR:
            wrong = "too_many", f"the same person unlocked {UNLOCKS_PER_HOUR} doors within the hour"
        elif found := next(filter(None, (each.forbids(act, device, command, now) for each in self.interlocks)), None):
            wrong = found
        return None if wrong is None else Refused(act, *wrong)
