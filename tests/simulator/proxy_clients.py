"""A proxy on a port, and clients of aioesphomeapi at it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aioesphomeapi.client import APIClient

from simulator.proxy import Heard, Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aioesphomeapi.core import BluetoothLERawAdvertisementsResponse  # type: ignore[attr-defined]

NUMBER = 0x5448E68F80A5


@asynccontextmanager
async def proxy(key: str | None = None, *, features: int | None = None) -> AsyncIterator[tuple[Proxy, int]]:
    """A proxy and its port."""
    one = Proxy("rx-b3u2-1", key) if features is None else Proxy("rx-b3u2-1", key, features=features)
    port = await one.open()
    try:
        yield one, port
    finally:
        await one.close()


@asynccontextmanager
async def client(port: int, key: str | None = None) -> AsyncIterator[APIClient]:
    """A connected client."""
    one = APIClient("127.0.0.1", port, None, noise_psk=key)
    await one.connect(login=True)
    try:
        yield one
    finally:
        await one.disconnect(force=True)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


async def subscribed(one: Proxy, to: APIClient) -> list[list[Heard]]:
    """Where the batches arrive that a client gets."""
    batches: list[list[Heard]] = []

    def take(message: BluetoothLERawAdvertisementsResponse) -> None:
        batches.append([Heard(each.address, each.rssi, each.data) for each in message.advertisements])

    to.subscribe_bluetooth_le_raw_advertisements(take)
    await until(lambda: one.subscriber is not None)
    return batches


def heard(count: int) -> list[Heard]:
    return [Heard(NUMBER + each, -60 - each % 60, bytes((each % 256,)) * 31) for each in range(count)]
