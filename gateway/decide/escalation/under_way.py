"""Notices that are on their way: made, and not known to have arrived. They are remembered, so that no kill loses one.

A notice that its channel has taken stays here while its alarm waits for an answer: a receipt may still say that it failed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.decide.escalation.notice_json import NUMBER, notice_from_json, notice_to_json
from gateway.model import Remember
from gateway.notice import Fate, Noticed, Notify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.model import Outcome
    from gateway.notice import Notice

_NOTICE = "notice:"


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice, and whether its channel has taken it. `tried` are the channels of its person at its step so far."""

    notice: Notice
    tried: tuple[str, ...]
    taken: bool = False

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [notice_to_json(self.notice), list(self.tried), self.taken]

    @classmethod
    def from_json(cls, body: Json) -> Sent:
        """The inverse of `to_json`."""
        notice, tried, taken = body
        return cls(notice_from_json(notice), tuple(tried), taken)


class UnderWay:
    """The notices by number and by what they are about. Whatever changes them gives the outcomes that keep it."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self._of: dict[int, Sent] = {}
        self._about: dict[str, set[int]] = {}
        for key, body in remembered.items():
            if key.startswith(_NOTICE):
                self._hold(Sent.from_json(body))
        self._next: int = max(remembered.get(NUMBER, 1), max(self._of, default=0) + 1)

    def __len__(self) -> int:
        return len(self._of)

    def about(self, subject: str, step: int | None = None) -> Iterator[Sent]:
        """What is under way about a subject, of one step if it is given."""
        for number in sorted(self._about.get(subject, ())):
            if step is None or self._of[number].notice.step == step:
                yield self._of[number]

    def get(self, number: int) -> Sent | None:
        """What is under way under that number."""
        return self._of.get(number)

    def send(self, notice: Notice, tried: tuple[str, ...]) -> list[Outcome]:
        """Give a notice the next number and let it go; `tried` are the channels of its person at its step, its own included."""
        sent = Sent(replace(notice, number=self._next), tried)
        self._next += 1
        self._hold(sent)
        return [Remember(NUMBER, self._next), self._remember(sent), Notify(sent.notice)]

    def taken(self, sent: Sent) -> list[Outcome]:
        """Its channel has it."""
        if sent.taken:
            return []
        sent = replace(sent, taken=True)
        self._hold(sent)
        return [self._remember(sent)]

    def ended(self, sent: Sent) -> list[Outcome]:
        """Nothing more is to come of it."""
        number = sent.notice.number
        del self._of[number]
        about = self._about[sent.notice.subject]
        about.discard(number)
        if not about:
            del self._about[sent.notice.subject]
        return [Remember(f"{_NOTICE}{number}", None)]

    def withdrawn(self, subject: str, why: str) -> list[Outcome]:
        """What it is about needs nobody any more: what did not go out stays in the house."""
        out: list[Outcome] = []
        waiting: list[int] = []
        for sent in list(self.about(subject)):
            out += self.ended(sent)
            if not sent.taken:
                waiting.append(sent.notice.number)
        return [*out, Noticed(tuple(waiting), Fate.WITHDRAWN, why)] if waiting else out

    def _hold(self, sent: Sent) -> None:
        self._of[sent.notice.number] = sent
        self._about.setdefault(sent.notice.subject, set()).add(sent.notice.number)

    def _remember(self, sent: Sent) -> Remember:
        return Remember(f"{_NOTICE}{sent.notice.number}", sent.to_json())
