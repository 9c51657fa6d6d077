"""One detector out of service: two persons, a reason, a work order, at most a day; renewed by hand, never by itself."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from gateway.answering import BackInService, ConfirmOutOfService, TakeOutOfService
from gateway.decide.may import MAY_ANSWER, may
from gateway.decide.sparing import Sparing
from gateway.decide.timers import Timers
from gateway.model import Outcome, Recorded, Refused, Remember, Suppression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.known import Known, KnownDevice
    from gateway.model import Now

LONGEST_HOURS = 24.0
"""After a day somebody has to look again (a safety watch cannot be off by habit)."""

CONFIRM_SECONDS = 1800.0
"""How long the second person has."""

DETECTOR_OUTAGE = "detector_outage"
"""The kind of log row, its subject the detector: body {"what": "asked", "confirmed", "ended", "withdrawn" or "lapsed", ...}."""

_OUT = "out_of_service:"
_ASKED = "out_of_service_asked:"
_ENDS = "outage_ends:"
_LAPSES = "outage_lapses:"


@dataclass(frozen=True, slots=True)
class PendingOutage:
    """One person wants a detector out of service, and a second one is waited for. `person` is the first one's id."""

    person: str
    by: str
    reason: str
    work_order: str
    hours: float
    household_told: bool
    until_utc: float
    """Until when the second person may confirm it."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A detector is out of service; `by` names both persons."""

    by: str
    reason: str
    work_order: str
    household_told: bool
    since_utc: float
    until_utc: float

    @property
    def sparing(self) -> Sparing:
        """What its alarms say of it."""
        return Sparing(Suppression.OUT_OF_SERVICE, self.by, f"{self.reason} ({self.work_order})", self.until_utc)


