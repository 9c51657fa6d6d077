"""Gas in a flat: nothing electrical is switched there, since any contact may spark (domain 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.fires.table import Kind

if TYPE_CHECKING:
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.rules import CommandRules
    from gateway.decide.watches import Watches
    from gateway.model import AskCommand, Now, Outcome


class GasInterlock:
    """Stands against commands to what is in a flat while gas stands there, and until a person has reset that alarm."""

    def __init__(self, known: Known, watches: Watches) -> None:
        self._known = known
        self._watches = watches

    def forbids(self, _act: AskCommand, device: KnownDevice, _command: CommandRules, _now: Now, /) -> Forbidden | None:
        """Why it may not be done now; None when nothing stands against it."""
        if not self.gas_at(device.id):
            return None
        return "gas", "there is gas in this flat: nothing electrical is switched there until its alarm is reset"

    def sent(self, _act: AskCommand, _device: KnownDevice, _command: CommandRules, _now: Now, /) -> list[Outcome]:
        """Nothing follows here from a command."""
        return []

    def gas_at(self, device: str) -> bool:
        """Whether gas stands in the flat of a device."""
        rules = self._known.rules
        household = rules.devices[device].household
        if not household:
            return False
        for alarm in self._watches.book.open.values():
            if rules.fires.kinds.get(alarm.rule) is Kind.GAS and (alarm.active or alarm.latched) and not alarm.test:
                there = rules.devices.get(alarm.device)
                if there is not None and household in (there.household, there.detector and there.detector.household):
                    return True
        return False
