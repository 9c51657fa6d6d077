"""A Modbus request made once and sent many times, and what a reply must look like to be its answer.

Over TCP (Modbus Messaging on TCP/IP V1.0b, 3.1.3) the MBAP header stands in front: transaction u16, protocol u16 = 0,
length u16 of all that follows, unit u8; then the PDU: function code and data. On a serial line (Modbus over Serial Line
V1.02, 2.5.1) it is unit u8, the PDU, and a CRC. PDUs come from pymodbus's codec when the frame is made; nothing here
encodes while polling.

    ModbusError
    ├── NoReply          nothing fitting came in time
    ├── WrongReply       something came that is not our answer
    └── ExceptionReply   the device understood and refuses; `code` says why
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.modbus.crc import CRC_BYTES, crc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymodbus.pdu import ModbusPDU

MAX_PDU_BYTES: Final = 253
"""Modbus Application Protocol V1.1b3, 4.1."""

EXCEPTION_BIT: Final = 0x80
"""Set in the function code of a refusal (Modbus Application Protocol V1.1b3, 7)."""

_HEADER_BYTES: Final = 7
_BIT_READS: Final = frozenset({1, 2})
_REGISTER_READS: Final = frozenset({3, 4})
_READ_WRITE: Final = 23
_ECHOED_WHOLE: Final = frozenset({5, 6})
_ECHOED_RANGE: Final = frozenset({15, 16})
_RANGE_BYTES: Final = 5
_EXCEPTION_PDU_BYTES: Final = 2

_READS: Final[dict[int, type[ModbusPDU]]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}

_WRITES_BITS: Final[dict[int, type[ModbusPDU]]] = {5: WriteSingleCoilRequest, 15: WriteMultipleCoilsRequest}
_WRITES_REGISTERS: Final[dict[int, type[ModbusPDU]]] = {
    6: WriteSingleRegisterRequest,
    16: WriteMultipleRegistersRequest,
}

_EXCEPTIONS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not answer",
}
"""Modbus Application Protocol V1.1b3, 7."""


class ModbusError(Exception):
    """A request that got no usable answer; the line itself may be well."""


class NoReply(ModbusError):
    """Nothing fitting came in time."""


class WrongReply(ModbusError):
    """What came is not our answer; `why` says what is wrong with it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ExceptionReply(ModbusError):
    """The device refuses. `code` is the exception code of Modbus Application Protocol V1.1b3, 7."""

    def __init__(self, code: int) -> None:
        super().__init__(_EXCEPTIONS.get(code, f"exception {code:#04x}"))
        self.code = code


class Frame:
    """One prepared request in both forms, and how the start of a fitting reply looks in each.

    Over TCP: `request` is all after the transaction id; `head` is how a fitting reply goes on after it. A reply of
    `reply_bytes` in all that carries `head` is the answer, and its content starts at `content_at`: the data of a read
    (1 to 4, 23) without its byte count, else the PDU. On a serial line the same with `rtu_request` (whole, with its CRC),
    `rtu_head`, `rtu_reply_bytes` (CRC included) and `rtu_content_at`. A head is empty where a reply's length is not
    known beforehand.
    """

    __slots__ = (
        "content_at",
        "function",
        "head",
        "reply_bytes",
        "request",
        "rtu_content_at",
        "rtu_head",
        "rtu_reply_bytes",
        "rtu_request",
        "unit",
    )

    def __init__(self, unit: int, pdu: bytes) -> None:
        if not 0 < len(pdu) <= MAX_PDU_BYTES:
            raise ValueError(f"a PDU has 1 to {MAX_PDU_BYTES} bytes, this one {len(pdu)}")
        self.unit = unit
        self.function = pdu[0]
        self.request = bytes((0, 0, 0, len(pdu) + 1, unit)) + pdu
        addressed = bytes((unit,)) + pdu
        self.rtu_request = addressed + crc(addressed)
        start, data_bytes = _expected(pdu)
        content_in_pdu = 2 if data_bytes else 0
        self.content_at = _HEADER_BYTES + content_in_pdu
        self.rtu_content_at = 1 + content_in_pdu
        reply_pdu_bytes = len(start) + data_bytes
        self.head = bytes((0, 0, 0, reply_pdu_bytes + 1, unit)) + start if start else b""
        self.rtu_head = bytes((unit,)) + start if start else b""
        self.reply_bytes = _HEADER_BYTES + reply_pdu_bytes if start else 0
        self.rtu_reply_bytes = 1 + reply_pdu_bytes + CRC_BYTES if start else 0

    @classmethod
    def reading(cls, unit: int, function: int, address: int, count: int) -> Frame:
        """Make a read of `count` bits (functions 1, 2) or registers (3, 4) from the zero-based PDU `address`."""
        # pymodbus's codec checks the ranges of the standard and raises ValueError
        request = _READS[function](address=address, count=count)
        return cls(unit, bytes((function,)) + request.encode())

    @classmethod
    def writing(cls, unit: int, function: int, address: int, values: Sequence[int]) -> Frame:
        """Make a write of bits (functions 5, 15) or registers (6, 16) at the zero-based PDU `address`."""
        if function in _WRITES_BITS:
            request = _WRITES_BITS[function](address=address, bits=[bool(value) for value in values])
        else:
            request = _WRITES_REGISTERS[function](address=address, registers=list(values))
        return cls(unit, bytes((function,)) + request.encode())

    def content(self, reply: bytes) -> bytes:
        """Return the content of a whole TCP reply (header included); raises ExceptionReply or WrongReply."""
        if len(reply) == self.reply_bytes and reply.startswith(self.head, 2):
            return reply[self.content_at :]
        return self._content(reply[6], reply[_HEADER_BYTES:])

    def rtu_content(self, reply: bytes) -> bytes:
        """Return the content of a whole serial reply whose CRC is right; raises ExceptionReply or WrongReply."""
        if len(reply) == self.rtu_reply_bytes and reply.startswith(self.rtu_head):
            return reply[self.rtu_content_at : -CRC_BYTES]
        return self._content(reply[0], reply[1:-CRC_BYTES])

    def _content(self, unit: int, pdu: bytes) -> bytes:
        """The content of a reply that is none of the expected length."""
        if unit != self.unit:
            raise WrongReply(f"answer of unit {unit} to a question to unit {self.unit}")
        if pdu[0] == self.function | EXCEPTION_BIT and len(pdu) == _EXCEPTION_PDU_BYTES:
            raise ExceptionReply(pdu[1])
        if pdu[0] != self.function:
            raise WrongReply(f"answer with function {pdu[0]} to a question with function {self.function}")
        if self.head:
            raise WrongReply(f"answer of {len(pdu)} bytes after the unit id, or with a wrong byte count or echo")
        return pdu


def _expected(pdu: bytes) -> tuple[bytes, int]:
    """How the PDU of a fitting reply starts, and how many bytes follow; (b"", 0) where that is not known."""
    function = pdu[0]
    count = int.from_bytes(pdu[3:5], "big")
    if function in _BIT_READS:
        data_bytes = (count + 7) // 8
    elif function in _REGISTER_READS or function == _READ_WRITE:
        data_bytes = 2 * count
    elif function in _ECHOED_WHOLE:
        return pdu, 0
    elif function in _ECHOED_RANGE:
        return pdu[:_RANGE_BYTES], 0
    else:
        return b"", 0
    return bytes((function, data_bytes & 0xFF)), data_bytes
