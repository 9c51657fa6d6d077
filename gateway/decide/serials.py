"""Which controller is which: serial numbers over those of the configuration, and controllers that were retired.

A serial that the configuration names counts until an installer accepts another. Where none is named, the first that is read
counts from then on. What was replaced is retired for ever, wherever it turns up.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from drivers.contract import SERIAL, Link, WantedState
from gateway.decide.may import MAY_INSTALL, may
from gateway.decide.rules import RETIRED_CONTROLLER
from gateway.model import Outcome, Recorded, Refused, Remember, Want

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json, LinkChanged
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.watches import Watches
    from gateway.installing import AcceptSerial
    from gateway.model import Now

SERIAL_LIMIT = 40
"""The longest serial number that is taken, in characters."""

_ACCEPTED = "serial:"
_RETIRED = "retired_serials"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A serial number that counts for a device, since when, and whether it is still on its way into service."""

    serial: str
    since_utc: float
    replacing: bool = False


class Serials:
    """Accepted serials by device, retired ones, and what each device showed last."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches) -> None:
        self._known = known
        self._watches = watches
        self.accepted: dict[str, Accepted] = {
            key.removeprefix(_ACCEPTED): Accepted(**body)
            for key, body in remembered.items()
            if key.startswith(_ACCEPTED)
        }
        self.retired: dict[str, str] = dict(remembered.get(_RETIRED) or {})
        """Which device each retired controller was."""
        self._shown: dict[str, str] = {}

    def expected(self, device: str) -> str:
        """The serial that counts for a device, "" for none."""
        if (accepted := self.accepted.get(device)) is not None:
            return accepted.serial
        rules = self._known.rules.devices.get(device)
        return rules.serial if rules is not None else ""

    def shown(self, device: str) -> str:
        """The serial that the device showed last, "" for none."""
        return self._shown.get(device, "")

    def retired_at(self, device: str) -> bool:
        """Whether a retired controller answers there."""
        return self.shown(device) in self.retired

    def replacing(self, device: str) -> bool:
        """Whether a new controller was accepted that is not in service yet."""
        accepted = self.accepted.get(device)
        return accepted is not None and accepted.replacing

    def again(self) -> Iterator[Outcome]:
        """Say once more which serials are to be held."""
        for device, accepted in self.accepted.items():
            yield from self._want(device, accepted.serial)

    def read(self, changed: LinkChanged, now: Now) -> list[Outcome]:
        """A device said who it is."""
        serial, device = changed.serial, self._known.devices[changed.device]
        if not serial:
            return []
        self._shown[device.id] = serial
        was = self.retired.get(serial)
        why = f"the controller {serial}, retired from {was}, answers as {device.id}" if was is not None else ""
        place = device.rules.place
        out = self._watches.say(
            RETIRED_CONTROLLER, device.id, device.id, place, abnormal=was is not None, why=why, now=now
        )
        if was is None and changed.link is Link.UP and not self.expected(device.id) and not self._holder(serial):
            out += self._accept(device.id, Accepted(serial, now.utc))
            out.append(Recorded("serial_seen", device.id, {"serial": serial}))
        return out

    def accept(self, act: AcceptSerial, now: Now) -> list[Outcome]:
        """The controller was replaced: from now on it has this serial, and the old one is retired."""
        if refused := self._stands_against(act):
            return [refused]
        serial, before = act.serial.strip(), self.expected(act.device)
        out: list[Outcome] = []
        if before:
            self.retired[before] = act.device
            out.append(Remember(_RETIRED, dict(self.retired)))
        out += self._accept(act.device, Accepted(serial, now.utc, replacing=True))
        body = {"serial": serial, "before": before, "reason": act.reason.strip()}
        return [*out, Recorded("replaced", act.device, body, act.actor.name)]

    def in_service(self, device: KnownDevice) -> list[Outcome]:
        """The new controller answers and has its table: it is enabled."""
        accepted = self.accepted[device.id]
        self.accepted[device.id] = settled = replace(accepted, replacing=False)
        note = Remember(_ACCEPTED + device.id, asdict(settled))
        return [note, Recorded("enabled", device.id, {"serial": accepted.serial})]

    def _stands_against(self, act: AcceptSerial) -> Refused | None:
        rules = self._known.rules.devices.get(act.device)
        if rules is None:
            return Refused(act, "device_unknown", f"there is no device {act.device}")
        if refused := may(act, act.actor, MAY_INSTALL, rules.place.grid):
            return refused
        serial = act.serial.strip()
        wrong: tuple[str, str] | None = None
        if SERIAL not in rules.wants:
            wrong = "serial_unsupported", f"the product of {act.device} has no serial number that can be read"
        elif not act.reason.strip():
            wrong = "reason_needed", "replacing a controller needs a reason"
        elif not serial or len(serial) > SERIAL_LIMIT or not serial.isprintable():
            wrong = "serial_bad", f"a serial number has 1 to {SERIAL_LIMIT} characters"
        elif serial == self.expected(act.device):
            wrong = "serial_same", f"{act.device} has this serial number already"
        elif serial in self.retired:
            wrong = "serial_retired", f"the controller {serial} was retired from {self.retired[serial]}"
        elif holder := self._holder(serial):
            wrong = "serial_taken", f"the controller {serial} is {holder}"
        return None if wrong is None else Refused(act, *wrong)

    def _holder(self, serial: str) -> str:
        """The device for which that serial counts, "" for none."""
        return next((device for device in self._known.rules.devices if self.expected(device) == serial), "")

    def _accept(self, device: str, accepted: Accepted) -> list[Outcome]:
        self.accepted[device] = accepted
        return [Remember(_ACCEPTED + device, asdict(accepted)), *self._want(device, accepted.serial)]

    def _want(self, device: str, serial: str) -> Iterator[Outcome]:
        rules = self._known.rules.devices.get(device)
        if rules is not None and SERIAL in rules.wants:
            yield Want(device, WantedState(SERIAL, serial))
