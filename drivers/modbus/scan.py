"""Who answers on a host or in a small network, and which product is it? For `gridpost scan`. Reads only, slowly.

A unit is there when it answers a read of holding register 0, with a value or with an exception of its own. Then it is
asked for its device identification (function 43/14) and for the marks of every profile.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from drivers.contract import LineLost
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError, NoReply
from drivers.modbus.identification import PRODUCT, VENDOR, objects, question
from drivers.modbus.identity import Identity
from drivers.modbus.plan import mapped, plan
from drivers.modbus.wire import Wire
from drivers.product import Quantity
from drivers.profile import load_profile, products

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from drivers.product import Profile

MODBUS_PORT: Final = 502
"""Modbus Messaging on TCP/IP V1.0b, 4.2."""

MAX_HOSTS: Final = 256
"""A /24. What is larger belongs to somebody else too."""

LAST_UNIT: Final = 247
"""Modbus over Serial Line V1.02, 2.2."""

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

    host: str
    port: int
    unit: int
    identity: str
    serial: str
    product: str
    remark: str = ""


def hosts(target: str) -> tuple[tuple[str, ...], int]:
    """The hosts and the port of `tcp://HOST[:PORT][/NET]`; raises ValueError with a sentence."""
    wrong = f"{target!r} is not an address: write tcp://HOST, tcp://HOST:PORT or tcp://HOST/24"
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or MODBUS_PORT
        prefix = int(parts.path[1:]) if len(parts.path) > 1 else None
    except ValueError:
        raise ValueError(wrong) from None
    if host is None or parts.scheme != "tcp" or parts.query or parts.fragment:
        raise ValueError(wrong)
    if prefix is None:
        return (host,), port
    try:
        network = ip_network(f"{ip_address(host)}/{prefix}", strict=False)
    except ValueError:
        raise ValueError(f"{host}/{prefix} is not a network: write one as tcp://192.168.1.0/24") from None
    if network.num_addresses > MAX_HOSTS:
        raise ValueError(f"{network} has {network.num_addresses} addresses: scan at most {MAX_HOSTS} at a time, a /24")
    return tuple(str(address) for address in network.hosts()), port


async def scan(
    target: str,
    units: Sequence[int],
    *,
    requests_per_second: float = 20.0,
    timeout_seconds: float = 0.5,
    folders: Sequence[Path] = (),
) -> AsyncIterator[Found]:
    """Find the units of a target (see `hosts`), host by host, with at most `requests_per_second` in all.

    Raises ValueError for a target that cannot be scanned, ProfileError for a profile that is wrong, and LineLost when a
    single host cannot be reached; in a network, hosts that do not answer are passed over.
    """
    names, port = hosts(target)
    profiles = [load_profile(name, folders) for name in products(folders)]
    pace = _Pace(1 / requests_per_second)
    for start in range(0, len(names), KNOCKS_AT_ONCE):
        batch = names[start : start + KNOCKS_AT_ONCE]
        doors = await asyncio.gather(*(_knock(host, port, pace) for host in batch)) if len(names) > 1 else batch
        for host in filter(None, doors):
            try:
                async with _Host(host, port, pace, timeout_seconds) as asked:
                    async for found in _units(asked, units, profiles):
                        yield found
            except LineLost:
                if len(names) == 1:
                    raise


async def _knock(host: str, port: int, pace: _Pace) -> str | None:
    await pace.turn()
    try:
        async with Wire(host, port):
            return host
    except LineLost:
        return None


async def _units(asked: _Host, units: Sequence[int], profiles: Sequence[Profile]) -> AsyncIterator[Found]:
    remark = ""
    nobody = next((unit for unit in range(LAST_UNIT, 0, -1) if unit not in units), None)
    if nobody is not None and await asked.answers(nobody):
        remark = "answers to every unit id"
    for unit in units:
        if await asked.answers(unit):
            yield await _identified(asked, unit, profiles, remark)
            if remark:
                return


async def _identified(asked: _Host, unit: int, profiles: Sequence[Profile], remark: str) -> Found:
    named = await asked.identification(unit)
    fitting = [profile for profile in profiles if await _fits(asked, unit, profile, named)]
    identity = " ".join(text for _, text in sorted(named.items()) if text)
    if not fitting:
        return Found(asked.host, asked.port, unit, identity, "", "", remark)
    # the most marks win: a general profile must not hide a particular one
    profile = max(fitting, key=lambda profile: (len(profile.identity.checks), bool(profile.identity.product)))
    serial = await _serial(asked, unit, profile)
    return Found(asked.host, asked.port, unit, identity or profile.title, serial, profile.product, remark)


async def _fits(asked: _Host, unit: int, profile: Profile, named: Mapping[int, str]) -> bool:
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


async def _serial(asked: _Host, unit: int, profile: Profile) -> str:
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


class _Host:
    """A host that is being asked. Answers are remembered: profiles of a family share their marks."""

    def __init__(self, host: str, port: int, pace: _Pace, timeout_seconds: float) -> None:
        self.host = host
        self.port = port
        self._wire = Wire(host, port)
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
            except ModbusError:
                self._replies[frame.request] = None
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
            return await self._wire.exchange(frame, self._timeout_seconds)
        except LineLost:
            # some devices hang up on a function or a unit that they do not know; one that is gone does not come back
            await self._wire.connect()
            raise NoReply("hung up") from None
