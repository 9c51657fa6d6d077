"""Revocations that are not over: a card opens as long as one controller holds a table that still has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.permits.states import Task
from gateway.decide.permits.written import TASK
from gateway.decide.privacy.forgetting import without
from gateway.model import Recorded, Remember

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from drivers.contract import Json
    from gateway.model import Now, Outcome

CLOSED_KEPT = 100
"""How many closed tasks are kept for people to look at."""


class Revoking:
    """All tasks by id, the oldest first."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        found = (_from_json(key.removeprefix(TASK), body) for key, body in remembered.items() if key.startswith(TASK))
        self.tasks: dict[str, Task] = {task.id: task for task in sorted(found, key=lambda task: int(task.id[1:]))}

    def open(self, task: Task) -> Iterator[Outcome]:
        """A revocation begins; with no controller to wait for it is over at once."""
        self.tasks[task.id] = task
        yield Remember(TASK + task.id, _to_json(task))
        yield Recorded(
            "revocation", task.id, {**_told(task), "reason": task.reason, "permits": len(task.permits)}, task.by
        )
        if not task.open:
            yield from self._closed(task, task.at_utc)

    def reached(self, device: str, now: Now) -> Iterator[Outcome]:
        """This controller holds all that is wanted of it."""
        for task in list(self.tasks.values()):
            if device in task.open:
                yield from self._without(task, {device}, (*task.done, device), now)

    def forget(self, names: Collection[str], named: Collection[str]) -> Iterator[Outcome]:
        """Say these names in no task any more, and no household of which nobody's permit is left among the `named` ones."""
        for task in list(self.tasks.values()):
            household = task.household if any(permit in named for permit in task.permits) else ""
            left = replace(task, household=household, reason=without(task.reason, names))
            if left != task:
                self.tasks[task.id] = left
                yield Remember(TASK + task.id, _to_json(left))

    def keep_only(self, devices: Iterable[str], now: Now) -> Iterator[Outcome]:
        """Controllers that the configuration no longer has are waited for no longer."""
        known = set(devices)
        for task in list(self.tasks.values()):
            if gone := set(task.open) - known:
                yield from self._without(task, gone, task.done, now)

    def _without(self, task: Task, gone: set[str], done: tuple[str, ...], now: Now) -> Iterator[Outcome]:
        left = replace(task, open=tuple(device for device in task.open if device not in gone), done=done)
        self.tasks[task.id] = left
        yield Remember(TASK + task.id, _to_json(left))
        if not left.open:
            yield from self._closed(left, now.utc)

    def _closed(self, task: Task, utc: float) -> Iterator[Outcome]:
        closed = self.tasks[task.id] = replace(task, closed_utc=utc)
        yield Remember(TASK + task.id, _to_json(closed))
        yield Recorded("revocation", task.id, {**_told(closed), "closed": True}, task.by)
        old = [one.id for one in self.tasks.values() if one.closed_utc is not None][:-CLOSED_KEPT]
        for one in old:
            del self.tasks[one]
            yield Remember(TASK + one, None)


def _told(task: Task) -> dict[str, Json]:
    """Of a task, what a log row may say."""
    return {"household": task.household, "open": list(task.open), "done": list(task.done), "closed": False}


def _to_json(task: Task) -> Json:
    return {
        "household": task.household,
        "permits": list(task.permits),
        "by": task.by,
        "reason": task.reason,
        "at": task.at_utc,
        "open": list(task.open),
        "done": list(task.done),
        "closed": task.closed_utc,
    }


def _from_json(task: str, body: Json) -> Task:
    return Task(
        task,
        body["household"],
        tuple(body["permits"]),
        body["by"],
        body["reason"],
        body["at"],
        tuple(body["open"]),
        tuple(body["done"]),
        body["closed"],
    )
