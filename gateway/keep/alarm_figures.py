"""How many alarms people have to look at, and how they fare: the figures of ISA-18.2 and EEMUA 191 out of the journal's log.

One pass over the rows of kind "alarm" and "notice" between two moments, by the clock of the box as it was. Tests and trials are
no load and are left out. Durations are taken by CLOCK_BOOTTIME within a boot, and across boots where the clock was believed.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gateway.model import NANOSECONDS, Change

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping, Sequence

WINDOW_SECONDS = 600.0
"""Alarms are counted per ten minutes."""

TOO_MANY = 10
"""More than these in one window are more than a person can look at (ISA-18.2-2016: in under 1 % of the windows)."""

TOP = 10

_ALARMS = """
    SELECT boot, boottime, utc, trusted, json_extract(body, '$.change', '$.announce', '$.actor', '$.alarm.number',
        '$.alarm.source', '$.alarm.rule', '$.alarm.priority', '$.alarm.place.grid', '$.alarm.test', '$.alarm.trial',
        '$.alarm.stale', '$.alarm.chattering', '$.alarm.verdict')
    FROM log WHERE kind = 'alarm' AND utc >= ? AND utc < ? ORDER BY seq"""
_NOTICES = """
    SELECT utc, json_extract(body, '$.person', '$.subject', '$.place.grid', '$.test', '$.trial')
    FROM log WHERE kind = 'notice' AND utc >= ? AND utc < ? ORDER BY seq"""

_CALLS = (Change.RAISED.value, Change.UNSUPPRESSED.value)


@dataclass(frozen=True, slots=True)
class Load:
    """How many new alarms: in all, in ten minutes on average and at worst, and in which share of the windows too many."""

    annunciations: int
    mean: float
    worst: int
    share_over: float


@dataclass(frozen=True, slots=True)
class Answers:
    """How many alarms were taken, how soon (seconds, None for none), and what was found: real or false alarms."""

    taken: int
    p50_seconds: float | None
    p90_seconds: float | None
    real: int
    false: int


class Source(NamedTuple):
    """Where many alarms come from: a rule at a source, how many, and which share of its grid's."""

    rule: str
    source: str
    annunciations: int
    share: float


@dataclass(frozen=True, slots=True)
class GridFigures:
    """A grid. `by_priority` counts the new alarms; `stale` and `chattering` the alarms that were so at some time."""

    grid: str
    load: Load
    by_priority: Mapping[int, int]
    stale: int
    chattering: int
    top: tuple[Source, ...]
    answers: Answers


@dataclass(frozen=True, slots=True)
class Figures:
    """Grids, the load of each person by id (from the notices to them), and who took and verified alarms by name."""

    grids: tuple[GridFigures, ...]
    told: Mapping[str, Load]
    answered: Mapping[str, Answers]


class _Moment(NamedTuple):
    boot: str
    boottime: int
    utc: float
    trusted: bool

    def seconds_since(self, earlier: _Moment) -> float | None:
        if self.boot == earlier.boot:
            return (self.boottime - earlier.boottime) / NANOSECONDS
        return self.utc - earlier.utc if self.trusted and earlier.trusted else None


class _Said(NamedTuple):
    change: str
    announce: bool
    actor: str
    number: int
    source: str
    rule: str
    priority: int
    grid: str
    test: bool
    trial: bool
    stale: bool | None
    chattering: bool | None
    verdict: str | None


@dataclass(slots=True)
class _Answering:
    delays: list[float] = field(default_factory=list)
    taken: int = 0
    verdicts: dict[int, str] = field(default_factory=dict)

    def figures(self) -> Answers:
        found = Counter(self.verdicts.values())
        delays = sorted(self.delays)
        return Answers(self.taken, _percentile(delays, 0.5), _percentile(delays, 0.9), found["real"], found["false"])


@dataclass(slots=True)
class _Grid:
    windows: Counter[int] = field(default_factory=Counter)
    priorities: Counter[int] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    stale: set[int] = field(default_factory=set)
    chattering: set[int] = field(default_factory=set)
    answers: _Answering = field(default_factory=_Answering)


def alarm_figures(
    connection: sqlite3.Connection, start_utc: float, end_utc: float, grids: Collection[str] = ()
) -> Figures:
    """The figures between two moments; of some grids alone if any are given, and then of what people did in these."""
    found: defaultdict[str, _Grid] = defaultdict(_Grid)
    people: defaultdict[str, _Answering] = defaultdict(_Answering)
    waiting: dict[int, _Moment] = {}
    for *moment, text in connection.execute(_ALARMS, (start_utc, end_utc)):
        said, at = _Said(*json.loads(text)), _Moment(*moment)
        if said.test or said.trial or (grids and said.grid not in grids):
            continue
        grid = found[said.grid]
        _count(grid, said, int((at.utc - start_utc) // WINDOW_SECONDS))
        if said.announce and said.change in _CALLS:
            waiting.setdefault(said.number, at)
        elif said.change == Change.SUPPRESSED.value:
            waiting.pop(said.number, None)
        elif said.change == Change.ACKED.value:
            since = waiting.pop(said.number, None)
            for answers in (grid.answers, people[said.actor]):
                answers.taken += 1
                if since is not None and (seconds := at.seconds_since(since)) is not None:
                    answers.delays.append(seconds)
        elif said.change == Change.VERIFIED.value and said.verdict:
            for answers in (grid.answers, people[said.actor]):
                answers.verdicts[said.number] = said.verdict
    windows = max(1, math.ceil((end_utc - start_utc) / WINDOW_SECONDS))
    return Figures(
        tuple(_figures(grid, found[grid], windows) for grid in sorted(found)),
        _told(connection, start_utc, end_utc, grids, windows),
        {name: people[name].figures() for name in sorted(people)},
    )


def _count(grid: _Grid, said: _Said, window: int) -> None:
    if said.announce and said.change in _CALLS:
        grid.windows[window] += 1
        grid.priorities[said.priority] += 1
        grid.sources[said.rule, said.source] += 1
    if said.stale:
        grid.stale.add(said.number)
    if said.chattering:
        grid.chattering.add(said.number)


def _figures(name: str, grid: _Grid, windows: int) -> GridFigures:
    load = _load(grid.windows, windows)
    top = (Source(*key, count, count / load.annunciations) for key, count in grid.sources.most_common(TOP))
    priorities = {priority: grid.priorities[priority] for priority in (1, 2, 3, 4)}
    return GridFigures(
        name, load, priorities, len(grid.stale), len(grid.chattering), tuple(top), grid.answers.figures()
    )


def _told(
    connection: sqlite3.Connection, start_utc: float, end_utc: float, grids: Collection[str], windows: int
) -> dict[str, Load]:
    """What each person was told of: an alarm over several channels, or again within the window, is one."""
    seen: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
    for utc, text in connection.execute(_NOTICES, (start_utc, end_utc)):
        person, subject, grid, test, trial = json.loads(text)
        if person and subject.startswith("alarm:") and not (test or trial) and (not grids or grid in grids):
            seen[person].add((int((utc - start_utc) // WINDOW_SECONDS), subject))
    return {person: _load(Counter(window for window, _ in seen[person]), windows) for person in sorted(seen)}


def _load(counts: Counter[int], windows: int) -> Load:
    total, over = counts.total(), sum(count > TOO_MANY for count in counts.values())
    return Load(total, total / windows, max(counts.values(), default=0), over / windows)


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """By the nearest rank; None of nothing."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None
