"""Detectors as the house speaks of them, and what people may ask for about them.

A *detector* is a place where one is to hang (`b3-2-501-smoke`), written in `compound.yaml`; its history stays with the place. A
*sensor* is the thing that hangs there, known by its radio address. Sensors, where they hang, and their sealed keys are daily
data: kept in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


@dataclass(frozen=True, slots=True)
class StockSensor:
    """A sensor as its supplier's list has it.

    `address`: 12 capital hex digits. `sealed_key`: `drivers/sealed_key.py`. `label`: what is printed on it, "" for the address.
    `detector`: where it hangs already, "" for one in stock.
    """

    address: str
    product: str
    sealed_key: str = field(repr=False)
    label: str = ""
    detector: str = ""


@dataclass(frozen=True, slots=True)
class ImportSensors:
    """Take a supplier's list (or a list of what hangs where), all of it or nothing; `dry`: say only what would change."""

    actor: Actor
    sensors: tuple[StockSensor, ...]
    dry: bool = False


@dataclass(frozen=True, slots=True)
class DropSensors:
    """Take sensors out of the stock for good. One that hangs somewhere is refused: take it down first."""

    actor: Actor
    addresses: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class MountSensor:
    """This sensor hangs here now. `sensor` is an address, a label or the last four or more digits of an address.

    One that hung here goes out of service and stays in the record; `reason` is needed then.
    """

    actor: Actor
    detector: str
    sensor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TakeDownSensor:
    """Nothing hangs here any more; the sensor goes back into the stock, or for good where `gone`."""

    actor: Actor
    detector: str
    reason: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class BeginRound:
    """An installer walks: the sensor whose test button is pressed next takes the next free place of `detectors`, in that order.

    Two may walk at once, each with a round of his own. A round ends by itself an hour after the last press.
    """

    actor: Actor
    detectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeInRound:
    """This sensor takes the round's next place: by label or address, or because several were pressed and this is the one."""

    actor: Actor
    round: str
    sensor: str


@dataclass(frozen=True, slots=True)
class SkipInRound:
    """Nobody opens: on to the next place."""

    actor: Actor
    round: str


@dataclass(frozen=True, slots=True)
class UndoInRound:
    """The last one was wrong: take it down again, and go back to its place."""

    actor: Actor
    round: str


@dataclass(frozen=True, slots=True)
class EndRound:
    """The round is over."""

    actor: Actor
    round: str


@dataclass(frozen=True, slots=True)
class BeginBatteryChange:
    """The battery of this detector is being changed: for `minutes` its counter may begin anew, once."""

    actor: Actor
    detector: str
    minutes: int = 30


@dataclass(frozen=True, slots=True)
class BeginWalkTest:
    """These detectors are tested one by one; what they say is a test until the walk ends or `minutes` have passed."""

    actor: Actor
    detectors: tuple[str, ...]
    minutes: int = 120


@dataclass(frozen=True, slots=True)
class EndWalkTest:
    """The walk is over; its report stands."""

    actor: Actor
    walk: str


DetectorAct: TypeAlias = (
    ImportSensors
    | DropSensors
    | MountSensor
    | TakeDownSensor
    | BeginRound
    | TakeInRound
    | SkipInRound
    | UndoInRound
    | EndRound
    | BeginBatteryChange
    | BeginWalkTest
    | EndWalkTest
)
