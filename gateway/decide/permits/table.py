"""The table that one controller is to hold, kept up to date record by record.

A change costs what it changed; a whole gate of 8,000 is looked through a part at a time, so that no turn of the house waits for
it. Only `seal` makes of it something wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from drivers.permit_table import packed_user, table_sum
from gateway.decide.permits.slots import Slots
from gateway.decide.permits.states import TableState
from gateway.decide.permits.written import TABLE
from gateway.model import Remember
from gateway.permit import Credential, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json, Value
    from gateway.decide.permits.book import Book
    from gateway.decide.permits.doors import Reach
    from gateway.model import Now
    from gateway.permit import Permit

USER_CAPACITY = 10_000
"""What a controller holds that did not say otherwise (docs/acp1.md, USER_CAP)."""

_CODE_FLAG = 1
_ABSENT: list[Json] = []


@dataclass(slots=True)
class Heard:
    """What the controller was last heard to hold, and how the driver gets on."""

    version: int | None = None
    sum: int | None = None
    users: int | None = None
    left: int | None = None
    total: int | None = None
    state: str = ""


@dataclass(slots=True)
class Table:
    """One controller's. `members` are the valid permits that reach its doors, ended ones included."""

    device: str
    slots: Slots = field(init=False)
    doors: Mapping[str, int] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    waiting: dict[str, None] = field(default_factory=dict)
    """Permits to be looked at."""
    unsealed: bool = False
    level: dict[str, Json] | None = None
    """What is wanted; None until it was first made after a start."""
    capacity: int = USER_CAPACITY
    emptied: bool = False
    """Its last user was taken out by a revocation: then an empty table is meant."""
    version: int = 0
    sum: int = 0
    heard: Heard = field(default_factory=Heard)
    since_utc: float = 0.0
    was_current: bool = True
    unfit: set[str] = field(default_factory=set)
    """Permits for which there was no index."""
    _users: list[list[Json]] = field(default_factory=list)
    _packed: list[bytes] = field(default_factory=list)
    _kept: str = ""
    """The ended permit that alone is left in, so that no clock empties the table."""

    def __post_init__(self) -> None:
        self.slots = Slots(self.device)

    @property
    def dirty(self) -> bool:
        """Whether what is wanted may not be what it should be."""
        return self.unsealed or bool(self.waiting)

    @property
    def current(self) -> bool:
        """Whether the controller holds all that it should."""
        if self.dirty or self.unfit:
            return False
        return not self.version or (self.heard.version == self.version and self.heard.sum == self.sum)

    @property
    def state(self) -> TableState:
        """For people."""
        heard = self.heard
        users = len(self.level["users"]) if self.level else sum(map(bool, self._packed))
        state = f"{len(self.unfit)} permits do not fit" if self.unfit else heard.state
        return TableState(
            self.version,
            self.sum,
            users,
            heard.version,
            heard.sum,
            heard.users,
            heard.left,
            heard.total,
            state,
            self.since_utc,
            self.current,
        )

    # ------------------------------------------------------------ what is wanted

    def look(self, most: int, book: Book, reach: Reach, now: Now) -> int:
        """Bring the records of at most so many waiting permits up to date; returns of how many."""
        several = list(islice(self.waiting, most))
        for one in several:
            del self.waiting[one]
            permit = book.permits.get(one)
            mask = reach.of(permit.groups).get(self.device, 0) if permit else 0
            if permit and mask and permit.standing is Standing.VALID and not ended(permit, now):
                self._put(permit, mask, book, now)
            else:
                self._drop(one, now)
        self.unsealed = True
        return len(several)

    def seal(self, book: Book, reach: Reach, holidays: Sequence[Json], zone: int, now: Now) -> bool:
        """All was looked at: make of it what is wanted. Returns whether that differs from what was said to be."""
        self.unsealed = False
        if self._kept:
            self._drop(self._kept, now)
            self._kept = ""
        if self.version and self.members and not self.emptied and not any(self._packed):
            self._keep_one(book, reach, now)
        users = [user for user in self._users if user]
        if not users and not self.version:
            return False
        indices = {user[5] for user in users} - {0}
        level: dict[str, Json] = {
            "version": self.version,
            "zone": zone,
            "empty": self.emptied and not users,
            "users": users,
            "schedules": [[index, words] for index, words in book.schedule_words() if index in indices],
            "holidays": list(holidays) if indices else [],
        }
        new_sum = table_sum(level, b"".join(self._packed))
        if new_sum != self.sum or not self.version:
            self.version, self.sum = self.version % 0xFFFFFFFF + 1, new_sum
            level["version"] = self.version
        different = self.level is None or any(level[key] != self.level[key] for key in ("version", "zone", "empty"))
        self.level = level
        return different

    def _put(self, permit: Permit, mask: int, book: Book, now: Now) -> None:
        index = self.slots.take(permit.id, self.capacity, now)
        if index is None:
            self.unfit.add(permit.id)
            return
        self.unfit.discard(permit.id)
        if permit.id == self._kept:
            self._kept = ""
        user = [
            index,
            permit.credential,
            ceil(permit.from_utc),
            int(permit.until_utc),
            mask,
            book.schedule_index(permit.schedule),
            _CODE_FLAG if permit.kind is Credential.CODE else 0,
        ]
        while len(self._users) <= index:
            self._users.append(_ABSENT)
            self._packed.append(b"")
        if self._users[index] != user:
            self._users[index], self._packed[index] = user, packed_user(user)

    def _drop(self, permit: str, now: Now) -> None:
        self.unfit.discard(permit)
        index = self.slots.leave(permit, now)
        if index is not None and index < len(self._users):
            self._users[index], self._packed[index] = _ABSENT, b""

    def _keep_one(self, book: Book, reach: Reach, now: Now) -> None:
        """Time alone ended everybody: the last to end stays in, where he opens nothing."""
        last = max((book.permits[one] for one in self.members), key=lambda permit: (permit.until_utc, permit.id))
        self._put(last, reach.of(last.groups)[self.device], book, now)
        self._kept = last.id

    # ------------------------------------------------------------ what is held

    def hear(self, values: Mapping[str, Value]) -> bool:
        """Take the values of the group "permits"; returns whether what is remembered of it changed."""
        heard = self.heard
        before = (heard.version, heard.sum, self.capacity)
        capacity = values.get("user_capacity")
        if isinstance(capacity, int) and capacity > 0:
            self.capacity = min(capacity, USER_CAPACITY)
        version, total = values.get("permits_version"), values.get("permits_sum")
        if isinstance(version, int) and isinstance(total, int):
            heard.version, heard.sum = version, total
        heard.users = _whole(values.get("permits_users"), heard.users)
        heard.left = _whole(values.get("permits_left"), heard.left)
        heard.total = _whole(values.get("permits_total"), heard.total)
        if isinstance(state := values.get("permits_state"), str):
            heard.state = state
        return before != (heard.version, heard.sum, self.capacity)

    # ------------------------------------------------------------ memory

    def written(self) -> Remember:
        """All but the slots, which write themselves."""
        body: dict[str, Json] = {
            "version": self.version,
            "sum": self.sum,
            "emptied": self.emptied,
            "capacity": self.capacity,
        }
        body |= {"held": [self.heard.version, self.heard.sum], "since": self.since_utc, "current": self.was_current}
        return Remember(f"{TABLE}{self.device}", body)

    def load(self, body: Json) -> None:
        """The inverse of `written`."""
        self.version, self.sum = body["version"], body["sum"]
        self.emptied, self.capacity = body["emptied"], body["capacity"]
        self.heard.version, self.heard.sum = body["held"]
        self.since_utc, self.was_current = body["since"], body["current"]


def ended(permit: Permit, now: Now) -> bool:
    """Whether its time is over; a clock that is not trusted ends nothing."""
    return now.trusted and 0 < permit.until_utc <= now.utc


def _whole(value: Value, otherwise: int | None) -> int | None:
    return value if isinstance(value, int) else otherwise
