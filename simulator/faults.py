"""How the network side of a controller goes wrong, and the station that bears it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.controller import Controller

_STATUS_CRC_REGISTER = 0x010F
_READ_INPUT = 4


class FaultKind(Enum):
    """What goes wrong."""

    SILENT = "silent"
    """Takes connections and requests, and never answers."""
    SLOW = "slow"
    """Answers after `seconds` (0.3 unless told), within most time-outs."""
    LATE = "late"
    """Answers after `seconds` (1.5 unless told), after most time-outs."""
    DUPLICATED = "duplicated"
    """Answers twice."""
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


_SECONDS = {FaultKind.SLOW: 0.3, FaultKind.LATE: 1.5}
_CODE = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its size, where it has one."""

    kind: FaultKind
    seconds: float = 0.0
    code: int = _CODE


def fault_named(kind: str, seconds: float | None = None, code: int | None = None) -> Fault:
    """The fault of this name; raises `ValueError` with the names that there are."""
    try:
        named = FaultKind(kind)
    except ValueError:
        names = ", ".join(known.value for known in FaultKind)
        raise ValueError(f"there is no fault {kind!r}; there are: {names}") from None
    delay = _SECONDS.get(named, 0.0) if seconds is None else seconds
    return Fault(named, delay, _CODE if code is None else code)


@dataclass(slots=True)
class Station:
    """A controller as the network sees it. `unreachable`: a unit of a bus that the gateway in front gets no answer from."""

    id: str
    controller: Controller
    fault: Fault | None = None
    fault_since: float = 0.0
    unreachable: bool = False

    def break_with(self, fault: Fault | None, now: float) -> None:
        """Bear this fault from now on; None repairs it."""
        self.fault, self.fault_since = fault, now
        self.controller.hang(now, hung=fault is not None and fault.kind is FaultKind.HUNG)


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame to be sent, so many seconds from now."""

    after_seconds: float
    frame: bytes


def frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """A Modbus TCP frame: MBAP header (transaction id, protocol 0, length, unit) and PDU."""
    return b"".join((transaction.to_bytes(2, "big"), b"\0\0", (len(pdu) + 1).to_bytes(2, "big"), bytes((unit,)), pdu))


def bent(fault: Fault, transaction: int, unit: int, request: bytes, reply: bytes) -> tuple[Sent, ...]:
    """What a station with this fault sends instead of the plain reply."""
    match fault.kind:
        case FaultKind.SILENT:
            return ()
        case FaultKind.DUPLICATED:
            return (Sent(0, frame(transaction, unit, reply)),) * 2
        case FaultKind.WRONG_ID:
            return (Sent(0, frame(transaction + 1 & 0xFFFF, unit, reply)),)
        case FaultKind.WRONG_UNIT:
            return (Sent(0, frame(transaction, unit + 1 & 0xFF, reply)),)
        case FaultKind.EXCEPTION:
            reply = bytes((request[0] | 0x80, fault.code))
        case FaultKind.BAD_CRC:
            reply = _with_bad_crc(request, reply)
    return (Sent(fault.seconds, frame(transaction, unit, reply)),)


def _with_bad_crc(request: bytes, reply: bytes) -> bytes:
    address, count = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
    if request[0] != _READ_INPUT or reply[0] != _READ_INPUT or not address <= _STATUS_CRC_REGISTER < address + count:
        return reply
    position = 2 + 2 * (_STATUS_CRC_REGISTER - address)
    return reply[:position] + bytes((reply[position] ^ 0xFF,)) + reply[position + 1 :]
