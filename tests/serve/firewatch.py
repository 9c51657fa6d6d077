"""Trials and drills for tests of the HTTP face: decide's own, over the buildings of the small compound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.fires.table import HowFar, Row, Switch
from gateway.decide.fires.trials import Trials
from gateway.decide.known import Known
from gateway.decide.rules import DeviceRules, Rules
from gateway.model import Place

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.model import Now, Outcome
    from gateway.safety import SafetyAct

BUILDINGS = {"b1": "g1", "b2": "g2"}
STAFF = ("zhang", "li")
ROWS = (
    Row(
        "fire_panel",
        ("fire_input",),
        True,
        HowFar.BUILDING,
        True,
        (Switch("lift1", "relay1.switch", {"on": True}),),
        "主机",
    ),
    Row("gas", ("gas", "gas_high"), note="不动电"),
)


class Firewatch:
    """What stands behind the routes of fire safety."""

    rows = ROWS

    def __init__(self) -> None:
        known = Known()
        known.rules = Rules(
            {},
            {},
            {f"d{building}": DeviceRules("l1", Place(building, grid=grid), ()) for building, grid in BUILDINGS.items()},
        )
        self._trials = Trials({}, known)
        self.trials = self._trials.of
        self.drills = self._trials.drills
        self.would_have = self._trials.would_have

    def act(self, act: SafetyAct, now: Now) -> list[Outcome]:
        """Allow or refuse."""
        return self._trials.act(act, STAFF, now)

    def would_have_done(self, building: str, body: Json) -> None:
        """Something would have followed there."""
        self._trials.note(building, body)
