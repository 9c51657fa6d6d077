"""A compartment of a parcel locker as it stands, and how it is remembered: everything about it is in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from gateway.decide.deadline import Deadline
from gateway.model import NANOSECONDS, Now
from gateway.parcels import CompartmentState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Json

_HOUR_NS = 3600 * NANOSECONDS
_FOREVER_NS = 20 * 365 * 24 * _HOUR_NS


@dataclass(frozen=True, slots=True)
class Compartment:
    """What is known of a compartment. `open`, `occupied` and `fault` are what it showed last, None where it never did.

    `code` is the keyed hash of the code that opens it, "" where there is none. `stored` counts how long a parcel has lain in
    it, whatever the state, and is None while there is none. `order` is the courier's word for whom it is kept.
    """

    cabinet: str
    part: str
    state: CompartmentState = CompartmentState.UNKNOWN
    since_utc: float = 0.0
    open: bool | None = None
    occupied: bool | None = None
    fault: bool = False
    code: str = ""
    stored: Deadline | None = None
    overdue_steps: int = 0
    """How many of the three terms of an overdue parcel have passed."""
    order: str = ""
    reserved: Deadline | None = None
    ordered: Now | None = None
    """When it was last told to open."""
    awaited: bool = False
    """It was told to open, and its door has not moved yet."""
    tries: int = 0
    """How often in a row its door did not move."""
    opened: Now | None = None
    """Since when its door is open, as it showed or as the cabinet reported; None while it is closed."""
    untold: bool = False
    """Its door showed that it opened, and the cabinet has not reported it yet."""
    doubted: bool = False
    """It opened, and neither an order nor a report explains it yet."""
    ajar: bool = False
    worn: int = 0
    """How often it was ever told to open."""

    @property
    def key(self) -> str:
        """Its name: "locker3/c07"."""
        return f"{self.cabinet}/{self.part}"

    def hours_stored(self, now: Now) -> float | None:
        """For how many hours a parcel has lain in it; None where none does."""
        return None if self.stored is None else (_FOREVER_NS - self.stored.left(now)) / _HOUR_NS

    def reserved_until_utc(self, now: Now) -> float | None:
        """Until when it is kept for a courier; None where it is not."""
        return None if self.reserved is None else now.utc + self.reserved.left(now) / NANOSECONDS

    def to_json(self) -> Json:
        """As decide remembers it: only what is not as in a compartment of which nothing is known."""
        body: dict[str, Json] = {}
        for name, blank in _BLANK:
            value = getattr(self, name)
            if value != blank:
                body[name] = _plain(value)
        return body

    @classmethod
    def from_json(cls, key: str, body: Mapping[str, Json], now: Now) -> Compartment:
        """The inverse of `to_json`, for the compartment of that name; its times are counted on from `now`."""
        cabinet, _, part = key.rpartition("/")
        read = {name: _READ[name](value) if name in _READ else value for name, value in body.items()}
        return cls(cabinet, part, **read).counted_from(now)

    def counted_from(self, now: Now) -> Compartment:
        """The same, its times written as they are now."""
        stored = None if self.stored is None else self.stored.resumed(now)
        return replace(self, stored=stored, reserved=None if self.reserved is None else self.reserved.resumed(now))


def stopwatch(now: Now, began_utc: float | None = None) -> Deadline:
    """Counts how long something lasts, and survives restarts as deadlines do; it may have begun before now."""
    passed = 0.0 if began_utc is None or not now.trusted else max(0.0, now.utc - began_utc)
    return Deadline(now, _FOREVER_NS - int(passed * NANOSECONDS))


def elapsed_ns(at: Now | None, now: Now) -> int:
    """How long ago that was: after another boot at least as long as this one has lasted. What never was is long ago."""
    if at is None:
        return _FOREVER_NS
    if at.boot_id == now.boot_id:
        return now.boottime_ns - at.boottime_ns
    by_utc = int((now.utc - at.utc) * NANOSECONDS) if at.trusted and now.trusted else 0
    return max(by_utc, now.boottime_ns)


def _plain(value: object) -> Json:
    match value:
        case CompartmentState():
            return value.value
        case Deadline():
            return value.to_json()
        case Now():
            return list(value)
        case _:
            return value


_BLANK = tuple((field.name, field.default) for field in fields(Compartment)[2:])
_READ: Mapping[str, Callable[[Json], Any]] = {
    "state": CompartmentState,
    "stored": Deadline.from_json,
    "reserved": Deadline.from_json,
    "ordered": lambda body: Now(*body),
    "opened": lambda body: Now(*body),
}
