"""Serial frames over a real pty and over TCP: what is taken, what is dropped and counted, and how a line ends."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost
from drivers.modbus.config import SerialLine
from drivers.modbus.frame import ExceptionReply, Frame, NoReply, WrongReply
from drivers.modbus.rtu_wire import RtuOverSerial, RtuOverTcp, RtuWire
from drivers.modbus.wire import Oddities, Traffic
from tests.drivers.modbus.servers import Box, Request
from tests.drivers.running import until
from tests.servers.pty_bus import OnPty, OnTcp, RtuBus, framed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.servers.pty_bus import Say

PATIENCE = 2.0
SHORT = 0.1


@pytest.fixture(params=["pty", "tcp"])
def way(request: pytest.FixtureRequest) -> str:
    way: str = request.param
    return way


@asynccontextmanager
async def connected(way: str, bus: RtuBus) -> AsyncIterator[RtuWire]:
    if way == "pty":
        async with OnPty(bus) as end, RtuOverSerial(SerialLine(path=end.path, baud=115200)) as serial:
            yield serial
    else:
        async with OnTcp(bus) as server, RtuOverTcp("127.0.0.1", server.port) as tcp:
            yield tcp


def box() -> Box:
    made = Box()
    made.set(3, 0, 100, 101, 102, 103)
    made.set(1, 0, 1, 0, 1)
    return made


def answering(*replies: Callable[[Request], bytes]) -> RtuBus:
    """A bus that answers each request with what these make of it, in one piece."""
    bus = RtuBus({1: box()})
    bus.misbehave = lambda request, say: say(b"".join(reply(request) for reply in replies))
    return bus


def right(request: Request) -> bytes:
    return framed(request.unit, box().answer(request))


async def asked_until_heard(wire: RtuWire) -> bytes:
    """Ask, and let the time be over as soon as what came was looked at, however slow the machine is."""
    answer = wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE)
    await until(lambda: wire._deframer._came and not wire._deframer.awaits_silence)
    wire._time_out()
    return await answer


# ------------------------------------------------------------------ what is taken


async def test_it_reads_registers_and_bits_and_writes_both(way: str) -> None:
    unit = box()
    async with connected(way, RtuBus({1: unit})) as wire:
        registers = await wire.read(1, 3, 1, 2, PATIENCE)
        bits = await wire.read(1, 1, 0, 3, PATIENCE)
        await wire.exchange(Frame.writing(1, 6, 2, [7]), PATIENCE)
        await wire.exchange(Frame.writing(1, 16, 0, [8, 9]), PATIENCE)
        await wire.exchange(Frame.writing(1, 5, 1, [1]), PATIENCE)

    assert struct.unpack(">2H", registers) == (101, 102)
    assert bits == b"\x05"
    assert [unit.registers[3][at] for at in range(4)] == [8, 9, 7, 103]
    assert unit.registers[1][1] == 1
    assert wire.traffic == Traffic(requests=5)


async def test_an_exception_is_raised_and_the_next_request_goes_on(way: str) -> None:
    async with connected(way, RtuBus({1: box()})) as wire:
        with pytest.raises(ExceptionReply, match="illegal data address"):
            await wire.read(1, 3, 3, 2, PATIENCE)

        assert await wire.read(1, 3, 3, 1, PATIENCE) == b"\x00\x67"


async def test_an_answer_in_single_bytes_is_put_together(way: str) -> None:
    bus = RtuBus({1: box()})
    drips: list[asyncio.Task[None]] = []

    async def drip(reply: bytes, say: Say) -> None:
        for byte in reply:
            say(bytes((byte,)))
            await asyncio.sleep(0.001)

    def slowly(request: Request, say: Say) -> None:
        drips.append(asyncio.ensure_future(drip(bus.right_reply(request), say)))

    bus.misbehave = slowly
    async with connected(way, bus) as wire:
        for _ in range(2):
            assert await wire.read(1, 3, 0, 4, PATIENCE) == struct.pack(">4H", 100, 101, 102, 103)
        await asyncio.gather(*drips)

    assert wire.traffic == Traffic(requests=2)


async def test_a_function_of_unknown_length_ends_with_silence(way: str) -> None:
    names = b"\x2b\x0e\x01\x01\x00\x00\x01\x00\x04Acme"
    bus = RtuBus()
    bus.misbehave = lambda _, say: say(framed(1, names))
    async with connected(way, bus) as wire:
        assert await wire.ask(1, b"\x2b\x0e\x01\x00", PATIENCE) == names


async def test_an_answer_after_a_glitch_of_the_line_is_found(way: str) -> None:
    async with connected(way, answering(lambda _: b"\x00\xff", right)) as wire:
        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"

    assert wire.traffic.units == {1: Oddities(wrong=1)}


# ------------------------------------------------------------------ what is dropped


async def test_a_silent_unit_ends_in_a_time_out_and_the_line_stays(way: str) -> None:
    async with connected(way, RtuBus({1: box()})) as wire:
        with pytest.raises(NoReply):
            await wire.read(2, 3, 0, 1, SHORT)

        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"


def flipped(request: Request) -> bytes:
    reply = bytearray(right(request))
    reply[3] ^= 0x10
    return bytes(reply)


@pytest.mark.parametrize(
    ("wrong", "said", "counted"),
    [
        pytest.param(lambda _: framed(2, b"\x03\x02\x00\x09"), "unit 2", Oddities(wrong=1), id="unit"),
        pytest.param(lambda _: framed(1, b"\x04\x02\x00\x09"), "function 4", Oddities(wrong=1), id="function"),
        pytest.param(lambda _: framed(1, b"\x03\x04\x00\x09\x00\x09"), "byte count", Oddities(wrong=1), id="long"),
        pytest.param(lambda _: framed(1, b"\x03\x00"), "byte count", Oddities(wrong=1), id="short"),
        pytest.param(lambda _: framed(1, b"\x83\x02")[:4], "cut short", Oddities(wrong=1), id="cut refusal"),
        pytest.param(lambda request: right(request)[:-1], "cut short", Oddities(wrong=1), id="cut"),
        pytest.param(flipped, "checksum", Oddities(bad_crc=1), id="corrupt"),
        pytest.param(lambda _: b"\x00" * 12, "no frame", Oddities(wrong=1), id="break"),
    ],
)
async def test_what_is_not_the_answer_is_dropped_and_counted_and_said_when_the_time_is_over(
    way: str, wrong: Callable[[Request], bytes], said: str, counted: Oddities
) -> None:
    async with connected(way, answering(wrong)) as wire:
        with pytest.raises(WrongReply, match=said):
            await asked_until_heard(wire)

        assert wire.traffic.units == {1: counted}
        assert wire.connected


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(lambda _: framed(2, b"\x03\x02\x00\x09"), id="another unit's"),
        pytest.param(lambda _: framed(1, b"\x03\x04\x00\x09\x00\x09"), id="longer"),
        pytest.param(flipped, id="corrupt"),
    ],
)
async def test_the_right_answer_after_it_is_taken(way: str, first: Callable[[Request], bytes]) -> None:
    async with connected(way, answering(first, right)) as wire:
        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"


async def test_an_answer_that_hides_in_another_units_reply_is_not_taken(way: str) -> None:
    inside = framed(1, b"\x03\x02\x00\x09") + b"\x00"
    async with connected(way, answering(lambda _: framed(7, bytes((3, len(inside))) + inside))) as wire:
        with pytest.raises(WrongReply, match="unit 7"):
            await asked_until_heard(wire)


async def test_the_same_answer_twice_is_one_and_the_second_counts_as_late(way: str) -> None:
    async with connected(way, answering(right, right)) as wire:
        assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"

    assert wire.traffic.units == {1: Oddities(late=1)}


async def test_two_answers_that_contradict_each_other_are_none(way: str) -> None:
    async with connected(way, answering(right, lambda _: framed(1, b"\x03\x02\x00\x09"))) as wire:
        with pytest.raises(WrongReply, match="contradict"):
            await wire.read(1, 3, 0, 1, PATIENCE)


async def test_a_late_reply_is_dropped_and_counted_once_and_the_next_request_waits_for_silence(way: str) -> None:
    bus = RtuBus({1: box(), 2: box()})
    owed: list[Callable[[], None]] = []

    def keep(request: Request, say: Say) -> None:
        def in_single_bytes() -> None:
            for byte in bus.right_reply(request):
                say(bytes((byte,)))

        owed.append(in_single_bytes)

    bus.misbehave = keep
    async with connected(way, bus) as wire:
        with pytest.raises(NoReply):
            await wire.read(1, 3, 0, 2, SHORT)
        bus.misbehave = None
        owed.pop()()
        await until(lambda: wire.traffic.late_replies)
        assert await wire.read(2, 3, 1, 1, PATIENCE) == b"\x00\x65"

    assert wire.traffic.units == {1: Oddities(late=1)}


async def test_a_request_keeps_the_silence_of_the_line_before_it() -> None:
    at: list[float] = []
    bus = RtuBus({1: box()})

    def note(request: Request, say: Say) -> None:
        at.append(asyncio.get_running_loop().time())
        say(bus.right_reply(request))
        at.append(asyncio.get_running_loop().time())

    bus.misbehave = note
    async with OnPty(bus) as end, RtuOverSerial(SerialLine(path=end.path, baud=1200)) as wire:
        await wire.read(1, 3, 0, 1, PATIENCE)
        await wire.read(1, 3, 0, 1, PATIENCE)

    assert at[2] - at[1] >= 3.5 * 11 / 1200 - 0.002


async def test_a_line_that_is_never_silent_is_said_when_the_time_is_over() -> None:
    async with OnPty(RtuBus()) as end, RtuOverSerial(SerialLine(path=end.path, baud=300)) as wire:
        talking = asyncio.get_running_loop().create_task(babble(end))
        await until(lambda: wire._quiet_from_ns > 0)
        try:
            with pytest.raises(WrongReply, match="never silent"):
                await wire.read(1, 3, 0, 1, SHORT)
        finally:
            talking.cancel()
        assert not end.bus.requests


async def babble(end: OnPty) -> None:
    while True:
        end.pty.say(b"\x55")
        await asyncio.sleep(0.005)


# ------------------------------------------------------------------ a line that hears itself


async def test_an_echo_of_the_request_is_dropped(way: str) -> None:
    unit = box()
    bus = RtuBus({1: unit})
    bus.echo = True
    async with connected(way, bus) as wire:
        assert await wire.read(1, 3, 0, 2, PATIENCE) == b"\x00\x64\x00\x65"
        await wire.exchange(Frame.writing(1, 6, 0, [7]), PATIENCE)
        await wire.exchange(Frame.writing(1, 16, 1, [8, 9]), PATIENCE)
        with pytest.raises(ExceptionReply):
            await wire.read(1, 3, 9, 1, PATIENCE)
        unit.exception = 2
        with pytest.raises(ExceptionReply):
            await wire.exchange(Frame.writing(1, 6, 0, [7]), PATIENCE)

    assert wire.traffic == Traffic(requests=5)


async def test_on_a_line_that_echoes_a_write_to_a_silent_unit_is_never_taken_for_done(way: str) -> None:
    bus = RtuBus({1: box()})
    bus.echo = True
    async with connected(way, bus) as wire:
        await wire.read(1, 3, 0, 1, PATIENCE)

        with pytest.raises(NoReply):
            await wire.exchange(Frame.writing(2, 6, 0, [7]), SHORT)


async def test_before_a_read_has_shown_whether_the_line_echoes_a_copy_of_a_write_proves_nothing(way: str) -> None:
    bus = RtuBus({1: box()})
    async with connected(way, bus) as wire:
        with pytest.raises(NoReply, match="may be an echo"):
            await wire.exchange(Frame.writing(1, 6, 0, [7]), SHORT)
        await wire.read(1, 3, 0, 1, PATIENCE)

        assert await wire.exchange(Frame.writing(1, 6, 0, [7]), PATIENCE) == b"\x06\x00\x00\x00\x07"


async def test_a_glitch_before_each_answer_does_not_keep_writes_from_being_believed(way: str) -> None:
    async with connected(way, answering(lambda _: b"\x00", right)) as wire:
        await wire.read(1, 3, 0, 1, PATIENCE)

        assert await wire.exchange(Frame.writing(1, 6, 0, [7]), PATIENCE) == b"\x06\x00\x00\x00\x07"


# ------------------------------------------------------------------ how a line ends


async def test_a_port_that_is_unplugged_ends_the_line_and_the_request_that_is_out() -> None:
    lost: list[bool] = []
    bus = RtuBus()
    async with OnPty(bus) as end:
        wire = RtuOverSerial(SerialLine(path=end.path), on_lost=lambda: lost.append(True))
        await wire.connect()
        answer = wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE)
        end.pty.unplug()

        with pytest.raises(LineLost, match=rf"^{end.path} is lost \(.*\): is it unplugged\?$"):
            await answer

    assert lost == [True]
    assert not wire.connected


async def test_closing_it_tells_nobody_and_the_port_can_be_opened_again() -> None:
    lost: list[bool] = []
    async with OnPty(RtuBus({1: box()})) as end:
        for _ in range(2):
            wire = RtuOverSerial(SerialLine(path=end.path), on_lost=lambda: lost.append(True))
            await wire.connect()
            assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"
            wire.close()

        with pytest.raises(LineLost, match="was closed by us"):
            await wire.read(1, 3, 0, 1, PATIENCE)

    assert not lost


async def test_what_was_said_before_we_came_is_not_heard() -> None:
    async with OnPty(RtuBus({1: box()})) as end:
        end.pty.say(framed(1, b"\x03\x02\x00\x09"))
        async with RtuOverSerial(SerialLine(path=end.path)) as wire:
            assert await wire.read(1, 3, 0, 1, PATIENCE) == b"\x00\x64"


async def test_a_second_request_while_one_is_out_is_a_bug(way: str) -> None:
    async with connected(way, RtuBus({1: box()})) as wire:
        first = wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE)

        with pytest.raises(RuntimeError, match="one request at a time"):
            wire.exchange(Frame.reading(1, 3, 0, 1), PATIENCE)
        await first


async def test_a_server_that_hangs_up_loses_the_line() -> None:
    lost: list[bool] = []
    bus = RtuBus()
    async with OnTcp(bus) as server:
        bus.misbehave = lambda _, __: server.hang_up()
        wire = RtuOverTcp("127.0.0.1", server.port, on_lost=lambda: lost.append(True))
        await wire.connect()

        with pytest.raises(LineLost, match=rf"127\.0\.0\.1:{server.port} (closed|broke)"):
            await wire.read(1, 3, 0, 1, PATIENCE)

    assert lost == [True]
