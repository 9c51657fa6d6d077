"""How the mains and the box's own battery are watched, as an installer writes it, and what decide makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from gateway.config.written import Id, Written
from gateway.decide.power.areas import COMPOUND, area_of_building, area_of_grid
from gateway.decide.rules import PowerRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.findings import Finding
    from drivers.findings import Written as Where
    from gateway.config.compound import CompoundFile
    from gateway.config.plan import Plan

_NEEDED = ("mains_fail", "battery_level")


class Power(Written):
    """The uninterruptible power supply of the box on which the gateway runs. Power cuts are told without it too."""

    box: Id = Field(description="The device that tells of the box's own UPS: on a `nut` line, or a Modbus UPS.")
    low_percent: float = Field(
        default=20.0,
        ge=5,
        le=90,
        description="On battery and at this charge or less, people are told that it will not last.",
    )
    close_stores_percent: float = Field(
        default=10.0,
        ge=1,
        le=50,
        description="On battery and below this charge the stores of telemetry are put on disk and closed; the journal goes on.",
    )
    open_stores_percent: float = Field(
        default=15.0, ge=2, le=90, description="They are opened again when the mains are back and it is charged so far."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Power:
        if not self.close_stores_percent < self.open_stores_percent:
            raise ValueError("open_stores_percent must be above close_stores_percent")
        if self.low_percent < self.close_stores_percent:
            raise ValueError(
                "people must hear of it before the stores are closed: low_percent is below close_stores_percent"
            )
        return self


def power_rules(plan: Plan) -> PowerRules:
    """What decide needs to know."""
    grids = {building.id: building.grid or "" for building in plan.buildings}
    names = {
        **{area_of_building(building.id): building.name for building in plan.buildings},
        **{area_of_grid(grid.id): grid.name for grid in plan.grids},
        COMPOUND: plan.compound.name,
    }
    said = plan.power
    if said is None:
        return PowerRules(grids=grids, names=names)
    return PowerRules(said.box, said.low_percent, said.close_stores_percent, said.open_stores_percent, grids, names)


def check_power(files: Iterable[tuple[Where, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Complain about a UPS that is none."""
    if plan.power is None:
        return
    at = next(written.finding(("power", "box"), "") for written, file in files if file.power is not None)
    devices = (device for driver in plan.drivers.values() for device in driver.devices)
    ups = next((device for device in devices if device.id == plan.power.box), None)
    if ups is None:
        yield at.saying(f"there is no device {plan.power.box!r}")
        return
    told = {point.meaning for group in ups.groups for point in group.points}
    if missing := [meaning for meaning in _NEEDED if meaning not in told]:
        yield at.saying(f"{ups.id} ({ups.product}) does not tell {' and '.join(missing)}")
