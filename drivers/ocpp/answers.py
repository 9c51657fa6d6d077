"""What a charger is answered: each action of OCPP 1.6 that a central system takes, in the order in which it asks."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Final

from ocpp.exceptions import InternalError, PropertyConstraintViolationError

from drivers.contract import Question
from drivers.credential import tag_hash
from drivers.ocpp import frame
from drivers.ocpp.fields import TEXT_LIMIT, Unfit, rows, shown, text, whole
from drivers.ocpp.meter import readings
from drivers.ocpp.moment import UNTOLD, Moment, moment, rfc3339
from drivers.ocpp.product import CONNECTOR_KEYS, STATES, WHOLE_KEYS
from drivers.ocpp.schema import Fault, check, unheard_of
from drivers.ocpp.station import STATE, WHOLE_CHARGER, boottime_ns, part
from drivers.ocpp.transactions import key_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from drivers.contract import Json
    from drivers.ocpp.station import Station

_log = logging.getLogger(__name__)

WHYS: Final = {
    "EVDisconnected": "unplugged",
    "Remote": "command",
    "EmergencyStop": "emergency_button",
    "PowerLoss": "mains",
    "Local": "local",
    "DeAuthorized": "refused",
    "HardReset": "reset",
    "SoftReset": "reset",
    "Reboot": "reset",
    "UnlockCommand": "unlocked",
    "Other": "other",
}
"""Reason (OCPP 1.6, 7.36) by our words for the end of a session."""

REFUSALS: Final = frozenset({"Blocked", "Expired", "Invalid", "ConcurrentTx"})
"""AuthorizationStatus (OCPP 1.6, 7.2) but Accepted."""

_NO_ERROR: Final = "NoError"


class Answers:
    """Answers the calls of one charger, one at a time, whatever connection they came by.

    So a StartTransaction that is told once more by the next connection waits until the first is on disk.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._shared = station.shared
        self._tally = station.shared.tally
        self._errors: dict[int, tuple[str, ...]] = {}
        self._takes: Mapping[str, Callable[[Mapping[str, Json]], Awaitable[Mapping[str, Json]]]] = {
            "Authorize": self._authorize,
            "BootNotification": self._boot,
            "DataTransfer": self._data,
            "DiagnosticsStatusNotification": self._diagnostics,
            "FirmwareStatusNotification": self._firmware,
            "Heartbeat": self._heartbeat,
            "MeterValues": self._meter_values,
            "StartTransaction": self._start,
            "StatusNotification": self._status,
            "StopTransaction": self._stop,
        }

    async def run(self) -> None:
        """Answer until cancelled."""
        station = self._station
        while True:
            station.asked_something.clear()
            if not station.inbox:
                await station.asked_something.wait()
                continue
            conversation, call = station.inbox.popleft()
            await conversation.answer(await self.answer(call))

    async def answer(self, call: frame.Call) -> str:
        """The text of the answer to a call, or of the error. What follows from it has happened, and is on disk."""
        takes = self._takes.get(call.action)
        if takes is None:
            return self._refused(call, unheard_of(call.action))
        lenient = call.action in self._station.charger.lenient
        if not lenient and (fault := check(call.action, call.fields)) is not None:
            return self._refused(call, fault)
        try:
            fields = await takes(call.fields)
        except Unfit as unfit:
            return self._refused(call, unfit.fault)
        except Exception:  # noqa: BLE001 - a message that nobody thought of costs its sender an answer, and others nothing
            _log.exception("%s: %s could not be answered", self._station.device.id, call.action)
            return self._refused(call, Fault(InternalError.code, "this message could not be taken"))
        heard = self._station.heard
        heard[call.action] = heard.get(call.action, 0) + 1
        self._station.changed()
        return frame.result(call.id, fields)

    def _refused(self, call: frame.Call, fault: Fault) -> str:
        self._tally.errors += 1
        self._reject(f"{fault.code}: {fault.why}", call)
        return frame.error(call.id, fault.code, fault.why)

    def _reject(self, why: str, call: frame.Call) -> None:
        said = json.dumps([frame.CALL, call.id, call.action, call.fields], ensure_ascii=False)
        self._shared.rejects.add(self._station.charger.identity, why, said)

    # ------------------------------------------------------------ the charger

    async def _boot(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        station, now_ns = self._station, boottime_ns()
        serial = text(fields, "chargePointSerialNumber", "") or text(fields, "chargeBoxSerialNumber", "")
        model = f"{text(fields, 'chargePointVendor')} {text(fields, 'chargePointModel')}"
        station.whole.put(WHOLE_KEYS["model"], model, now_ns)
        station.whole.put(WHOLE_KEYS["firmware"], text(fields, "firmwareVersion", ""), now_ns)
        station.whole.put(WHOLE_KEYS["serial"], serial, now_ns)
        station.boots += 1
        station.report(WHOLE_CHARGER)
        wanted = station.charger.serial
        if wanted is not None and serial and serial != wanted:
            doubt = station.doubted(f"its serial number is {serial}, not {wanted}", "")
            if doubt is not None:
                await station.keep(doubt)
        return {
            "status": "Accepted",
            "currentTime": rfc3339(time.time()),
            "interval": self._shared.heartbeat_seconds,
        }

    async def _heartbeat(self, _: Mapping[str, Json]) -> Mapping[str, Json]:
        self._station.report(WHOLE_CHARGER)
        return {"currentTime": rfc3339(time.time())}

    async def _data(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        text(fields, "vendorId")
        return {"status": "UnknownVendorId"}  # no vendor's own messages are known here

    async def _firmware(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        await self._station.keep(self._station.event("firmware_status", {"status": text(fields, "status")}))
        return {}

    async def _diagnostics(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        await self._station.keep(self._station.event("diagnostics_status", {"status": text(fields, "status")}))
        return {}

    async def _status(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        connector, when = whole(fields, "connectorId"), self._moment(fields)
        state = STATES.get(text(fields, "status"))
        if state is None:
            raise Unfit(PropertyConstraintViolationError.code, "status: enum")
        if not self._here(connector, "StatusNotification", fields):
            return {}
        utc = when.utc if when.utc is not None else time.time()
        station = self._station
        if utc < station.status_utc.get(connector, 0.0):
            self._tally.old += 1  # what was kept back while it was offline; newer is known
            return {}
        station.status_utc[connector] = utc
        station.told_of.add(connector)
        error = (
            text(fields, "errorCode", _NO_ERROR),
            text(fields, "vendorErrorCode", ""),
            text(fields, "info", ""),
        )
        now_ns = boottime_ns()
        readings = station.connectors.get(connector, station.whole)
        readings.put(CONNECTOR_KEYS["state"], state, now_ns)
        readings.put(CONNECTOR_KEYS["error"], _complaint(error), now_ns)
        station.report(connector)
        await self._complain(connector, error, when)
        return {}

    async def _complain(self, connector: int, error: tuple[str, str, str], when: Moment) -> None:
        if error == self._errors.get(connector, (_NO_ERROR, "", "")):
            return
        self._errors[connector] = error
        code, vendor, info = error
        if code != _NO_ERROR:
            body = {"part": part(connector), "code": code, "info": f"{vendor} {info}".strip(), "offline": when.old}
            await self._station.keep(self._station.event("charger_error", body, when.utc))

    # ------------------------------------------------------------ tags and transactions

    async def _authorize(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        return {"idTagInfo": {"status": (await self._may_charge(text(fields, "idTag"), ""))[1]}}

    async def _may_charge(self, tag: str, at: str) -> tuple[str, str]:
        """The hash of a tag, "" for one that we made ourselves; and whether it may charge, in the words of OCPP."""
        if self._station.expected(tag):
            return "", "Accepted"
        hashed = tag_hash(self._shared.tag_key, tag)
        question = Question(self._station.device.id, "authorize", {"tag": hashed, "part": at}, boottime_ns())
        answer = await self._station.post.ask(question)
        status = answer.body.get("status")
        return hashed, "Accepted" if answer.allowed else str(status) if status in REFUSALS else "Invalid"

    async def _start(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        station, transactions = self._station, self._station.transactions
        connector, meter_wh = whole(fields, "connectorId"), whole(fields, "meterStart")
        tag, when = text(fields, "idTag"), self._moment(fields)
        if connector not in station.connectors:
            raise Unfit(PropertyConstraintViolationError.code, f"connectorId: there is no connector {connector}")
        key = key_of(connector, text(fields, "timestamp"), tag_hash(self._shared.tag_key, tag), meter_wh)
        repeated = transactions.repeated_start(key)
        if repeated is not None:
            self._tally.repeats += 1
            return _begun(*repeated)
        hashed, status = await self._may_charge(tag, part(connector))
        if connector in station.off and not when.old:
            status = "Blocked"
        now_utc = time.time()
        began_utc = when.utc if when.utc is not None else now_utc
        begun = transactions.begin(connector, hashed, meter_wh, began_utc, key, status, now_utc)
        body = {
            "part": part(connector),
            "session": str(begun.number),
            "tag": hashed,
            "meter_kwh": meter_wh / 1000,
            "offline": when.old,
        }
        self._count_old(when)
        if not when.old:
            now_ns = boottime_ns()
            station.connectors[connector].put(CONNECTOR_KEYS["energy"], meter_wh / 1000, now_ns)
            station.connectors[connector].put(CONNECTOR_KEYS["session_energy"], 0.0, now_ns)
            station.report(connector, when.utc)
        await station.keep(station.event("session_started", body, when.utc, number=begun.number))
        return _begun(begun.number, status)

    async def _stop(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        station, transactions = self._station, self._station.transactions
        number, meter_wh, when = whole(fields, "transactionId"), whole(fields, "meterStop"), self._moment(fields)
        key = key_of(number, text(fields, "timestamp"), meter_wh)
        if transactions.repeated_stop(key):
            self._tally.repeats += 1
            return {}
        self._count_old(when)
        reason = text(fields, "reason", "Local")
        why = WHYS.get(reason, "other")
        ended = transactions.end(number, key)
        if ended is None:
            body = {"session": str(number), "why": why, "meter_kwh": meter_wh / 1000, "offline": when.old}
            await station.keep(station.event("session_unknown", body, when.utc))
            return {}
        if not when.old:
            self._measured(ended.connector, rows(fields, "transactionData"))
            station.report(ended.connector, when.utc)
        stopped_utc = when.utc if when.utc is not None else time.time()
        body = {
            "part": part(ended.connector),
            "session": str(number),
            "why": why,
            "kwh": None if ended.meter_wh is None else max(0, meter_wh - ended.meter_wh) / 1000,
            "seconds": max(0, round(stopped_utc - ended.began_utc)),
            "offline": when.old,
        }
        await station.keep(station.event("session_ended", body, when.utc, number=number))
        return {}

    async def _meter_values(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        connector = whole(fields, "connectorId")
        if not self._here(connector, "MeterValues", fields):
            return {}
        measured_utc, fresh = self._measured(connector, rows(fields, "meterValue"))
        if not fresh:
            return {}
        self._adopt(connector, fields.get("transactionId"))
        self._station.report(connector, measured_utc)
        return {}

    def _adopt(self, connector: int, number: Json) -> None:
        """A transaction that runs by a number which we do not know: whoever gave it has lost its memory."""
        station = self._station
        if (
            connector in station.connectors
            and type(number) is int
            and station.connectors[connector].told(STATE) != "free"
        ):
            station.transactions.adopt(number, connector, time.time())

    def _measured(self, connector: int, values: list[Mapping[str, Json]]) -> tuple[float | None, bool]:
        """Take readings of now into the connector. When the last was measured, and whether there was any."""
        station, now_ns, measured_utc, fresh = self._station, boottime_ns(), None, False
        for value in values:
            when = self._moment(value)
            if when.old:
                self._tally.old += 1
                continue
            fresh, measured_utc = True, when.utc
            found = readings(rows(value, "sampledValue"))
            if connector == WHOLE_CHARGER:
                if "temperature" in found:
                    station.whole.put(WHOLE_KEYS["temperature"], found["temperature"], now_ns)
                continue
            for name, number in found.items():
                station.connectors[connector].put(CONNECTOR_KEYS[name], number, now_ns)
            energy, running = found.get("energy"), station.running(connector)
            if energy is not None and running is not None and running.meter_wh is not None:
                drawn = max(0.0, round(energy - running.meter_wh / 1000, 6))
                station.connectors[connector].put(CONNECTOR_KEYS["session_energy"], drawn, now_ns)
        return measured_utc, fresh

    # ------------------------------------------------------------ what they share

    def _moment(self, fields: Mapping[str, Json]) -> Moment:
        """When it happened, by the charger. A clock that is wrong is told of the charger as a whole."""
        said = text(fields, "timestamp", "")
        when = moment(said, time.time()) if said else UNTOLD
        if when is None:
            raise Unfit(PropertyConstraintViolationError.code, "timestamp: is no time")
        index, station = WHOLE_KEYS["clock_wrong"], self._station
        if said and when.wrong is not station.whole.told(index):
            station.whole.put(index, when.wrong, boottime_ns())
            station.report(WHOLE_CHARGER)
        return when

    def _here(self, connector: int, action: str, fields: Mapping[str, Json]) -> bool:
        """Whether there is such a connector. A charger with more than were configured goes on with those that are known."""
        if connector == WHOLE_CHARGER or connector in self._station.connectors:
            return True
        self._reject(f"connector {connector} is not configured", frame.Call("", action, fields))
        return False

    def _count_old(self, when: Moment) -> None:
        self._tally.old += when.old


def _begun(number: int, status: str) -> Mapping[str, Json]:
    return {"transactionId": number, "idTagInfo": {"status": status}}


def _complaint(error: tuple[str, str, str]) -> str:
    """What a connector complains of, in one line."""
    return "" if error[0] == _NO_ERROR else shown(" ".join(word for word in error if word))[:TEXT_LIMIT]
