"""How the network side of a controller goes wrong, and the station that bears it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Protocol

from simulator.pdu import answer
from simulator.serial_wire import adu
from simulator.table import PowerFailed
from simulator.tcp_frames import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.bus import Bus
    from simulator.controller import Controller
    from simulator.gateway import GatewayPort

_STATUS_CRC_REGISTER = 0x010F
_READ_INPUT = 4
_POWER_CUT = 1
POWER_CUT_SECONDS = 2.0
"""How long a controller is silent when its power failed in the middle of a write."""


class FaultKind(Enum):
    """What goes wrong."""

    SILENT = "silent"
    """Takes connections and requests, and never answers."""
    SLOW = "slow"
    """Answers after `seconds` (0.3 unless told), within most time-outs."""
    LATE = "late"
    """Answers after `seconds` (1.5 unless told), after most time-outs."""
    JITTER = "jitter"
    """Answers after a random time, exponential around `seconds` (0.05 unless told)."""
    DROPPED = "dropped"
    """Does what it is asked, and its answer is lost."""
    DUPLICATED = "duplicated"
    """Answers twice."""
    SHORT = "short"
    """Half of its answer arrives."""
    CORRUPT = "corrupt"
    """One byte of its answer is another: on a serial wire the CRC shows it, over TCP the byte count no longer fits."""
    WRONG_ID = "wrong-id"
    """Answers with the transaction id of the next request, as some TCP-to-RTU gateways do."""
    WRONG_UNIT = "wrong-unit"
    """Answers in the name of the next unit."""
    EXCEPTION = "exception"
    """Answers everything with the exception `code` (4 unless told)."""
    HALF_OPEN = "half-open"
    """Has forgotten the connections of before the fault without a word; new ones work."""
    BAD_CRC = "bad-crc"
    """The status block fails its BLK_CRC."""
    HUNG = "hung"
    """HEARTBEAT stands still while everything else answers."""


_SECONDS = {FaultKind.SLOW: 0.3, FaultKind.LATE: 1.5, FaultKind.JITTER: 0.05}
_CODE = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its size, where it has one. `share` of the requests meet it, the others are answered soundly."""

    kind: FaultKind
    seconds: float = 0.0
    code: int = _CODE
    share: float = 1.0


def fault_named(kind: str, seconds: float | None = None, code: int | None = None, share: float = 1.0) -> Fault:
    """The fault of this name; raises `ValueError` with the names that there are."""
    try:
        named = FaultKind(kind)
    except ValueError:
        names = ", ".join(known.value for known in FaultKind)
        raise ValueError(f"there is no fault {kind!r}; there are: {names}") from None
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; it must be above 0 and at most 1")
    delay = _SECONDS.get(named, 0.0) if seconds is None else seconds
    if delay < 0 or (named is FaultKind.JITTER and not delay):
        raise ValueError(f"seconds is {delay}; {kind!r} needs more")
    return Fault(named, delay, _CODE if code is None else code, share)


class Framing(Protocol):
    """How a PDU travels."""

    def whole(self, unit: int, pdu: bytes, later: int = 0) -> bytes:
        """The frame around a PDU; `later` is added to its transaction id, where it has one."""
        ...

    def cut(self, unit: int, pdu: bytes) -> bytes:
        """The frame when half of it is lost."""
        ...

    def garbled(self, unit: int, pdu: bytes) -> bytes:
        """The frame when one byte of it became another."""
        ...


