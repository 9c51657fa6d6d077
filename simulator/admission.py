"""Who is let in: a card or code judged by the controller's committed table, its clock and its zone."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simulator.ring import Event

if TYPE_CHECKING:
    from simulator.controller import Controller
    from simulator.door import Door

_REF_BITS = 0xFFFF_FFFF


def present(controller: Controller, door: Door, credential: int, now: float) -> bool:
    """A card or code by its hash at the reader; True when the lock is released for it."""
    verdict, ref = _judged(controller, door, credential, now)
    if verdict is Event.DENIED_UNKNOWN:
        turn_away(controller, door, credential, now)
        return False
    return controller.present_card(door, ref, now, None if verdict is Event.GRANTED else verdict)


def turn_away(controller: Controller, door: Door, credential: int, now: float) -> None:
    """A card or code that nobody knows; the last one stays to be read, so that it can be enrolled."""
    controller.last_card = (credential, controller.ring.head)
    controller.present_card(door, credential & _REF_BITS, now, Event.DENIED_UNKNOWN)


def _judged(controller: Controller, door: Door, credential: int, now: float) -> tuple[Event, int]:
    """The verdict and its REF. While the clock is invalid, neither bounds nor schedules are looked at."""
    bank = controller.table.active
    index = bank.holder(credential)
    if index is None:
        return Event.DENIED_UNKNOWN, 0
    user, utc = bank.user(index), int(controller.utc(now))
    if utc and not user.from_utc <= utc < (user.until_utc or inf):
        return Event.DENIED_EXPIRED, index
    here = user.doors >> (door.number - 1) & 1
    if not here or (utc and not bank.open_at(user.schedule, utc + 60 * controller.zone_minutes)):
        return Event.DENIED_SCHEDULE, index
    return Event.GRANTED, index
