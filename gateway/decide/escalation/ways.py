"""Whom a step means, and by which channels they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from gateway.decide.escalation.policy import RING, SITE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gateway.decide.escalation.policy import ChannelRules
    from gateway.duty import Reach

_CHANNEL = "channel:"


class Staff(Protocol):
    """What escalation asks of people; see `gateway.decide.people.people.People`."""

    def in_role(self, grid: str, role: str, /) -> tuple[str, ...]:
        """Who has a role of a grid's team, looked up through its parents; "person:" and "department:" mean themselves."""

    def reach(self, whom: str, /) -> tuple[Reach, ...]:
        """Every way to a person or department, the best one first."""


class Told(NamedTuple):
    """One person, and the channels by which they are told now. `person` is "" for channels that are no person's."""

    person: str
    channels: tuple[str, ...]


class Ways:
    """Looks persons and channels up. Nothing here is remembered."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff
        self.channels: Mapping[str, ChannelRules] = {}
        """Those of the rules in force."""

    def told(self, to: Iterable[str], grid: str, by: Collection[str]) -> list[Told]:
        """Whom these words mean, each of them once, with the channels for it. Who cannot be reached is left out."""
        found: dict[str, Told] = {}
        sounding: dict[str, None] = {}
        for word in to:
            if word == SITE:
                sounding.update((name, None) for name, rules in self.channels.items() if not rules.personal)
            elif word.startswith(_CHANNEL):
                sounding.update({word.removeprefix(_CHANNEL): None} if self._site(word) else {})
            else:
                for person in self._staff.in_role(grid, word):
                    if person not in found and (channels := self.by(person, by)):
                        found[person] = Told(person, channels)
        if sounding:
            found[""] = Told("", tuple(sounding))
        return list(found.values())

    def by(self, person: str, by: Collection[str]) -> tuple[str, ...]:
        """The channels for one person: all of them, or the best one of these ways.

        Whoever has none of these is told by the best way that there is; a call is the last one.
        """
        every = self.every(person)
        if not by:
            return every
        fitting = [name for name in every if self.channels[name].way in by]
        quiet = [name for name in every if self.channels[name].way != RING]
        return tuple((fitting or quiet or list(every))[:1])

    def once_more(
        self, told: Iterable[Told], persons: Iterable[str], by: Collection[str], *, quiet: bool
    ) -> list[Told]:
        """These, and these persons too, each of them once; `quiet`: no call, and nothing that is no person's."""
        found = {each.person: each for each in told}
        for person in persons:
            if person not in found and (channels := self.by(person, by)):
                found[person] = Told(person, channels)
        if not quiet:
            return list(found.values())
        hushed = (Told(each.person, self._hushed(*each)) for each in found.values() if each.person)
        return [each for each in hushed if each.channels]

    def quiet(self, person: str) -> tuple[str, ...]:
        """All channels of a person that do not ring; where nothing else is left, those that do."""
        every = self.every(person)
        return tuple(name for name in every if self.channels[name].way != RING) or every

    def every(self, person: str) -> tuple[str, ...]:
        """All channels of a person that there are, each once, the best one first."""
        return tuple(dict.fromkeys(way.channel for way in self._staff.reach(person) if way.channel in self.channels))

    def _hushed(self, person: str, channels: Iterable[str]) -> tuple[str, ...]:
        quiet = tuple(name for name in channels if self.channels[name].way != RING)
        return quiet or self.quiet(person)[:1]

    def _site(self, word: str) -> bool:
        rules = self.channels.get(word.removeprefix(_CHANNEL))
        return rules is not None and not rules.personal
