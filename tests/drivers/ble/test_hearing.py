"""How a receiver is kept listening: proved with the real times, on a loop on which waiting takes no time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from drivers.ble.hearing import Hearing, Times
from drivers.ble.source import Advert
from drivers.contract import LineLost, Misconfigured
from tests.drivers.ble.recording_ears import RecordingEars
from tests.drivers.modbus.virtual_bus import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

ADVERT = Advert(0xA4C138000001, -60, b"\x40\x29\x00", 1)


class Receiver(RecordingEars):
    """A receiver of which each attempt goes as the test says, with when things were told."""

    def __init__(self, attempt: Callable[[Hearing], Awaitable[Any]]) -> None:
        super().__init__()
        self.hearing = Hearing("rx1", "it hears nothing", Times())
        self.began: list[float] = []
        self.told_at: list[float] = []
        self._attempt = attempt

    async def run(self, seconds: float) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.hearing.keep(self, self._listen)

    async def _listen(self) -> NoReturn:
        self.began.append(now())
        await self._attempt(self.hearing)
        await self.hearing.until_silent()
        raise self.hearing.deaf()

    def found(self, receiver: str) -> None:
        super().found(receiver)
        self.told_at.append(now())

    def lost(self, receiver: str, why: str) -> None:
        super().lost(receiver, why)
        self.told_at.append(now())

    def wrong(self, receiver: str, why: str) -> None:
        super().wrong(receiver, why)
        self.told_at.append(now())


def now() -> float:
    return round(asyncio.get_running_loop().time() - 1000, 3)


def play(story: Coroutine[Any, Any, None]) -> None:
    loop = VirtualLoop()
    try:
        loop.run_until_complete(story)
    finally:
        loop.close()


async def hear_for(hearing: Hearing, seconds: int) -> None:
    for _ in range(seconds):
        hearing.heard([ADVERT], 1)
        await asyncio.sleep(1)


def test_silence_is_told_half_a_minute_after_the_last_advert() -> None:
    async def attempt(hearing: Hearing) -> None:
        if not receiver.told:
            await hear_for(hearing, 100)

    receiver = Receiver(attempt)

    play(receiver.run(1000))

    assert receiver.told == [("found", ""), ("lost", "it hears nothing")]
    assert receiver.told_at == [0, 99 + 30]


def test_blindness_is_known_within_45_seconds_whatever_is_being_tried_meanwhile() -> None:
    async def attempt(hearing: Hearing) -> None:
        if not receiver.told:
            await hear_for(hearing, 100)
            raise LineLost("it ended the connection")
        await asyncio.sleep(9)
        raise LineLost("it does not answer")

    receiver = Receiver(attempt)

    play(receiver.run(1000))

    assert receiver.told == [("found", ""), ("lost", "it does not answer")]
    assert receiver.told_at[1] - 99 == Times().silence_seconds <= 45


def test_a_short_loss_between_two_adverts_is_counted_but_wakes_nobody() -> None:
    async def attempt(hearing: Hearing) -> None:
        await hear_for(hearing, 60)
        raise LineLost("it ended the connection")

    receiver = Receiver(attempt)

    play(receiver.run(600))

    assert receiver.told == [("found", "")]
    assert receiver.hearing.statistics()["restarts"] == 9


def test_what_was_never_heard_is_lost_with_the_first_failure_and_says_so_anew_when_the_reason_changes() -> None:
    reasons = iter(["bluetoothd is not running"] * 3 + ["there is no adapter hci0"] * 3)

    async def attempt(_: Hearing) -> None:
        raise LineLost(next(reasons, "there is no adapter hci0"))

    receiver = Receiver(attempt)

    play(receiver.run(600))

    assert receiver.told == [("lost", "bluetoothd is not running"), ("lost", "there is no adapter hci0")]
    assert receiver.told_at[0] == 0


def test_attempts_come_after_1_to_30_seconds_and_from_1_again_once_something_was_heard() -> None:
    async def attempt(hearing: Hearing) -> None:
        if len(receiver.began) == 9:
            hearing.heard([], 1)
        raise LineLost("it does not answer")

    receiver = Receiver(attempt)

    play(receiver.run(200))

    pauses = [after - before for before, after in zip(receiver.began, receiver.began[1:], strict=False)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30, 1, 2, 4, 8, 16, 30]


def test_what_only_a_person_can_cure_is_told_at_once_and_tried_once_a_minute() -> None:
    async def attempt(hearing: Hearing) -> None:
        if len(receiver.began) < 4:
            raise Misconfigured("its key is refused")
        await hear_for(hearing, 10)
        raise Misconfigured("its key is refused")

    receiver = Receiver(attempt)

    play(receiver.run(200))

    assert receiver.states == ["wrong", "found", "wrong"]
    assert receiver.began == [0, 60, 120, 180]
    assert receiver.told_at == [0, 180, 190]


def test_a_receiver_that_works_but_hears_nothing_from_the_start_is_lost_too() -> None:
    async def attempt(_: Hearing) -> None:
        pass

    receiver = Receiver(attempt)

    play(receiver.run(300))

    assert receiver.told == [("lost", "it hears nothing")]
    assert receiver.told_at == [30]
    assert receiver.began == [0, 31, 63, 97, 135, 181, 241]


def test_a_new_beginning_is_given_its_own_half_minute() -> None:
    async def attempt(hearing: Hearing) -> None:
        if len(receiver.began) == 2:
            await asyncio.sleep(25)
            hearing.heard([ADVERT], 0)

    receiver = Receiver(attempt)

    play(receiver.run(80))

    assert receiver.states == ["lost", "found"]
    assert receiver.began == [0, 31]


def test_a_beginning_that_takes_long_is_no_excuse() -> None:
    async def attempt(_: Hearing) -> None:
        await asyncio.sleep(50)

    receiver = Receiver(attempt)

    play(receiver.run(40))

    assert receiver.told == [("lost", "it hears nothing")]
    assert receiver.told_at == [30]


def test_each_silence_is_told_anew_and_never_with_an_old_reason() -> None:
    async def attempt(hearing: Hearing) -> None:
        if len(receiver.began) <= 3:
            await hear_for(hearing, 10)
        if len(receiver.began) == 1:
            raise LineLost("it ended the connection")

    receiver = Receiver(attempt)

    play(receiver.run(200))

    assert receiver.told == [("found", ""), ("lost", "it hears nothing")] * 2
    assert receiver.told_at == [0, 20 + 30, 52, 61 + 30]


def test_adverts_that_come_while_it_waits_for_silence_keep_it_going() -> None:
    async def attempt(hearing: Hearing) -> None:
        for seconds in range(20, 500, 20):
            asyncio.get_running_loop().call_later(seconds, hearing.heard, [ADVERT], 0)

    receiver = Receiver(attempt)

    play(receiver.run(500))

    assert receiver.began == [0]
    assert receiver.states == ["found"]


def test_a_failure_that_nobody_foresaw_is_logged_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def attempt(hearing: Hearing) -> None:
        if len(receiver.began) < 4:
            raise KeyError("nobody thought of this")
        await hear_for(hearing, 10)

    receiver = Receiver(attempt)

    play(receiver.run(20))

    assert receiver.told == [("lost", "it stopped unexpectedly: KeyError"), ("found", "")]
    assert len(caplog.records) == 1


def test_what_a_library_still_says_after_the_end_is_not_passed_on() -> None:
    async def attempt(hearing: Hearing) -> None:
        await hear_for(hearing, 100)

    receiver = Receiver(attempt)

    async def story() -> None:
        await receiver.run(10.5)
        receiver.hearing.heard([ADVERT], 0)

    play(story())

    assert len(receiver.adverts) == 11
