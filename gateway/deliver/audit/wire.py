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


CLOSE_SECONDS = 1.0
"""How long it is waited for the other side's good-bye."""


class WireLost(Exception):
    """The way is gone, or never was, as a few words. Time may cure it."""


class Wire(Protocol):
    """A way that is open."""

    @property
    def gone(self) -> asyncio.Event:
        """Set when the other side has left."""

    @property
    def why(self) -> str:
        """How it left, as a few words."""

    async def send(self, messages: Sequence[bytes], /) -> None:
        """Send these; returns when the other side's machine has them, as far as that can be known. Raises `WireLost`."""

    async def close(self) -> None:
        """Let go of it. Never raises of its own."""


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
    except OSError as error:
        raise WireLost(_words(error)) from error


class StreamWire:
    """TCP, encrypted or not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=1)  # with 0 the TLS of asyncio never says that it has room
        self.gone = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen())

    @property
    def why(self) -> str:
        """See `Wire`. Since TLS 1.3 a server refuses our certificate only after we believe to be let in."""
        error = self._reader.exception()
        return _words(error) if isinstance(error, OSError) else "it hung up without a word; its own log may say why"

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
            raise WireLost(self.why) from error
        if self.gone.is_set():
            raise WireLost(self.why)

    async def close(self) -> None:
        """See `Wire`. TLS is ended in order, as RFC 5425, 4.4 wants it, where somebody is there to hear it."""
        self._listening.cancel()
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError and ssl.SSLError are
            pass
        finally:
            self._writer.transport.abort()

    async def _listen(self) -> None:
        """A syslog server says nothing; when it ends, it left."""
        try:
            while await self._reader.read(4096):
                pass
        except OSError:
            pass  # `why` has it
        finally:
            self.gone.set()

    def _unconfirmed(self) -> int:
        """How many bytes the kernel holds that the other side has not confirmed (SIOCOUTQ, tcp(7))."""
        if self.gone.is_set() or self._writer.transport.is_closing():
            raise WireLost(self.why)
        there = self._writer.get_extra_info("socket")
        (waiting,) = struct.unpack("i", fcntl.ioctl(there.fileno(), termios.TIOCOUTQ, b"\0" * 4))
        return int(waiting)


class UdpWire(asyncio.DatagramProtocol):
    """UDP: each message a datagram (RFC 5426), and nobody knows whether it arrives."""

    why = "it never leaves"

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

    async def close(self) -> None:
        """See `Wire`."""
        if self._transport is not None:
            self._transport.close()


def _words(error: OSError) -> str:
    """What went wrong, without the place in OpenSSL's source."""
    if isinstance(error, ssl.SSLError) and error.reason:
        said = error.reason.lower().replace("_", " ")
        return f"it refuses us: {said}" if " alert " in said else f"TLS: {said}"
    return error.strerror or str(error)
