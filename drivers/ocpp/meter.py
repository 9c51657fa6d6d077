"""What a charger measured: the strings of MeterValues to numbers in our units (OCPP 1.6, 7.43). Pure; never raises."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from drivers.contract import Json


class _Quantity(NamedTuple):
    """A measurand that we take: as which quantity, its units and which of them holds untold, and how phases join."""

    name: str
    units: Mapping[str, tuple[float, float]]
    """What to multiply by, and then to add."""
    untold: str
    join: Callable[[Iterable[float]], float]


_QUANTITIES: Final[Mapping[str, _Quantity]] = {
    "Current.Import": _Quantity("current", {"A": (1.0, 0.0)}, "A", max),  # what heats a plug is the worst phase
    "Voltage": _Quantity("voltage", {"V": (1.0, 0.0)}, "V", max),
    "Power.Active.Import": _Quantity("power", {"W": (1.0, 0.0), "kW": (1000.0, 0.0)}, "W", sum),
    "Energy.Active.Import.Register": _Quantity("energy", {"Wh": (0.001, 0.0), "kWh": (1.0, 0.0)}, "Wh", sum),
    "Temperature": _Quantity(
        "temperature",
        {
            "Celsius": (1.0, 0.0),
            "Celcius": (1.0, 0.0),  # as the schemas of 1.6 misspell it
            "Fahrenheit": (5 / 9, -160 / 9),
            "K": (1.0, -273.15),
        },
        "Celsius",
        max,
    ),
    "SoC": _Quantity("charge", {"Percent": (1.0, 0.0)}, "Percent", max),
}
_WITHOUT_MEASURAND: Final = "Energy.Active.Import.Register"
_PHASES: Final = frozenset({"L1", "L2", "L3", "L1-N", "L2-N", "L3-N"})
_OF_THE_CAR: Final = "EV"
"""Where a temperature is not that of the socket."""
_DECIMALS: Final = 6
"""Enough for a thousandth of a watt-hour, and Fahrenheit looks like a number again."""


def readings(sampled: Sequence[Mapping[str, Json]]) -> dict[str, float | None]:
    """Quantities by name (current A, voltage V, power W, energy kW.h, temperature Cel, charge %).

    None for one whose value or unit cannot be read. A total goes before its phases; of phases, currents, voltages and
    temperatures count by the highest, powers and energies by their sum. Signed data, line voltages and what the car says of
    its own temperature are passed over.
    """
    totals: dict[str, float | None] = {}
    phases: dict[str, dict[str, float | None]] = {}
    joins: dict[str, Callable[[Iterable[float]], float]] = {}
    for value in sampled:
        quantity = _QUANTITIES.get(str(value.get("measurand", _WITHOUT_MEASURAND)))
        if quantity is None or value.get("format", "Raw") != "Raw":
            continue
        if quantity.name == "temperature" and value.get("location") == _OF_THE_CAR:
            continue
        number = _number(value.get("value"), quantity.units.get(str(value.get("unit", quantity.untold))))
        phase = value.get("phase")
        if phase is None:
            totals[quantity.name] = _total(quantity.name, totals.get(quantity.name), number)
        elif str(phase) in _PHASES:
            joins[quantity.name] = quantity.join
            phases.setdefault(quantity.name, {})[str(phase)] = number
    for name, by_phase in phases.items():
        if name not in totals:
            known = [number for number in by_phase.values() if number is not None]
            totals[name] = round(joins[name](known), _DECIMALS) if len(known) == len(by_phase) else None
    return totals


def _total(name: str, before: float | None, number: float | None) -> float | None:
    """Of several totals the hottest place counts, else the last that was said."""
    return max(before, number) if name == "temperature" and before is not None and number is not None else number


def _number(text: Json, unit: tuple[float, float] | None) -> float | None:
    if unit is None or not isinstance(text, str | int | float):
        return None
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    factor, offset = unit
    return round(number * factor + offset, _DECIMALS)
