"""What is relied upon of aiomqtt and paho below the public face, against a broker that says what the test wants."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.mqtt.connection import Connection, Lost, Refused, Way, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.deliver.mqtt.reasons import Reason

# CONNACK of MQTT 5 (OASIS 3.2): no session, success, and then the properties.
WELCOME = b"\x20\x03\x00\x00\x00"
THREE_IN_FLIGHT_AND_SHORT = b"\x20\x0b\x00\x00\x08\x21\x00\x03\x27\x00\x00\x00\x40"  # Receive Maximum 3, Packet Size 64
NO_QOS_1 = b"\x20\x05\x00\x00\x02\x24\x00"  # Maximum QoS 0
NOT_AUTHORIZED = b"\x20\x07\x00\x87\x04\x1f\x00\x01!"  # reason 0x87, Reason String "!"


@dataclass
class Broker:
    """Greets with `welcome` and says what it is given; the packets after the greeting are in `heard`."""

    welcome: bytes
    heard: bytearray = field(default_factory=bytearray)
    port: int = 0

    def __post_init__(self) -> None:
        self._greeted = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(self.welcome)
        self._writer = writer
        self._greeted.set()
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                self.heard += data
        writer.close()

    async def say(self, packet: bytes) -> None:
        await self._greeted.wait()
        self._writer.write(packet)
        await self._writer.drain()


@asynccontextmanager
async def broker(welcome: bytes) -> AsyncIterator[Broker]:
    one = Broker(welcome)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)  # the last one is told that its client went


def way(port: int) -> Way:
    return Way(
        "127.0.0.1",
        port,
        None,
        v5=True,
        answer_seconds=2,
        max_in_flight=100,
        keepalive_seconds=10,
        client_id="box",
        will_topic="t/online",
        will=b"{}",
    )


@dataclass
class Ear:
    """A lane that remembers what became of its messages."""

    told: list[tuple[object, Reason | None]] = field(default_factory=list)

    def confirmed(self, receipt: object, reason: Reason | None) -> None:
        self.told.append((receipt, reason))


async def until(so: object) -> None:
    assert callable(so)
    async with asyncio.timeout(5):
        while not so():
            await asyncio.sleep(0.002)


async def ended(connection: Connection) -> Lost | Refused:
    async with asyncio.timeout(5):
        return await connection.lost


async def test_each_message_hears_what_became_of_it() -> None:
    async with broker(WELCOME) as there:
        connection = await connect(way(there.port))
        ear = Ear()
        for receipt in ("first", "second", "third"):
            assert connection.publish("t/a", b"1", ear, receipt)
        await until(lambda: there.heard.count(b"t/a") == 3)

        await there.say(b"\x40\x02\x00\x02" + b"\x40\x06\x00\x01\x97\x02\x1f\x00" + b"\x40\x02\x00\x03")
        await until(lambda: len(ear.told) == 2 or connection.lost.done())

        # an answer that breaks off in the middle of its words is the end of the connection, not of the process
        assert ear.told[0] == ("second", None)
        connection.close()


async def test_a_refusal_comes_with_its_code() -> None:
    async with broker(WELCOME) as there:
        connection = await connect(way(there.port))
        ear = Ear()
        connection.publish("t/a", b"1", ear, "first")

        await there.say(b"\x40\x04\x00\x01\x87\x00")
        await until(lambda: ear.told)

        ((receipt, reason),) = ear.told
        assert receipt == "first"
        assert reason is not None
        assert (reason.code, str(reason)) == (0x87, "not authorized")
        assert connection.in_flight == 0
        connection.close()


async def test_a_confirmation_of_what_was_never_sent_is_passed_over() -> None:
    async with broker(WELCOME) as there:
        connection = await connect(way(there.port))
        ear = Ear()
        connection.publish("t/a", b"1", ear, "first")

        await there.say(b"\x40\x02\x12\x34" + b"\x40\x02\x00\x01")
        await until(lambda: ear.told)

        assert ear.told == [("first", None)]
        connection.close()


async def test_the_brokers_limits_are_kept() -> None:
    async with broker(THREE_IN_FLIGHT_AND_SHORT) as there:
        connection = await connect(way(there.port))

        assert connection.window == 3
        assert connection.publish("t/a", b"x" * 49, Ear(), 1)
        assert not connection.publish("t/a", b"x" * 50, Ear(), 2)
        assert connection.room == 2
        connection.close()


async def test_a_broker_without_qos_1_is_refused() -> None:
    async with broker(NO_QOS_1) as there:
        with pytest.raises(Refused, match="does not take QoS 1"):
            await connect(way(there.port))


async def test_a_refused_greeting_is_told_with_the_brokers_words() -> None:
    async with broker(NOT_AUTHORIZED) as there:
        with pytest.raises(Refused, match=r"not authorized \(!\)"):
            await connect(way(there.port))


@pytest.mark.parametrize("noise", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, b"\x20\x00", b"\x20\x7f"])
async def test_what_is_no_broker_is_lost_in_time_and_raises_nothing_else(noise: bytes) -> None:
    async with broker(noise) as there:
        with pytest.raises((Lost, Refused)):
            await connect(way(there.port))


@pytest.mark.parametrize("noise", [b"\xff" * 64, b"\x40\x01\x00", b"\x40\x80\x80\x80\x80\x80", b"\x60\x02\x00\x01"])
async def test_noise_on_a_live_connection_ends_it_or_is_passed_over(noise: bytes) -> None:
    async with broker(WELCOME) as there:
        connection = await connect(way(there.port))
        ear = Ear()
        connection.publish("t/a", b"1", ear, "first")

        await there.say(noise + b"\x40\x02\x00\x01")
        await until(lambda: connection.lost.done() or ear.told)

        connection.close()


async def test_a_broker_that_owes_an_answer_is_given_up() -> None:
    async with broker(WELCOME) as there:
        connection = await connect(way(there.port))
        connection.publish("t/a", b"1", Ear(), "first")

        why = await ended(connection)

        assert "has owed an answer" in str(why)


async def test_nobody_there_is_told_in_words() -> None:
    async with broker(WELCOME) as there:
        gone = there.port

    with pytest.raises(Lost, match="refused"):
        await connect(way(gone))
