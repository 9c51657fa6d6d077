"""What is relied upon of aiomqtt and paho below the public face, against a broker that says what the test wants."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost, Link, Misconfigured
from drivers.mqtt import session
from tests.drivers.mqtt.boxes import line
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# CONNACK of MQTT 5 (OASIS 3.2): session flag, reason, properties.
WELCOME = b"\x20\x03\x00\x00\x00"
NO_QOS_1 = b"\x20\x05\x00\x00\x02\x24\x00"  # Maximum QoS 0
NOT_AUTHORIZED = b"\x20\x07\x00\x87\x04\x1f\x00\x01!"  # reason 0x87, Reason String "!"
BUSY = b"\x20\x03\x00\x89\x00"
TAKEN_OVER = b"\xe0\x02\x8e\x00"  # DISCONNECT, session taken over
SHUTTING_DOWN = b"\xe0\x02\x8b\x00"
EVENT = b"\x32\x0a\x00\x03a/x\x00\x05\x00{}"  # PUBLISH at QoS 1, identifier 5
SUBSCRIBE = 0x82


class Broker:
    """Greets, answers a subscription with `verdict` for each filter, and says what it is given."""

    def __init__(self, welcome: bytes, verdict: int, *, answers: bool) -> None:
        self.port = 0
        self.heard = bytearray()
        self.asked = asyncio.Event()
        self.subscribed = asyncio.Event()
        self._welcome = welcome
        self._verdict = verdict
        self._answers = answers
        self._writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._packet(reader)
            writer.write(self._welcome)
            while True:
                kind, body = await self._packet(reader)
                self.heard += bytes([kind]) + body
                self.asked.set()
                if kind == SUBSCRIBE and self._answers:
                    verdicts = bytes([self._verdict]) * _filters(body)
                    writer.write(b"\x90" + bytes([3 + len(verdicts)]) + body[:2] + b"\x00" + verdicts)
                    self.subscribed.set()
        writer.close()

    def say(self, packet: bytes) -> None:
        assert self._writer is not None
        self._writer.write(packet)

    async def _packet(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        kind = (await reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            byte = (await reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return kind, await reader.readexactly(length)


def _filters(body: bytes) -> int:
    at, count = 3, 0  # behind the identifier and the length of no properties
    while at < len(body):
        at += 2 + int.from_bytes(body[at : at + 2], "big") + 1
        count += 1
    return count


@asynccontextmanager
async def broker(welcome: bytes = WELCOME, verdict: int = 1, *, answers: bool = True) -> AsyncIterator[Broker]:
    one = Broker(welcome, verdict, answers=answers)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("welcome", "kind", "words"),
    [
        (NO_QOS_1, Misconfigured, "does not take QoS 1"),
        (NOT_AUTHORIZED, Misconfigured, r"refused the connection: not authorized \(!\)"),
        (BUSY, LineLost, "refused the connection: it is busy"),
        (b"\x00\x00\x00", LineLost, "closed the connection before it had welcomed us|cannot be read"),
    ],
)
async def test_a_refusal_is_told_by_who_can_cure_it(welcome: bytes, kind: type[Exception], words: str) -> None:
    async with broker(welcome) as one:
        with pytest.raises(kind, match=words):
            await asyncio.wait_for(line(one.port, "d1").build().run(RecordingPost()), 5)


@pytest.mark.parametrize(
    ("words", "kind", "why"),
    [
        (TAKEN_OVER, Misconfigured, "another client came with our client id: gridpost-line"),
        (SHUTTING_DOWN, LineLost, "ended the connection: it is shutting down"),
        (b"\xf0\x00\xff\xff\xff\xff\xff", LineLost, "ended the connection: protocol error"),
    ],
)
async def test_a_goodbye_is_told_by_who_can_cure_it(words: bytes, kind: type[Exception], why: str) -> None:
    async with broker() as one, running(line(one.port, "d1").build(), RecordingPost()) as task:
        await one.subscribed.wait()
        one.say(words)
        with pytest.raises(kind, match=why):
            await asyncio.wait_for(task, 5)


async def test_a_topic_that_the_broker_keeps_from_us_is_told_of_its_device() -> None:
    post = RecordingPost()
    async with broker(verdict=0x87) as one, running(line(one.port, "d1", "d2").build(), post):
        await until(lambda: post.links("d2"))

    assert [link.link for link in post.links("d1")] == [Link.MISCONFIGURED]
    assert post.links("d1")[0].why == "the broker does not let us hear v1/c1/b1/locker/d1/state: not authorized"


async def test_nothing_is_acknowledged_before_it_was_looked_at() -> None:
    async with broker() as one:
        driver = line(one.port, "d1").build()
        async with running(driver, RecordingPost()):
            await one.subscribed.wait()
            one.say(EVENT)
            await until(lambda: driver.statistics()["unknown_topics"])
            await until(lambda: b"\x40\x00\x05" in one.heard)  # PUBACK of what is nobody's


async def test_a_broker_that_first_hands_over_what_waited_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENT_SECONDS", 0.1)
    async with broker(answers=False) as one:
        driver = line(one.port, "d1").build()
        async with running(driver, RecordingPost()) as task:
            await one.asked.wait()
            for number in range(1, 7):
                one.say(EVENT)
                await until(lambda number=number: driver.statistics()["unknown_topics"] == number)  # type: ignore[misc]  # bound
                await asyncio.sleep(0.05)
            assert not task.done()
            with pytest.raises(LineLost, match="did not answer a subscription"):
                await asyncio.wait_for(task, 5)


async def test_a_connection_that_goes_before_the_answer_is_lost_at_once() -> None:
    async with broker(answers=False) as one, running(line(one.port, "d1").build(), RecordingPost()) as task:
        await one.asked.wait()
        one.say(SHUTTING_DOWN)
        with pytest.raises(LineLost, match="it is shutting down"):
            await asyncio.wait_for(task, 2)
