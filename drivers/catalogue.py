"""Every driver by the name under which the configuration calls it. Importing this imports no protocol library."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.ble.config import BleConfig
from drivers.modbus.config import ModbusConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

AnyLineConfig: TypeAlias = ModbusConfig | BleConfig
"""What an installer may write for a line: a pydantic model that is a `drivers.contract.LineConfig`."""

CATALOGUE: Final[Mapping[str, type[AnyLineConfig]]] = MappingProxyType({"modbus": ModbusConfig, "ble": BleConfig})
