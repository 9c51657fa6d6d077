"""What goes out to people: notices, what becomes of them, and what parts of the judgement wish to be told.

A `Tell` says what and to whom by role; escalation makes `Notice`s of it, one for each person and channel. A notice is on disk
before it is sent, and what became of it comes back as `NoticesSaid`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.model import Place, Priority


class Fate(Enum):
    """What became of a notice."""

    WAITING = "waiting"
    """On disk, in its channel's queue."""
    SENT = "sent"
    """The channel's server has it. Where a channel has no receipts, this is all that will be known."""
    DELIVERED = "delivered"
    """The person's phone has it."""
    ANSWERED = "answered"
    """The person pressed a key or a button: the act itself comes down the road as any other."""
    FAILED = "failed"
    """The channel gave it up; the next one is tried."""
    FOLDED = "folded"
    """It went out in a digest with others."""
    WITHDRAWN = "withdrawn"
    """What it was about was answered before it went out."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person over one channel.

    `number` counts up for ever. `kind` names the text (`notice.<kind>` in `dashboards/texts`): raised, escalated, updated,
    cleared, shelf_ended, incident, incident_late, whistle, hand_over, hand_over_late, duty_kept, nobody, proof, test,
    restored, digest. `person` is a person's or a department's id, "" for a channel that is no person's (a siren, an MQTT
    topic). `subject` is what it is about, "alarm:12" or "incident:17". `why` is the alarm's own sentence; `first` stands
    before all else (doors that are not open). `facts` fill the text. Names, faces and card numbers are nowhere in it.
    """

    number: int
    channel: str
    person: str
    kind: str
    priority: Priority
    subject: str
    place: Place
    made_utc: float
    rule: str = ""
    why: str = ""
    first: str = ""
    step: int = 0
    trial: bool = False
    test: bool = False
    simulated: bool = False
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tell:
    """A part of the judgement wants people to be told of something that is no alarm, or not in an alarm's way.

    `to` names whom: a role of the grid's team ("duty", "leader", "property" ...), "person:zhang" or "department:gas".
    Escalation takes it out of the outcomes and puts `Notify`s in its place; it never reaches the disk itself.
    """

    kind: str
    priority: Priority
    subject: str
    to: tuple[str, ...]
    place: Place
    why: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notify:
    """A notice is to go out: a log row of kind "notice", and a row of what waits to be sent, in the road's transaction."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of some notices: a log row of kind "noticed"."""

    numbers: tuple[int, ...]
    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True)
class NoticesSaid:
    """A channel says what became of some notices. `utc` is when, by our clock."""

    numbers: tuple[int, ...]
    fate: Fate
    why: str
    utc: float
