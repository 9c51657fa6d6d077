"""Cause and effect as the judgement has it: the rows of the table, and what each rule is evidence of.

The table is written in `gateway/config/effects.yaml` and under `effects:` of the configuration; nothing else says what an alarm
does by itself (domain 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json


class Kind(Enum):
    """What an alarm of a rule is evidence of."""

    SMOKE = "smoke"
    HEAT = "heat"
    CO = "co"
    GAS = "gas"
    PANEL = "panel"


class HowFar(Enum):
    """How far charging is stopped."""

    NONE = "none"
    ROOM = "room"
    """The charging room in which the alarm's device stands; a charger without one stops alone."""
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class Switch:
    """A command to a device, such as a lift's signal. `repeatable`: done twice it is as if it were done once."""

    device: str
    command: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What follows from an alarm of one of the rules `when`, beside people being told."""

    name: str
    when: tuple[str, ...]
    release: bool = False
    """The escape doors of the building are released, until a person resets the alarm."""
    stop_charging: HowFar = HowFar.NONE
    freeze_lockers: bool = False
    """No parcel locker of the building opens."""
    switch: tuple[Switch, ...] = ()
    note: str = ""

    @property
    def acts(self) -> bool:
        """Whether anything is moved by it."""
        stops = self.stop_charging is not HowFar.NONE
        return self.release or stops or self.freeze_lockers or bool(self.switch)


SHIPPED_KINDS: Mapping[str, Kind] = {
    "smoke": Kind.SMOKE,
    "charging_smoke": Kind.SMOKE,
    "heat": Kind.HEAT,
    "hot": Kind.HEAT,
    "temperature_rise": Kind.HEAT,
    "co": Kind.CO,
    "co_dose": Kind.CO,
    "gas": Kind.GAS,
    "gas_high": Kind.GAS,
    "gas_rising": Kind.GAS,
    "fire_input": Kind.PANEL,
}
"""What the shipped rules are evidence of."""

STANDING_SECONDS = 180.0
"""A verified detector that still shows fire after three minutes confirms it (domain 4.4): dinner is over by then."""


@dataclass(frozen=True, slots=True)
class FireRules:
    """What the configuration says of fires. `standing_seconds` None: a single detector of a flat never confirms."""

    rows: tuple[Row, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=lambda: SHIPPED_KINDS)
    standing_seconds: float | None = STANDING_SECONDS


NOTHING_FOLLOWS = FireRules()
"""No table: alarms do nothing by themselves."""
