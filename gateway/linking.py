"""What comes by one-time links: somebody pressed the button behind one, or came with one that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


@dataclass(frozen=True, slots=True)
class TakeByLink:
    """收到,马上去 by a link, which is used up with it.

    `mark` names the link and does not give it away; `until_utc` is how long it is good.
    """

    actor: Actor
    number: int
    mark: str
    until_utc: float


@dataclass(frozen=True, slots=True)
class WrongLinks:
    """So many came with links that are not ours, or of people who are no longer here; `why` is that of the last one."""

    actor: Actor
    count: int
    why: str


LinkAct: TypeAlias = TakeByLink | WrongLinks
