"""Long work that is under way, for the bars on the page: what it is, how far it is, and how it ended."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

WorkKind: TypeAlias = Literal["permit_sync", "export", "backfill", "backup", "import", "prune", "verify"]
WorkState: TypeAlias = Literal["running", "done", "failed"]

REMEMBERED = 10
"""Of what has ended: enough for whoever looked away for a moment."""


@dataclass(slots=True)
class Work:
    """One piece of work. `by` is the id of whoever asked for it, "" for the house itself; `title` names no person.

    `done` may be set from the thread that works. `total` None: nobody knows how much it is, and `done` counts on.
    """

    id: str
    kind: WorkKind
    title: str
    since_utc: float
    by: str = ""
    done: int = 0
    total: int | None = None
    state: WorkState = "running"


class Works:
    """What is being done in this process, and what was done last."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._running: dict[str, Work] = {}
        self._ended: deque[Work] = deque(maxlen=REMEMBERED)
        self._peaks: dict[str, int] = {}

    @contextmanager
    def doing(
        self, kind: WorkKind, title: str, utc: float, *, by: str = "", total: int | None = None
    ) -> Iterator[Work]:
        """A piece of work for as long as the block takes; it failed when the block raises, or says so itself."""
        work = Work(f"{kind}-{next(self._numbers)}", kind, title, utc, by, total=total)
        self._running[work.id] = work
        try:
            yield work
        except BaseException:
            work.state = "failed"
            raise
        finally:
            del self._running[work.id]
            if work.state == "running":
                work.state = "done"
            self._ended.append(work)

    def known(self) -> Iterator[Work]:
        """What is under way, oldest first, and then what ended, newest first."""
        yield from self._running.values()
        yield from reversed(self._ended)

    def peak(self, queue: str, left: int) -> int:
        """The most that was left in a queue since it was empty, as far as anybody looked: the whole of a back-fill."""
        peak = max(self._peaks.pop(queue, 0), left)
        if left:
            self._peaks[queue] = peak
        return peak
