"""PINs: by one, a person answers at a duty screen, and proves on his phone that it is he who opens a door.

A PIN is short, so it counts only together with a device that is signed in; guesses are slowed for that device and person alone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gateway.keep.accounts.credentials import AccountsDown, digest_of
from gateway.serve.accounts.cookies import session_of
from gateway.serve.accounts.sources import place_of
from gateway.serve.accounts.throttling import Lanes, Pace
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import HTTPConnection

    from gateway.actor import Actor
    from gateway.keep.accounts.accounts import Accounts
    from gateway.serve.accounts.refusals import Refusals

PIN = "Gridpost-Pin"
PERSON = "Gridpost-Person"

AT_A_SCREEN = frozenset({"read", "answer", "operate"})
"""What a person may do at a duty screen: four digits are not worth more."""

OPENING = frozenset({"unlock", "hold_free", "relay_test", "open_compartment"})
"""What commands do (`drivers.contract.ACTS`) that open something."""

AT_A_WALL = Pace(20.0, right_forgives=True)
"""4,320 guesses a day at one person's PIN at one screen, in sight of whoever is on duty there."""

ON_A_PHONE = Pace(900.0, forgiven_seconds=86_400.0, right_forgives=True)
"""About 100 guesses a day at a found phone's PIN, so that the first half of all 4-digit ones takes seven weeks."""


class Pins:
    """Judges PINs."""

    def __init__(self, accounts: Accounts, refusals: Refusals) -> None:
        self._accounts = accounts
        self._refusals = refusals
        self._screens = Lanes(AT_A_WALL)
        self._phones = Lanes(ON_A_PHONE)

    async def at_screen(self, request: HTTPConnection, screen: Actor) -> Actor:
        """Who acts at a duty screen: the person whom the request names and whose PIN it carries.

        He is bound to the grids that are the screen's and his. Raises Problem 403 without them, or where they are wrong.
        """
        name, pin = unquote(request.headers.get(PERSON, "")), request.headers.get(PIN, "")
        if not name or not pin:
            raise Problem(403, "pin_missing", f"at a duty screen a person acts: name him in {PERSON}, with his {PIN}")
        person = await self._accounts.person(name, "screen")
        user = "" if person is None else person.id
        await self._prove(self._screens, request, user or f"?{name}", user, pin)
        if person is None:
            raise wrong_pin()
        grids = person.grids & screen.grids if person.grids and screen.grids else person.grids | screen.grids
        if not grids and (person.grids or screen.grids):
            raise Problem(403, "grid", "this screen is not in your grids")
        return replace(person, grids=grids, scopes=AT_A_SCREEN, pin=True)

    async def on_phone(self, request: HTTPConnection, actor: Actor) -> Actor:
        """The actor, proved by the PIN that the request carries, if it does. Raises Problem 403 for a wrong one."""
        pin = request.headers.get(PIN, "")
        if not pin:
            return actor
        await self._prove(self._phones, request, actor.id, actor.id, pin)
        return replace(actor, pin=True)

    async def prove_own(self, request: HTTPConnection, actor: Actor, pin: str) -> None:
        """Whoever is signed in proves that it is he. Raises Problem 403 for a wrong PIN, 429 for too many."""
        await self._prove(self._phones, request, actor.id, actor.id, pin)

    async def demand(self, actor: Actor, acts_as: Iterable[str]) -> None:
        """Raise Problem 403 where a phone would open something without a PIN."""
        if actor.way == "phone" and not OPENING.isdisjoint(acts_as):
            await self.demand_pin(actor)

    async def demand_pin(self, actor: Actor) -> None:
        """Raise Problem 403 where a request from a phone carried no PIN."""
        if actor.pin:
            return
        if not await self._accounts.held_by(actor.id, "pin"):
            raise Problem(
                403, "pin_unset", "on a phone this needs a PIN, and you have none yet: set one in your account"
            )
        raise Problem(403, "pin_missing", f"on a phone this needs your PIN, in {PIN}")

    async def _prove(self, lanes: Lanes, request: HTTPConnection, who: str, user: str, pin: str) -> None:
        device = digest_of(session_of(request))
        lane, on_phone = f"{device}:{who}", lanes is self._phones
        if on_phone and lane not in lanes:
            await self._recall(device, lane)
        async with lanes[lane].turn() as attempt:
            kept = await self._accounts.held_by(user, "pin") if user else ""
            if on_phone and not kept:
                raise Problem(403, "pin_unset", "you have no PIN yet: set one in your account")
            attempt.right = await self._accounts.hashing.fits(kept, pin, stranger=not kept)
            if on_phone:
                await self._remember(device, right=attempt.right)
        if not attempt.right:
            await self._refusals.note(user, "pin", place_of(request))
            raise wrong_pin()
        await self._refusals.settle(user, "pin")

    async def _recall(self, device: str, lane: str) -> None:
        """A phone goes on where it stood when the process before this one ended."""
        wrong = await self._accounts.wrong_pins(device, ON_A_PHONE.forgiven_seconds)
        if lane not in self._phones:
            self._phones[lane].recall(wrong)

    async def _remember(self, device: str, *, right: bool) -> None:
        """For the next process; a disk that does not take it keeps nobody out."""
        with suppress(AccountsDown):
            if not right:
                await self._accounts.note_wrong_pin(device)
            elif await self._accounts.wrong_pins(device, ON_A_PHONE.forgiven_seconds):
                await self._accounts.forget_wrong_pins(device)


def wrong_pin() -> Problem:
    """403: the PIN is wrong, or at a duty screen there is nobody of that name, or he has none: which of it is not told."""
    return Problem(403, "pin_wrong", "this PIN is wrong")
