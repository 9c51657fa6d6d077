"""What may be written for a line of chargers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from tests.drivers.ocpp.point import written

PASSWORD = {"env": "P"}
CERTIFICATE = {"certificate": "a.pem", "key": "a.key"}


@pytest.mark.parametrize(
    ("line", "device", "what"),
    [
        ({"listen": "0.0.0.0:9000"}, {}, "would take chargers in clear"),
        ({"listen": "0.0.0.0:9000", "security": "basic"}, {"password": PASSWORD}, "plain_allowed"),
        ({"listen": "localhost:9000"}, {}, "listen"),
        ({"security": "basic"}, {}, "with security basic d1 need a password"),
        ({"security": "none"}, {"password": PASSWORD}, "cannot have a password"),
        ({"security": "tls"}, {"password": PASSWORD}, "needs tls"),
        ({"security": "mutual", "tls": CERTIFICATE}, {}, "client_ca"),
        ({"tls": CERTIFICATE}, {}, "tls belongs to"),
        ({"path": "ocpp"}, {}, "path"),
        ({}, {"identity": "a/b"}, "identity"),
        ({}, {"connectors": 0}, "connectors"),
        ({}, {"odd": 1}, "odd"),
    ],
)
def test_what_cannot_work_is_refused_in_words(line: dict[str, object], device: dict[str, object], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        written(9000, {"id": "d1", "identity": "CP1", **device}, **line)


def test_two_chargers_must_be_told_apart() -> None:
    with pytest.raises(ValidationError, match=r"d1' is there twice.*identity 'cp1' belongs to both d1 and d1"):
        written(9000, {"id": "d1", "identity": "CP1"}, {"id": "d1", "identity": "cp1"})


def test_a_network_may_be_allowed_by_hand() -> None:
    config = written(9000, listen="0.0.0.0:9000", plain_allowed=True)

    assert (config.address, config.host, config.port) == ("ws://0.0.0.0:9000/ocpp", "0.0.0.0", 9000)


def test_the_configuration_imports_no_protocol_library() -> None:
    asks = (
        "import sys, drivers.ocpp.config; print([m for m in ('ocpp', 'websockets', 'jsonschema') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True, timeout=60)

    assert said.stdout.strip() == "[]"
