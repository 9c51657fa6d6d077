"""What an installer asks for: a door commissioned, a controller replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


@dataclass(frozen=True, slots=True)
class AcceptSerial:
    """The controller of this device was replaced: from now on it has this serial number."""

    actor: Actor
    device: str
    serial: str
    reason: str


@dataclass(frozen=True, slots=True)
class BeginCommissioning:
    """A device's doors are gone through, check by check; begins anew where it was done before."""

    actor: Actor
    device: str


@dataclass(frozen=True, slots=True)
class SignCommissioning:
    """All checks are ticked (or `note` says why one is not) and this person signs the record."""

    actor: Actor
    device: str
    note: str = ""


InstallerAct: TypeAlias = AcceptSerial | BeginCommissioning | SignCommissioning
