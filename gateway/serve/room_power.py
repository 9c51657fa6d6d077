"""What a charging room drew: the past of its ports, added up. Read in the history's own thread, one room at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.keep.chunks import is_recorded
from gateway.serve.parts import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.serve.house import House
    from gateway.serve.layout import RoomPlace

BUCKET_SECONDS: Final = 300.0
HOUR_SECONDS: Final = 3600.0
KEPT_SECONDS: Final = 30.0
"""For how long a plot is told again instead of read again: its last bucket is five minutes long."""

KEPT: Final = 64
"""As many plots are kept: one for each room of a compound."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Equally long sequences, one entry for each bucket, in W; `told` is how many ports each is made of.

    A port of which nothing is known in a bucket adds nothing to it; where that is all of them the entry is None. The sum of the
    greatest values is at least what the room drew at most.
    """

    start: float
    end: float
    ports: int
    t: Sequence[float]
    mean: Sequence[float | None]
    max: Sequence[float | None]
    told: Sequence[int]
    bucket_seconds: float = BUCKET_SECONDS


class RoomPower:
    """Reads and keeps a few plots. Two who ask for the same one at once read it once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._one_at_a_time = asyncio.Lock()
        self._kept: OrderedDict[tuple[str, int], tuple[float, RoomPlace, Drawn]] = OrderedDict()

    async def of(self, room: RoomPlace, hours: int) -> Drawn:
        """The last so many hours of a room."""
        async with self._one_at_a_time:
            now = self._house.now().utc
            kept = self._kept.get((room.id, hours))
            if kept is not None and kept[1] is room and 0 <= now - kept[0] < KEPT_SECONDS:
                return kept[2]
            drawn = await self._read(room, now, hours)
            self._kept[room.id, hours] = now, room, drawn
            self._kept.move_to_end((room.id, hours))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return drawn

    async def _read(self, room: RoomPlace, now: float, hours: int) -> Drawn:
        size = int(hours * HOUR_SECONDS // BUCKET_SECONDS)
        end = (now // BUCKET_SECONDS + 1) * BUCKET_SECONDS
        start = end - size * BUCKET_SECONDS
        points = list(self._points(room))
        mean: list[float | None] = [None] * size
        most: list[float | None] = [None] * size
        told = [0] * size
        for device, key in points:
            plot = await self._house.past.query(device, key, start, end, size)
            for began, average, greatest in zip(plot.t, plot.mean, plot.max, strict=True):
                at = round((began - start) / BUCKET_SECONDS)
                if average is None or greatest is None or not 0 <= at < size:
                    continue
                mean[at] = (mean[at] or 0.0) + average
                most[at] = (most[at] or 0.0) + greatest
                told[at] += 1
            await asyncio.sleep(0)  # others go first: adding up takes a tenth of a millisecond for each port
        t = [start + bucket * BUCKET_SECONDS for bucket in range(size)]
        return Drawn(start, end, len(points), t, _rounded(mean), _rounded(most), told)

    def _points(self, room: RoomPlace) -> Iterator[tuple[str, str]]:
        """The power of each port; of a charger whose ports do not tell it, its own."""
        views = self._house.hub.views
        for charger in room.chargers:
            held = views.latest.devices.get(charger)
            if held is None:
                continue
            parts = views.parts_of(held.device)
            where = [said["active_power"] for part, said in parts.items() if part != WHOLE and "active_power" in said]
            if not where and "active_power" in parts[WHOLE]:
                where = [parts[WHOLE]["active_power"]]
            points = (held.groups[number].points[index] for number, index in where)
            yield from ((charger, point.key) for point in points if is_recorded(point))


def _rounded(watts: Sequence[float | None]) -> list[float | None]:
    return [None if each is None else round(each, 1) for each in watts]
