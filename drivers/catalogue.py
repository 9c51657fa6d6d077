"""Every driver by the name under which the configuration calls it. Importing this imports no protocol library."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.ble.config import BleConfig
from drivers.modbus.config import ModbusConfig
from drivers.mqtt.config import MqttLineConfig
from drivers.nut.config import NutConfig
from drivers.ocpp.config import OcppConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

AnyLineConfig: TypeAlias = ModbusConfig | BleConfig | MqttLineConfig | OcppConfig | NutConfig
"""What an installer may write for a line: a pydantic model that is a `drivers.contract.LineConfig`."""

CATALOGUE: Final[Mapping[str, type[AnyLineConfig]]] = MappingProxyType(
    {"modbus": ModbusConfig, "ble": BleConfig, "mqtt": MqttLineConfig, "ocpp": OcppConfig, "nut": NutConfig}
)
