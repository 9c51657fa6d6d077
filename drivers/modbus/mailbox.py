"""The duty of fetching cards from readers that keep one only: on disk first, and only then the reader takes the next.

Some readers hold a card until they are re-armed (Inveo), others count and show the last one (rf IDEAS). Neither has a serial
number or a sequence that lives on, so the events are counted by us: the number is kept in the cursor, with the event.
"""

from __future__ import annotations

import time
from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final

from drivers.contract import DeviceEvent, Misconfigured
from drivers.modbus.act import Rank
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json, Kept, Value
    from drivers.modbus.act import Talk
    from drivers.modbus.unit import Poll, Unit
    from drivers.product import EventMailbox

EPOCH: Final = "mailbox"
SETTLE_SECONDS: Final = 0.1
"""A reader needs a moment between being re-armed and showing it."""
FIRST_WAIT_SECONDS: Final = 0.2
LONGEST_WAIT_SECONDS: Final = 5.0
MOST_WAITING: Final = 50
"""So many cards wait for the disk; what is shown after them is told as a gap. Each may become two records."""


def MailboxDuty(unit: Unit) -> RearmedMailbox | CountingMailbox:  # noqa: N802  called like the duties that are classes
    """Make the duty that fits the profile's `mailbox`. Raises `Misconfigured` where it names points that are not there."""
    mailbox = unit.profile.mailbox
    if mailbox is None:
        raise Misconfigured(f"{unit.profile.product}: fetching cards needs `mailbox`")
    return RearmedMailbox(unit, mailbox) if mailbox.waiting else CountingMailbox(unit, mailbox)


class _Mailbox:
    """What both kinds have in common: the cursor, and one keep at a time."""

    rank = Rank.DRAIN

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.due = inf
        self.over = False
        self._keeping: Talk | None = None
        self._cursor_is_read = False
        self._number = 0
        """That of the last event."""
        self._numbers = {"events": 0, "gaps": 0}

    def numbers(self) -> Mapping[str, float]:
        """How many cards were kept, and how often some were lost."""
        return self._numbers

    def _place_of(self, key: str) -> tuple[Poll, int]:
        for poll in self.unit.polls:
            if key in poll.keys:
                return poll, poll.keys[key]
        raise Misconfigured(f"{self.unit.profile.product}: `mailbox` names the point {key!r}, which is not there")

    def _is_keeping(self, talk: Talk) -> bool:
        if self._keeping is not talk:  # what a connection was keeping when it ended has ended with it
            self._keeping = None
        return self._keeping is not None

    def _event(self, card: str, received_ns: int, *, maybe_repeated: bool) -> DeviceEvent:
        body: dict[str, Json] = {"card": card, "part": ""}
        if maybe_repeated:
            body["maybe_repeated"] = True
        self._number += 1
        return DeviceEvent(self.unit.device.id, EPOCH, self._number, "card_shown", body, received_ns)

    def _gap(self, first: int, end: int | None, why: str, received_ns: int) -> DeviceEvent:
        body = {"from": first, "to": end, "why": why}
        self._number += 1
        return DeviceEvent(self.unit.device.id, f"{EPOCH}/gap", self._number, "gap", body, received_ns)

    def _keep_beside(self, talk: Talk, records: Sequence[DeviceEvent], cursor: Json, now: float) -> None:
        self._keeping = talk
        self._cursor_is_read = False
        self.due = inf
        talk.beside(self._keep(talk, records, cursor, now), f"keep cards of {self.unit.device.id}")

    async def _keep(self, talk: Talk, records: Sequence[Kept], cursor: Json, now: float) -> None:
        try:
            await talk.post.keep(records, {self.unit.device.id: cursor})
            self._cursor_is_read = True
        finally:
            self._keeping = None
            self.due = now
        for record in records:
            self._numbers["gaps" if isinstance(record, DeviceEvent) and record.kind == "gap" else "events"] += 1
        talk.wake()


