"""Who may charge, and the beginning and the end of each transaction: on disk before the charger hears of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from drivers.contract import Question
from drivers.credential import tag_hash
from drivers.ocpp import codes
from drivers.ocpp.fields import Unfit, rows, text, whole
from drivers.ocpp.product import CONNECTOR_KEYS
from drivers.ocpp.station import boottime_ns, part
from drivers.ocpp.telling import measured, told_at
from drivers.ocpp.transactions import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from drivers.ocpp.moment import Moment
    from drivers.ocpp.station import Station
    from drivers.ocpp.transactions import Transaction

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
"""Reason (OCPP 1.6, 7.36) by our words for the end of a session. Without one it is Local (6.47)."""

REFUSALS: Final = frozenset({"Blocked", "Expired", "Invalid", "ConcurrentTx"})
"""AuthorizationStatus (OCPP 1.6, 7.2) but Accepted."""


class Sessions:
    """The transactions of one charger, as it tells of them."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._tag_key = station.shared.tag_key

    async def authorize(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """Whether whoever stands there may charge."""
        return {"idTagInfo": {"status": (await self._may_charge(text(fields, "idTag"), ""))[1]}}

    async def start(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """A charging began: it gets its number, the same one whenever it is told again, whether or not it may charge."""
        station, transactions = self._station, self._station.transactions
        connector, meter_wh = whole(fields, "connectorId"), whole(fields, "meterStart")
        tag, when = text(fields, "idTag"), told_at(station, fields)
        if connector not in station.connectors:
            raise Unfit(codes.PROPERTY, f"connectorId: there is no connector {connector}")
        key = key_of(connector, text(fields, "timestamp", ""), tag_hash(self._tag_key, tag), meter_wh)
        repeated = transactions.repeated_start(key)
        if repeated is not None:
            station.shared.tally.repeats += 1
            return _begun(*repeated)
        hashed, status = await self._may_charge(tag, part(connector))
        if connector in station.off and not when.old:
            status = "Blocked"
        now_utc = time.time()
        began_utc = when.utc if when.utc is not None else now_utc
        begun = transactions.begin(connector, hashed, meter_wh, began_utc, key, status, now_utc)
        if not when.old:
            now_ns, readings = boottime_ns(), station.connectors[connector]
            readings.put(CONNECTOR_KEYS["energy"], meter_wh / 1000, now_ns)
            readings.put(CONNECTOR_KEYS["session_energy"], 0.0, now_ns)
            station.report(connector, when.utc)
        body = {
            "part": part(connector),
            "session": str(begun.number),
            "tag": hashed,
            "meter_kwh": meter_wh / 1000,
            "offline": when.old,
        }
        await station.keep(station.event("session_started", body, when.utc, number=begun.number))
        return _begun(begun.number, status)

    async def stop(self, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """A charging ended. One that nobody knows is kept under another kind, and never an error: nothing would mend it."""
        station, transactions = self._station, self._station.transactions
        number, meter_wh, when = (
            whole(fields, "transactionId"),
            whole(fields, "meterStop"),
            told_at(station, fields),
        )
        key = key_of(number, text(fields, "timestamp", ""), meter_wh)
        if transactions.repeated_stop(key):
            station.shared.tally.repeats += 1
            return {}
        why = WHYS.get(text(fields, "reason", "Local"), "other")
        ended = transactions.end(number, key)
        if ended is None:
            body = {"session": str(number), "why": why, "meter_kwh": meter_wh / 1000, "offline": when.old}
            await station.keep(station.event("session_unknown", body, when.utc))
            return {}
        if not when.old:
            measured(station, ended.connector, rows(fields, "transactionData"))
            station.report(ended.connector, when.utc)
        await station.keep(station.event("session_ended", _ended(ended, why, meter_wh, when), when.utc, number=number))
        return {}

    async def _may_charge(self, tag: str, at: str) -> tuple[str, str]:
        """The hash of a tag, "" for one that we made ourselves; and whether it may charge, in the words of OCPP."""
        if self._station.expected(tag):
            return "", "Accepted"
        hashed = tag_hash(self._tag_key, tag)
        question = Question(self._station.device.id, "authorize", {"tag": hashed, "part": at}, boottime_ns())
        answer = await self._station.post.ask(question)
        status = answer.body.get("status")
        return hashed, "Accepted" if answer.allowed else str(status) if status in REFUSALS else "Invalid"


def _begun(number: int, status: str) -> Mapping[str, Json]:
    return {"transactionId": number, "idTagInfo": {"status": status}}


def _ended(ended: Transaction, why: str, meter_wh: int, when: Moment) -> Mapping[str, Json]:
    stopped_utc = when.utc if when.utc is not None else time.time()
    return {
        "part": part(ended.connector),
        "session": str(ended.number),
        "why": why,
        "kwh": None if ended.meter_wh is None else max(0, meter_wh - ended.meter_wh) / 1000,
        "seconds": max(0, round(stopped_utc - ended.began_utc)),
        "offline": when.old,
    }
