"""Lines of ACP-1 controllers for tests: quick beats, short waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.modbus.config import ModbusConfig
from tests.drivers.modbus.servers import Controller, Host

if TYPE_CHECKING:
    from drivers.modbus.driver import ModbusLine

QUICK = {"fast_seconds": 0.05, "normal_seconds": 0.05, "slow_seconds": 0.2, "timeout_seconds": 0.2}


def controllers(*units: int) -> Host:
    return Host({unit: Controller(serial=300300 + unit) for unit in units})


def controller(host: Host, unit: int = 1) -> Controller:
    box = host.boxes[unit]
    assert isinstance(box, Controller)
    return box


def config(host: Host, /, *units: int, **changes: Any) -> ModbusConfig:
    """One device `d1`, `d2` ... for each unit, with the serial that `controllers` gives it."""
    devices = [
        {"id": f"d{unit}", "product": "acp1-2door", "unit": unit, "serial": 300300 + unit}
        for unit in units or host.boxes
    ]
    return ModbusConfig.model_validate(
        {"id": "line", "host": "127.0.0.1", "port": host.port, "devices": devices, **QUICK, **changes}
    )


def line(host: Host, /, *units: int, **changes: Any) -> ModbusLine:
    return config(host, *units, **changes).build()
