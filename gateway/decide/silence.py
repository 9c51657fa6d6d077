"""Silence is not "fine": which groups were heard in time, and what it means for a device that fell silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.deadline import CHECKPOINT_NS
from gateway.model import Outcome, Remember, StaleSaid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.watches import Watches
    from gateway.model import Now

SILENCE = "silence"
"""Under which it is remembered how long slow groups were silent."""


def sweep(known: Known, watches: Watches, now: Now) -> Iterator[Outcome]:
    """One pass over the groups that may not be silent for long: those that were for longer than they may fall silent."""
    now_ns = now.boottime_ns
    for group in known.timed:
        if group.silent_ns is not None and not group.overdue and now_ns - group.heard_ns > group.silent_ns:
            group.overdue = True
            if not group.stale:
                yield _fall_silent(group, watches)
            yield from judge_silence(group.device, watches, now)


def silence_all(device: KnownDevice, watches: Watches) -> Iterator[Outcome]:
    """Its link is lost, or it was given up: what it said last is old at once."""
    for group in device.groups:
        if not group.stale and group.values is not None:
            yield _fall_silent(group, watches)


def speak_again(group: KnownGroup) -> Outcome:
    """What it says is fresh again."""
    group.stale = group.overdue = False
    return StaleSaid(group.device.id, group.number, stale=False)


def judge_silence(device: KnownDevice, watches: Watches, now: Now) -> list[Outcome]:
    """One alarm for one cause: a device whose link is lost has its own, and one behind a lost line has the line's."""
    if device.watches is None:
        return []
    silent = not device.down and any(group.overdue for group in device.groups)
    return watches.fact(device.watches.stale, now, abnormal=silent, why="no answer in time")


def begin_to_listen(device: KnownDevice, now: Now) -> None:
    """A link that is back gets its groups' whole allowance before their silence counts."""
    for group in device.groups:
        if group.overdue:
            group.heard_ns, group.overdue = now.boottime_ns, False


def remember_silence(known: Known, now: Now) -> Iterator[Outcome]:
    """How long each slow group has been silent: only where a restart could else lengthen the wait noticeably."""
    silence = {
        f"{group.device.id}/{group.number}": now.boottime_ns - group.heard_ns
        for group in known.timed
        if group.silent_ns is not None and group.silent_ns > CHECKPOINT_NS
    }
    if silence:
        yield Remember(SILENCE, silence)


def _fall_silent(group: KnownGroup, watches: Watches) -> Outcome:
    group.stale, group.settled = True, False
    watches.doubt(group.watched)
    return StaleSaid(group.device.id, group.number, stale=True)
