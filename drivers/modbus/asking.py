"""One request out at a time: who waits for its answer, and until when. What every wire has in common."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Final, Self, cast

from drivers.contract import LineLost
from drivers.modbus.frame import Frame, NoReply, WrongReply
from drivers.modbus.wire import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.modbus.wire import Done, Outcome
    from drivers.modbus.wire_time import WireTime

CONNECT_SECONDS: Final = 2.0


class Asking(asyncio.Protocol):
    """A connection with at most one request out (see `drivers.modbus.wire.Wire`). `place` is its name for people."""

    def __init__(
        self,
        place: str,
        wire_time: WireTime | None,
        on_lost: Callable[[], None] | None,
        traffic: Traffic | None,
    ) -> None:
        self.place = place
        self._wire_time = wire_time
        self.received_ns = 0
        """CLOCK_BOOTTIME in nanoseconds of the last answer."""
        self.traffic = Traffic() if traffic is None else traffic
        self._on_lost = on_lost
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transport: asyncio.Transport | None = None
        self._frame: Frame | None = None
        self._done: Done | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wrong: WrongReply | None = None
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

    @abstractmethod
    async def connect(self) -> None:
        """Open it; raises LineLost or Misconfigured with one sentence that names the place and the cause."""

    @abstractmethod
    def send(self, frame: Frame, timeout_seconds: float, done: Done) -> None:
        """See `Wire.send`."""

    def seconds_of(self, frame: Frame) -> float:
        """See `Wire.seconds_of`."""
        return self._wire_time.seconds_of(frame) if self._wire_time is not None else 0.0

    def close(self) -> None:
        """End it without telling `on_lost`; a request that is out ends with LineLost."""
        self._end("was closed by us")

    def exchange(self, frame: Frame, timeout_seconds: float) -> asyncio.Future[bytes]:
        """See `Wire.exchange`."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.send(frame, timeout_seconds, partial(_resolve, answer))
        return answer

    async def ask(self, unit: int, pdu: bytes, timeout_seconds: float) -> bytes:
        """See `Wire.ask`."""
        return await self.exchange(Frame(unit, pdu), timeout_seconds)

    async def read(self, unit: int, function: int, address: int, count: int, timeout_seconds: float) -> bytes:
        """See `Wire.read`."""
        return await self.exchange(Frame.reading(unit, function, address, count), timeout_seconds)

    # ------------------------------------------------------------ what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the fresh connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if self._transport is not None:
            why = getattr(exc, "strerror", None) or exc
            self._break(f"broke the connection ({why})" if exc else "closed the connection")

    # ------------------------------------------------------------ the request that is out

    def _settle(self, outcome: Outcome) -> None:
        done, timer = self._done, self._timer
        self._frame = self._done = self._timer = self._wrong = None
        if timer is not None:
            timer.cancel()
        if done is not None:
            done(outcome)

    def _time_out(self) -> None:
        self._settle(self._wrong or NoReply("no answer in time"))

    # ------------------------------------------------------------ beginning and ending

    async def _dial(self, host: str, port: int) -> None:
        """Open a TCP connection that carries this protocol; raises LineLost."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport, _ = await self._loop.create_connection(lambda: self, host, port)
        except TimeoutError:
            raise self._lost(f"does not answer within {CONNECT_SECONDS:.0f} s") from None
        except socket.gaierror as error:
            raise self._lost(f"is not a name that can be found ({error.strerror})") from None
        except OSError as error:
            raise self._lost(_refusal(error)) from None
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def _break(self, why: str) -> None:
        self._end(why)
        if self._on_lost is not None:
            self._on_lost()

    def _end(self, why: str) -> None:
        transport, self._transport = self._transport, None
        self._why_lost = why
        if transport is not None:
            transport.abort()
        self._settle(self.loss)

    def _lost(self, why: str) -> LineLost:
        return LineLost(f"{self.place} {why}")


def boottime_ns() -> int:
    """CLOCK_BOOTTIME: it goes on while the box sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


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
