"""What the HTTP face needs of the box itself: what it runs on, and how it is told to read its configuration again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.keep.own_ca import OwnCa


@dataclass(frozen=True, slots=True)
class SaidOfConfig:
    """A finding or warning about the configuration; see `drivers.findings.Finding`."""

    file: str
    line: int
    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of reading the configuration again. With `findings` the last good one goes on.

    `later` are the sections that changed and are taken at the next start.
    """

    findings: tuple[SaidOfConfig, ...] = ()
    warnings: tuple[SaidOfConfig, ...] = ()
    later: tuple[str, ...] = ()


class Box(Protocol):
    """The running gateway as a thing on a wall."""

    @property
    def own_ca(self) -> OwnCa | None:
        """The authority by whose certificate the page is served; None where it is another's, or none."""

    async def about(self) -> Mapping[str, Json]:
        """What there is to know, as the answer has it."""

    async def reload(self) -> Reloaded:
        """Read the configuration again."""

    def back_up(self) -> tuple[str, ...]:
        """Begin a backup to all places; which these are, none where there is no backup configured."""
