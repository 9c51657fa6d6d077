"""What stands behind one-time links: who a link is for, and how wrong ones are recorded without filling the disk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.actor import Actor, Role
from gateway.deliver.links import LinkInvalid
from gateway.linking import WrongLinks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.deliver.links import Link, Links
    from gateway.linking import LinkAct
    from gateway.model import Outcome

RECORDED_EVERY_SECONDS: Final = 60.0
"""Wrong links are journalled at most so often, with how many there were: whoever guesses must not fill the disk."""

NOBODY: Final = Actor("", "", Role.VIEWER, way="link")


@dataclass(frozen=True, slots=True)
class Answering:
    """A good link, and who came with it."""

    link: Link
    actor: Actor
    spent: bool


class AnswerLinks:
    """Reads links for the page. `person` gives the actor of a person's id, None for nobody who is still here."""

    def __init__(
        self,
        links: Links,
        person: Callable[[str], Actor | None],
        spent: Callable[[str], bool],
        act: Callable[[LinkAct], Awaitable[Sequence[Outcome]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.act = act
        self._links = links
        self._person = person
        self._spent = spent
        self._clock = clock
        self._wrong = 0
        self._recorded_at = float("-inf")

    async def read(self, token: str) -> Answering:
        """Who may answer what. Raises `LinkInvalid` for a link that is not ours, or of nobody, and has it recorded."""
        try:
            link = self._links.read(token)
        except LinkInvalid as wrong:
            await self._record(str(wrong))
            raise
        actor = self._person(link.person)
        if actor is None:
            why = "it is for somebody who is no longer here"
            await self._record(why)
            raise LinkInvalid(why)
        return Answering(link, actor, self._spent(link.mark))

    async def _record(self, why: str) -> None:
        self._wrong += 1
        if self._clock() - self._recorded_at >= RECORDED_EVERY_SECONDS:
            count, self._wrong, self._recorded_at = self._wrong, 0, self._clock()
            await self.act(WrongLinks(NOBODY, count, why))
