"""Which wire a line's configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from drivers.modbus.rtu_wire import RtuOverSerial, RtuOverTcp
from drivers.modbus.tcp_wire import TcpWire
from drivers.modbus.wire_time import WireTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.modbus.config import Bus, Framing, SerialLine
    from drivers.modbus.wire import Traffic, Wire


class Way(Protocol):
    """How a line is reached: of `ModbusConfig` and of `Place` the part that a wire needs."""

    @property
    def host(self) -> str:
        """Name or address; "" for a serial port."""

    @property
    def port(self) -> int:
        """TCP port."""

    @property
    def framing(self) -> Framing:
        """What a TCP connection carries."""

    @property
    def tid(self) -> Literal["strict", "ignore"]:
        """Whether transaction ids are compared."""

    @property
    def serial(self) -> SerialLine | None:
        """A port of this box."""

    @property
    def bus(self) -> Bus | None:
        """What is known of the serial line behind a host."""


def make_wire(way: Way, *, on_lost: Callable[[], None] | None = None, traffic: Traffic | None = None) -> Wire:
    """Make a wire that is not yet connected. `on_lost` is called when it is lost; `traffic` outlives it."""
    if (port := way.serial) is not None:
        return RtuOverSerial(port, on_lost=on_lost, traffic=traffic)
    bus = WireTime.of(way.bus.baud, way.bus.parity, way.bus.stop_bits) if way.bus is not None else None
    if way.framing == "rtu":
        return RtuOverTcp(way.host, way.port, wire_time=bus, on_lost=on_lost, traffic=traffic)
    return TcpWire(way.host, way.port, tid=way.tid, wire_time=bus, on_lost=on_lost, traffic=traffic)
