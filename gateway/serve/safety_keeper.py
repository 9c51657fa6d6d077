"""What the HTTP face needs of fire safety: decide's memory, read on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.fires.table import Row
    from gateway.decide.fires.trials import Drill, Trial


class SafetyKeeper(Protocol):
    """Trials, drills and the table of cause and effect, as decide sees them."""

    @property
    def trials(self) -> Mapping[str, Trial]:
        """The buildings on trial 试运行."""

    @property
    def drills(self) -> Sequence[Drill]:
        """The drills that were recorded, the oldest first."""

    @property
    def would_have(self) -> Mapping[str, Sequence[Json]]:
        """By building: what would have followed in its trial, the oldest first."""

    @property
    def rows(self) -> Sequence[Row]:
        """The table of cause and effect."""
