"""A charging pile for cars that speaks OCPP 1.6J: what it is, what is plugged in, and what it tells the central system.

Pure: the time is passed in. How it talks is in `ocpp_station`, what it is told to do in `ocpp_orders`.
"""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from simulator.charging_socket import ChargingSocket
from simulator.ocpp_frames import lets_in, stamp
from simulator.ocpp_orders import obey
from simulator.ocpp_queue import Transaction
from simulator.ocpp_station import OcppStation
from simulator.ocpp_values import sloppy_values, values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from simulator.agenda import Agenda
    from simulator.battery import Charge
    from simulator.charging_socket import Measured
    from simulator.ocpp_frames import Fields

CONNECTOR = "connector1"
AMPERES = 32.0
_KELVIN = 24.0  # warmer than the air at its rated current
HOT_CELSIUS = 95.0
LEAK_MILLIAMPERES = 30.0
BOOT_SECONDS = 4.0

_IDLE_SECONDS, _ANXIOUS_SECONDS = 60.0, 1.0
_TOLD_KELVIN = 2.0
_SUSPENDED_WATTS = 60.0


class Wire(Protocol):
    """Its network side, as the pile can break it."""

    def drop(self, seconds: float) -> None:
        """Lose the connection without a word, and come back so many seconds later; infinity: not before `restore`."""
        ...

    def restore(self, seconds: float) -> None:
        """Come back so many seconds from now."""
        ...


