from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost
from drivers.modbus.frame import ExceptionReply, Frame, NoReply, WrongReply
from drivers.modbus.tcp_wire import TcpWire
from tests.drivers.modbus.servers import Box, Host, Request, adu
from tests.drivers.running import until

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 2.0
SHORT = 0.05


def box() -> Box:
    made = Box()
    made.set(3, 0, 100, 101, 102, 103)
    return made


def answering(*replies: Callable[[Request], bytes]) -> Host:
    """A host that answers each request with what these make of it, in one segment."""
    host = Host({1: box()})

    async def misbehave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(reply(request) for reply in replies))

    host.misbehave = misbehave
    return host


def right(request: Request) -> bytes:
    return adu(request.transaction, request.unit, box().answer(request))


async def test_it_reads_registers() -> None:
    async with Host({1: box()}) as host, TcpWire("127.0.0.1", host.port) as wire:
        data = await wire.read(1, 3, 1, 2, PATIENCE)

    assert struct.unpack(">2H", data) == (101, 102)


async def test_an_exception_is_raised_and_the_next_request_goes_on() -> None:
    async with Host({1: box()}) as host, TcpWire("127.0.0.1", host.port) as wire:
        with pytest.raises(ExceptionReply, match="illegal data address"):
            await wire.read(1, 3, 3, 2, PATIENCE)

        assert await wire.read(1, 3, 3, 1, PATIENCE) == b"\x00\x67"


async def test_a_silent_unit_ends_in_a_time_out_and_the_connection_stays() -> None:
    async with Host({1: box()}) as host, TcpWire("127.0.0.1", host.port) as wire:
        with pytest.raises(NoReply):
            await wire.read(2, 3, 0, 1, SHORT)

        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"
        assert host.connections == 1


async def test_a_late_reply_is_dropped_and_counted_and_never_taken_for_the_next_answer() -> None:
    host = Host({1: box()})
    owed: list[bytes] = []

    async def late(request: Request, writer: asyncio.StreamWriter) -> None:
        if owed:
            writer.write(owed.pop() + host.right_reply(request))
        else:
            owed.append(host.right_reply(request))

    host.misbehave = late
    async with host, TcpWire("127.0.0.1", host.port) as wire:
        with pytest.raises(NoReply):
            await wire.read(1, 3, 0, 1, SHORT)
        data = await wire.read(1, 3, 1, 1, PATIENCE)

        assert data == b"\x00\x65"
        assert wire.traffic.late_replies == 1


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda request: adu(request.transaction, 2, b"\x03\x02\x00\x09"), id="unit"),
        pytest.param(lambda request: adu(request.transaction, 1, b"\x04\x02\x00\x09"), id="function"),
        pytest.param(lambda request: adu(request.transaction, 1, b"\x03\x01\x09"), id="short"),
        pytest.param(lambda request: adu(request.transaction, 1, b"\x03\x04\x00\x09\x00\x09"), id="long"),
        pytest.param(lambda request: adu(request.transaction, 1, b"\x03\x04\x00\x09"), id="byte count"),
    ],
)
async def test_what_does_not_fit_is_not_taken_and_the_right_answer_after_it_is(
    wrong: Callable[[Request], bytes],
) -> None:
    async with answering(wrong, right) as host, TcpWire("127.0.0.1", host.port) as wire:
        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"
        assert wire.traffic.wrong_replies == 1


async def test_a_wrong_answer_alone_says_what_was_wrong_once_the_time_is_over() -> None:
    async with (
        answering(lambda request: adu(request.transaction, 7, b"\x03\x02\x00\x09")) as host,
        TcpWire("127.0.0.1", host.port) as wire,
    ):
        with pytest.raises(WrongReply, match="unit 7"):
            await wire.read(1, 3, 0, 1, SHORT)


@pytest.mark.parametrize("transaction", [0, 9999])
async def test_an_answer_under_another_transaction_id_is_not_taken(transaction: int) -> None:
    async with (
        answering(lambda _: adu(transaction, 1, b"\x03\x02\x00\x09")) as host,
        TcpWire("127.0.0.1", host.port) as wire,
    ):
        with pytest.raises(NoReply):
            await wire.read(1, 3, 0, 1, SHORT)

        assert wire.traffic.late_replies == 1


