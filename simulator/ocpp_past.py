"""A transaction of the past, as a pile says it that was without a network meanwhile (OCPP 1.6, 3.7)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.ocpp_frames import stamp
from simulator.ocpp_queue import Transaction

if TYPE_CHECKING:
    from simulator.ocpp_frames import Fields
    from simulator.ocpp_pile import OcppPile

_WATT_HOURS = 8_000
_SAMPLES = 4


def say_past(pile: OcppPile, tag: str, began_ago: float, seconds: float, now: float) -> None:
    """Say a whole one now, from its start to its end, with its old times and its meter values."""
    began, queue = now - began_ago, pile.station.queue
    meter = round(pile.outlet.meter_watt_hours) - _WATT_HOURS
    past = Transaction(tag)
    fields: dict[str, Any] = {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": stamp(began)}
    queue.ask("StartTransaction", fields, now, past, partial(_started, past))
    for number in range(1, _SAMPLES):
        at, shown = stamp(began + number * seconds / _SAMPLES), meter + number * _WATT_HOURS // _SAMPLES
        energy = [{"value": str(shown), "context": "Sample.Periodic", "unit": "Wh"}]
        fields = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": energy}]}
        queue.ask("MeterValues", fields, now, past)
    fields = {"meterStop": meter + _WATT_HOURS, "timestamp": stamp(began + seconds), "reason": "Local"}
    queue.ask("StopTransaction", fields, now, past)


def _started(past: Transaction, answer: Fields | None, _now: float) -> None:
    past.id = answer.get("transactionId") if answer else None
