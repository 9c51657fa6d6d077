"""What a line is asked through: one request outstanding, whatever carries it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from drivers.contract import LineLost
    from drivers.modbus.frame import Frame, ModbusError

    Outcome: TypeAlias = bytes | ModbusError | LineLost
    """How a request ended: the content of its answer, or why there is none."""
    Done: TypeAlias = Callable[[Outcome], None]


@dataclass(slots=True)
class Oddities:
    """What came from one unit, or in answer to a question to it, that is no answer. Dropped and counted, never a value."""

    bad_crc: int = 0
    """Frames of the right length whose CRC is wrong."""
    wrong: int = 0
    """Replies of another unit, function, length or echo, and broken pieces."""
    late: int = 0
    """Replies that nobody waited for any more."""


@dataclass(slots=True)
class Traffic:
    """What went over a wire, or over all wires of a line one after the other."""

    requests: int = 0
    bad_crc: int = 0
    late_replies: int = 0
    wrong_replies: int = 0
    units: dict[int, Oddities] = field(default_factory=dict)
    """The same three by unit id: of who was asked, or for a late reply over TCP of who answers."""

    def corrupt(self, unit: int) -> None:
        """Count a frame with a wrong CRC."""
        self.bad_crc += 1
        self._of(unit).bad_crc += 1

    def wrong(self, unit: int) -> None:
        """Count a reply that does not fit its question."""
        self.wrong_replies += 1
        self._of(unit).wrong += 1

    def late(self, unit: int) -> None:
        """Count a reply that nobody waits for."""
        self.late_replies += 1
        self._of(unit).late += 1

    def _of(self, unit: int) -> Oddities:
        # only what is odd makes an entry, and unit ids are bytes: at most 256
        return self.units.setdefault(unit, Oddities())


class Wire(Protocol):
    """One connection, made once, with one request outstanding.

    `on_lost`, which its maker gave it, is called when it is lost, but not when `close` ends it.
    """

    traffic: Traffic

    @property
    def received_ns(self) -> int:
        """CLOCK_BOOTTIME in nanoseconds of the last answer."""

    @property
    def confusable(self) -> bool:
        """Whether a late answer can look like the answer to another question: there is no transaction id to trust."""

    @property
    def connected(self) -> bool:
        """Whether a request may be sent."""

    @property
    def loss(self) -> LineLost:
        """Why no request may be sent, as a sentence."""

    async def connect(self) -> None:
        """Open it. Raises LineLost for what time may cure, Misconfigured for what only a person can."""

    def close(self) -> None:
        """End it without telling `on_lost`; a request that is out ends with LineLost."""

    def seconds_of(self, frame: Frame) -> float:
        """How long the frame and a fitting answer take on the serial line, silences included, the unit's turnaround not.

        0.0 where no serial line is known.
        """

    def send(self, frame: Frame, timeout_seconds: float, done: Done) -> None:
        """Send one frame; `done` is called once, with its content (see Frame), a ModbusError or LineLost.

        Only one may be out: a second one before the first has ended is a programming error. `done` may send the next.
        The time runs from when the frame is handed over, after the silence that a serial line needs before it.
        """

    def exchange(self, frame: Frame, timeout_seconds: float) -> asyncio.Future[bytes]:
        """Send one frame, as `send` does; the future gives the content, or raises the ModbusError or LineLost."""

    async def ask(self, unit: int, pdu: bytes, timeout_seconds: float) -> bytes:
        """Send a PDU and return the reply's content as `Frame` defines it: for functions other than reads its PDU."""

    async def read(self, unit: int, function: int, address: int, count: int, timeout_seconds: float) -> bytes:
        """Read bits (functions 1, 2) or registers (3, 4); returns the data without byte count."""