@dataclass(frozen=True, slots=True)
class TcpFraming:
    """Modbus TCP: a header with the transaction id before the PDU."""

    transaction: int

    def whole(self, unit: int, pdu: bytes, later: int = 0) -> bytes:
        """Header and PDU."""
        return frame(self.transaction + later & 0xFFFF, unit, pdu)

    def cut(self, unit: int, pdu: bytes) -> bytes:
        """Half a PDU under a header that tells the truth about it."""
        return self.whole(unit, pdu[: max(1, len(pdu) // 2)])

    def garbled(self, unit: int, pdu: bytes) -> bytes:
        """TCP would not let a single bit through; a byte count that does not fit is what a broken device can send."""
        return self.whole(unit, pdu[:1] + bytes((pdu[1] ^ 0x01,)) + pdu[2:])


class RtuFraming:
    """A serial wire: unit before the PDU, CRC after it."""

    __slots__ = ()

    def whole(self, unit: int, pdu: bytes, later: int = 0) -> bytes:  # noqa: ARG002 - the wire knows no transactions
        """Unit, PDU, CRC."""
        return adu(unit, pdu)

    def cut(self, unit: int, pdu: bytes) -> bytes:
        """The first half of the bytes."""
        frame = adu(unit, pdu)
        return frame[: len(frame) // 2]

    def garbled(self, unit: int, pdu: bytes) -> bytes:
        """A byte in the middle has flipped its bits."""
        frame = bytearray(adu(unit, pdu))
        frame[len(frame) // 2] ^= 0xFF
        return bytes(frame)


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame to be sent, so many seconds from now."""

    after_seconds: float
    frame: bytes


@dataclass(slots=True)
class Station:
    """A controller as the network sees it. `unreachable`: a unit of a bus that nobody gets an answer from.

    `dead`: its battery is empty too, and it does nothing at all. `cards` are the numbers of those who live behind it, `bus` the
    wire that it stands on with others and `gateway` what stands before that wire, where there is one.
    """

    id: str
    controller: Controller
    fault: Fault | None = None
    fault_since: float = 0.0
    unreachable: bool = False
    dead: bool = False
    cards: Sequence[int] = ()
    bus: Bus | None = None
    gateway: GatewayPort | None = None
    dice: Random = field(init=False)

    def __post_init__(self) -> None:
        """Faults that hit a share of the requests hit the same ones in every run."""
        self.dice = Random(f"faults {self.id}")

    def break_with(self, fault: Fault | None, now: float) -> None:
        """Bear this fault from now on; None repairs it."""
        self.fault, self.fault_since = fault, now
        self.controller.hang(now, hung=fault is not None and fault.kind is FaultKind.HUNG)

    @property
    def mute(self) -> bool:
        """Whether nothing that is sent to it has an effect."""
        return self.unreachable or self.dead or (self.fault is not None and self.fault.kind is FaultKind.SILENT)

    def answer(self, request: bytes, now: float) -> bytes | None:
        """The reply to a request, both as PDUs; None while it boots, or when the power fails in the middle of it."""
        controller = self.controller
        if now < controller.answers_from:
            return None
        controller.advance(now)
        try:
            return answer(controller, request, now)
        except PowerFailed:
            controller.reboot(now, POWER_CUT_SECONDS, _POWER_CUT)
            return None

    def said(self, framing: Framing, unit: int, request: bytes, reply: bytes) -> tuple[Sent, ...]:
        """What it sends for a reply, with its fault if it has one that hits this time."""
        fault = self.fault
        if fault is None or (fault.share < 1 and self.dice.random() >= fault.share):
            return (Sent(0, framing.whole(unit, reply)),)
        match fault.kind:
            case FaultKind.DROPPED:
                return ()
            case FaultKind.JITTER:
                return (Sent(self.dice.expovariate(1 / fault.seconds), framing.whole(unit, reply)),)
            case _:
                return _bent(fault, framing, unit, request, reply)


def _bent(fault: Fault, framing: Framing, unit: int, request: bytes, reply: bytes) -> tuple[Sent, ...]:
    frames: tuple[bytes, ...]
    match fault.kind:
        case FaultKind.DUPLICATED:
            frames = (framing.whole(unit, reply),) * 2
        case FaultKind.SHORT:
            frames = (framing.cut(unit, reply),)
        case FaultKind.CORRUPT:
            frames = (framing.garbled(unit, reply),)
        case FaultKind.WRONG_ID:
            frames = (framing.whole(unit, reply, later=1),)
        case FaultKind.WRONG_UNIT:
            frames = (framing.whole(unit + 1 & 0xFF, reply),)
        case FaultKind.EXCEPTION:
            frames = (framing.whole(unit, bytes((request[0] | 0x80, fault.code))),)
        case FaultKind.BAD_CRC:
            frames = (framing.whole(unit, _with_bad_crc(request, reply)),)
        case _:
            frames = (framing.whole(unit, reply),)
    return tuple(Sent(fault.seconds, one) for one in frames)


def _with_bad_crc(request: bytes, reply: bytes) -> bytes:
    address, count = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
    if request[0] != _READ_INPUT or reply[0] != _READ_INPUT or not address <= _STATUS_CRC_REGISTER < address + count:
        return reply
    position = 2 + 2 * (_STATUS_CRC_REGISTER - address)
    return reply[:position] + bytes((reply[position] ^ 0xFF,)) + reply[position + 1 :]
