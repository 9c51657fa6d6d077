"""How often wrong codes were typed at a cabinet, and for how long it therefore takes none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.decide.deadline import Deadline
from gateway.decide.lockers.compartment import elapsed_ns
from gateway.model import NANOSECONDS, Now

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.decide.rules import LockerRules

_MINUTE_NS = 60 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class Keypad:
    """When wrong codes were typed lately, and until when it takes none.

    A right code does not wipe out wrong ones: whoever has a parcel of his own there could else guess for ever.
    """

    wrong: tuple[Now, ...] = ()
    locked: Deadline | None = None

    def is_locked(self, now: Now) -> bool:
        """Whether it takes no code."""
        return self.locked is not None and self.locked.left(now) > 0

    def locked_until_utc(self, now: Now) -> float | None:
        """Until when it takes no code; None when it does."""
        if self.locked is None or (left := self.locked.left(now)) <= 0:
            return None
        return now.utc + left / NANOSECONDS

    def wrong_code(self, rules: LockerRules, now: Now) -> Keypad:
        """One more wrong code: too many of them within the time that it would be locked for lock it."""
        lock_ns = int(rules.code_lock_minutes * _MINUTE_NS)
        wrong = (*(at for at in self.wrong if elapsed_ns(at, now) < lock_ns), now)
        return Keypad(locked=Deadline(now, lock_ns)) if len(wrong) >= rules.code_tries else Keypad(wrong)

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [[list(at) for at in self.wrong], None if self.locked is None else self.locked.to_json()]

    @classmethod
    def from_json(cls, body: Json, now: Now) -> Keypad:
        """The inverse of `to_json`; its lock is counted on from `now`."""
        wrong, locked = body
        keypad = cls(tuple(Now(*at) for at in wrong))
        return keypad if locked is None else replace(keypad, locked=Deadline.from_json(locked).resumed(now))
