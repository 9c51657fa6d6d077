"""The Bluetooth proxies, by bytes: what a well-behaved client never does."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from simulator.proxy import BATCH
from tests.simulator.proxy_clients import heard, proxy, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HELLO = b"\x00\x00\x01"
PING = b"\x00\x00\x07"
PONG = b"\x00\x00\x08"
SUBSCRIBE = b"\x00\x02\x42\x08\x01"
GOODBYE = b"\x00\x00\x05"


async def test_a_hung_proxy_answers_nothing_and_keeps_the_connection() -> None:
    async with proxy() as (one, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PING)
        assert await reader.readexactly(3) == PONG

        one.hung = True
        writer.write(PING)
        async with client_refused(port):
            pass
        one.hung = False
        writer.write(PING + PING)
        answers = await reader.readexactly(6)
        writer.write(GOODBYE)
        rest = await reader.read()

        writer.close()
    assert answers == PONG + PONG
    assert rest == b"\x00\x00\x06"


@asynccontextmanager
async def client_refused(port: int) -> AsyncIterator[None]:
    """A connection is taken and closed again, so that what was written before it has been read too."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    yield
    writer.close()
    await writer.wait_closed()


async def test_whoever_does_not_fetch_loses_advertisements_and_the_proxy_keeps_none() -> None:
    async with proxy() as (one, port):
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(slow, ("127.0.0.1", port))
        slow.send(HELLO + SUBSCRIBE)
        await until(lambda: one.subscriber is not None)

        for _ in range(10_000):
            one.send(heard(BATCH))
            if one.dropped:
                break
        sent = one.sent
        one.send(heard(100))

        assert one.dropped >= 100
        assert one.sent == sent
        slow.close()


async def test_messages_that_come_byte_by_byte_are_understood() -> None:
    async with proxy() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        for byte in PING + HELLO + PING:
            writer.write(bytes((byte,)))
            await writer.drain()
        first = await reader.readexactly(3)
        hello = await reader.readexactly(3)
        await reader.readexactly(hello[1])
        last = await reader.readexactly(3)

        writer.close()
    assert (first, hello[2], last) == (PONG, 2, PONG)


@pytest.mark.parametrize(
    "said", [SUBSCRIBE, b"GET / HTTP/1.1\r\n\r\n", b"\x00\xff\xff\xff\x7f\x01", b"\x00\x00\x09"], ids=repr
)
async def test_who_says_no_hello_or_no_message_at_all_is_sent_away(said: bytes) -> None:
    async with proxy() as (one, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(said)
        async with asyncio.timeout(5):
            await reader.read()

        writer.close()
        await until(lambda: not one.connections)
        assert one.subscriber is None
