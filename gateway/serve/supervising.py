"""How far detectors were heard of, as decide counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

STATES: Final = ("unmounted", "unknown", "heard", "late", "lost")
"""How a detector may be: nothing hangs there, or what hangs there was not heard yet, in time, not for a while, not at all."""

MISSING: Final = ("unknown", "late", "lost")
"""States of which nobody can say that all is well."""


class Supervising(Protocol):
    """How far detectors were heard of: decide's own count."""

    @property
    def changes(self) -> int:
        """How often a detector's state has changed; the same number means the same states."""

    def counts(self, building: str, /) -> Mapping[str, int]:
        """How many detectors of a building are in each state; states without any may be left out."""
