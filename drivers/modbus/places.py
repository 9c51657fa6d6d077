"""Where units may answer, as `gridpost scan` and `gridpost try` are told: hosts, a small network, a serial port."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from drivers.modbus.config import Bus, Framing, SerialLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.modbus.wire_time import Parity

MODBUS_PORT: Final = 502
"""Modbus Messaging on TCP/IP V1.0b, 4.2."""

MAX_HOSTS: Final = 256
"""A /24. What is larger belongs to somebody else too."""

USUAL_SPEEDS: Final = (19200, 9600, 115200, 38400)
"""The standard's own (Modbus over Serial Line V1.02, 2.4), then what devices are sold with."""

_USUAL_PARITIES: Final[tuple[tuple[Parity, int], ...]] = (("even", 1), ("none", 1))


@dataclass(frozen=True, slots=True)
class Place:
    """One host and port, or one serial port at one speed: what `make_wire` takes, and how a line there is written."""

    host: str = ""
    port: int = MODBUS_PORT
    framing: Framing = "tcp"
    serial: SerialLine | None = None
    tid: Literal["strict", "ignore"] = "strict"
    bus: Bus | None = None

    def __str__(self) -> str:
        """As people name it: "10.0.0.7:502", "10.0.0.7:502 (RTU)", "/dev/ttyUSB0 19200 8E1"."""
        if self.serial is not None:
            return f"{self.serial.path} {self.serial.speed}"
        return f"{self.host}:{self.port}{' (RTU)' if self.framing == 'rtu' else ''}"


def hosts(target: str) -> tuple[tuple[str, ...], int]:
    """The hosts and the port of `tcp://HOST[:PORT][/NET]`; raises ValueError with a sentence."""
    wrong = f"{target!r} is not an address: write tcp://HOST, tcp://HOST:PORT or tcp://HOST/24"
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or MODBUS_PORT
        prefix = int(parts.path[1:]) if len(parts.path) > 1 else None
    except ValueError:
        raise ValueError(wrong) from None
    if host is None or parts.scheme != "tcp" or parts.query or parts.fragment:
        raise ValueError(wrong)
    if prefix is None:
        return (host,), port
    try:
        network = ip_network(f"{ip_address(host)}/{prefix}", strict=False)
    except ValueError:
        raise ValueError(f"{host}/{prefix} is not a network: write one as tcp://192.168.1.0/24") from None
    if network.num_addresses > MAX_HOSTS:
        raise ValueError(f"{network} has {network.num_addresses} addresses: scan at most {MAX_HOSTS} at a time, a /24")
    return tuple(str(address) for address in network.hosts()), port


def network_places(target: str, framing: Framing = "tcp") -> tuple[Place, ...]:
    """A place for each host of a target (see `hosts`); raises ValueError with a sentence."""
    names, port = hosts(target)
    return tuple(Place(host=name, port=port, framing=framing) for name in names)


def serial_places(
    path: str, bauds: Sequence[int] = (), parity: Parity | None = None, stop_bits: int | None = None
) -> tuple[Place, ...]:
    """A place for each speed that a serial port may have: those told, else the usual ones, likeliest first.

    Raises ValueError for a speed that no port has.
    """
    kinds = _USUAL_PARITIES if parity is None else ((parity, stop_bits),)
    return tuple(
        Place(serial=SerialLine(path=path, baud=baud, parity=one_parity, stop_bits=stop_bits or one_stop_bits))
        for baud in bauds or USUAL_SPEEDS
        for one_parity, one_stop_bits in kinds
    )
