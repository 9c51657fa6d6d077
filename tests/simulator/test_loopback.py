from __future__ import annotations

import socket
from typing import Any

import pytest

from simulator.faults import Station
from simulator.loopback import NotLoopback, loopback_only, split_address
from simulator.modbus import ModbusPort
from simulator.run import Options, serving
from tests.simulator.box import box


@pytest.mark.parametrize(
    ("host", "number"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.8.9.10", "127.8.9.10"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
    ],
)
def test_loopback_is_returned_as_a_number(host: str, number: str) -> None:
    assert loopback_only(host) == number


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "",
        "192.168.1.10",
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0.0.0.0",
        "fe80::1",
        "255.255.255.255",
    ],
)
def test_everything_else_is_refused(host: str) -> None:
    with pytest.raises(NotLoopback):
        loopback_only(host)


@pytest.mark.parametrize("answers", [["93.184.216.34"], ["127.0.0.1", "192.168.7.7"], ["::1", "fe80::5%eth0"]])
def test_a_name_is_refused_when_any_of_its_addresses_leads_elsewhere(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, 0)) for answer in answers]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(NotLoopback, match="loopback only"):
        loopback_only("doors.example")


def test_a_name_that_resolves_to_nothing_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(NotLoopback, match="is no address and resolves to none"):
        loopback_only("nowhere.invalid")


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_an_address_without_a_sound_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        split_address(text)


async def test_a_modbus_port_opens_on_loopback_only() -> None:
    port = ModbusPort(Station("b1u1", box()), lambda: 0.0)

    with pytest.raises(NotLoopback):
        await port.open("0.0.0.0", 0)


@pytest.mark.parametrize("options", [Options(host="0.0.0.0"), Options(control="0.0.0.0:0", base_port=0)])
async def test_a_simulator_that_should_face_the_network_does_not_start(options: Options) -> None:
    with pytest.raises(NotLoopback):
        async with serving(options):
            pass