async def test_an_answer_in_single_bytes_is_put_together() -> None:
    host = Host({1: box()})

    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        for byte in host.right_reply(request):
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0)

    host.misbehave = drip
    async with host, TcpWire("127.0.0.1", host.port) as wire:
        assert await wire.read(1, 3, 0, 4, PATIENCE) == struct.pack(">4H", 100, 101, 102, 103)


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x01\x00\x00\x00\x01\x01",
        b"\x00\x01\x00\x00\xff\xff\x01\x03",
        b"\x00\x01\x00\x01\x00\x05\x01\x03\x02\x00\x09",
    ],
)
async def test_what_is_not_modbus_closes_the_connection_and_says_so(garbage: bytes) -> None:
    async with answering(lambda _: garbage) as host, TcpWire("127.0.0.1", host.port) as wire:
        with pytest.raises(LineLost, match="sent what is not Modbus TCP"):
            await wire.read(1, 3, 0, 1, PATIENCE)

        assert not wire.connected


async def test_a_wrong_transaction_id_is_taken_where_ids_are_ignored() -> None:
    async with (
        answering(lambda request: adu(request.transaction + 1, 1, box().answer(request))) as host,
        TcpWire("127.0.0.1", host.port, tid="ignore") as wire,
    ):
        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"


async def test_where_ids_are_ignored_two_answers_to_one_question_are_none_and_end_the_connection() -> None:
    async with answering(right, right) as host, TcpWire("127.0.0.1", host.port, tid="ignore") as wire:
        with pytest.raises(LineLost, match="answered more than it was asked"):
            await wire.read(1, 3, 0, 1, PATIENCE)


async def test_where_ids_are_ignored_bytes_that_nobody_asked_for_end_the_connection() -> None:
    lost: list[bool] = []
    host = Host({1: box()})

    async def twice(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(right(request))
        await writer.drain()
        await until(lambda: not answer or answer[0].done())
        writer.write(right(request))

    host.misbehave = twice
    answer: list[asyncio.Future[bytes]] = []
    async with host:
        wire = TcpWire("127.0.0.1", host.port, tid="ignore", on_lost=lambda: lost.append(True))
        await wire.connect()
        answer.append(wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE))
        await answer[0]
        await until(lambda: lost)

    assert "answered without being asked" in str(wire.loss)
    assert lost == [True]


async def test_the_next_request_may_be_sent_as_soon_as_the_answer_is_there() -> None:
    outcomes: list[object] = []
    async with answering(right, right) as host, TcpWire("127.0.0.1", host.port) as wire:

        def next_one(outcome: object) -> None:
            outcomes.append(outcome)
            if len(outcomes) < 3:
                wire.send(Frame.reading(1, 3, len(outcomes), 1), PATIENCE, next_one)

        wire.send(Frame.reading(1, 3, 0, 1), PATIENCE, next_one)
        await until(lambda: len(outcomes) == 3)

        assert outcomes == [b"\x00\x64", b"\x00\x65", b"\x00\x66"]
        assert wire.traffic.late_replies >= 2


async def test_a_request_that_is_out_when_the_peer_hangs_up_ends_with_the_line() -> None:
    lost: list[bool] = []
    host = Host({1: box()})

    async def hang_up(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    host.misbehave = hang_up
    async with host:
        wire = TcpWire("127.0.0.1", host.port, on_lost=lambda: lost.append(True))
        await wire.connect()
        with pytest.raises(LineLost, match=rf"127\.0\.0\.1:{host.port} (closed|broke) the connection"):
            await wire.read(1, 3, 0, 1, PATIENCE)

    assert lost == [True]


async def test_nothing_listens_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(LineLost, match="refuses the connection"):
        await TcpWire("127.0.0.1", port).connect()


async def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(LineLost, match=r"no-such-host\.invalid:502 is not a name that can be found"):
        await TcpWire("no-such-host.invalid", 502).connect()


async def test_a_host_that_takes_no_connection_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.modbus.asking.CONNECT_SECONDS", SHORT)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]  # they fill the queue of connections that are not yet accepted
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())

        with pytest.raises(LineLost, match="does not answer"):
            await TcpWire("127.0.0.1", full.getsockname()[1]).connect()

        for one in waiting:
            one.close()


async def test_a_second_request_while_one_is_out_is_a_bug() -> None:
    async with Host({1: box()}) as host, TcpWire("127.0.0.1", host.port) as wire:
        first = wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE)

        with pytest.raises(RuntimeError, match="one request at a time"):
            wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE)
        await first


async def test_transaction_ids_are_never_0_and_do_not_come_again_before_all_others() -> None:
    async with Host({1: box()}) as host, TcpWire("127.0.0.1", host.port) as wire:
        for _ in range(200):
            await wire.read(1, 3, 0, 1, PATIENCE)
        ids = {request.transaction for request in host.requests}

        assert len(ids) == 200
        assert 0 not in ids
        assert not {number + 1 for number in ids} & ids
