"""The Bluetooth proxies, by the client that everybody uses, and by bytes where that client is too well-behaved."""

from __future__ import annotations

import asyncio
import base64
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aioesphomeapi.client import APIClient
from aioesphomeapi.core import (
    APIConnectionError,
    EncryptionPlaintextAPIError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
)

from simulator.bthome import SMOKE, Beacon, advertisement
from simulator.loopback import NotLoopback
from simulator.proxy import BATCH, FLUSH_SECONDS, Heard, Proxy
from simulator.proxy_messages import Feature
from simulator.proxy_radio import ProxyRadio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aioesphomeapi.core import BluetoothLERawAdvertisementsResponse  # type: ignore[attr-defined]

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
ADDRESS = "54:48:E6:8F:80:A5"
NUMBER = 0x5448E68F80A5

HELLO = b"\x00\x00\x01"
PING = b"\x00\x00\x07"
PONG = b"\x00\x00\x08"
SUBSCRIBE = b"\x00\x02\x42\x08\x01"


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


@pytest.mark.parametrize("key", [None, KEY])
async def test_a_client_is_told_that_it_is_a_proxy_for_raw_advertisements(key: str | None) -> None:
    async with proxy(key) as (one, port), client(port, key) as gateway:
        info = await gateway.device_info()

    assert (info.name, info.mac_address, info.bluetooth_mac_address) == ("rx-b3u2-1", one.mac, one.mac)
    assert info.bluetooth_proxy_feature_flags & Feature.RAW_ADVERTISEMENTS
    assert info.api_encryption_supported is (key is not None)


@pytest.mark.parametrize("key", [None, KEY])
async def test_what_a_sensor_transmits_arrives_with_address_strength_and_advertising_data(key: str | None) -> None:
    async with proxy(key) as (one, port), client(port, key) as gateway:
        batches = await subscribed(one, gateway)
        packet = Beacon(ADDRESS, bytes(16)).packet([(SMOKE, True)])

        ProxyRadio({"rx-b3u2-1": one}).transmit("rx-b3u2-1", ADDRESS, -91, packet)
        await until(lambda: batches)

    assert batches == [[Heard(NUMBER, -91, advertisement(packet))]]
    assert one.sent == 1


@pytest.mark.parametrize("key", [None, KEY])
async def test_many_at_once_go_out_in_batches_of_sixteen_in_their_order(key: str | None) -> None:
    async with proxy(key) as (one, port), client(port, key) as gateway:
        batches = await subscribed(one, gateway)

        one.send(heard(2 * BATCH + 8))
        await until(lambda: sum(map(len, batches)) == 2 * BATCH + 8)

    assert [len(batch) for batch in batches] == [BATCH, BATCH, 8]
    assert [each for batch in batches for each in batch] == heard(2 * BATCH + 8)


async def test_the_first_after_a_pause_goes_at_once_and_the_next_waits_for_others() -> None:
    async with proxy() as (one, port), client(port) as gateway:
        batches = await subscribed(one, gateway)
        loop = asyncio.get_running_loop()

        one.send(heard(1))
        await until(lambda: batches)
        first = loop.time()
        one.send(heard(1))
        one.send(heard(2))
        await until(lambda: len(batches) == 2)

    assert loop.time() - first > FLUSH_SECONDS / 2
    assert len(batches[1]) == 3


@pytest.mark.parametrize(
    ("of_the_proxy", "of_the_client", "refusal"),
    [
        (KEY, OTHER_KEY, InvalidEncryptionKeyAPIError),
        (KEY, None, RequiresEncryptionAPIError),
        (None, KEY, EncryptionPlaintextAPIError),
    ],
)
async def test_a_client_with_another_key_is_told_what_is_wrong_with_it(
    of_the_proxy: str | None, of_the_client: str | None, refusal: type[APIConnectionError]
) -> None:
    async with proxy(of_the_proxy) as (one, port):
        with pytest.raises(refusal):
            async with client(port, of_the_client):
                pass
        await until(lambda: not one.connections)


async def test_a_device_that_is_no_proxy_says_so_and_gives_nothing() -> None:
    async with proxy(features=0) as (one, port), client(port) as gateway:
        gateway.subscribe_bluetooth_le_raw_advertisements(lambda _: pytest.fail("it hears nothing"))

        info = await gateway.device_info()

    assert info.bluetooth_proxy_feature_flags == 0
    assert one.subscriber is None


async def test_a_silent_proxy_hears_nothing_and_still_answers() -> None:
    async with proxy() as (one, port), client(port) as gateway:
        batches = await subscribed(one, gateway)
        one.silent = True

        one.send(heard(BATCH))
        answered = await gateway.device_info()
        one.silent = False
        one.send(heard(1))
        await until(lambda: batches)

    assert answered.name == one.name
    assert [len(batch) for batch in batches] == [1]


async def test_one_client_at_a_time_gets_what_is_heard_and_the_next_one_when_it_went() -> None:
    async with proxy() as (one, port), client(port) as second:
        async with client(port) as first:
            of_the_first = await subscribed(one, first)
            of_the_second = await subscribed(one, second)
            await second.device_info()
            one.send(heard(1))
            await until(lambda: of_the_first)
        await until(lambda: one.subscriber is None)

        again = await subscribed(one, second)
        one.send(heard(2))
        await until(lambda: again)

    assert of_the_second == again == [heard(2)]


async def test_a_client_that_unsubscribes_gets_no_more() -> None:
    async with proxy() as (one, port), client(port) as gateway:
        unsubscribe = gateway.subscribe_bluetooth_le_raw_advertisements(lambda _: pytest.fail("it said no more"))
        await until(lambda: one.subscriber is not None)

        unsubscribe()
        await until(lambda: one.subscriber is None)
        one.send(heard(BATCH))
        answered = await gateway.device_info()

    assert answered.name == one.name
    assert one.sent == 0


async def test_dropped_clients_see_it_and_can_come_again() -> None:
    async with proxy() as (one, port):
        ended = asyncio.Event()

        async def stopped(expected: bool) -> None:  # noqa: FBT001 - the client passes it so
            assert not expected
            ended.set()

        gateway = APIClient("127.0.0.1", port, None)
        await gateway.connect(on_stop=stopped, login=True)
        await subscribed(one, gateway)

        one.drop()
        async with asyncio.timeout(5):
            await ended.wait()

        async with client(port) as again:
            batches = await subscribed(one, again)
            one.send(heard(1))
            await until(lambda: batches)


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
        writer.write(b"\x00\x00\x05")  # goodbye
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


async def test_it_listens_on_loopback_only() -> None:
    with pytest.raises(NotLoopback):
        await Proxy("rx").open("0.0.0.0")


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64!", KEY[:-4]])
def test_a_key_that_is_none_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(ValueError, match=r"^an API encryption key is 32 bytes in base64$"):
        Proxy("rx", key)
