"""Who answers on a host, in a small network or on a serial port, and which product is it? Reads only, slowly.

A unit is there when it answers a read of holding register 0, with a value or with an exception of its own. Then it is
asked for its device identification (function 43/14) and for the marks of every profile.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from drivers.contract import LineLost
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError, NoReply
from drivers.modbus.identification import PRODUCT, VENDOR, objects, question
from drivers.modbus.identity import Identity
from drivers.modbus.plan import mapped, plan
from drivers.modbus.wires import make_wire
from drivers.product import Quantity
from drivers.profile import load_profile, products

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from drivers.modbus.places import Place
    from drivers.product import Profile

LAST_UNIT: Final = 247
"""Modbus over Serial Line V1.02, 2.2."""

HOST_SECONDS: Final = 0.5
SERIAL_SECONDS: Final = 0.2
"""How long to wait for an answer; on a bus beside the time on the wire: units take 5 to 50 ms, and most are not there."""

KNOCKS_AT_ONCE: Final = 16
"""Hosts of a network that are tried together: most do not exist and cost a whole connect time-out."""

MAX_IDENTIFICATION_PARTS: Final = 4
"""Three basic objects of at most 245 bytes never need more replies; a device that says so runs in circles."""

_NOBODY_BEHIND_THE_GATEWAY: Final = (10, 11)


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that answers. `identity` is its own word for itself; `product` the matching profile or "".

    `remark` is what a person should know before wiring it, or "".
    """

    place: Place
    unit: int
    identity: str
    serial: str
    product: str
    remark: str = ""


async def scan(
    places: Sequence[Place],
    units: Sequence[int],
    *,
    requests_per_second: float = 20.0,
    timeout_seconds: float | None = None,
    folders: Sequence[Path] = (),
) -> AsyncIterator[Found]:
    """Find the units of some places, one place after the other, with at most `requests_per_second` in all.

    Serial places are speeds of one port: the first at which a unit answers is the bus's, and ends the search. Raises
    ProfileError for a profile that is wrong, LineLost or Misconfigured when the only place, or a serial port, cannot be
    reached; hosts of a network that do not answer are passed over.
    """
    profiles = [load_profile(name, folders) for name in products(folders)]
    pace = _Pace(1 / requests_per_second)
    on_a_port = any(place.serial is not None for place in places)
    patience = timeout_seconds or (SERIAL_SECONDS if on_a_port else HOST_SECONDS)
    knock = len(places) > 1 and not on_a_port
    for start in range(0, len(places), KNOCKS_AT_ONCE):
        batch = places[start : start + KNOCKS_AT_ONCE]
        doors = await asyncio.gather(*(_knock(place, pace) for place in batch)) if knock else batch
        for place in filter(None, doors):
            somebody = False
            try:
                async with _Line(place, pace, patience) as asked:
                    async for found in _units(asked, units, profiles):
                        somebody = True
                        yield found
            except LineLost:
                if not knock:
                    raise
            if somebody and on_a_port:
                return


async def _knock(place: Place, pace: _Pace) -> Place | None:
    await pace.turn()
    wire = make_wire(place)
    try:
        await wire.connect()
    except LineLost:
        return None
    wire.close()
    return place


async def _units(asked: _Line, units: Sequence[int], profiles: Sequence[Profile]) -> AsyncIterator[Found]:
    remark = ""
    nobody = next((unit for unit in range(LAST_UNIT, 0, -1) if unit not in units), None)
    if nobody is not None and await asked.answers(nobody):
        remark = "answers to every unit id"
    for unit in units:
        if await asked.answers(unit):
            yield await _identified(asked, unit, profiles, remark)
            if remark:
                return


