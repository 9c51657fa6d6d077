"""A round 挂装 as others may read it, and as decide remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from drivers.contract import Json

WRONG_KIND = "wrong_kind"
"""A sensor of another kind than the next place wants was pressed."""
PRODUCT_UNKNOWN = "product_unknown"
"""A sensor was pressed whose product no profile describes."""
ELSEWHERE = "elsewhere"
"""A sensor was pressed near this round that took the place of another round."""
SEVERAL = "several"
"""A sensor was pressed that two rounds may have meant: it is a candidate in each."""


class Step(NamedTuple):
    """What was done at a place: the sensor that took it and when; the address is "" where the place was skipped."""

    detector: str
    address: str
    utc: float


class Candidate(NamedTuple):
    """A sensor that was pressed and waits for a person to say that it is the one. `pressed_ns` is CLOCK_BOOTTIME."""

    address: str
    product: str
    receiver: str
    rssi: int
    pressed_ns: int


@dataclass(frozen=True, slots=True)
class RoundState:
    """A round: whose it is, its places in order, and the index of the next one (their number where none is left).

    `note` says why the last press took no place here: one of the words above, "" for none.
    """

    id: str
    actor: str
    detectors: tuple[str, ...]
    at: int = 0
    done: tuple[Step, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    note: str = ""

    @property
    def next(self) -> str:
        """The place that the next press takes, "" where none is left."""
        return self.detectors[self.at] if self.at < len(self.detectors) else ""

    def progress(self) -> Json:
        """What changes of it with every step."""
        return {"at": self.at, "done": [list(step) for step in self.done]}

    @classmethod
    def from_json(cls, round_id: str, begun: Json, progress: Json) -> RoundState:
        """From who and where, and how far."""
        done = tuple(Step(*step) for step in progress["done"])
        return cls(round_id, begun["actor"], tuple(begun["detectors"]), progress["at"], done)