class RearmedMailbox(_Mailbox):
    """A reader that holds a card until it is told to take the next. Implements `drivers.modbus.act.Duty`.

    Whether it was re-armed is not always known: the answer may be lost, or we with it. The same card again is then marked
    `maybe_repeated`: it was shown once or twice. It is never left out.
    """

    def __init__(self, unit: Unit, mailbox: EventMailbox) -> None:
        super().__init__(unit)
        self._waiting_poll, self._waiting_at = self._place_of(mailbox.waiting)
        self._card_poll, self._card_at = self._place_of(mailbox.card)
        command = unit.profile.commands.get(mailbox.rearm)
        if command is None:
            raise Misconfigured(
                f"{unit.profile.product}: `mailbox` names the command {mailbox.rearm!r}, which is not there"
            )
        write = command.write
        self._rearm = Frame.writing(unit.number, write.function, write.address, write.filled({}))
        self._card = ""
        """The last one that was kept."""
        self._armed = False
        """Whether the reader was seen ready for the next card since."""
        self._to_rearm = False
        """Whether the card that the reader holds is on disk."""
        self._resting = True
        self._failures = 0

    def saw(self, poll: Poll, values: tuple[Value, ...], now: float) -> None:
        """Go to work when a card waits, or when it is not yet known that the reader is ready for one."""
        if poll is not self._waiting_poll or (self._armed and values[self._waiting_at] is False):
            return
        if self._resting:
            self.due = min(self.due, now)

    def unit_back(self) -> None:
        """Begin with a look: nobody knows what became of a reader that was away."""
        self._to_rearm = False
        self._resting = True
        self._failures = 0
        self.due = inf

    async def step(self, talk: Talk, now: float) -> None:
        """Re-arm the reader, or look at it and read the card that waits."""
        if self._is_keeping(talk):
            self.due = inf
            return
        if not self._cursor_is_read:
            self._read_cursor(talk.post.cursor(self.unit.device.id))
        self._resting = False
        try:
            if self._to_rearm:
                await self._take_next(talk, now)
            else:
                await self._look(talk, now)
        except ModbusError:
            self._wait(now)

    def _read_cursor(self, cursor: Json) -> None:
        known = cursor if isinstance(cursor, dict) else {}
        self._number = int(known.get("n", 0))
        self._card = str(known.get("card", ""))
        self._armed = bool(known.get("armed", True))
        self._to_rearm = False  # a keep that did not end may have kept nothing
        self._cursor_is_read = True

    async def _take_next(self, talk: Talk, now: float) -> None:
        try:
            await talk.ask(self.unit, self._rearm)
        except ModbusError as error:
            # a refusal did nothing and is tried again; after silence only a look can tell
            self._to_rearm = isinstance(error, ExceptionReply)
            raise
        self._to_rearm = False
        self.due = now + SETTLE_SECONDS

    async def _look(self, talk: Talk, now: float) -> None:
        values = await talk.poll(self._waiting_poll)
        waits = values[self._waiting_at] if values is not None else None
        if waits is True:
            await self._fetch(talk, now)
        elif waits is False:
            self._ready(talk)
        else:
            self._wait(now)

    async def _fetch(self, talk: Talk, now: float) -> None:
        values = await talk.poll(self._card_poll)
        card = values[self._card_at] if values is not None else None
        if not isinstance(card, str):  # it did not answer, or lost the card with its power
            self._wait(now)
            return
        received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        event = self._event(card, received_ns, maybe_repeated=not self._armed and card == self._card)
        self._card, self._armed, self._to_rearm = card, False, True
        self._keep_beside(talk, [event], self._cursor(), now)

    def _ready(self, talk: Talk) -> None:
        self._resting = True
        self._failures = 0
        self.due = inf
        if not self._armed:
            self._armed = True
            talk.post.note(self.unit.device.id, self._cursor())

    def _cursor(self) -> Json:
        return {"n": self._number, "card": self._card, "armed": self._armed}

    def _wait(self, now: float) -> None:
        self.due = now + min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(self._failures, 10))
        self._failures += 1


class CountingMailbox(_Mailbox):
    """A reader that counts cards and shows the last one, both in one read. Implements `drivers.modbus.act.Duty`.

    What it counted and we did not see is a gap. The card that a new device shows first may be an old one: `maybe_repeated`.
    """

    def __init__(self, unit: Unit, mailbox: EventMailbox) -> None:
        super().__init__(unit)
        self._poll, self._count_at = self._place_of(mailbox.sequence)
        card_poll, self._card_at = self._place_of(mailbox.card)
        if card_poll is not self._poll:
            raise Misconfigured(f"{unit.profile.product}: `mailbox` needs its card and its sequence in one read")
        (registers,) = {point.count for point in unit.profile.points if point.key == mailbox.sequence}
        self._turn = 1 << 16 * registers
        self._seen: Value = None
        self._shown: deque[tuple[int, Value, int]] = deque()
        """Count, card and when it was read, of answers that are not on disk yet."""
        self._count: int | None = None
        """The last one on disk."""

    def saw(self, poll: Poll, values: tuple[Value, ...], now: float) -> None:
        """Take a card that was counted."""
        if poll is not self._poll or values[self._count_at] == self._seen or len(self._shown) == MOST_WAITING:
            return
        self._seen = count = values[self._count_at]
        if isinstance(count, int):
            self._shown.append((count, values[self._card_at], time.clock_gettime_ns(time.CLOCK_BOOTTIME)))
            self.due = min(self.due, now)

    def unit_back(self) -> None:
        """Compare anew. What was read and waits for the disk stays: it was shown."""
        self._seen = None
        self.due = 0.0 if self._shown else inf

    async def step(self, talk: Talk, now: float) -> None:
        """Keep the cards that wait. No transaction: the polls have brought them."""
        self.due = inf
        if self._is_keeping(talk):
            return
        if not self._cursor_is_read:
            self._read_cursor(talk.post.cursor(self.unit.device.id))
        records: list[DeviceEvent] = []
        before = self._count
        while self._shown:
            records += self._counted(*self._shown.popleft())
        if self._count != before:
            self._keep_beside(talk, records, {"n": self._number, "sequence": self._count}, now)

    def _read_cursor(self, cursor: Json) -> None:
        known = cursor if isinstance(cursor, dict) else {}
        self._number = int(known.get("n", 0))
        count = known.get("sequence")
        self._count = count if isinstance(count, int) else None
        self._seen = None  # a keep that did not end may have kept nothing: the next answer is compared anew
        self._cursor_is_read = True

    def _counted(self, count: int, card: Value, received_ns: int) -> list[DeviceEvent]:
        """The records that follow from one answer."""
        last, self._count = self._count, count
        records: list[DeviceEvent] = []
        shown = isinstance(card, str)
        if last is not None:
            step = (count - last) % self._turn
            missed = step if not shown else step - 1
            if step > self._turn // 2:
                records.append(self._gap(last + 1, None, "reader restarted", received_ns))
            elif missed > 0:
                records.append(self._gap(last + 1, last + 1 + missed, "overrun", received_ns))
            elif step == 0:
                return []
        if isinstance(card, str):
            records.append(self._event(card, received_ns, maybe_repeated=last is None))
        return records
