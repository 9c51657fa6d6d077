"""Many that speak at once are let through a few at a time, each in its turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from drivers.ocpp.turnstile import AT_ONCE, Turnstile

if TYPE_CHECKING:
    from asyncio import Transport


class Held:
    """A connection that may be read from or not."""

    def __init__(self) -> None:
        self.read = True

    def pause_reading(self) -> None:
        self.read = False

    def resume_reading(self) -> None:
        self.read = True

    def is_closing(self) -> bool:
        return False


async def test_who_comes_first_goes_first_and_no_turn_of_the_loop_takes_them_all() -> None:
    turnstile, through = Turnstile(), list[int]()

    async def come(number: int) -> None:
        await turnstile.pass_through()
        through.append(number)

    coming = [asyncio.create_task(come(number)) for number in range(50)]
    await asyncio.sleep(0)
    at_first = len(through)
    await asyncio.gather(*coming)

    assert at_first == AT_ONCE
    assert through == list(range(50))


async def test_a_connection_is_not_read_from_before_its_turn_and_one_that_gave_up_holds_nobody() -> None:
    turnstile = Turnstile()
    connections = [Held() for _ in range(20)]
    for connection in connections:
        turnstile.arrive(cast("Transport", connection))
    read = sum(connection.read for connection in connections)
    gave_up = asyncio.create_task(turnstile.pass_through())
    await asyncio.sleep(0)
    gave_up.cancel()
    await turnstile.pass_through()

    assert read == AT_ONCE
    assert all(connection.read for connection in connections)
