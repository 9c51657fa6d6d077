"""Chargers as the house speaks of them, and what people may ask for about them.

A *port* is a part of a charger, "shed3-pile1/p04". A *room* 车棚 is where chargers stand together, written in `compound.yaml`.
A *session* is one charging from plug to plug. A *stop* is an emergency stop: it stands until a person lifts it. Who may charge
is daily data: tags, known by their keyed hash alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


class Reach(Enum):
    """How far a stop goes."""

    PORT = "port"
    CHARGER = "charger"
    ROOM = "room"
    BUILDING = "building"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class StopCharging:
    """No current flows there any more, until a person lifts it. `what`: a port, charger, room or building; "" for all."""

    actor: Actor
    reach: Reach
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class LiftStop:
    """The place was looked at: its ports may be used again. Nothing is started by it, and no contactor closed."""

    actor: Actor
    stop: str
    note: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Something that a person shows at a charger. `tag` is its keyed hash (`drivers/credential.py`), 16 hex digits.

    `until_utc` in seconds since 1970, 0 for no end. A blocked tag is refused, and that is recorded. `note` names nobody.
    """

    tag: str
    label: str = ""
    until_utc: float = 0.0
    blocked: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class PutTags:
    """New and changed tags, all or nothing."""

    actor: Actor
    tags: tuple[Tag, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class DropTags:
    """These tags may not charge any more, and are forgotten."""

    actor: Actor
    tags: tuple[str, ...]
    reason: str


ChargingAct: TypeAlias = StopCharging | LiftStop | PutTags | DropTags
