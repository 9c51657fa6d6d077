"""Whose data it is, as the house speaks of it: assistance to an investigation 协助调查, and a person who is to be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.actor import Actor

INVESTIGATION: Final = "investigation:"
"""What the keys of remembered investigations begin with, and the kind of their log rows without the colon."""

LONGEST_SECONDS: Final = 31 * 86_400.0
"""The longest window of an investigation: the handing over of data is limited to what its purpose needs (PIPL, Art. 6)."""


class InvestigationState(Enum):
    """Where an investigation stands."""

    ASKED = "asked"
    """One person has entered it. Nothing can be taken out, nothing is held."""
    CONFIRMED = "confirmed"
    """A second person has looked at the document: the archive may be taken, and its slice is kept from retention."""
    REFUSED = "refused"
    RELEASED = "released"
    """The slice is under the rules of retention again, and no archive can be made."""


@dataclass(frozen=True, slots=True)
class Investigation:
    """A body that may ask (a police station, a court) wants to know what happened at some places in some time.

    `places` are buildings and devices as they were written, `devices` what that came to when it was asked. Persons are users:
    name and id. Times in seconds since 1970, 0 for what has not happened. `why_ended` says why it was refused or released.
    """

    id: str
    state: InvestigationState
    body: str
    document: str
    places: tuple[str, ...]
    devices: tuple[str, ...]
    from_utc: float
    to_utc: float
    reason: str
    asked_by: str
    asked_by_id: str
    asked_utc: float
    confirmed_by: str = ""
    confirmed_by_id: str = ""
    confirmed_utc: float = 0.0
    ended_by: str = ""
    ended_utc: float = 0.0
    why_ended: str = ""

    @property
    def held(self) -> bool:
        """Whether what happened at its devices in its window is kept from retention: from the second person on."""
        return self.state is InvestigationState.CONFIRMED

    def to_json(self) -> Json:
        """As decide remembers it, and as retention reads it: `held`, `devices`, `from_utc`, `to_utc`."""
        named = {name: getattr(self, name) for name in self.__slots__}
        told = {"state": self.state.value, "places": list(self.places), "devices": list(self.devices)}
        return {**named, **told, "held": self.held}

    @classmethod
    def from_json(cls, body: Json) -> Investigation:
        """The inverse of `to_json`."""
        told = {name: body[name] for name in cls.__slots__}
        several = {"places": tuple(body["places"]), "devices": tuple(body["devices"])}
        return cls(**{**told, **several, "state": InvestigationState(body["state"])})


@dataclass(frozen=True, slots=True)
class AskInvestigation:
    """The first of two persons enters what a body asks for. `places` are ids of buildings and devices."""

    actor: Actor
    body: str
    document: str
    places: tuple[str, ...]
    from_utc: float
    to_utc: float
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmInvestigation:
    """The second person, who is not the first."""

    actor: Actor
    investigation: str


@dataclass(frozen=True, slots=True)
class RefuseInvestigation:
    """It is not to be: by the second person, or taken back by the first."""

    actor: Actor
    investigation: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseInvestigation:
    """The body needs it no longer: what was held is under the rules of retention again."""

    actor: Actor
    investigation: str
    reason: str


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Nothing of these permits, which have ended, says any more whose they were. `person` is his mark in the ledger."""

    actor: Actor
    person: str
    permits: tuple[str, ...]
    reason: str


InvestigationAct: TypeAlias = AskInvestigation | ConfirmInvestigation | RefuseInvestigation | ReleaseInvestigation
PrivacyAct: TypeAlias = InvestigationAct | ErasePerson
