"""Commands that decide sends on its own, such as one more compartment of a cabinet that is being opened as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Command
from gateway.decide.gate import COMMAND_LIFE_NS
from gateway.model import Send

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.known import Known
    from gateway.decide.ledger import Ledger
    from gateway.model import Now, Outcome


class Sending:
    """Enters a command into the book of commands and sends it."""

    def __init__(self, known: Known, ledger: Ledger) -> None:
        self._known = known
        self._ledger = ledger

    def by_rule(
        self, device: str, name: str, arguments: Mapping[str, Json], *, actor: str, reason: str, now: Now
    ) -> list[Outcome]:
        """Send a command that the device takes; `actor` is the person or rule it goes back to, for the record."""
        command = self._known.devices[device].rules.commands[name]
        number, out = self._ledger.enter(device, command.part, command.acts_as, f"rule:{actor}", "", now)
        sent = Command(number, device, name, dict(arguments), now.boottime_ns + COMMAND_LIFE_NS)
        return [*out, Send(sent, actor, reason)]
