"""What every OCPP 1.6 charger is to the gateway: its points, its parts, what may be asked of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.contract import CHARGING_OFF, CommandSpec, Device, Group, Kind, Point

if TYPE_CHECKING:
    from drivers.ocpp.config import Charger

PRODUCT: Final = "ocpp-1.6"

STATES: Final = {
    "Available": "free",
    "Preparing": "connected",
    "Charging": "charging",
    "SuspendedEVSE": "paused",
    "SuspendedEV": "paused",
    "Finishing": "finishing",
    "Reserved": "reserved",
    "Unavailable": "unavailable",
    "Faulted": "fault",
}
"""ChargePointStatus (OCPP 1.6, 7.7) by our words for a port."""

WHOLE: Final = (
    Point("state", Kind.TEXT),
    Point("error", Kind.TEXT),
    Point("model", Kind.TEXT),
    Point("firmware", Kind.TEXT, meaning="firmware"),
    Point("serial", Kind.TEXT, meaning="serial"),
    Point("temperature", Kind.REAL, "Cel", "temperature", low=-60, high=200, deadband=0.5),
    Point("clock_wrong", Kind.BOOLEAN, meaning="clock_invalid"),
)
"""The charger as a whole."""

CONNECTOR: Final = (
    Point("state", Kind.TEXT, meaning="port_state"),
    Point("error", Kind.TEXT, meaning="port_error"),
    Point("session", Kind.TEXT, meaning="port_session"),
    Point("current", Kind.REAL, "A", "current", low=-1000, high=1000, deadband=0.05),
    Point("voltage", Kind.REAL, "V", "voltage", low=0, high=1500, deadband=0.5),
    Point("power", Kind.REAL, "W", "active_power", low=-1e6, high=1e6, deadband=5),
    Point("energy", Kind.REAL, "kW.h", "import_energy", low=0, high=1e9, deadband=0.01),
    Point("session_energy", Kind.REAL, "kW.h", "charge_energy", low=0, high=1e6, deadband=0.01),
    Point("temperature", Kind.REAL, "Cel", "socket_temperature", low=-60, high=300, deadband=0.5),
    Point("charge", Kind.REAL, "%", "state_of_charge", low=0, high=100, deadband=0.5),
)
"""Each connector; the keys stand behind the name of the part: connector1.state."""

CONNECTOR_KEYS: Final = {point.key: index for index, point in enumerate(CONNECTOR)}
WHOLE_KEYS: Final = {point.key: index for index, point in enumerate(WHOLE)}

_OF_A_CONNECTOR: Final = (
    CommandSpec("start", acts_as="start_charging"),
    CommandSpec("stop", idempotent=True, acts_as="stop_charging"),
    CommandSpec("unlock", acts_as="unlock_connector"),
    CommandSpec("available", {"on": "boolean"}, idempotent=True),
)
_OF_THE_WHOLE: Final = (
    CommandSpec("reset", {"hard": "boolean"}),
    CommandSpec("trigger", {"message": "", "connector": ""}, idempotent=True),
    CommandSpec("configure", {"key": "", "value": ""}, idempotent=True),
    CommandSpec("configuration", {"keys": ""}, idempotent=True),
    CommandSpec("clear_cache", idempotent=True),
)


def part_of(connector: int) -> str:
    """The name of a connector as a part of its charger."""
    return f"connector{connector}"


def connector_of(part: str, connectors: int) -> int | None:
    """The number of a connector by its name as a part; None for what is no such part."""
    number = part.removeprefix("connector")
    if number == part or not number.isdecimal() or not 1 <= int(number) <= connectors:
        return None
    return int(number)


def described(charger: Charger) -> Device:
    """The charger as the gateway knows it before it dials in."""
    parts = [part_of(number) for number in range(1, charger.connectors + 1)]
    return Device(
        charger.id,
        PRODUCT,
        (Group(WHOLE, None), *(_group(part) for part in parts)),
        (
            *(
                CommandSpec(f"{part}.{spec.name}", spec.arguments, spec.idempotent, spec.acts_as, part)
                for part in parts
                for spec in _OF_A_CONNECTOR
            ),
            *_OF_THE_WHOLE,
        ),
        (CHARGING_OFF,),
        {part: {"amperes": charger.amperes} for part in parts},
    )


def _group(part: str) -> Group:
    return Group(
        tuple(
            Point(
                f"{part}.{point.key}",
                point.kind,
                point.unit,
                point.meaning,
                low=point.low,
                high=point.high,
                place=part,
                deadband=point.deadband,
            )
            for point in CONNECTOR
        ),
        None,
    )
