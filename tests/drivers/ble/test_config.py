"""What an installer may write for a set of receivers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.ble.config import BleConfig
from drivers.catalogue import CATALOGUE

LINE = {"id": "air", "driver": "ble", "devices": [{"id": "rx1", "adapter": "hci0"}]}


def line(**changes: Any) -> BleConfig:
    return BleConfig.model_validate({**LINE, **changes})


def test_it_stands_in_the_catalogue() -> None:
    assert CATALOGUE["ble"] is BleConfig


@pytest.mark.parametrize(
    "receiver",
    [
        {"id": "rx1", "adapter": "hci0"},
        {"id": "rx1", "proxy": "10.0.0.7:6053"},
        {"id": "rx1", "proxy": "[fe80::1]:6053", "key": {"env": "RX1_KEY"}},
        {"id": "rx1", "proxy": "rx1.lan:6053"},
    ],
)
def test_a_receiver_is_an_adapter_or_a_proxy(receiver: dict[str, Any]) -> None:
    assert line(devices=[receiver]).devices[0].id == "rx1"


@pytest.mark.parametrize(
    ("receiver", "why"),
    [
        ({"id": "rx1"}, "either adapter"),
        ({"id": "rx1", "adapter": "hci0", "proxy": "10.0.0.7:6053"}, "either adapter"),
        ({"id": "rx1", "adapter": "hci0", "key": {"env": "K"}}, "key belongs to a proxy"),
        ({"id": "rx1", "adapter": "usb0"}, "adapter"),
        ({"id": "rx1", "proxy": "10.0.0.7"}, "proxy"),
        ({"id": "RX 1", "adapter": "hci0"}, "id"),
        ({"id": "rx1", "adapter": "hci0", "speed": 5}, "speed"),
        ({"id": "rx1", "proxy": "10.0.0.7:6053", "key": "in clear"}, "key"),
    ],
)
def test_what_is_no_receiver_is_refused_by_name(receiver: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        line(devices=[receiver])


def test_a_line_needs_a_receiver() -> None:
    with pytest.raises(ValidationError, match="devices"):
        line(devices=[])


def test_for_people_a_line_is_its_first_receiver_and_how_many_more() -> None:
    assert line().address == "hci0"
    assert line(devices=[*LINE["devices"], {"id": "rx2", "proxy": "10.0.0.7:6053"}]).address == "hci0 and 1 more"


def test_the_site_key_is_never_shown() -> None:
    assert "abcdef" not in repr(line(credential_key="abcdef"))


def test_the_configuration_needs_no_protocol_library() -> None:
    code = "import sys, drivers.catalogue; print(sorted({m.split('.')[0] for m in sys.modules}))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not any(name in said for name in ("bleak", "aioesphomeapi", "pymodbus", "cryptography"))
