"""What a charger is answered: each action of OCPP 1.6 that a central system takes, in the order in which it asks."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Final

from drivers.ocpp import codes, frame
from drivers.ocpp.fields import TEXT_LIMIT, Unfit, rows, shown, text, whole
from drivers.ocpp.moment import rfc3339
from drivers.ocpp.product import CONNECTOR_KEYS, STATES, WHOLE_KEYS
from drivers.ocpp.schema import Fault, check, unheard_of
from drivers.ocpp.sessions import Sessions
from drivers.ocpp.station import STATE, WHOLE_CHARGER, boottime_ns, part
from drivers.ocpp.telling import measured, told_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from drivers.contract import Json
    from drivers.ocpp.moment import Moment
    from drivers.ocpp.station import Station

_log = logging.getLogger(__name__)

_NO_ERROR: Final = "NoError"


class Answers:
    """Answers the calls of one charger, one at a time, whatever connection they came by.

    So a StartTransaction that is told once more by the next connection waits until the first is on disk.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._shared = station.shared
        self._tally = station.shared.tally
        sessions = Sessions(station)
        self._errors: dict[int, tuple[str, ...]] = {}
        self._takes: Mapping[str, Callable[[Mapping[str, Json]], Awaitable[Mapping[str, Json]]]] = {
            "Authorize": sessions.authorize,
            "BootNotification": self._boot,
            "DataTransfer": self._data,
            "DiagnosticsStatusNotification": self._diagnostics,
            "FirmwareStatusNotification": self._firmware,
            "Heartbeat": self._heartbeat,
            "MeterValues": self._meter_values,
            "StartTransaction": sessions.start,
            "StatusNotification": self._status,
            "StopTransaction": sessions.stop,
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
            return self._refused(call, Fault(codes.INTERNAL, "this message could not be taken"))
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
        connector, when = whole(fields, "connectorId"), told_at(self._station, fields)
        state = STATES.get(text(fields, "status"))
        if state is None:
            raise Unfit(codes.PROPERTY, "status: enum")
        if not self._here(connector, "StatusNotification", fields):
            return {}
        now_utc, station = time.time(), self._station
        utc = now_utc if when.utc is None else min(when.utc, now_utc)
        if when.old and utc < station.status_utc.get(connector, 0.0):
            return {}  # it was kept back while the charger was offline, and newer is known
        station.status_utc[connector] = utc
        station.told_of.add(connector)
        error = (
            text(fields, "errorCode", _NO_ERROR),
            text(fields, "vendorErrorCode", ""),
            text(fields, "info", ""),
        )
        now_ns = boottime_ns()
        readings = station.connectors.get(connector, station.whole)
        keys = WHOLE_KEYS if connector == WHOLE_CHARGER else CONNECTOR_KEYS
        readings.put(keys["state"], state, now_ns)
        readings.put(keys["error"], _complaint(error), now_ns)
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

    async def _meter_values(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        connector = whole(fields, "connectorId")
        if not self._here(connector, "MeterValues", fields):
            return {}
        measured_utc, fresh = measured(self._station, connector, rows(fields, "meterValue"))
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

    def _here(self, connector: int, action: str, fields: Mapping[str, Json]) -> bool:
        """Whether there is such a connector. A charger with more than were configured goes on with those that are known."""
        if connector == WHOLE_CHARGER or connector in self._station.connectors:
            return True
        self._reject(f"connector {connector} is not configured", frame.Call("", action, fields))
        return False


def _complaint(error: tuple[str, str, str]) -> str:
    """What a connector complains of, in one line."""
    return "" if error[0] == _NO_ERROR else shown(" ".join(word for word in error if word))[:TEXT_LIMIT]
