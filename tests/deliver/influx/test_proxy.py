"""The fault proxy itself, against a server that repeats: what the proofs rest on must do what it says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.servers.proxy import BlackHole, Cut, Delay, FaultProxy, Half, Refuse, Reset

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

    from tests.servers.proxy import Fault

HELLO = b"0123456789" * 10


class Echo:
    """Repeats what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = bytearray()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        while some := await reader.read(1000):
            self.heard += some
            writer.write(some)
        writer.close()


@asynccontextmanager
async def proxied(fault: Fault) -> AsyncIterator[tuple[FaultProxy, Echo]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with FaultProxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        proxy.fault = fault
        yield proxy, echo
    server.close()
    await server.wait_closed()


async def answer(proxy: FaultProxy, limit_seconds: float = 5.0) -> bytes:
    """What comes back, until the connection ends or all is there. Raises OSError or TimeoutError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(HELLO)
        said = b""
        async with asyncio.timeout(limit_seconds):
            while len(said) < len(HELLO) and (some := await reader.read(1000)):
                said += some
        return said
    finally:
        writer.close()


async def test_without_a_fault_everything_passes() -> None:
    async with proxied("pass") as (proxy, _):
        assert await answer(proxy) == HELLO


async def test_a_delay_holds_back_both_ways() -> None:
    async with proxied(Delay(0.1)) as (proxy, _):
        began = asyncio.get_running_loop().time()

        said = await answer(proxy)

    assert said == HELLO
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_a_cut_lets_only_so_much_through() -> None:
    async with proxied(Cut(30)) as (proxy, echo):
        await answer(proxy)

    assert bytes(echo.heard) == HELLO[:30]


async def test_of_a_half_answer_the_server_knows_nothing() -> None:
    async with proxied(Half(7)) as (proxy, echo):
        said = await answer(proxy)

    assert said == HELLO[:7]
    assert bytes(echo.heard) == HELLO


async def test_from_a_black_hole_nothing_comes_until_it_is_gone() -> None:
    async with proxied(BlackHole()) as (proxy, echo):
        with pytest.raises(TimeoutError):
            await answer(proxy, 0.1)

        proxy.fault = "pass"
        said = await answer(proxy)

    assert said == HELLO
    assert bytes(echo.heard) == HELLO


@pytest.mark.parametrize(("fault", "error"), [(Reset(), ConnectionResetError), (Refuse(), ConnectionRefusedError)])
async def test_resets_and_refusals_are_what_the_network_makes_of_them(fault: Fault, error: type[OSError]) -> None:
    async with proxied(fault) as (proxy, _):
        with pytest.raises(error):
            await answer(proxy)

        proxy.fault = "pass"
        assert await answer(proxy) == HELLO
