"""The stories that `gridpost rules explain` knows: what is seen where and when, by the part that a device plays in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Value

FLAT = "a smoke detector in a flat"
NEXT_FLAT = "a smoke detector in another flat of that building"
LANDING = "a smoke detector on a landing or in a lobby of that building"
GAS = "a gas detector in a flat"
CHARGER = "a charger with a smoke detector inside, or a detector in a charging room"
MAINS = "whatever tells of the mains in one building"
"""The parts."""

EVENING, NIGHT = 19, 3


@dataclass(frozen=True, slots=True)
class Step:
    """At so many seconds the points of these meanings, at whoever plays that part, show that."""

    at: float
    part: str
    shows: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Story:
    """`hour`: when it begins, by the clock of the compound."""

    name: str
    about: str
    steps: tuple[Step, ...]
    lasts: float
    hour: int = EVENING


STORIES = {
    story.name: story
    for story in (
        Story(
            "kitchen-smoke",
            "Somebody burns a dinner and nobody answers; after four minutes the window is open and the smoke is gone.",
            (Step(0, FLAT, {"smoke_alarm": True}), Step(240, FLAT, {"smoke_alarm": False})),
            330,
        ),
        Story(
            "stairwell-fire",
            "A flat burns; its neighbour and the stairwell follow.",
            (
                Step(0, FLAT, {"smoke_alarm": True}),
                Step(40, NEXT_FLAT, {"smoke_alarm": True}),
                Step(41, LANDING, {"smoke_alarm": True}),
            ),
            240,
        ),
        Story(
            "gas-leak",
            "A hose leaks in a kitchen; after five minutes the valve is shut.",
            (
                Step(0, GAS, {"gas_level": 12.0}),
                Step(30, GAS, {"gas_level": 22.0, "gas_alarm": True}),
                Step(300, GAS, {"gas_level": 0.0, "gas_alarm": False}),
            ),
            420,
        ),
        Story(
            "charging-fire",
            "A battery burns in a charging room.",
            (Step(0, CHARGER, {"charging_smoke": True, "smoke_alarm": True}),),
            120,
        ),
        Story(
            "power-cut-3am",
            "At three in the night the mains of a building fail, and come back after five minutes.",
            (
                Step(0, MAINS, {"mains_fail": True}),
                Step(300, MAINS, {"mains_fail": False}),
            ),
            480,
            NIGHT,
        ),
    )
}
