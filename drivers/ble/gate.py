"""The gate before a sensor's values: which packets are new, which were heard before, and which somebody plays back.

One gate for each sensor that is known by its address. Pure: no clock, no input or output; it remembers one counter and what was
accepted within the last seconds. Whoever asks keeps that counter on disk.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from drivers.ble.bthome import Packet, Verdict, counter_of, decode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

LATE_NS: Final = 10_000_000_000
"""A copy that a slow receiver brings this long after the packet itself is late, and no attack."""
LATE_COUNTERS: Final = 16
"""So many accepted packets are remembered to tell a late copy from a replay: the whole burst of an alarm but its first."""
SAME_NS: Final = 4_000_000_000
"""Without a counter, the same bytes within this time are the same packet (the window of bthome-ble for packet ids)."""

_WRAP_FROM: Final = 65_000
_WRAP_TO: Final = 500
"""A 16-bit counter that stood above the first may begin again below the second (home-assistant/core#118884)."""
_TURN: Final = 0x1_0000
_HALF_TURN: Final = _TURN // 2
_PROVED: Final = frozenset({Verdict.OK, Verdict.PARTIAL})


class Judgement(Enum):
    """What the gate says of a packet."""

    NEW = "new"
    """Proved and newer than all before: its values count."""
    RENEWED = "renewed"
    """Proved, with an older counter, while the battery is being changed: its values count, and the counter begins anew."""
    REPEAT = "repeat"
    """Another copy of the last packet: it says nothing, and is no sign of life."""
    LATE = "late"
    """A copy of an older packet, or an older packet itself, that was overtaken on its way to us."""
    REPLAY = "replay"
    """Proved, but older than what was accepted: somebody plays back what was recorded."""
    REFUSED = "refused"
    """The decoder's own verdict says why."""


class Passage(NamedTuple):
    """The gate's word on a packet; `packet` is None where nobody needed to look into it.

    `packet.values` of a LATE or REPLAY are proved to come from the sensor, but nobody knows when it said them.
    """

    judgement: Judgement
    packet: Packet | None = None


_REPEAT: Final = Passage(Judgement.REPEAT)
_LATE: Final = Passage(Judgement.LATE)


class Gate:
    """What must be remembered of one sensor to let each of its packets pass once.

    `counter` is the last that was accepted, None before the first. `swap_until_ns` is until when one older counter may become
    the new base (CLOCK_BOOTTIME), 0 for no time.
    """

    __slots__ = ("_data", "_recent", "counter", "swap_until_ns", "wraps")

    def __init__(self) -> None:
        self.counter: int | None = None
        self.swap_until_ns = 0
        self.wraps = False
        """Its counter has 16 bits and begins anew."""
        self._data: bytes | None = None
        self._recent: tuple[tuple[int, int], ...] = ()
        """(counter, when) of packets accepted within `LATE_NS` before the last one, and one more; oldest first."""

    def restore(self, counter: int) -> None:
        """Go on from a counter that was kept. When it was heard is not known, so whatever is older is no late copy."""
        self.counter = counter
        self._recent = ((counter, -LATE_NS),)

    def is_copy(self, data: bytes) -> bool:
        """The very bytes that were accepted last."""
        return data == self._data

    def judge(self, data: bytes, mac: bytes, cipher: AESCCM | None, now_ns: int, *, keyed: bool) -> Passage:
        """Judge service data of the sensor at `mac` (6 bytes, as displayed), received at `now_ns`. Never raises."""
        if data == self._data and (keyed or now_ns - self._recent[-1][1] < SAME_NS):
            return _REPEAT
        counter = counter_of(data) if keyed else None
        if counter is None or cipher is None:
            # with a key nothing passes here, without one there is nothing to prove a packet by
            packet = decode(data, mac, cipher, keyed=keyed)
            return self._pass(Judgement.REFUSED if keyed else Judgement.NEW, packet, data, now_ns)
        last = self.counter
        if last is None or self._newer(counter, last):
            judgement = Judgement.NEW
        elif counter == last and self._data is None:
            return _REPEAT  # since the restart only the number is known, and copies of that packet may still come
        else:
            sent, seen = self._last_said(counter, last, now_ns)
            if sent and seen and counter != last:
                return _LATE
            judgement = (
                Judgement.LATE if sent else Judgement.RENEWED if now_ns < self.swap_until_ns else Judgement.REPLAY
            )
        return self._pass(judgement, decode(data, mac, cipher, keyed=True), data, now_ns)

    def _pass(self, judgement: Judgement, packet: Packet, data: bytes, now_ns: int) -> Passage:
        if packet.verdict not in _PROVED:
            return Passage(Judgement.REFUSED, packet)
        if judgement is Judgement.NEW or judgement is Judgement.RENEWED:
            recent = self._recent if judgement is Judgement.NEW else ()
            recent = recent[1 - LATE_COUNTERS :]
            while len(recent) > 1 and now_ns - recent[1][1] > LATE_NS:
                recent = recent[1:]
            self._recent = (*recent, (packet.counter or 0, now_ns))
            self._data = data
            self.counter = packet.counter
            if judgement is Judgement.RENEWED:
                self.swap_until_ns = 0
        return Passage(judgement, packet)

    def _newer(self, counter: int, last: int) -> bool:
        if not self.wraps:
            return counter > last
        # half a turn: what was recorded before the wrap must not count as far ahead after it
        return 0 < counter - last < _HALF_TURN or (last > _WRAP_FROM and counter < _WRAP_TO)

    def _last_said(self, counter: int, last: int, now_ns: int) -> tuple[bool, bool]:
        """Whether the sensor may have sent the packet of that counter just now, and whether that was accepted."""
        behind = last - counter if counter <= last or not self.wraps else last - counter + _TURN
        if behind > LATE_COUNTERS:
            return False, False
        for known, when_ns in self._recent:
            if known == counter or self._newer(known, counter):  # it was sent no later than this one
                return now_ns - when_ns <= LATE_NS, known == counter
        return False, False
