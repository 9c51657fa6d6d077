from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gateway.deliver.county.signature import INCIDENT, STATUS, is_signed, is_timely, signature

VECTOR = ("county-demo-secret", STATUS, "1794189600", "m-0001", b'{"incident":"happy-20261109-1","state":"accepted"}')
SIGNED = "v1=ff6f431d3b7075b36eca6f34d19d9e36a24ce29876dd2d3008a4e110dc5fd16d"


def test_the_signature_is_that_of_the_document() -> None:
    document = (Path(__file__).parents[3] / "docs" / "county.md").read_text("utf-8")

    assert signature(*VECTOR) == SIGNED
    assert SIGNED in document
    assert all(part in document for part in (VECTOR[0], VECTOR[2], VECTOR[3], VECTOR[4].decode()))


def test_it_is_what_openssl_makes_of_the_same_bytes() -> None:
    secret, kind, timestamp, message, body = VECTOR
    signed = f"v1\n{kind}\n{timestamp}\n{message}\n".encode() + body

    out = subprocess.run(["openssl", "dgst", "-sha256", "-hmac", secret], input=signed, capture_output=True, check=True)

    assert re.search(r"[0-9a-f]{64}", out.stdout.decode())[0] == SIGNED.removeprefix("v1=")  # type: ignore[index] # it has one


@pytest.mark.parametrize(
    "changed",
    [
        ("another-secret-16", *VECTOR[1:]),
        (VECTOR[0], INCIDENT, *VECTOR[2:]),
        (*VECTOR[:2], "1794189601", *VECTOR[3:]),
        (*VECTOR[:3], "m-0002", VECTOR[4]),
        (*VECTOR[:4], VECTOR[4] + b" "),
    ],
)
def test_nothing_of_it_can_be_changed(changed: tuple[str, str, str, str, bytes]) -> None:
    assert is_signed(*VECTOR, SIGNED)
    assert not is_signed(*changed, SIGNED)


@pytest.mark.parametrize(
    "shown", ["", "v1=", SIGNED.upper(), SIGNED[:-1], SIGNED + "0", SIGNED.removeprefix("v1="), "签名", "\udcff"]
)
def test_what_is_no_signature_is_none(shown: str) -> None:
    assert not is_signed(*VECTOR, shown)


@pytest.mark.parametrize(
    ("timestamp", "timely"),
    [
        ("1000", True),
        ("700", True),
        ("1300", True),
        ("699", False),
        ("1301", False),
        ("", False),
        ("1e3", False),
        ("+1000", False),
        (" 1000", False),
        ("１０００", False),
        ("9" * 5_000, False),
    ],
)
def test_it_counts_for_five_minutes(timestamp: str, timely: bool) -> None:  # noqa: FBT001 - a case
    assert is_timely(timestamp, 1000.0) is timely
