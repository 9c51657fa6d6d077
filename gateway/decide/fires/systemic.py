"""Detectors of many buildings at once: perhaps a clock, a radio or a forger. People go all the same; doors wait for a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import SYSTEMIC_ALARM
from gateway.model import Outcome, Place, Priority, Recorded, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.fires.evidence import Evidence
    from gateway.decide.known import Known
    from gateway.decide.timers import Timers
    from gateway.decide.watches import Watches
    from gateway.model import Now

BUILDINGS = 3
TOGETHER_SECONDS = 60.0

CROWD = "fire:crowd:"
_HELD = "fire_held:"
_SOURCE = "compound"
_KEY = f"{SYSTEMIC_ALARM}@{_SOURCE}"


class Systemic:
    """Whether too many buildings burn at once to be believed, and which fires are not confirmed because of it.

    `known` says what people call the buildings and the compound.
    """

    def __init__(
        self, remembered: Mapping[str, Json], known: Known, watches: Watches, evidence: Evidence, timers: Timers
    ) -> None:
        self._known = known
        self._watches = watches
        self._evidence = evidence
        self._timers = timers
        self.held = {name.removeprefix(_HELD): why for name, why in remembered.items() if name.startswith(_HELD)}

    def raised(self, building: str, now: Now) -> list[Outcome]:
        """A detector of that building found smoke or heat."""
        out = self._timers.start(CROWD + building, TOGETHER_SECONDS, now)
        crowd = sorted(timer.removeprefix(CROWD) for timer in self._timers if timer.startswith(CROWD))
        if len(crowd) < BUILDINGS:
            return out
        names = self._known.rules.power.names
        called = ", ".join(names.get(f"building:{each}", each) for each in crowd)
        why = f"smoke or heat in {len(crowd)} buildings within {TOGETHER_SECONDS:.0f} s: {called}"
        out += self._watches.say(SYSTEMIC_ALARM, _SOURCE, "", self._place(), abnormal=True, why=why, now=now)
        for each in crowd:
            for piece in self._evidence.live(each):
                out += self._watches.book.worse(piece.key, Priority.P1, why, now)
        return out

    def holds_back(self, building: str) -> bool:
        """Whether nothing follows by itself in that building now: too many burn, and its panel says nothing."""
        return self._watches.book.active(_KEY) and not self._evidence.panel(building)

    def hold(self, building: str, why: str) -> list[Outcome]:
        """A fire of that building would be confirmed, were it not one of so many. Said once."""
        if building in self.held:
            return []
        self.held[building] = why
        return [Remember(_HELD + building, why), Recorded("fire_held", building, {"why": why})]

    def free(self, building: str) -> list[Outcome]:
        """It is held no longer."""
        return [] if self.held.pop(building, None) is None else [Remember(_HELD + building, None)]

    def look(self, now: Now) -> list[Outcome]:
        """Once a second: it ends when so many buildings no longer show anything."""
        if not self._watches.book.active(_KEY):
            return []
        if sum(bool(self._evidence.live(building)) for building in self._evidence.buildings) >= BUILDINGS:
            return []
        return self._watches.say(SYSTEMIC_ALARM, _SOURCE, "", self._place(), abnormal=False, why="", now=now)

    def _place(self) -> Place:
        return Place(name=self._known.rules.power.names.get(_SOURCE, ""))