class Outages:
    """The detectors that are out of service, and those that are to be, by detector."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, book: AlarmBook, now: Now) -> None:
        self._known = known
        self._book = book
        self._timers = Timers(remembered, now, prefixes=(_ENDS, _LAPSES))
        self.pending: dict[str, PendingOutage] = {
            name.removeprefix(_ASKED): PendingOutage(*body)
            for name, body in remembered.items()
            if name.startswith(_ASKED)
        }
        self.running: dict[str, Outage] = {
            name.removeprefix(_OUT): Outage(*body) for name, body in remembered.items() if name.startswith(_OUT)
        }
        book.out_of_service = self._of

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next end of an outage or of a wish for one."""
        return self._timers.next_ns

    def adopt(self, now: Now) -> list[Outcome]:
        """What is gone from the configuration is not out of service; nor is what nothing would bring back."""
        out = self._timers.resumed()
        for detector in list(self.running):
            if self._device(detector) is None or _ENDS + detector not in self._timers:
                out += self._end(detector, "", now)
        for detector in list(self.pending):
            if self._device(detector) is None or _LAPSES + detector not in self._timers:
                out += self._drop(detector)
        for alarm in list(self._book.open.values()):
            if alarm.suppression is Suppression.OUT_OF_SERVICE and alarm.device not in self.running:
                out += self._book.back_in_service(alarm.key, now)
        return out

    def act(self, act: TakeOutOfService | ConfirmOutOfService | BackInService, now: Now) -> list[Outcome]:
        """What a person asks for: about this one detector, never about several."""
        device = self._device(act.detector)
        if device is None:
            return [Refused(act, "detector_unknown", f"there is no detector {act.detector}")]
        if refused := may(act, act.actor, MAY_ANSWER, device.rules.place.grid):
            return [refused]
        match act:
            case TakeOutOfService():
                return self._ask(act, device, now)
            case ConfirmOutOfService():
                return self._confirm(act, now)
        return self._back(act, now)

    def wake(self, now: Now) -> list[Outcome]:
        """Outages end by themselves, and wishes that nobody confirmed lapse."""
        out: list[Outcome] = []
        for name in self._timers.ended(now):
            side, _, detector = name.partition(":")
            out.append(Remember(name, None))
            if f"{side}:" == _ENDS:
                out += self._end(detector, "", now)
            else:
                out += [*self._drop(detector), Recorded(DETECTOR_OUTAGE, detector, {"what": "lapsed"})]
        return out

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Write down what is left of them."""
        return self._timers.checkpoint(now)

    # ------------------------------------------------------------ parts of it

    def _of(self, device: str) -> Sparing | None:
        outage = self.running.get(device)
        return None if outage is None else outage.sparing

    def _device(self, detector: str) -> KnownDevice | None:
        device = self._known.devices.get(detector)
        return None if device is None or device.rules.detector is None else device

    def _ask(self, act: TakeOutOfService, device: KnownDevice, now: Now) -> list[Outcome]:
        reason, work_order = act.reason.strip(), act.work_order.strip()
        if not reason:
            return [Refused(act, "reason_needed", "taking a detector out of service needs a reason")]
        if not work_order:
            return [Refused(act, "work_order_needed", "taking a detector out of service needs a work order")]
        if not 0 < act.hours <= LONGEST_HOURS:
            return [
                Refused(act, "outage_too_long", f"a detector is out of service for {LONGEST_HOURS:g} hours at most")
            ]
        if device.rules.detector is not None and device.rules.detector.household and not act.household_told:
            return [
                Refused(act, "household_not_told", "whoever lives there has to know that nothing watches over them")
            ]
        until_utc = now.utc + CONFIRM_SECONDS
        pending = PendingOutage(
            act.actor.id, act.actor.name, reason, work_order, act.hours, act.household_told, until_utc
        )
        self.pending[act.detector] = pending
        body = {"what": "asked", "reason": reason, "work_order": work_order, "hours": act.hours}
        return [
            Remember(_ASKED + act.detector, list(astuple(pending))),
            *self._timers.start(_LAPSES + act.detector, CONFIRM_SECONDS, now),
            Recorded(DETECTOR_OUTAGE, act.detector, body, act.actor.name),
        ]

    def _confirm(self, act: ConfirmOutOfService, now: Now) -> list[Outcome]:
        detector, pending = act.detector, self.pending.get(act.detector)
        if pending is None:
            return [Refused(act, "outage_not_asked", f"nobody wants {detector} out of service")]
        if pending.person == act.actor.id:
            return [Refused(act, "same_person", "a second person has to confirm it")]
        by, until_utc = f"{pending.by}, {act.actor.name}", now.utc + pending.hours * 3600
        outage = Outage(by, pending.reason, pending.work_order, pending.household_told, now.utc, until_utc)
        self.running[detector] = outage
        body = {"what": "confirmed", "reason": outage.reason, "work_order": outage.work_order, "hours": pending.hours}
        out: list[Outcome] = [
            *self._drop(detector),
            Remember(_OUT + detector, list(astuple(outage))),
            *self._timers.start(_ENDS + detector, pending.hours * 3600, now),
            Recorded(DETECTOR_OUTAGE, detector, body, act.actor.name),
        ]
        for alarm in list(self._book.open.values()):
            if alarm.device == detector:
                out += self._book.spare(alarm.key, *outage.sparing, now)
        return out

    def _back(self, act: BackInService, now: Now) -> list[Outcome]:
        detector, out = act.detector, list[Outcome]()
        if detector not in self.pending and detector not in self.running:
            return [Refused(act, "in_service", f"{detector} is in service")]
        if detector in self.pending:
            out += self._drop(detector)
            out.append(Recorded(DETECTOR_OUTAGE, detector, {"what": "withdrawn"}, act.actor.name))
        return out + (self._end(detector, act.actor.name, now) if detector in self.running else [])

    def _drop(self, detector: str) -> list[Outcome]:
        del self.pending[detector]
        return [Remember(_ASKED + detector, None), *self._timers.stop(_LAPSES + detector)]

    def _end(self, detector: str, by: str, now: Now) -> list[Outcome]:
        del self.running[detector]
        out = [Remember(_OUT + detector, None), *self._timers.stop(_ENDS + detector)]
        out.append(Recorded(DETECTOR_OUTAGE, detector, {"what": "ended"}, by))
        for alarm in list(self._book.open.values()):
            if alarm.device == detector:
                out += self._book.back_in_service(alarm.key, now, by)
        return out
