"""What the page says of a detector, and how many there are of each: counted as they change, never gone through."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.decide.rules import DeviceRules


class State(StrEnum):
    """Whether anything hangs there, and whether it was heard.

    After a start, and after it was hung up, a sensor is unknown until it is heard; one that was heard before is late, here as
    ever, once it was not heard for as long as its product allows.
    """

    UNMOUNTED = "unmounted"
    UNKNOWN = "unknown"
    HEARD = "heard"
    LATE = "late"
    LOST = "lost"


class States:
    """The states by detector. `changes` rises with each change."""

    def __init__(self) -> None:
        self.of: dict[str, State] = {}
        self.changes = 0
        self._where: dict[str, tuple[str, str]] = {}
        self._counts: dict[tuple[str, str], Counter[str]] = {}

    def build(self, detectors: Iterable[tuple[str, DeviceRules]]) -> None:
        """Other detectors: those that stay keep their states, new ones have nothing hanging there."""
        before, self.of = self.of, {}
        shared: dict[tuple[str, str], tuple[str, str]] = {}
        self._where.clear()
        self._counts.clear()
        for device, rules in detectors:
            kind = rules.detector.kind if rules.detector is not None else ""
            where = (rules.place.building, kind)
            self._where[device] = shared.setdefault(where, where)
            self.of[device] = state = before.get(device, State.UNMOUNTED)
            self._counts.setdefault(where, Counter())[state] += 1
        self.changes += 1

    def put(self, device: str, state: State) -> None:
        """A detector is so now."""
        before = self.of[device]
        if before is state:
            return
        self.of[device] = state
        counts = self._counts[self._where[device]]
        counts[before] -= 1
        counts[state] += 1
        self.changes += 1

    def counts(self, building: str, kind: str = "") -> Mapping[str, int]:
        """How many detectors of a building are in each state; of one kind, or of all."""
        total: Counter[str] = Counter()
        for (where, of_kind), counts in self._counts.items():
            if where == building and kind in ("", of_kind):
                total.update(counts)
        return total
