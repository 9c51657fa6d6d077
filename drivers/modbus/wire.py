"""One Modbus TCP connection with one request outstanding.

A bare asyncio Protocol: the common case, one whole reply to the request that is out, costs two comparisons. A reply is
matched by transaction id, protocol id, length, unit, function and byte count. A reply under another id is late: dropped
and counted, never matched. A reply under our id that does not fit is dropped too, and the request goes on waiting: the
silence until its time-out keeps a shifted stream from reaching the next request.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias, cast

from drivers.contract import LineLost
from drivers.modbus.frame import Frame, ModbusError, NoReply, WrongReply

if TYPE_CHECKING:
    from collections.abc import Callable

    Outcome: TypeAlias = bytes | ModbusError | LineLost
    """How a request ended: the content of its answer, or why there is none."""
    Done: TypeAlias = Callable[[Outcome], None]

CONNECT_SECONDS: Final = 2.0
_LENGTH_AT: Final = 4
_LENGTH_END: Final = 6
_MIN_LENGTH: Final = 2  # unit and function
_MAX_LENGTH: Final = 254  # unit and a PDU of 253
_TRANSACTIONS: Final = 0xFFFF  # 1 to 65535; 0 is never used: it is what broken devices answer to anything
_STRIDE: Final = 4099  # prime to 65535: an id that is off by one or two is never that of a neighbouring request


@dataclass(slots=True)
class Traffic:
    """What went over a wire, or over all wires of a line one after the other."""

    requests: int = 0
    late_replies: int = 0
    """Answers under an id that nobody waits for any more: dropped."""
    wrong_replies: int = 0
    """Answers under the right id that do not fit their question: dropped."""


class Wire(asyncio.Protocol):
    """One connection, made once. `on_lost` is called when it is lost, but not when `close` ends it.

    With `tid="ignore"` the transaction id of a reply is not compared (some gateways answer with a wrong one); then bytes
    that nobody asked for end the connection, and the caller closes it after every time-out.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tid: Literal["strict", "ignore"] = "strict",
        on_lost: Callable[[], None] | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.received_ns = 0
        """CLOCK_BOOTTIME in nanoseconds of the last answer."""
        self.traffic = Traffic() if traffic is None else traffic
        self._strict = tid == "strict"
        self._on_lost = on_lost
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transport: asyncio.Transport | None = None
        self._transaction = 1
        self._expected_id = b""
        self._frame: Frame | None = None
        self._done: Done | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wrong: WrongReply | None = None
        self._rest = b""
        self._why_lost = "is not connected"

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether a request may be sent."""
        return self._transport is not None

    @property
    def loss(self) -> LineLost:
        """Why no request may be sent, as a sentence."""
        return self._lost(self._why_lost)

    async def connect(self) -> None:
        """Open the connection; raises LineLost with one sentence that names host, port and cause."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport, _ = await self._loop.create_connection(lambda: self, self.host, self.port)
        except TimeoutError:
            raise self._lost(f"does not answer within {CONNECT_SECONDS:.0f} s") from None
        except socket.gaierror as error:
            raise self._lost(f"is not a name that can be found ({error.strerror})") from None
        except OSError as error:
            raise self._lost(_refusal(error)) from None
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def close(self) -> None:
        """End the connection without telling `on_lost`; a request that is out ends with LineLost."""
        self._end("was closed by us")

    def send(self, frame: Frame, timeout_seconds: float, done: Done) -> None:
        """Send one frame; `done` is called once, with its content (see Frame), a ModbusError or LineLost.

        Only one may be out: a second one before the first has ended is a programming error. `done` may send the next.
        """
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

    def exchange(self, frame: Frame, timeout_seconds: float) -> asyncio.Future[bytes]:
        """Send one frame, as `send` does; the future gives the content, or raises the ModbusError or LineLost."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.send(frame, timeout_seconds, partial(_resolve, answer))
        return answer

    async def ask(self, unit: int, pdu: bytes, timeout_seconds: float) -> bytes:
        """Send a PDU and return the reply's content as `Frame` defines it: for functions other than reads its PDU."""
        return await self.exchange(Frame(unit, pdu), timeout_seconds)

    async def read(self, unit: int, function: int, address: int, count: int, timeout_seconds: float) -> bytes:
        """Read bits (functions 1, 2) or registers (3, 4); returns the data without byte count."""
        return await self.exchange(Frame.reading(unit, function, address, count), timeout_seconds)

    # ------------------------------------------------------------ what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the fresh connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Match what came in."""
        frame = self._frame
        if (
            frame is not None
            and not self._rest
            and len(data) == frame.reply_bytes
            and data.startswith(frame.head, 2)
            and frame.head
            and (data.startswith(self._expected_id) or not self._strict)
        ):
            self.received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            self._settle(data[frame.content_at :])
        else:
            self._cut(self._rest + data if self._rest else data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if self._transport is not None:
            why = getattr(exc, "strerror", None) or exc
            self._break(f"broke the connection ({why})" if exc else "closed the connection")

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
                self.traffic.late_replies += 1
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
            self.traffic.late_replies += 1
            return None
        try:
            content = frame.content(reply)
        except WrongReply as wrong:
            self.traffic.wrong_replies += 1
            self._wrong = wrong
            return None
        except ModbusError as refusal:
            return refusal
        self.received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return content

    def _settle(self, outcome: Outcome) -> None:
        done, timer = self._done, self._timer
        self._frame = self._done = self._timer = self._wrong = None
        if timer is not None:
            timer.cancel()
        if done is not None:
            done(outcome)

    def _time_out(self) -> None:
        self._settle(self._wrong or NoReply("no answer in time"))

    # ------------------------------------------------------------ ending

    def _break(self, why: str) -> None:
        self._end(why)
        if self._on_lost is not None:
            self._on_lost()

    def _end(self, why: str) -> None:
        transport, self._transport = self._transport, None
        self._rest = b""
        self._why_lost = why
        if transport is not None:
            transport.abort()
        self._settle(self.loss)

    def _lost(self, why: str) -> LineLost:
        return LineLost(f"{self.host}:{self.port} {why}")


def _resolve(answer: asyncio.Future[bytes], outcome: Outcome) -> None:
    if answer.done():  # the one who asked was cancelled
        return
    if isinstance(outcome, bytes):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)


def _refusal(error: OSError) -> str:
    match error.errno:
        case errno.ECONNREFUSED:
            return "refuses the connection: nothing listens there"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            return "cannot be reached: no way to that address"
        case _:
            return f"cannot be reached ({error.strerror or error})"
