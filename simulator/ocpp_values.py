"""What a pile's meter shows, as MeterValues has it (OCPP 1.6, 7.43 SampledValue): every value is a string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.charging_socket import Measured


def values(measured: Measured, level: float | None, context: str) -> list[dict[str, Any]]:
    """The sampled values; `level` is how full the battery is, 0 to 1, None where there is none."""
    shown = [
        (f"{measured.volts:.1f}", "Voltage", "V"),
        (f"{measured.amperes:.2f}", "Current.Import", "A"),
        (f"{measured.watts:.0f}", "Power.Active.Import", "W"),
        (f"{measured.kilowatt_hours * 1000:.0f}", "Energy.Active.Import.Register", "Wh"),
        (f"{measured.celsius:.1f}", "Temperature", "Celsius"),
    ]
    if level is not None:
        shown.append((f"{level * 100:.0f}", "SoC", "Percent"))
    return [{"value": value, "context": context, "measurand": what, "unit": unit} for value, what, unit in shown]


def sloppy_values(measured: Measured, level: float | None, context: str) -> list[dict[str, Any]]:
    """The same from a pile that takes no care: values that are numbers, a unit misspelt, and a key of its own."""
    careful = values(measured, level, context)
    for value in careful:
        value["value"] = float(value["value"])
        value["unit"] = "Celcius" if value["unit"] == "Celsius" else value["unit"]
        value["no"] = 1
    return careful
