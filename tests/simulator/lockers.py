"""A cabinet on the test bench, and somebody in charge who allows what he is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.agenda import Agenda
from simulator.cabinet import Cabinet
from simulator.mqtt_device import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_795_345_200.0  # 19:00 in Shanghai


@dataclass
class Said:
    stream: Stream
    body: Mapping[str, Any]
    at: float


@dataclass
class Mouth:
    """Hears everything."""

    said: list[Said] = field(default_factory=list)
    away: bool = False

    def say(self, stream: Stream, data: Mapping[str, Any], now: float) -> str:
        if self.away:
            return ""
        self.said.append(Said(stream, data, now))
        return f"m{len(self.said)}"

    def events(self) -> list[Mapping[str, Any]]:
        return [one.body for one in self.said if one.stream is Stream.EVENT]

    def states(self) -> list[Mapping[str, Any]]:
        return [one.body for one in self.said if one.stream is Stream.STATE]


@dataclass
class Bench:
    """A cabinet with its agenda."""

    mouth: Mouth = field(default_factory=Mouth)
    agenda: Agenda = field(default_factory=Agenda)
    answers: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cabinet = Cabinet("locker2", 7, self.agenda, NOW)
        self.cabinet.fit(self.mouth, lambda question, answer, _now: self.answers.append((question, answer)))

    def advance(self, now: float) -> None:
        self.agenda.advance(now)
