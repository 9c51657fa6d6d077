"""An ESPHome proxy as a receiver: aioesphomeapi unmodified, against a proxy that speaks the native API on loopback."""

from __future__ import annotations

import asyncio
import base64
import random
import socket
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from drivers.ble.config import Receiver
from drivers.ble.esphome import EsphomeProxySource
from drivers.ble.sources import make_source
from drivers.contract import Misconfigured
from drivers.secret import Secret
from simulator.bthome import advertisement
from simulator.proxy import Heard, Proxy
from simulator.proxy_messages import Kind
from tests.drivers.ble.recording_ears import PATIENT, QUICK, clock, listening
from tests.drivers.running import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from drivers.ble.hearing import Times
    from tests.drivers.ble.recording_ears import RecordingEars

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
SENSOR = 0xA4C138000001
SMOKE = b"\x40\x29\x01"
HEARD = Heard(SENSOR, -67, advertisement(SMOKE))
PHONE = Heard(0x5E0000000001, -80, bytes.fromhex("0201060aff4c001005031c8a2b1c"))


class Rig:
    """A proxy on its port, which can vanish and return, with its key in a file."""

    def __init__(self, folder: Path, proxy: Proxy) -> None:
        self.proxy = proxy
        self.port = 0
        self.file = folder / "key"
        self._chatter: asyncio.Task[None] | None = None

    def source(self, key: str = "", times: Times = PATIENT, host: str = "127.0.0.1") -> EsphomeProxySource:
        self.file.write_text(key, "utf-8")
        secret = Secret(file=str(self.file)) if key else None
        return EsphomeProxySource("rx1", host, self.port, secret, clock, times)

    def chatter(self) -> None:
        """From now on a phone is heard all the time."""
        self._chatter = asyncio.create_task(self._chat())

    async def _chat(self) -> None:
        while True:
            self.proxy.send([PHONE])
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        if self._chatter is not None:
            self._chatter.cancel()
        await self.proxy.close()


@asynccontextmanager
async def rigged(folder: Path, key: str | None = None, **more: Any) -> AsyncIterator[Rig]:
    rig = Rig(folder, Proxy("rx1", key, **more))
    rig.port = await rig.proxy.open()
    try:
        yield rig
    finally:
        await rig.close()


async def subscribed(rig: Rig) -> None:
    await until(lambda: rig.proxy.subscriber)


@pytest.mark.parametrize("key", ["", KEY], ids=["in clear", "encrypted"])
async def test_what_the_proxy_hears_is_heard_with_its_signal_and_the_time(tmp_path: Path, key: str) -> None:
    async with rigged(tmp_path, key or None) as rig, listening(rig.source(key)) as ears:
        await subscribed(rig)
        before = clock()

        rig.proxy.send([HEARD, PHONE, HEARD])
        await until(lambda: len(ears.adverts) == 2)

    assert [(advert.address, advert.rssi, advert.data) for advert in ears.adverts] == [(SENSOR, -67, SMOKE)] * 2
    assert before <= ears.adverts[0].received_ns <= clock()
    assert ears.others == 1
    assert ears.told == [("found", "")]


