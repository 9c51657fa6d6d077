"""What people do at this house that moves nothing in it, and yet must be readable for years.

An export, a look into somebody's data, a changed account, a configuration that was taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.actor import Actor

KIND = "audit"
"""The kind of its log rows."""


@dataclass(frozen=True, slots=True)
class Audited:
    """Somebody did something: `what` is a word such as "export", `subject` names what it was about, without a person's name.

    `body` names no person and no card. Nothing is refused: it happened.
    """

    actor: Actor
    what: str
    subject: str
    reason: str = ""
    body: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TellHead:
    """The audit's head is to leave the box: `head` in hex stands at row `seq`; `to` as in `gateway.notice.Tell`."""

    actor: Actor
    seq: int
    head: str
    to: tuple[str, ...]


AuditAct: TypeAlias = Audited | TellHead

HEAD_SUBJECT = "audit:head"
"""What the notices about the head are about."""
