"""The open minute of one poll group, in memory."""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from drivers.contract import Quality
from gateway.keep.chunks import BAD, BOOLEAN, MINUTE, NUMBER, Chunk, layout_of, uncertain_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.contract import Fault, Group, Value


class Strip:
    """The open minute of one group: a buffer into which the hot path packs records.

    `History.record` reaches into it; nothing else may.
    """

    __slots__ = (
        "buffer",
        "device",
        "end",
        "group",
        "layout",
        "pack_into",
        "pick",
        "t0",
        "uncertain",
        "wanted",
        "width",
    )

    def __init__(self, device: str, number: int, group: Group) -> None:
        self.device = device
        self.group = number
        self.layout, self.wanted = layout_of(group)
        self.pick = _picker(self.wanted, len(group.points))
        self.width = self.layout.record.size
        self.pack_into: Callable[..., None] = self.layout.record.pack_into
        self.buffer = bytearray(2 * self.width)
        self.end = 0
        self.t0 = 0
        self.uncertain: list[tuple[int, int]] = []

    def put(self, values: Sequence[Value], faults: Sequence[Fault | None] | None, offset: float) -> None:
        """Append a record, whatever the values are; `offset` is in seconds within the minute."""
        self._make_room()
        tick = int(offset * 1000)
        state: list[float] = []
        for place, (index, code) in enumerate(zip(self.wanted, self.layout.codes, strict=True)):
            value, fault = values[index], faults and faults[index]
            if isinstance(value, str) or value is None or (fault and fault.quality is Quality.BAD):
                state.append(BAD[code])
                continue
            state.append(bool(value) if code == BOOLEAN else value)
            if fault and fault.quality is Quality.UNCERTAIN:
                self.uncertain.append((self.end // self.width, place))
        try:
            self.pack_into(self.buffer, self.end, tick, *state)
        except (struct.error, OverflowError):  # an integer beyond any double
            safe = [number if abs(number) < 2.0**1023 else BAD[NUMBER] for number in state]
            self.pack_into(self.buffer, self.end, tick, *safe)
        self.end += self.width

    def hush(self, offset: float) -> None:
        """Nothing is heard from here on."""
        if self.end and self._last() != self.layout.silence:
            self._make_room()
            self.buffer[self.end : self.end + self.width] = (
                int(offset * 1000).to_bytes(2, "little") + self.layout.silence
            )
            self.end += self.width

    def close(self, heard_until: float, t0: int, offset: float) -> Chunk | None:
        """Close the minute and open the one at `t0`, where the last state goes on from `offset`; None for an empty one."""
        chunk = self.peek(heard_until)
        if chunk is None:
            self.t0 = t0
            return None
        last, count = self._last(), chunk.count
        # Room for an eighth of what the last minute took: all open minutes together stay about as large as one of them.
        self.buffer = bytearray(self.width * (2 + count // 8))
        self.t0 = t0
        self.end = 0
        self.uncertain = [(0, point) for record, point in self.uncertain if record == count - 1]
        if last == self.layout.silence:
            self.uncertain = []
        else:
            self.buffer[: self.width] = int(offset * 1000).to_bytes(2, "little") + last
            self.end = self.width
        return chunk

    def peek(self, heard_until: float) -> Chunk | None:
        """The minute so far as a chunk; None for an empty one."""
        if not self.end:
            return None
        return Chunk(
            self.device, self.group, self.layout, self.t0, MINUTE, heard_until, self.end // self.width,
            bytes(memoryview(self.buffer)[: self.end]) + uncertain_marks(self.uncertain),
        )  # fmt: skip

    @property
    def newest(self) -> float:
        """When the last record was made, in seconds since 1970."""
        return self.t0 + int.from_bytes(self.buffer[self.end - self.width : self.end - self.width + 2], "little") / 1000

    def _last(self) -> bytes:
        return bytes(self.buffer[self.end - self.width + 2 : self.end])

    def _make_room(self) -> None:
        if len(self.buffer) < self.end + self.width:
            self.buffer.extend(bytes(self.width * max(4, self.end // self.width // 8)))


def _picker(wanted: tuple[int, ...], points: int) -> Callable[[Any], Any] | None:
    """How the recorded values are taken out of a sample; None where all are recorded."""
    if len(wanted) == points:
        return None
    if len(wanted) == 1:
        only = wanted[0]
        return lambda values: (values[only],)
    return itemgetter(*wanted)
