"""What an installer may write for a broker."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.mqtt.config import MqttLineConfig

DEVICE = {"id": "b1-locker", "product": "gridpost-locker-60", "topic": "v1/c1/b1/locker/b1-locker"}
LINE: dict[str, Any] = {"id": "lockers", "driver": "mqtt", "host": "10.0.0.7", "devices": [DEVICE]}
PASSWORD = {"username": "gridpost", "password": {"env": "MQTT_PASSWORD"}}


def test_ports_and_addresses_follow_from_the_encryption() -> None:
    plain = MqttLineConfig.model_validate(LINE)
    encrypted = MqttLineConfig.model_validate({**LINE, "tls": {}})

    assert (plain.tcp_port, plain.address) == (1883, "mqtt://10.0.0.7:1883")
    assert (encrypted.tcp_port, encrypted.address) == (8883, "mqtts://10.0.0.7:8883")
    assert MqttLineConfig.model_validate({**LINE, "host": "fd00::7"}).address == "mqtt://[fd00::7]:1883"


def test_the_client_id_is_the_same_for_ever() -> None:
    assert MqttLineConfig.model_validate(LINE).session_name == "gridpost-lockers"
    assert MqttLineConfig.model_validate({**LINE, "client_id": "box7"}).session_name == "box7"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (PASSWORD, "in clear"),
        ({"password": {"env": "X"}, "tls": {}}, "needs a username"),
        ({"tls": {"certificate": "us.pem"}}, "go together"),
        ({"devices": [DEVICE, DEVICE]}, "is there twice"),
        ({"devices": [DEVICE, {**DEVICE, "id": "other"}]}, "belongs to both"),
        ({"devices": []}, "at least 1"),
        ({"version": "3.1"}, "3.1.1"),
        ({"topics": {}}, "Extra inputs"),
        *[
            ({"devices": [{**DEVICE, "topic": topic}]}, "not a topic")
            for topic in ("a/+", "#", "$SYS/x", "a/", "{topic}")
        ],
        ({"devices": [{**DEVICE, "topic": "x" * 501}]}, "longer than"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        MqttLineConfig.model_validate({**LINE, **more})


@pytest.mark.parametrize("more", [{"host": "127.0.0.1"}, {"host": "localhost"}, {"tls": {}}, {"plain_allowed": True}])
def test_a_password_goes_where_nobody_else_can_read_it(more: dict[str, Any]) -> None:
    assert MqttLineConfig.model_validate({**LINE, **PASSWORD, **more}).password is not None


def test_a_version_may_be_written_as_a_number() -> None:
    assert MqttLineConfig.model_validate({**LINE, "version": 5}).version == "5"


def test_reading_a_configuration_imports_no_protocol_library() -> None:
    code = "import sys, drivers.mqtt.config; print([m for m in ('aiomqtt', 'paho', 'asyncio') if m in sys.modules])"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
