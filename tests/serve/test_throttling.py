"""Guessing is slowed, and nobody is locked out: what a day of guessing reaches, and how long the right one waits meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.serve.accounts import pins, signing_in, throttling
from gateway.serve.accounts.throttling import PATIENCE_SECONDS, Lane, Lanes, Pace
from gateway.serve.problems import Problem
from tests.deliver.notify.station import at_once
from tests.serve.accounts import PASSWORD, PIN, give, hang_up, signed_in
from tests.serve.compound import Town, forced, until

if TYPE_CHECKING:
    from gateway.serve.accounts.actors import Actors

DAY = 86_400.0
STRANGERS = signing_in.AT_AN_ACCOUNT
SESSION = "/api/v1/session"


async def guess(lane: Lane, *, wrong: bool = True, rank: int = 0) -> float:
    """One attempt; returns how long it waited."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with lane.turn(rank) as attempt:
        attempt.right = not wrong
        return loop.time() - began


@pytest.mark.parametrize(
    ("pace", "most"),
    [
        (signing_in.AT_AN_ACCOUNT, 4_330),
        (signing_in.FROM_AN_ADDRESS, 17_290),
        (signing_in.ON_A_KNOWN_DEVICE, 4_330),
        (pins.AT_A_WALL, 4_330),
    ],
)
def test_a_day_of_guessing_is_as_short_as_the_docs_say(pace: Pace, most: int) -> None:
    async def story() -> None:
        lane, guesses = Lane(pace), 0
        loop = asyncio.get_running_loop()
        end = loop.time() + DAY
        while loop.time() < end:
            await guess(lane)
            guesses += 1
        assert most - 20 < guesses <= most

    at_once(story)


def test_a_day_at_a_found_phone_is_a_hundred_guesses() -> None:
    async def story() -> None:
        lane, guesses = Lane(pins.ON_A_PHONE), 0
        loop = asyncio.get_running_loop()
        end = loop.time() + DAY
        while loop.time() < end:
            try:
                await guess(lane)
                guesses += 1
            except Problem as problem:
                await asyncio.sleep(float((problem.headers or {})["Retry-After"]))
        assert 90 < guesses < 130

    at_once(story)


def test_mistyping_costs_nothing_and_a_quarter_of_an_hour_forgives() -> None:
    async def story() -> None:
        lane = Lane(STRANGERS)
        waits = [await guess(lane) for _ in range(5)]
        await asyncio.sleep(900.0)
        assert waits == [0.0, 0.0, 0.0, pytest.approx(1.0), pytest.approx(2.0)]
        assert lane.gap_seconds() == 0.0
        assert await guess(lane) == 0.0

    at_once(story)


def test_a_right_pin_makes_up_for_wrong_ones_and_a_right_password_of_a_stranger_does_not() -> None:
    async def story() -> None:
        own, strangers = Lane(pins.ON_A_PHONE), Lane(STRANGERS)
        for lane in (own, strangers):
            for wrong in (True, True, True, True, False):
                await guess(lane, wrong=wrong)
        assert (own.wrong(), strangers.wrong()) == (0, 4)

    at_once(story)


def test_a_right_one_waits_for_one_gap_at_most_however_many_guess() -> None:
    async def story() -> None:
        lane, loop = Lane(STRANGERS), asyncio.get_running_loop()
        start = loop.time()

        async def stranger(number: int) -> None:
            while loop.time() < start + 3_600:
                try:
                    await guess(lane, rank=1 + number)
                except Problem:
                    await asyncio.sleep(5)

        strangers = [asyncio.ensure_future(stranger(number)) for number in range(40)]
        for after in (600.0, 607.3, 1_801.0):
            await asyncio.sleep(max(0.0, start + after - loop.time()))
            assert await guess(lane, wrong=False) <= 20.0
        for each in strangers:
            each.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
        assert lane.idle

    at_once(story)


def test_a_full_lane_sends_away_whoever_guessed_most() -> None:
    async def story() -> None:
        lane = Lane(STRANGERS, places=2)
        for _ in range(6):
            await guess(lane)
        waiting = [asyncio.ensure_future(guess(lane, rank=rank)) for rank in (5, 3)]
        await asyncio.sleep(0)
        fresh = asyncio.ensure_future(guess(lane, wrong=False))
        worse = asyncio.ensure_future(guess(lane, rank=9))
        done = await asyncio.gather(*waiting, fresh, worse, return_exceptions=True)
        assert [isinstance(each, Problem) for each in done] == [True, False, False, True]

    at_once(story)


def test_whoever_goes_away_while_he_waits_or_in_the_moment_of_his_turn_holds_nobody_up() -> None:
    async def story() -> None:
        lane = Lane(STRANGERS)
        for _ in range(5):
            await guess(lane)
        waiting, called = asyncio.ensure_future(guess(lane)), asyncio.ensure_future(guess(lane))
        await asyncio.sleep(0)
        waiting.cancel()
        turn = lane._timer
        assert turn is not None
        turn.cancel()
        await asyncio.sleep(4.0)
        lane._look()  # calls him up, in the very moment in which he goes
        called.cancel()
        await asyncio.gather(waiting, called, return_exceptions=True)
        assert await guess(lane, wrong=False) <= 4.0
        assert lane.idle

    at_once(story)


