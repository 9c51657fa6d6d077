"""What chargers complain of: alarms from what their ports show, and from what they report once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.chargers.port import FAULT
from gateway.decide.rules import CHARGER_FAULT

if TYPE_CHECKING:
    from drivers.contract import DeviceEvent
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

NOTHING = frozenset({"", "NoError", "none", "ok"})
"""How chargers say that nothing is wrong (OCPP 1.6, 7.6: NoError)."""


class Faults:
    """The complaints that stand."""

    def __init__(self, grounds: Grounds, known: Known, watches: Watches) -> None:
        self._grounds = grounds
        self._known = known
        self._watches = watches
        self._faulty: set[str] = set()
        self._said: dict[str, str] = {}
        """What was reported of a port or charger, in words."""

    def adopt(self) -> None:
        """What stood before stands on."""
        keys = (*self._grounds.ports, *self._grounds.by_device)
        self._faulty = {key for key in keys if self._watches.book.active(f"{CHARGER_FAULT}@{key}")}

    def said(self, port: PortView, now: Now) -> list[Outcome]:
        """A port told its values."""
        key, error = port.key, port.error
        faulty = port.state == FAULT or (error is not None and error not in NOTHING)
        if faulty is (key in self._faulty) or not (faulty or port.certain("state")):
            return []
        why = self._said.get(key) or port.error or "it reports a fault"
        return self._say(key, port.known, port, why if faulty else "", now)

    def whole(self, device: KnownDevice, now: Now) -> list[Outcome]:
        """A charger told the values that are about all of it."""
        points = device.rules.points
        if "port_state" not in points and "port_error" not in points:
            return []
        state, error = device.seen(points, "port_state"), device.seen(points, "port_error")
        faulty = state.value == FAULT or (isinstance(error.value, str) and error.value not in NOTHING)
        if faulty is (device.id in self._faulty) or not (faulty or state.sure or error.sure):
            return []
        why = self._said.get(device.id) or str(error.value or "it reports a fault")
        return self._say(device.id, device, None, why if faulty else "", now)

    def reported(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """A charger reports an error, or that there is none any more. What it reports late is history."""
        device, body = self._known.devices[event.device], event.body
        if body.get("offline") is True:
            return []
        part = str(body.get("part", ""))
        port = self._grounds.ports.get(f"{event.device}/{part}")
        key = port.key if port is not None else event.device
        code, info = str(body.get("code", "")), str(body.get("info", ""))
        if code in NOTHING and not info:
            self._said.pop(key, None)
            return self._say(key, device, port, "", now) if key in self._faulty else []
        why = self._said[key] = ": ".join(filter(None, (code if code not in NOTHING else "", info)))
        return self._say(key, device, port, why, now)

    def _say(self, key: str, device: KnownDevice, port: PortView | None, why: str, now: Now) -> list[Outcome]:
        (self._faulty.add if why else self._faulty.discard)(key)
        place = port.place if port is not None else device.rules.place
        return self._watches.say(CHARGER_FAULT, key, device.id, place, abnormal=bool(why), why=why, now=now)
