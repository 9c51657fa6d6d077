"""A word for something that can happen: where it happens, what it takes and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from simulator.door import Door
    from simulator.faults import Station

Argument: TypeAlias = str | int | float | bool | None
Arguments: TypeAlias = Mapping[str, Argument]


class ActRefused(ValueError):
    """An act that makes no sense where it is asked for, as a sentence."""


class At(Enum):
    """Where an act happens."""

    DOOR = "a door"
    CONTROLLER = "a controller"
    EITHER = "a door or a controller"
    SENSOR = "a sensor"
    RECEIVER = "a receiver"
    LOCKER = "a parcel locker"
    COMPARTMENT = "a compartment"
    CHARGER = "a charger"
    PORT = "a port"
    CONTACTOR = "a contactor"
    MAINS = "the mains"
    UPS = "a power supply"
    MQTT = "a device on MQTT"
    """Whatever it is: what happens to its network side."""


class Word(Protocol):
    """What is known of a word before anything happens. `check` is as in `Verb`."""

    @property
    def at(self) -> At:
        """Where it happens."""
        ...

    @property
    def arguments(self) -> Mapping[str, tuple[type, ...]]:
        """Its arguments with their types."""
        ...

    @property
    def check(self) -> Callable[[int, Arguments], None] | None:
        """Refuses arguments that name nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Verb:
    """A word for a door or a controller: where it happens, its arguments with their types, and what it does.

    `do` returns whether it had an effect: nobody walks through a locked door. `check` refuses, for a door number or 0,
    arguments of the right type that name nothing.
    """

    at: At
    do: Callable[[Station, Door | None, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None


def number(arguments: Arguments, name: str, default: float) -> float:
    """A numeric argument."""
    value = arguments.get(name, default)
    return float(value) if isinstance(value, int | float) else default


def the_door(door: Door | None) -> Door:
    """The door of an act that happens at one."""
    if door is None:
        raise ActRefused("this happens at a door")
    return door
