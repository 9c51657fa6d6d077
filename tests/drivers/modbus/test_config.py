from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.contract import Misconfigured
from drivers.modbus.config import Bus, ModbusConfig, ModbusDevice, SerialLine
from drivers.modbus.frame import Frame
from drivers.modbus.rtu_wire import RtuOverSerial, RtuOverTcp
from drivers.modbus.tcp_wire import TcpWire
from drivers.modbus.wires import make_wire


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


def serial(**changes: Any) -> dict[str, Any]:
    line = written(serial={"path": "/dev/ttyUSB0"}, **changes)
    del line["host"]
    return line


def test_a_serial_line_has_the_standards_settings_unless_written() -> None:
    config = ModbusConfig.model_validate(serial())

    assert config.serial == SerialLine(path="/dev/ttyUSB0", baud=19200, parity="even", rs485=False, low_latency=True)
    assert config.address == "/dev/ttyUSB0 19200 8E1"


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({}, "192.0.2.1:502"),
        ({"framing": "rtu", "port": 4001}, "192.0.2.1:4001 (RTU)"),
        ({"bus": {"baud": 9600, "timeout_seconds": 0.3}, "tid": "ignore"}, "192.0.2.1:502"),
    ],
)
def test_a_line_says_where_it_leads(changes: dict[str, Any], address: str) -> None:
    assert ModbusConfig.model_validate(written(**changes)).address == address


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (written(serial={"path": "/dev/ttyUSB0"}), "either host .* or serial"),
        (written(host=""), "either host .* or serial"),
        (serial(port=4001, tid="ignore"), "port and tid belongs to a host, not to a serial port"),
        (serial(bus={"baud": 9600}), "bus belongs to a host"),
        (written(framing="rtu", tid="ignore"), "no transaction ids"),
        (serial(devices=[{"id": "a", "product": "relay-8", "unit": 0}]), "units are 1 to 247: a has 0"),
        (
            written(framing="rtu", devices=[{"id": "a", "product": "relay-8", "unit": 255}]),
            "units are 1 to 247: a has 255",
        ),
        (written(bus={"baud": 9600, "timeout": 1}), "timeout"),
        (written(bus={}), "baud"),
    ],
)
def test_a_line_that_leads_two_ways_or_nowhere_is_said_so(line: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ModbusConfig.model_validate(line)


def test_what_a_device_list_says_of_a_serial_line_is_taken_as_text() -> None:
    said = {"path": "/dev/ttyUSB0", "baud": "9600", "parity": "none", "stop_bits": "1"}

    assert ModbusConfig.model_validate(serial() | {"serial": said}).address == "/dev/ttyUSB0 9600 8N1"


@pytest.mark.parametrize(
    ("line", "kind", "confusable"),
    [
        (written(), TcpWire, False),
        (written(tid="ignore"), TcpWire, True),
        (written(framing="rtu"), RtuOverTcp, True),
        (serial(), RtuOverSerial, True),
    ],
)
def test_each_line_gets_its_wire(line: dict[str, Any], kind: type, *, confusable: bool) -> None:
    wire = make_wire(ModbusConfig.model_validate(line))

    assert type(wire) is kind
    assert wire.confusable is confusable
    assert not wire.connected


def test_the_time_on_the_wire_is_that_of_the_serial_line_where_one_is_known() -> None:
    frame = Frame.reading(1, 4, 0x0100, 16)
    lines = [written(), written(framing="rtu"), written(bus={"baud": 9600}), serial()]

    seconds = [make_wire(ModbusConfig.model_validate(line)).seconds_of(frame) for line in lines]

    assert seconds == pytest.approx([0, 0, 0.0596, 0.0298], abs=1e-4)


def test_two_devices_on_one_unit_and_two_of_one_name_are_named() -> None:
    devices = [
        {"id": "a", "product": "relay-8", "unit": 1},
        {"id": "a", "product": "relay-8", "unit": 2},
        {"id": "b", "product": "relay-8", "unit": 2},
    ]

    with pytest.raises(ValidationError, match=r"'a' is there twice; unit 2 belongs to both a and b"):
        ModbusConfig.model_validate(written(devices=devices))


def test_the_credential_key_is_never_printed() -> None:
    config = ModbusConfig.model_validate(written(credential_key="5eC4e7"))

    assert "5eC4e7" not in repr(config)


def test_a_credential_key_that_is_no_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="must be hex digits"):
        ModbusConfig.model_validate(written(credential_key="hush"))


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
    models = (ModbusConfig, ModbusDevice, SerialLine, Bus)
    fields = [item for model in models for item in model.model_fields.items()]

    assert [name for name, field in fields if not field.description] == []
