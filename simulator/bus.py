"""A two-wire serial bus with stations on it, in true time: every byte arrives when the wire would have carried it.

The master writes with `feed` and hears through `hear`. A unit that is not there is silence; two under one address speak
over each other; a request that is sent into a reply is lost.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from simulator.faults import RtuFraming, Station
from simulator.serial_wire import BROADCAST, LONGEST_FRAME_BYTES, SerialSettings, is_whole, request_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Clock: TypeAlias = "Callable[[], float]"
"""Seconds since 1970 on an axis that never jumps back."""

STEP_SECONDS = 0.002
"""Bytes of a reply are handed over in steps of this, never before their time and the last one exactly then."""

_TORN_SECONDS = 0.02  # a rest of a request this old is thrown away, as no operating system keeps t1.5
_TIMER_LATE_SECONDS = 0.0012  # the event loop waits in whole milliseconds; what is left is slept
_RTU = RtuFraming()


@dataclass(slots=True)
class _Spoken:
    """A reply on the wire: its first bit at `begins`, so many of its bytes handed over."""

    begins: float
    data: bytes
    handed: int = 0


class Bus:
    """Stations by unit id on one wire. `step_seconds` None hands a reply over in one piece, when its last byte is through."""

    def __init__(
        self,
        stations: Mapping[int, Station],
        clock: Clock,
        settings: SerialSettings | None = None,
        step_seconds: float | None = STEP_SECONDS,
    ) -> None:
        self.settings = settings or SerialSettings()
        self.units = {unit: [station] for unit, station in stations.items()}
        self.clock = clock
        self.hear: Callable[[bytes], None] = lambda _: None
        """Takes the bytes that the master hears."""
        self.transactions = 0
        """Requests that were whole."""
        self.bad_requests = 0
        """Frames with a wrong CRC, of an unknown form or torn."""
        self.collisions = 0
        """Requests lost because they were sent while a unit spoke."""
        self.hasty = 0
        """Requests that came before the silence after a reply was over; they are heard all the same."""
        self._step = step_seconds
        self._heard = b""
        self._began = 0.0
        self._speaking: list[_Spoken] = []
        self._silent_from = 0.0
        self._due: set[asyncio.TimerHandle] = set()
        for station in stations.values():
            station.bus = self

    # ------------------------------------------------------------ who is on it

    def address(self, station: Station, unit: int) -> None:
        """Give a station this unit id, which another may have as well."""
        for there in self.units.values():
            if station in there:
                there.remove(station)
        self.units.setdefault(unit, []).append(station)

    def unit_of(self, station: Station) -> int:
        """The unit id of a station on this bus."""
        return next(unit for unit, there in self.units.items() if station in there)

    def named(self, id_: str) -> Station | None:
        """The station with this id, if it stands here."""
        return next((station for there in self.units.values() for station in there if station.id == id_), None)

    def swap(self, one: Station, other: Station) -> None:
        """Two stations change their unit ids, as when their cables were mixed up."""
        first, second = self.unit_of(one), self.unit_of(other)
        self.address(one, second)
        self.address(other, first)

    # ------------------------------------------------------------ the master's side

    def feed(self, data: bytes) -> None:
        """The master sends: these bytes begin to travel now, or go on to."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._speaking:
            self.collisions += 1
            return
        if self._heard and now - self._began > _TORN_SECONDS + len(self._heard) * self.settings.character_seconds:
            self._forget()
        if not self._heard:
            self._began = now
            self.hasty += now < self._silent_from
        self._heard += data
        length = request_bytes(self._heard)
        if length is None:
            if len(self._heard) > LONGEST_FRAME_BYTES:
                self._forget()
        elif len(self._heard) >= length:
            request, self._heard = self._heard, b""
            self._take(request)

    def close(self) -> None:
        """Let nothing more be said."""
        for due in self._due:
            due.cancel()
        self._due.clear()
        self._speaking.clear()

    # ------------------------------------------------------------ the units' side

    def _forget(self) -> None:
        self._heard = b""
        self.bad_requests += 1

    def _take(self, request: bytes) -> None:
        if not is_whole(request):
            self.bad_requests += 1
            return
        self.transactions += 1
        settings = self.settings
        heard_at = self._began + len(request) * settings.character_seconds + settings.silence_seconds
        self._at(heard_at + settings.turnaround_seconds, partial(self._answer, request))

    def _answer(self, request: bytes, when: float) -> None:
        unit, pdu, now = request[0], request[1:-2], self.clock()
        if unit == BROADCAST:
            for station in (station for there in self.units.values() for station in there if not station.mute):
                station.answer(pdu, now)
            return
        at_once: list[bytes] = []
        for station in self.units.get(unit, ()):
            reply = None if station.mute else station.answer(pdu, now)
            sent = () if reply is None else station.said(_RTU, unit, pdu, reply)
            at_once += [b"".join(one.frame for one in sent if not one.after_seconds)]
            for one in sent:
                if one.after_seconds:
                    self._at(when + one.after_seconds, partial(self._say, one.frame))
        if any(at_once):
            self._say(at_once[0] if len(at_once) == 1 else _mixed(at_once), when)

    def _say(self, frame: bytes, when: float) -> None:
        self._speaking.append(_Spoken(when, frame))
        self._next_step()

    def _next_step(self) -> None:
        """Come back when the next bytes are due: the last of a reply in time, those before it in steps."""
        character = self.settings.character_seconds
        ends = min(one.begins + len(one.data) * character for one in self._speaking)
        if self._step is not None:
            ends = min(ends, asyncio.get_running_loop().time() + max(self._step, character))
        self._at(ends, self._hand_over)

    def _hand_over(self, when: float) -> None:
        now = max(when, asyncio.get_running_loop().time())
        character = self.settings.character_seconds
        for one in tuple(self._speaking):
            carried = min(len(one.data), int((now - one.begins) / character + 1e-6))
            if self._step is None and carried < len(one.data):
                continue
            if carried > one.handed:
                self.hear(one.data[one.handed : carried])
                one.handed = carried
            if carried == len(one.data):
                self._speaking.remove(one)
                self._silent_from = one.begins + len(one.data) * character + self.settings.silence_seconds
        if self._speaking:
            self._next_step()

    def _at(self, when: float, then: Callable[[float], None]) -> None:
        """Do something at a loop time, which it is told; to a tenth of a millisecond where bytes are handed over in steps."""
        loop = asyncio.get_running_loop()

        def sharp() -> None:
            self._due.discard(handle)
            left = when - loop.time()
            if left > 0 and self._step is not None:
                time.sleep(left)
            then(when)

        early = 0.0 if self._step is None else _TIMER_LATE_SECONDS
        handle = loop.call_at(when - early, sharp)
        self._due.add(handle)


def _mixed(frames: list[bytes]) -> bytes:
    """What is heard when several speak at once: equal bytes come through, others do not."""
    longest = max(frames, key=len)
    mixed = bytearray(longest)
    for frame in frames:
        for index, byte in enumerate(frame):
            mixed[index] &= byte
    return bytes(mixed)
