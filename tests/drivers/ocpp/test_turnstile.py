"""Many that speak at once are let through a few at a time, each in its turn."""

from __future__ import annotations

import asyncio

from drivers.ocpp.turnstile import AT_ONCE, Turnstile


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


async def test_those_who_gave_up_hold_nobody_and_take_nobodys_turn() -> None:
    turnstile, through = Turnstile(), list[int]()

    async def come(number: int) -> None:
        await turnstile.pass_through()
        through.append(number)

    coming = [asyncio.create_task(come(number)) for number in range(3 * AT_ONCE)]
    await asyncio.sleep(0)
    for gave_up in coming[AT_ONCE : 2 * AT_ONCE]:
        gave_up.cancel()
    await asyncio.gather(*coming, return_exceptions=True)

    assert through == [*range(AT_ONCE), *range(2 * AT_ONCE, 3 * AT_ONCE)]