def test_a_wait_beyond_patience_is_told_instead_of_held() -> None:
    async def story() -> None:
        lane = Lane(pins.ON_A_PHONE)
        for _ in range(8):
            await guess(lane)
        with pytest.raises(Problem) as refused:
            await guess(lane)
        assert refused.value.status_code == 429
        assert float((refused.value.headers or {})["Retry-After"]) > PATIENCE_SECONDS

    at_once(story)


def test_lanes_are_bounded_and_the_least_guessed_is_forgotten_first() -> None:
    async def story() -> None:
        lanes = Lanes(STRANGERS, limit=3)
        for key, times in (("victim", 5), ("a", 1), ("b", 0)):
            for _ in range(times):
                await guess(lanes[key])
            lanes[key]
        for number in range(50):
            await guess(lanes[f"flood {number}"])
        assert len(lanes) == 3
        assert lanes["victim"].wrong() == 5

    at_once(story)


async def _guesses(town: Town, name: str, times: int) -> list[int]:
    async with town.client(None) as stranger:
        answers = [await stranger.post(SESSION, json={"name": name, "password": str(at)}) for at in range(times)]
    return [answer.status_code for answer in answers]


def _actors(town: Town) -> Actors:
    found: Actors = town.app.state.actors
    return found


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gaps that a test would never see the end of."""
    monkeypatch.setattr(throttling, "FIRST_GAP_SECONDS", 25.0)


@pytest.mark.usefixtures("patient")
async def test_a_device_that_signed_in_before_is_not_slowed_by_what_strangers_guess(town: Town) -> None:
    give(town, "staff", password=PASSWORD)
    right = {"name": "staff", "password": PASSWORD}

    async with town.client(None) as known:
        await known.post(SESSION, json=right)
        await known.delete(SESSION, headers={"Origin": town.url})
        guessed = await _guesses(town, "staff", 3)
        async with town.client(None) as stranger:
            held = asyncio.ensure_future(stranger.post(SESSION, json={"name": "staff", "password": "4"}))
            address = _actors(town).signing_in._addresses["127.0.0.1"]
            await until(lambda: not address.idle)
            async with asyncio.timeout(5):
                again = await known.post(SESSION, json=right)
            still_held = not held.done()
            held.cancel()

    assert guessed == [401, 401, 401]
    assert again.status_code == 204
    assert still_held


@pytest.mark.usefixtures("patient")
async def test_guessing_keeps_nobody_from_answering_an_alarm_or_from_coming_in_by_a_link(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    give(town, "staff", password=PASSWORD, pin=PIN)
    hang_up(town)
    phone, wall = await signed_in(town, "staff", "phone"), await signed_in(town, "门卫室", "screen")
    await _guesses(town, "staff", 3)

    async with asyncio.timeout(5):
        by_phone = await phone.post("/api/v1/alarms/1/ack")
        at_screen = await wall.post("/api/v1/alarms/1/ack", headers={"Gridpost-Person": "staff", "Gridpost-Pin": PIN})
        by_link = await signed_in(town, "staff")
    for client in (phone, wall, by_link):
        await client.aclose()

    assert (by_phone.status_code, at_screen.status_code) == (200, 200)


async def test_wrong_pins_at_one_screen_slow_neither_another_screen_nor_another_person(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "FIRST_GAP_SECONDS", 25.0)
    await town.road.raise_alarm(forced(1))
    for name in ("staff", "manager"):
        give(town, name, pin=PIN)
    for name in ("门卫室", "监控室"):
        hang_up(town, name)
    guarded, other = [await signed_in(town, name, "screen") for name in ("门卫室", "监控室")]

    async def act(wall: Any, name: str, pin: str) -> int:
        headers = {"Gridpost-Person": name, "Gridpost-Pin": pin}
        return int((await wall.post("/api/v1/alarms/1/ack", headers=headers)).status_code)

    wrong = [await act(guarded, "staff", "9306") for _ in range(3)]
    async with asyncio.timeout(5):
        right = [await act(guarded, "manager", PIN), await act(other, "staff", PIN)]
    await guarded.aclose()
    await other.aclose()

    assert (wrong, right) == ([403, 403, 403], [200, 200])


async def test_a_known_device_is_slowed_by_its_own_guesses(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "FIRST_GAP_SECONDS", 0.05)
    monkeypatch.setattr(throttling, "PATIENCE_SECONDS", 0.0)
    give(town, "staff", password=PASSWORD)

    async with town.client(None) as known:
        known.headers["Origin"] = town.url
        await known.post(SESSION, json={"name": "staff", "password": PASSWORD})
        answers = [await known.post(SESSION, json={"name": "staff", "password": str(at)}) for at in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].json()["code"] == "too_many_guesses"
    assert answers[3].headers["retry-after"] == "1"


async def test_guesses_from_one_address_count_together_whomever_they_are_at(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "FIRST_GAP_SECONDS", 0.05)
    monkeypatch.setattr(throttling, "PATIENCE_SECONDS", 0.0)

    statuses = [(await _guesses(town, name, 1))[0] for name in ("staff", "manager", "viewer", "nobody")]

    assert statuses == [401, 401, 401, 429]


async def test_an_unknown_name_is_hashed_like_a_known_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    fits = town.accounts.hashing.fits

    async def counted(kept: str, secret: str, *, stranger: bool) -> bool:
        hashed.append(secret)
        return await fits(kept, secret, stranger=stranger)

    monkeypatch.setattr(town.accounts.hashing, "fits", counted)

    await _guesses(town, "nobody", 1)
    await _guesses(town, "staff", 1)

    assert hashed == ["0", "0"]
