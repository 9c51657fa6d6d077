"""A figure: what was measured, what was wanted, and whether it was met."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Goal:
    """The limit that a figure has to keep: at most, or at least."""

    sense: Literal["<=", ">="]
    limit: float

    def met(self, value: float) -> bool:
        """Whether the figure keeps it; NaN keeps nothing."""
        return value <= self.limit if self.sense == "<=" else value >= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `value` is NaN where nothing could be measured, and then no goal is met."""

    bench: str
    name: str
    value: float
    unit: str
    size: int
    goal: Goal | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        return None if self.goal is None else self.goal.met(self.value)

    def line(self) -> str:
        """The figure as its JSON line."""
        return json.dumps(
            {
                "bench": self.bench,
                "name": self.name,
                "value": None if math.isnan(self.value) else float(f"{self.value:.4g}"),
                "unit": self.unit,
                "goal": None if self.goal is None else f"{self.goal.sense} {self.goal.limit:g}",
                "met": self.met,
                "size": self.size,
            }
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
