from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.contract import Misconfigured
from drivers.modbus.config import ModbusConfig, ModbusDevice


def written(**changes: Any) -> dict[str, Any]:
    devices = [{"id": "b3u1", "product": "acp1-2door", "unit": 1, "serial": 300301}]
    return {"id": "b3u1", "driver": "modbus", "host": "192.0.2.1", "devices": devices, **changes}


def test_a_line_as_the_installer_writes_it_is_taken() -> None:
    config = ModbusConfig.model_validate(written())

    assert (config.port, config.tid, config.fast_seconds, config.normal_seconds, config.slow_seconds) == (
        502,
        "strict",
        0.25,
        1.0,
        60.0,
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"hots": "x"}, "hots"),
        ({"port": 70000}, "port"),
        ({"tid": "lax"}, "tid"),
        ({"devices": []}, "devices"),
        ({"id": "B3 U1"}, "id"),
        ({"timeout_seconds": 0.01}, "timeout_seconds"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        ModbusConfig.model_validate(written(**changes))


def test_two_devices_on_one_unit_and_two_of_one_name_are_named() -> None:
    devices = [
        {"id": "a", "product": "relay-8", "unit": 1},
        {"id": "a", "product": "relay-8", "unit": 2},
        {"id": "b", "product": "relay-8", "unit": 2},
    ]

    with pytest.raises(ValidationError, match=r"'a' is there twice; unit 2 belongs to both a and b"):
        ModbusConfig.model_validate(written(devices=devices))


def test_the_credential_key_is_never_printed() -> None:
    config = ModbusConfig.model_validate(written(credential_key="hush"))

    assert "hush" not in repr(config)


def test_a_product_without_a_profile_is_misconfigured_and_the_device_is_named() -> None:
    devices = [{"id": "b3u1", "product": "acp1-3door", "unit": 1}]

    with pytest.raises(Misconfigured, match=r"device b3u1: .*acp1-3door"):
        ModbusConfig.model_validate(written(devices=devices)).build()


def test_a_serial_for_a_product_that_has_none_is_misconfigured() -> None:
    devices = [{"id": "relays", "product": "relay-8", "unit": 1, "serial": 5}]

    with pytest.raises(Misconfigured, match="no serial number"):
        ModbusConfig.model_validate(written(devices=devices)).build()


def test_the_configuration_imports_no_protocol_library() -> None:
    code = "import sys, drivers.catalogue; print(sorted({'pymodbus', 'asyncio'} & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_every_key_is_described() -> None:
    fields = [*ModbusConfig.model_fields.items(), *ModbusDevice.model_fields.items()]

    assert [name for name, field in fields if not field.description] == []
