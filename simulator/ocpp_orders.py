"""What a central system may tell a pile, by the action's name (OCPP 1.6, section 5), and what the pile makes of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.ocpp_station import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.ocpp_frames import Fields
    from simulator.ocpp_pile import OcppPile

_ACTS_AFTER_SECONDS = 0.8
"""An accepted order takes so long to reach the relay."""
_PLUG_SECONDS = 60.0
"""ConnectionTimeOut: for so long a remote start waits for somebody to plug in."""
_BOOT_SECONDS = 4.0
_READ_ONLY = {
    "AllowOfflineTxForUnknownId": "true",
    "AuthorizeRemoteTxRequests": "false",
    "ConnectionTimeOut": "60",
    "MeterValuesSampledData": "Voltage,Current.Import,Power.Active.Import,Energy.Active.Import.Register,Temperature,SoC",
    "NumberOfConnectors": "1",
    "StopTransactionOnEVSideDisconnect": "true",
    "SupportedFeatureProfiles": "Core,RemoteTrigger,FirmwareManagement",
}


def obey(pile: OcppPile, action: str, fields: Fields, now: float) -> dict[str, Any]:
    """Obey an order; returns the fields of the answer. Raises `Refused`."""
    order = _ORDERS.get(action)
    if order is None:
        raise Refused("NotImplemented", f"{action} is unknown")
    return order(pile, fields, now)


def _status(status: str) -> dict[str, Any]:
    return {"status": status}


def _always(**answer: object) -> Callable[[OcppPile, Fields, float], dict[str, Any]]:
    return lambda _pile, _fields, _now: dict(answer)


def _remote_start(pile: OcppPile, fields: Fields, now: float) -> dict[str, Any]:
    tag = fields.get("idTag")
    if not isinstance(tag, str):
        raise Refused("OccurenceConstraintViolation", "idTag is needed")
    if pile.transaction is not None or not pile.operative or pile.error != "NoError":
        return _status("Rejected")
    if not pile.accepts_only:
        if pile.outlet.taken:
            pile.agenda.plan(now + _ACTS_AFTER_SECONDS, partial(pile.begin, tag))
        else:
            pile.awaited = tag
            pile.agenda.plan(now + _PLUG_SECONDS, partial(_forget_start, pile, tag))
    return _status("Accepted")


def _forget_start(pile: OcppPile, tag: str, _now: float) -> None:
    if pile.awaited == tag:
        pile.awaited = ""


def _remote_stop(pile: OcppPile, fields: Fields, now: float) -> dict[str, Any]:
    running = pile.transaction
    if running is None or running.id != fields.get("transactionId"):
        return _status("Rejected")
    _end_soon(pile, "Remote", now)
    return _status("Accepted")


def _end_soon(pile: OcppPile, reason: str, now: float) -> None:
    if not pile.accepts_only:
        pile.agenda.plan(now + _ACTS_AFTER_SECONDS, partial(pile.end, reason))


def _change_availability(pile: OcppPile, fields: Fields, now: float) -> dict[str, Any]:
    if fields.get("connectorId") not in (0, 1):
        return _status("Rejected")
    if not pile.accepts_only:
        pile.operative = fields.get("type") == "Operative"
        pile.agenda.plan(now, pile.changed)
    return _status("Scheduled" if pile.transaction is not None and fields.get("type") == "Inoperative" else "Accepted")


def _unlock(pile: OcppPile, fields: Fields, now: float) -> dict[str, Any]:
    if fields.get("connectorId") != 1:
        return _status("NotSupported")
    _end_soon(pile, "UnlockCommand", now)
    return _status("Unlocked")


def _reset(pile: OcppPile, fields: Fields, now: float) -> dict[str, Any]:
    hard = fields.get("type") == "Hard"
    _end_soon(pile, "HardReset" if hard else "SoftReset", now)
    if not pile.accepts_only:
        pile.agenda.plan(now + _ACTS_AFTER_SECONDS * (1 if hard else 3), lambda _now: pile.wire.drop(_BOOT_SECONDS))
    return _status("Accepted")


def _trigger(pile: OcppPile, fields: Fields, now: float) -> dict[str, Any]:
    said = {
        "BootNotification": pile.station.boot,
        "Heartbeat": lambda at: pile.station.queue.ask("Heartbeat", {}, at),
        "StatusNotification": pile.say_status,
        "MeterValues": lambda at: pile.say_values(at, "Trigger"),
    }.get(str(fields.get("requestedMessage")))
    if said is None:
        return _status("NotImplemented")
    pile.agenda.plan(now, said)
    return _status("Accepted")


def _get_configuration(pile: OcppPile, fields: Fields, _now: float) -> dict[str, Any]:
    known = {
        "HeartbeatInterval": (str(pile.station.beat_seconds), False),
        "MeterValueSampleInterval": (str(pile.sample_seconds), False),
        **{key: (value, True) for key, value in _READ_ONLY.items()},
    }
    wanted = [str(key) for key in fields.get("key") or known]
    shown = [{"key": key, "value": known[key][0], "readonly": known[key][1]} for key in wanted if key in known]
    return {"configurationKey": shown, "unknownKey": [key for key in wanted if key not in known]}


def _change_configuration(pile: OcppPile, fields: Fields, _now: float) -> dict[str, Any]:
    key, value = str(fields.get("key")), str(fields.get("value"))
    if key not in ("HeartbeatInterval", "MeterValueSampleInterval"):
        return _status("Rejected" if key in _READ_ONLY else "NotSupported")
    if not value.isdecimal() or not int(value):
        return _status("Rejected")
    if key == "HeartbeatInterval":
        pile.station.beat_seconds = int(value)
    else:
        pile.sample_seconds = int(value)
    return _status("Accepted")


_ORDERS: dict[str, Callable[[OcppPile, Fields, float], dict[str, Any]]] = {
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "ChangeAvailability": _change_availability,
    "UnlockConnector": _unlock,
    "Reset": _reset,
    "TriggerMessage": _trigger,
    "GetConfiguration": _get_configuration,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _always(status="Accepted"),
    "DataTransfer": _always(status="UnknownVendorId"),
    "GetLocalListVersion": _always(listVersion=-1),
    "SendLocalList": _always(status="NotSupported"),
    "ReserveNow": _always(status="Rejected"),
    "CancelReservation": _always(status="Rejected"),
    "SetChargingProfile": _always(status="NotSupported"),
    "ClearChargingProfile": _always(status="Unknown"),
    "GetCompositeSchedule": _always(status="Rejected"),
    "GetDiagnostics": _always(),
    "UpdateFirmware": _always(),
}
