"""A way to a syslog server: over TLS, TCP or UDP. Syslog knows no answer, so that what can be known is known from TCP."""

from __future__ import annotations

import asyncio
import fcntl
import ssl
import struct
import termios
from typing import TYPE_CHECKING, Protocol, Self

from gateway.deliver.audit.message import framed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.deliver.audit.config import SyslogConfig

REACH_SECONDS = 10.0
"""How long a server may take to let us in."""

TAKE_SECONDS = 30.0
"""How long it may take to take what was sent."""

LOOK_SECONDS = 0.02
"""How often TCP is asked whether everything has arrived."""


class WireLost(Exception):
    """The way is gone, or never was, as a few words. Time may cure it."""


class Wire(Protocol):
    """A way that is open."""

    @property
    def gone(self) -> asyncio.Event:
        """Set when the other side has left."""

    async def send(self, messages: Sequence[bytes], /) -> None:
        """Send these; returns when the other side's machine has them, as far as that can be known. Raises `WireLost`."""

    def close(self) -> None:
        """Let go of it."""


async def reach(config: SyslogConfig) -> Wire:
    """Open a way. Raises `WireLost`."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            if config.transport == "udp":
                return await UdpWire.to(config)
            tls = await asyncio.to_thread(config.tls)
            reader, writer = await asyncio.open_connection(
                config.host, config.used_port, ssl=tls, server_hostname=config.host if tls else None
            )
            return StreamWire(reader, writer)
    except TimeoutError:
        raise WireLost("it does not answer") from None
    except ssl.SSLCertVerificationError as error:
        raise WireLost(f"its certificate is not believed: {error.verify_message}") from error
    except (OSError, ssl.SSLError) as error:
        raise WireLost(error.strerror or str(error)) from error


class StreamWire:
    """TCP, encrypted or not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=1)  # with 0 the TLS of asyncio never says that it has room
        self.gone = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen(reader))

    async def send(self, messages: Sequence[bytes]) -> None:
        """See `Wire`: the other side's TCP has confirmed every byte."""
        try:
            async with asyncio.timeout(TAKE_SECONDS):
                self._writer.write(b"".join(map(framed, messages)))
                await self._writer.drain()
                while self._unconfirmed():  # noqa: ASYNC110 - the kernel tells nobody when its queue is empty
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise WireLost("it takes nothing") from None
        except OSError as error:
            raise WireLost(error.strerror or "the connection broke") from error
        if self.gone.is_set():
            raise WireLost("it hung up")

    def close(self) -> None:
        """See `Wire`."""
        self._listening.cancel()
        self._writer.transport.abort()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """A syslog server says nothing; when it ends, it left."""
        try:
            while await reader.read(4096):
                pass
        except OSError:
            pass
        finally:
            self.gone.set()

    def _unconfirmed(self) -> int:
        """How many bytes the kernel holds that the other side has not confirmed (SIOCOUTQ, tcp(7))."""
        if self.gone.is_set() or self._writer.transport.is_closing():
            raise WireLost("it hung up")
        there = self._writer.get_extra_info("socket")
        (waiting,) = struct.unpack("i", fcntl.ioctl(there.fileno(), termios.TIOCOUTQ, b"\0" * 4))
        return int(waiting)


class UdpWire(asyncio.DatagramProtocol):
    """UDP: each message a datagram (RFC 5426), and nobody knows whether it arrives."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def to(cls, config: SyslogConfig) -> Self:
        """Open it."""
        loop = asyncio.get_running_loop()
        transport, wire = await loop.create_datagram_endpoint(cls, remote_addr=(config.host, config.used_port))
        wire._transport = transport  # noqa: SLF001 - a part of its making
        return wire

    async def send(self, messages: Sequence[bytes]) -> None:
        """See `Wire`."""
        assert self._transport is not None  # noqa: S101 - `to` made it
        for each in messages:
            self._transport.sendto(each)

    def close(self) -> None:
        """See `Wire`."""
        if self._transport is not None:
            self._transport.close()