class OcppPile:
    """A pile of one connector. `wire` is set before it lives; the connection is the business of its `station`."""

    wire: Wire

    def __init__(self, id_: str, rng: Random, agenda: Agenda, now: float, shift_seconds: float = 0.0) -> None:
        self.id = id_
        self.agenda = agenda
        self.station = OcppStation(id_, rng, agenda, partial(obey, self), self._born)
        self.outlet = ChargingSocket(rng, AMPERES, _KELVIN, now, shift_seconds)
        self.accepts_only = False
        """It accepts every order, and its relay does nothing."""
        self.starts_twice = False
        """It says each StartTransaction twice, as after an answer that got lost."""
        self.sloppy = False
        """Its meter values break the schema: numbers that are no strings, "Celcius", a key that is nobody's."""
        self.transaction: Transaction | None = None
        self.operative = True
        self.error = "NoError"
        self.vendor_error = ""
        self.sample_seconds = 15
        self.ended = False
        """The last session is over, and the plug is still in."""
        self.awaited = ""
        """The tag of a remote start that waits for a plug."""
        self.mains = True
        self._round = 0
        self._said_status = ""
        self._said: Measured | None = None
        self._said_at = 0.0
        self._plan_look(now - rng.uniform(0, _IDLE_SECONDS))

    @property
    def parts(self) -> tuple[str, ...]:
        """Its connector."""
        return (CONNECTOR,)

    def socket(self, _part: str) -> ChargingSocket:
        """Its socket."""
        return self.outlet

    def lose_network(self, seconds: float) -> None:
        """Be gone without a word for so long, and go on charging."""
        self.wire.drop(seconds)

    def state(self, now: float) -> Mapping[str, Any]:
        """Its mains, its status, and what flows."""
        amperes = round(self.outlet.measure(now).amperes, 2)
        return {"mains": self.mains, "status": self.status, "amperes": amperes, "running": self.transaction is not None}

    # ------------------------------------------------------------ what it tells

    @property
    def status(self) -> str:
        """The status of its connector."""
        if self.error != "NoError":
            return "Faulted"
        if self.transaction is not None:
            return "SuspendedEV" if self.outlet.watts < _SUSPENDED_WATTS else "Charging"
        if not self.operative:
            return "Unavailable"
        if self.outlet.taken:
            return "Finishing" if self.ended else "Preparing"
        return "Available"

    def say_status(self, now: float, connector: int = 1) -> None:
        """Say it whether it changed or not; connector 0 is the pile as a whole."""
        status = self.status if connector else "Available" if self.operative else "Unavailable"
        if connector:
            self._said_status = status
        fields: dict[str, Any] = {"connectorId": connector, "errorCode": self.error, "status": status}
        fields["timestamp"] = stamp(now)
        if self.vendor_error:
            fields |= {"vendorId": "Gridpost", "vendorErrorCode": self.vendor_error}
        self.station.queue.ask("StatusNotification", fields, now)

    def _born(self, now: float) -> None:
        self.say_status(now, connector=0)
        self.say_status(now)

    def changed(self, now: float) -> None:
        """Say the status if it changed, and look at the socket."""
        if self.status != self._said_status:
            self.say_status(now)
        self._plan_look(now)

    def say_values(self, now: float, context: str = "Sample.Periodic", measured: Measured | None = None) -> None:
        """Say what the meter shows."""
        self._said, self._said_at = measured or self.outlet.measure(now), now
        level = self.outlet.level if self.outlet.taken else None
        sampled = (sloppy_values if self.sloppy else values)(self._said, level, context)
        fields: dict[str, Any] = {"connectorId": 1, "meterValue": [{"timestamp": stamp(now), "sampledValue": sampled}]}
        self.station.queue.ask("MeterValues", fields, now, self.transaction)

    def look(self, round_: int, now: float) -> None:
        """Measure, act on its own limits, and tell what is due."""
        if round_ != self._round or not self.mains:
            return
        measured = self.outlet.measure(now)
        self._guard(measured, now)
        due = now - self._said_at >= self.sample_seconds - _ANXIOUS_SECONDS
        if self.outlet.flows and (due or self._worth_telling(measured)):
            self.say_values(now, measured=measured)
        self.changed(now)

    def _worth_telling(self, measured: Measured) -> bool:
        return self._said is None or abs(measured.celsius - self._said.celsius) >= _TOLD_KELVIN

    def _guard(self, measured: Measured, now: float) -> None:
        if self.accepts_only or self.transaction is None:
            return
        if measured.milliamperes >= LEAK_MILLIAMPERES:
            self.fail("GroundFailure", now)
        elif measured.celsius >= HOT_CELSIUS:
            self.fail("HighTemperature", now)

    def fail(self, error: str, now: float, vendor_error: str = "") -> None:
        """It stops by itself, for this error of the specification; "NoError" ends that."""
        self.error, self.vendor_error = error, vendor_error
        if error != "NoError" and not self.accepts_only:
            self.end("Other", now)
        self.changed(now)

    def smell(self, now: float, *, smoke: bool) -> None:
        """Smoke comes to it, or is gone; OCPP has no word for that."""
        self.fail("OtherError" if smoke else "NoError", now, "Smoke" if smoke else "")

    def touch(self, _part: str, now: float) -> None:
        """Something about its socket was changed: tell of it at once."""
        if self.mains:
            self.say_values(now)
            self.look(self._round, now)

    def _plan_look(self, now: float) -> None:
        pause = _IDLE_SECONDS
        if self.outlet.burns or self.outlet.leak_milliamperes:
            pause = _ANXIOUS_SECONDS
        elif self.outlet.flows:
            pause = float(self.sample_seconds)
        self._round += 1
        self.agenda.plan(now + pause, partial(self.look, self._round))

    # ------------------------------------------------------------ sessions

    def plug(self, _part: str, charge: Charge, tag: str, now: float, scan_after: float = 5.0) -> bool:
        """A car is plugged in, and a tag shown a little later; False where one is plugged in already."""
        if self.outlet.taken:
            return False
        self.outlet.plug(charge, now)
        self.ended = False
        self.changed(now)
        waiting, self.awaited = self.awaited, ""
        self.agenda.plan(now + scan_after, partial(self.scan, waiting or tag))
        return True

    def pull(self, _part: str, now: float) -> bool:
        """The car leaves; False where there is none."""
        if not self.outlet.taken:
            return False
        self.outlet.pull(now)
        self.end("EVDisconnected", now)
        self.ended, self.error = False, "NoError"
        self.changed(now)
        return True

    def plug_more(self, _part: str, _charge: Charge, _now: float) -> bool:
        """A connector takes one car."""
        return False

    def found(self, _part: str, charge: Charge, tag: str, since: float, now: float) -> None:
        """A car was plugged in at `since`, before there was a simulator; whatever it takes is in its transaction."""
        self.outlet.plug(charge, now, now - since)
        self.outlet.settle(now)
        self.begin(tag, now)

    def scan(self, tag: str, now: float) -> None:
        """Somebody shows a tag; without a network everybody may charge (AllowOfflineTxForUnknownId)."""
        if self.transaction is not None or not self._may_begin:
            return
        if self.station.queue.booted:
            self.station.queue.ask("Authorize", {"idTag": tag}, now, then=partial(self._authorized, tag))
        else:
            self.begin(tag, now)

    def _authorized(self, tag: str, answer: Fields | None, now: float) -> None:
        if lets_in(answer):
            self.begin(tag, now)

    @property
    def _may_begin(self) -> bool:
        return self.outlet.taken and self.operative and self.error == "NoError" and self.mains

    def begin(self, tag: str, now: float) -> None:
        """Current flows, and a transaction begins."""
        if self.transaction is not None or not self._may_begin:
            return
        self.outlet.switch(now, on=True)
        meter = round(self.outlet.meter_watt_hours)
        self.transaction = begun = Transaction(tag)
        fields = {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": stamp(now)}
        # what begins without a network goes on, whatever is said of its tag when there is one
        started = self._started if self.station.queue.booted else self._known
        for _ in range(2 if self.starts_twice else 1):
            self.station.queue.ask("StartTransaction", fields, now, begun, partial(started, begun))
        self.changed(now)
        self.say_values(now, "Transaction.Begin")

    @staticmethod
    def _known(begun: Transaction, answer: Fields | None, _now: float) -> None:
        begun.id = answer.get("transactionId") if answer else None

    def _started(self, begun: Transaction, answer: Fields | None, now: float) -> None:
        self._known(begun, answer, now)
        if not lets_in(answer) and begun is self.transaction:
            self.end("DeAuthorized", now)
            self.changed(now)

    def end(self, reason: str, now: float) -> None:
        """The relay opens and the transaction is over, if one runs."""
        over = self.transaction
        if over is None:
            return
        self.outlet.switch(now, on=False)
        self.transaction, self.ended = None, self.outlet.taken
        fields = {"meterStop": round(self.outlet.meter_watt_hours), "timestamp": stamp(now), "reason": reason}
        self.station.queue.ask("StopTransaction", fields, now, over)
        if self.mains:
            self.say_values(now, "Sample.Clock")
            self.changed(now)

    # ------------------------------------------------------------ the mains

    def feed(self, now: float, *, mains: bool) -> None:
        """The mains come or go; it has no battery."""
        if mains == self.mains:
            return
        if not mains:
            self.mains = False
            self.wire.drop(inf)
            self.station.closed()  # nothing gets out any more
            self.end("PowerLoss", now)
            self.outlet.feed(now, mains=False)
        else:
            self.mains = True
            self.outlet.feed(now, mains=True)
            self.wire.restore(BOOT_SECONDS)
            self._plan_look(now)
