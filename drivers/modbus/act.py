"""What is done on a line beside its polls: one transaction at a time, in the order of `Rank`."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from drivers.contract import Post, Value
    from drivers.modbus.frame import Frame
    from drivers.modbus.unit import Poll, Unit


class Rank(IntEnum):
    """Who goes first when a transaction has ended. Polls stand between DRAIN and TABLE."""

    AT_ONCE = 0
    """Fire release, and a contactor that is to cut: `drivers.contract.AT_ONCE`."""
    COMMAND = 1
    DRAIN = 2
    TABLE = 3
    """At most every fourth transaction while polls are due."""


class Talk(Protocol):
    """What a step may do on the line. Raises LineLost when the line goes."""

    post: Post

    async def ask(self, unit: Unit, frame: Frame, /) -> bytes:
        """Send a frame, one transaction; raises ModbusError."""

    async def poll(self, poll: Poll, /) -> tuple[Value, ...] | None:
        """Read a group out of its turn and report it; None when there is no answer."""

    def beside(self, work: Coroutine[object, object, None], name: str, /) -> None:
        """Do something that is no transaction beside the line, such as `post.keep`. If it raises, the run ends with it."""

    def wake(self) -> None:
        """Something became due."""


class Act(Protocol):
    """Something to be carried out in steps. `due` is on the event loop's clock; the lowest `rank` goes first."""

    unit: Unit
    due: float
    over: bool

    @property
    def rank(self) -> Rank:
        """Its place in the order."""

    async def step(self, talk: Talk, now: float, /) -> None:
        """Do the next transaction and set `due`, or `over`. Short: one transaction, two where they belong together."""

    def unit_back(self) -> None:
        """The unit is found, or found again: nothing that was read of it before counts any more."""


class Duty(Act, Protocol):
    """An act that a product calls for as long as its unit is in the rounds: draining events, keeping a table, a clock.

    While its unit is not found (`unit.link` is not UP) none of its steps is due.
    """

    def saw(self, poll: Poll, values: tuple[Value, ...], now: float, /) -> None:
        """A poll of the unit was answered, with good values. Called for each answer: be quick, and set `due` at most."""

    def numbers(self) -> Mapping[str, float]:
        """Its own numbers for `Driver.device_statistics`; each only rises, but for names that say otherwise (`backlog`)."""
