"""A TCP proxy that does to a connection what networks do: it delays, cuts, halves, swallows, resets and refuses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from types import TracebackType

CHUNK_BYTES = 16 * 1024
_RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Each piece, both ways, comes so much later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed once so many bytes went to the server."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class Half:
    """The request arrives whole, of the answer only its first bytes: the server did it, the client cannot know."""

    answer_bytes: int = 9


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Connections are taken and nothing ever comes through, in either direction."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset as soon as the client sends."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nobody listens; connections that there were are reset."""


Fault: TypeAlias = Literal["pass"] | Delay | Cut | Half | BlackHole | Reset | Refuse


class FaultProxy:
    """Stands before a server on loopback. Set `fault` at any time: it holds for what comes through from then on."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.connections = 0
        """How many were taken so far."""
        self._to = host, port
        self._fault: Fault = "pass"
        self._changed = asyncio.Event()
        self._door: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it listens, for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def fault(self) -> Fault:
        """What it does to what comes through."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        if isinstance(fault, Refuse):
            self._shut()
        else:
            self._open()

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def break_connections(self) -> None:
        """Reset every connection that there is; new ones are taken."""
        for writer in list(self._writers):
            _reset(writer)

    def _open(self) -> None:
        if self._door is not None:
            return
        self._door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._door.bind(("127.0.0.1", self.port))
        self._door.listen(64)
        self._door.setblocking(False)
        self.port = self._door.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._door, self._take, self._door)

    def _shut(self) -> None:
        if self._door is not None:
            asyncio.get_running_loop().remove_reader(self._door)
            self._door.close()
            self._door = None
        self.break_connections()

    def _take(self, door: socket.socket) -> None:
        try:
            client, _ = door.accept()
        except OSError:  # it is gone already
            return
        client.setblocking(False)
        self.connections += 1
        task = asyncio.create_task(self._carry(client), name="proxy")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, client: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client)
        self._writers.add(writer)
        try:
            if isinstance(self._fault, BlackHole):
                await self._changed.wait()
                _reset(writer)
                return
            server_reader, server_writer = await asyncio.open_connection(*self._to)
        except OSError:  # the server is down, and so is its port
            _reset(writer)
            return
        finally:
            self._writers.discard(writer)
        both = {writer, server_writer}
        self._writers |= both
        ways = [
            asyncio.create_task(self._pump(reader, server_writer, to_server=True)),
            asyncio.create_task(self._pump(server_reader, writer, to_server=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers -= both
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in both:
                end.close()

    async def _pump(self, reader: StreamReader, writer: StreamWriter, *, to_server: bool) -> None:
        """Carry one way until it ends or a fault ends it. Whatever a fault swallowed, the connection does not outlive."""
        carried = 0
        while data := await reader.read(CHUNK_BYTES):
            last = False
            match self._fault:
                case Delay(seconds):
                    await asyncio.sleep(seconds)
                case Cut(after_bytes) if to_server:
                    data = data[: max(0, after_bytes - carried)]
                    last = carried + len(data) >= after_bytes
                case Half(answer_bytes) if not to_server:
                    data, last = data[:answer_bytes], True
                case BlackHole():
                    await self._changed.wait()
                    self.break_connections()
                    return
                case Reset() if to_server:
                    self.break_connections()
                    return
            writer.write(data)
            await writer.drain()
            carried += len(data)
            if last:
                return


def _reset(writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
    writer.transport.abort()