async def test_a_proxy_is_found_when_it_hears_something_not_when_it_is_connected(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig, listening(rig.source()) as ears:
        await subscribed(rig)
        assert ears.told == []

        rig.proxy.send([PHONE])

        await until(lambda: ears.told == [("found", "")])


@pytest.mark.parametrize(
    ("theirs", "ours", "reason"),
    [
        (KEY, OTHER_KEY, "its key is refused"),
        (KEY, "", "it is encrypted: give its API encryption key"),
        (KEY, "not base64", "is not 32 bytes in base64"),
        (KEY, base64.b64encode(bytes(16)).decode(), "is not 32 bytes in base64"),
    ],
)
async def test_a_wrong_key_is_told_without_the_key_and_works_once_it_is_right(
    tmp_path: Path, theirs: str, ours: str, reason: str
) -> None:
    async with rigged(tmp_path, theirs) as rig, listening(rig.source(ours)) as ears:
        await until(lambda: ears.states == ["wrong"])
        assert reason in ears.told[0][1]
        assert not ours or ours not in ears.told[0][1]

        if ours:
            rig.file.write_text(theirs, "utf-8")
            await subscribed(rig)
            rig.proxy.send([HEARD])

            await until(lambda: ears.states == ["wrong", "found"])


async def test_a_key_for_a_proxy_in_clear_is_told(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig, listening(rig.source(KEY)) as ears:
        await until(lambda: ears.told)

    assert ears.states == ["wrong"]
    assert "it speaks in clear" in ears.told[0][1]


async def test_a_key_that_is_not_where_it_should_be_is_told(tmp_path: Path) -> None:
    secret = Secret(file=str(tmp_path / "nowhere"))

    async with listening(EsphomeProxySource("rx1", "127.0.0.1", 1, secret, clock, QUICK)) as ears:
        await until(lambda: ears.told)

    assert ears.states == ["wrong"]
    assert "nowhere cannot be read" in ears.told[0][1]


async def test_a_device_that_is_no_proxy_is_told_and_works_once_it_is_one(tmp_path: Path) -> None:
    async with rigged(tmp_path, features=0) as rig, listening(rig.source()) as ears:
        await until(lambda: ears.states == ["wrong"])
        assert "is no Bluetooth proxy" in ears.told[0][1]

        rig.proxy.features = Proxy("another").features
        await subscribed(rig)
        rig.proxy.send([HEARD])

        await until(lambda: ears.states == ["wrong", "found"])


async def test_a_dropped_connection_comes_back_and_wakes_nobody(tmp_path: Path) -> None:
    async with rigged(tmp_path, KEY) as rig:
        source = rig.source(KEY)
        async with listening(source) as ears:
            for drops in range(3):
                await subscribed(rig)
                rig.proxy.send([HEARD])
                await until(lambda drops=drops: len(ears.adverts) == drops + 1)  # type: ignore[misc]  # bound now
                rig.proxy.drop()
                await until(lambda drops=drops: source.statistics()["restarts"] == drops + 1)  # type: ignore[misc]

    assert ears.told == [("found", "")]


async def test_a_proxy_without_power_is_lost_with_the_reason_and_found_when_it_returns(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig, listening(rig.source(times=QUICK)) as ears:
        await heard(rig, ears)

        await rig.proxy.close()
        await until(lambda: ears.states[-2:] == ["found", "lost"])
        assert "not to be had: Connect" in ears.reason("lost")
        await rig.proxy.open(port=rig.port)
        await subscribed(rig)
        rig.proxy.send([HEARD])

        await until(lambda: ears.states[-2:] == ["lost", "found"])


async def test_a_proxy_behind_a_dead_path_is_lost_though_its_connection_stands(tmp_path: Path) -> None:
    async with rigged(tmp_path, KEY) as rig, listening(rig.source(KEY, QUICK)) as ears:
        await heard(rig, ears)

        rig.proxy.hung = True
        await until(lambda: ears.states[-2:] == ["found", "lost"])
        rig.proxy.hung = False
        rig.chatter()

        await until(lambda: ears.states[-2:] == ["lost", "found"])


@pytest.mark.parametrize("key", ["", KEY], ids=["in clear", "encrypted"])
async def test_a_proxy_that_accepts_and_never_answers_is_lost(tmp_path: Path, key: str) -> None:
    async with rigged(tmp_path, key or None) as rig, listening(rig.source(key, QUICK)) as ears:
        rig.proxy.hung = True

        await until(lambda: ears.states[:1] == ["lost"] and "does not answer" in ears.reason("lost"))
        rig.proxy.hung = False
        rig.chatter()

        await until(lambda: ears.states[-1] == "found")


async def test_a_deaf_radio_is_lost_though_its_proxy_answers_and_begun_again_until_it_hears(tmp_path: Path) -> None:
    async with rigged(tmp_path, KEY) as rig:
        source = rig.source(KEY, QUICK)
        async with listening(source) as ears:
            await heard(rig, ears)

            rig.proxy.silent = True
            rig.chatter()
            restarts = source.statistics()["restarts"]
            await until(lambda: source.statistics()["restarts"] == restarts + 2)
            assert ears.states[-2:] == ["found", "lost"]
            assert "hands over nothing" in ears.reason("lost")
            rig.proxy.silent = False

            await until(lambda: ears.states[-2:] == ["lost", "found"])


async def test_a_proxy_that_serves_another_program_is_lost_until_that_one_leaves(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        async with listening(rig.source(times=QUICK)):
            await subscribed(rig)
            rig.chatter()
            async with listening(rig.source(times=QUICK)) as late:
                await until(lambda: late.states == ["lost"])
        async with listening(rig.source(times=QUICK)) as later:
            await until(lambda: later.states == ["found"])


async def test_an_end_leaves_no_connection_behind(tmp_path: Path) -> None:
    async with rigged(tmp_path, KEY) as rig:
        async with listening(rig.source(KEY)):
            await subscribed(rig)
        await until(lambda: not rig.proxy.connections)

        rig.proxy.hung = True
        async with listening(rig.source(KEY)):
            await until(lambda: rig.proxy.connections)
        await until(lambda: not rig.proxy.connections)


async def test_hostile_adverts_are_other_peoples_or_bounded(tmp_path: Path) -> None:
    seeded = random.Random(5)
    hostile = [
        Heard(1 << 48, -60, advertisement(SMOKE)),
        Heard((1 << 64) - 1, -60, advertisement(SMOKE)),
        *(Heard(seeded.getrandbits(48), -60, seeded.randbytes(seeded.randrange(62))) for _ in range(500)),
        Heard(SENSOR, 127, advertisement(SMOKE)),
        Heard(SENSOR, -(1 << 30), advertisement(SMOKE)),
        Heard(SENSOR, -67, b""),
    ]
    async with rigged(tmp_path, KEY) as rig, listening(rig.source(KEY)) as ears:
        await subscribed(rig)

        rig.proxy.send(hostile)
        await until(lambda: len(ears.adverts) + ears.others == len(hostile))

    assert [(advert.address, advert.rssi) for advert in ears.adverts if advert.address == SENSOR] == [(SENSOR, 0)] * 2
    assert all(advert.address < 1 << 48 for advert in ears.adverts)
    assert ears.told == [("found", "")]


async def test_garbage_in_the_protocol_ends_the_connection_and_not_the_receiver(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with rigged(tmp_path) as rig:
        source = rig.source()
        async with listening(source) as ears:
            for garbage in (b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 40):
                await heard(rig, ears)
                assert rig.proxy.subscriber is not None
                began_again = source.statistics()["restarts"]
                rig.proxy.subscriber.say(Kind.RAW_ADVERTISEMENTS, garbage)
                await until(lambda before=began_again: source.statistics()["restarts"] > before)  # type: ignore[misc]
            await heard(rig, ears)

    assert ears.told == [("found", "")]
    assert "Invalid protobuf message" in caplog.text


async def test_a_hundred_proxies_are_heard_at_once(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY, "utf-8")
    async with AsyncExitStack() as stack:
        proxies = [Proxy(f"rx{number}", KEY) for number in range(100)]
        ears = []
        for proxy in proxies:
            port = await proxy.open()
            stack.push_async_callback(proxy.close)
            source = EsphomeProxySource(proxy.name, "127.0.0.1", port, Secret(file=str(secret)), clock, PATIENT)
            ears.append(await stack.enter_async_context(listening(source)))
        await until(lambda: all(proxy.subscriber for proxy in proxies))

        for number, proxy in enumerate(proxies):
            proxy.send([Heard(SENSOR + number, -60, advertisement(SMOKE))])
        await until(lambda: all(one.adverts for one in ears))

    assert [one.adverts[0].address for one in ears] == [SENSOR + number for number in range(100)]


async def test_an_address_is_never_looked_up_by_any_name_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*asked: object, **_: object) -> None:
        raise AssertionError(f"{asked} was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_datagram_endpoint", refuse)
    async with rigged(tmp_path, KEY) as rig:
        async with listening(rig.source(KEY)) as ears:
            await heard(rig, ears)
        source = make_source(Receiver(id="rx1", proxy=f"[::1]:{rig.port}"), clock)
        async with listening(source) as deaf:
            await until(lambda: deaf.told)

    assert "[::1]" in deaf.reason("lost")


def test_multicast_dns_is_not_even_loaded() -> None:
    program = "import sys, drivers.ble.esphome; print([name for name in sys.modules if name.startswith('zeroconf')])"

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert said.stdout == "[]\n"


async def test_a_name_is_asked_of_the_box_and_one_that_leads_nowhere_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host != "proxy.local":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer)
    monkeypatch.delattr("aioesphomeapi.zeroconf.ZeroconfManager.get_async_zeroconf")
    async with rigged(tmp_path) as rig:
        async with listening(rig.source(host="proxy.local")) as ears:
            await heard(rig, ears)
        async with listening(rig.source(host="nowhere.local")) as lost:
            await until(lambda: lost.told)

    assert lost.told == [("lost", "the name nowhere.local leads to no address; an address always works")]


def test_without_the_library_the_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aioesphomeapi.client", None)
    monkeypatch.delitem(sys.modules, "drivers.ble.esphome")

    with pytest.raises(Misconfigured, match=r"pip install gridpost\[proxy\]"):
        make_source(Receiver(id="rx1", proxy="127.0.0.1:6053"), clock)


async def heard(rig: Rig, ears: RecordingEars) -> None:
    """The proxy is connected, and one more advert came through it."""
    await subscribed(rig)
    before = len(ears.adverts)
    rig.proxy.send([HEARD])
    await until(lambda: len(ears.adverts) > before)
