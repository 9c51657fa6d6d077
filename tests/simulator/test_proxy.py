"""The Bluetooth proxies, by the client that everybody uses."""

from __future__ import annotations

import asyncio
import base64

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
from tests.simulator.proxy_clients import NUMBER, client, heard, proxy, subscribed, until

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
ADDRESS = "54:48:E6:8F:80:A5"


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


async def test_it_listens_on_loopback_only() -> None:
    with pytest.raises(NotLoopback):
        await Proxy("rx").open("0.0.0.0")


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64!", KEY[:-4]])
def test_a_key_that_is_none_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(ValueError, match=r"^an API encryption key is 32 bytes in base64$"):
        Proxy("rx", key)