async def _identified(asked: _Line, unit: int, profiles: Sequence[Profile], remark: str) -> Found:
    named = await asked.identification(unit)
    fitting = [profile for profile in profiles if await _fits(asked, unit, profile, named)]
    identity = " ".join(text for _, text in sorted(named.items()) if text)
    if not fitting:
        return Found(asked.place, unit, identity, "", "", remark)
    # the most marks win: a general profile must not hide a particular one
    profile = max(fitting, key=lambda profile: (len(profile.identity.checks), bool(profile.identity.product)))
    serial = await _serial(asked, unit, profile)
    return Found(asked.place, unit, identity or profile.title, serial, profile.product, remark)


async def _fits(asked: _Line, unit: int, profile: Profile, named: Mapping[int, str]) -> bool:
    """Whether every mark that the profile has is there; a profile without marks fits nothing."""
    identity = profile.identity
    texts = {VENDOR: identity.vendor, PRODUCT: identity.product}
    if any(text and named.get(place) != text for place, text in texts.items()):
        return False
    if not identity.checks:
        return any(texts.values())
    marks = Identity(profile, unit, serial=None)
    answers = [await asked.reply(frame) for frame in marks.frames]
    known = [answer for answer in answers if answer is not None]
    return len(known) == len(answers) and not marks.misfit(known)


async def _serial(asked: _Line, unit: int, profile: Profile) -> str:
    place = profile.identity.serial
    if place is None:
        return ""
    (read,) = plan([mapped(Quantity(key="serial", **place.model_dump()))], profile.limits)
    answer = await asked.reply(Frame.reading(unit, read.function, read.address, read.count))
    (serial,) = Decoder(read, b"").decode(answer)[0] if answer is not None else (None,)
    return "" if serial is None else str(serial)


class _Pace:
    """Turns at a fixed distance, in the order in which they are asked for."""

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn."""
        now = asyncio.get_running_loop().time()
        turn, self._next = max(now, self._next), max(now, self._next) + self._every_seconds
        await asyncio.sleep(turn - now)


class _Line:
    """A place that is being asked. Answers are remembered: profiles of a family share their marks."""

    def __init__(self, place: Place, pace: _Pace, timeout_seconds: float) -> None:
        self.place = place
        self._wire = make_wire(place)
        self._pace = pace
        self._timeout_seconds = timeout_seconds
        self._replies: dict[bytes, bytes | None] = {}

    async def __aenter__(self) -> Self:
        await self._wire.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wire.close()

    async def answers(self, unit: int) -> bool:
        """Whether a unit is there. Silence, another unit's answer and a gateway's own exception mean that it is not."""
        frame = Frame.reading(unit, 3, 0, 1)
        try:
            self._replies[frame.request] = await self._send(frame)
        except ExceptionReply as refusal:
            return refusal.code not in _NOBODY_BEHIND_THE_GATEWAY
        except ModbusError:
            return False
        return True

    async def reply(self, frame: Frame) -> bytes | None:
        """What comes back to a frame; None for a refusal, a wrong answer or silence."""
        if frame.request not in self._replies:
            try:
                self._replies[frame.request] = await self._send(frame)
            except ExceptionReply:
                self._replies[frame.request] = None
            except ModbusError:
                self._replies[frame.request] = None
                if self._wire.confusable:  # what is late must not be taken for the answer to the next question
                    await asyncio.sleep(self._timeout_seconds)
        return self._replies[frame.request]

    async def identification(self, unit: int) -> Mapping[int, str]:
        """The basic objects of function 43/14 by their ids; none where the device does not know the function."""
        texts: dict[int, str] = {}
        following: int | None = VENDOR
        for _ in range(MAX_IDENTIFICATION_PARTS):
            answer = None if following is None else await self.reply(Frame(unit, question(following)))
            if answer is None:
                break
            try:
                part, following = objects(answer)
            except ValueError:
                break
            texts |= part
        return texts

    async def _send(self, frame: Frame) -> bytes:
        await self._pace.turn()
        try:
            return await self._wire.exchange(frame, self._timeout_seconds + self._wire.seconds_of(frame))
        except LineLost:
            # some devices hang up on a function or a unit that they do not know; one that is gone does not come back
            await self._wire.connect()
            raise NoReply("hung up") from None
