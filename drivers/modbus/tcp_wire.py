"""One Modbus TCP connection.

A bare asyncio Protocol: the common case, one whole reply to the request that is out, costs two comparisons. A reply is
matched by transaction id, protocol id, length, unit, function and byte count. A reply under another id is late: dropped
and counted, never matched. A reply under our id that does not fit is dropped too, and the request goes on waiting: the
silence until its time-out keeps a shifted stream from reaching the next request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from drivers.modbus.asking import Asking, boottime_ns
from drivers.modbus.frame import Frame, ModbusError, WrongReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.modbus.wire import Done, Outcome, Traffic
    from drivers.modbus.wire_time import WireTime

_LENGTH_AT: Final = 4
_LENGTH_END: Final = 6
_UNIT_AT: Final = 6
_MIN_LENGTH: Final = 2  # unit and function
_MAX_LENGTH: Final = 254  # unit and a PDU of 253
_TRANSACTIONS: Final = 0xFFFF  # 1 to 65535; 0 is never used: it is what broken devices answer to anything
_STRIDE: Final = 4099  # prime to 65535: an id that is off by one or two is never that of a neighbouring request


class TcpWire(Asking):
    """A `Wire` to a device or a TCP-to-RTU gateway; `wire_time` is that of the serial line behind the gateway, if known.

    With `tid="ignore"` the transaction id of a reply is not compared (some gateways answer with a wrong one); then bytes
    that nobody asked for end the connection, and the caller closes it after every time-out.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tid: Literal["strict", "ignore"] = "strict",
        wire_time: WireTime | None = None,
        on_lost: Callable[[], None] | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        super().__init__(f"{host}:{port}", wire_time, on_lost, traffic)
        self.confusable = tid == "ignore"
        self._host = host
        self._port = port
        self._strict = tid == "strict"
        self._transaction = 1
        self._expected_id = b""
        self._rest = b""

    async def connect(self) -> None:
        """Open the connection; raises LineLost with one sentence that names host, port and cause."""
        self._rest = b""
        await self._dial(self._host, self._port)

    def send(self, frame: Frame, timeout_seconds: float, done: Done) -> None:
        """See `Wire.send`."""
        if self._loop is None or self._transport is None:
            done(self.loss)
            return
        if self._frame is not None:
            raise RuntimeError("one request at a time on a Modbus connection")
        self._transaction = transaction = (self._transaction - 1 + _STRIDE) % _TRANSACTIONS + 1
        self._expected_id = expected_id = transaction.to_bytes(2, "big")
        self._frame = frame
        self._done = done
        self._timer = self._loop.call_later(timeout_seconds, self._time_out)
        self.traffic.requests += 1
        self._transport.write(expected_id + frame.request)

    def data_received(self, data: bytes) -> None:
        """Match what came in."""
        frame = self._frame
        if (
            frame is not None
            and not self._rest
            and len(data) == frame.reply_bytes
            and data.startswith(frame.head, 2)
            and (data.startswith(self._expected_id) or not self._strict)
        ):
            self.received_ns = boottime_ns()
            self._settle(data[frame.content_at :])
        else:
            self._cut(self._rest + data if self._rest else data)

    # ------------------------------------------------------------ matching

    def _cut(self, data: bytes) -> None:
        """Take whole replies off the stream. The answer is handed on last, when all that came with it was looked at."""
        if self._frame is None and not self._strict:
            self._break("answered without being asked")
            return
        outcome: Outcome | None = None
        start = 0
        while len(data) - start >= _LENGTH_END:
            length = int.from_bytes(data[start + _LENGTH_AT : start + _LENGTH_END], "big")
            if data[start + 2] or data[start + 3] or not _MIN_LENGTH <= length <= _MAX_LENGTH:
                self._break("sent what is not Modbus TCP")
                return
            end = start + _LENGTH_END + length
            if len(data) < end:
                break
            if outcome is None:
                outcome = self._match(data[start:end])
            else:
                self.traffic.late(data[start + _UNIT_AT])
            start = end
            if outcome is not None and not self._strict and start < len(data):
                self._break("answered more than it was asked")  # which one is the answer cannot be told
                return
        self._rest = data[start:]
        if outcome is not None:
            self._settle(outcome)

    def _match(self, reply: bytes) -> Outcome | None:
        """What a whole reply means for the request that is out; None when nothing."""
        frame = self._frame
        if frame is None or (self._strict and not reply.startswith(self._expected_id)):
            self.traffic.late(reply[_UNIT_AT])
            return None
        try:
            content = frame.content(reply)
        except WrongReply as wrong:
            self.traffic.wrong(frame.unit)
            self._wrong = wrong
            return None
        except ModbusError as refusal:
            return refusal
        self.received_ns = boottime_ns()
        return content

    def _end(self, why: str) -> None:
        self._rest = b""
        super()._end(why)
