"""How a product is worked, as data: one frame to write, and what must be read back before the device is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from drivers.contract import ACTS
from drivers.entry import MAX_REGISTERS, Address, Entry, RegisterFunction, Word

WriteFunction: TypeAlias = Literal[5, 6, 15, 16]
Filler: TypeAlias = Annotated[str, Field(pattern=r"^\$[a-z][a-z0-9_]*$")]


class Argument(Entry):
    """What a person may say with a command. The register gets value / scale, rounded."""

    kind: Literal["number", "boolean"] = "number"
    unit: str = ""
    scale: Annotated[float, Field(gt=0)] = 1
    low: float = 0
    high: float = 1
    default: float | bool | None = None

    def register(self, value: Any) -> int:
        """What goes into the register; raises ValueError with a sentence for a value that may not be said."""
        if value is None:
            value = self.default
        if self.kind == "boolean":
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("must be a number")  # noqa: TRY004  one kind of error for the caller
        if not self.low <= value <= self.high:
            raise ValueError(f"must be from {self.low:g} to {self.high:g}{' ' + self.unit if self.unit else ''}")
        return round(value / self.scale)


class WriteFrame(Entry):
    """The one frame that a command or a wanted state writes.

    `values` are the registers (functions 6 and 16) or bits (5 and 15) in order: numbers, or fillers. `$id` is the
    command's id in 16 bits, `$name` an argument or a number of the part (`parts`).
    """

    quantity_limit: ClassVar[Mapping[int, int]] = {5: 1, 6: 1, 15: 1968, 16: 123}
    """Modbus Application Protocol V1.1b3, 6.5, 6.6, 6.11 and 6.12."""

    function: WriteFunction
    address: Address
    values: tuple[Word | Filler, ...]
    step: Annotated[int, Field(ge=0, le=0xFFFF)] = 0
    """From one part to the next: the address grows by `step` times the part's `offset`."""

    @model_validator(mode="after")
    def _fits_its_function(self) -> WriteFrame:
        if not 1 <= len(self.values) <= self.quantity_limit[self.function]:
            raise ValueError(f"function {self.function} writes 1 to {self.quantity_limit[self.function]} values")
        if self.function in (5, 15) and any(isinstance(value, int) and value > 1 for value in self.values):
            raise ValueError(f"function {self.function} writes bits: 0 or 1")
        return self

    def filled(self, numbers: Mapping[str, int]) -> tuple[int, ...]:
        """The values with every filler replaced by `numbers` (names without the dollar sign)."""
        return tuple(numbers[value[1:]] if isinstance(value, str) else value for value in self.values)


class Confirm(Entry):
    """What must be read back before the device is believed: points and the values they must show, in time.

    The value may be `$name`, an argument of the command.
    """

    points: Mapping[str, bool | int | float | Filler]
    within_seconds: Annotated[float, Field(gt=0, le=60)] = 2


class Verdict(Entry):
    """Registers in which the device answers a mailbox command: which id, and what came of it."""

    function: RegisterFunction
    address: Address
    count: Annotated[int, Field(ge=2, le=MAX_REGISTERS)]
    id_at: int = 0
    """Which register repeats the command's id; an answer to another id is not ours."""
    result_at: int = 1
    done: tuple[Word, ...] = (0,)
    busy: tuple[Word, ...] = ()
    refused: Mapping[Word, str] = {}
    """Results that mean no, in words."""

    @model_validator(mode="after")
    def _lies_inside(self) -> Verdict:
        if not (0 <= self.id_at < self.count and 0 <= self.result_at < self.count):
            raise ValueError("id_at and result_at count from 0 inside `count` registers")
        return self


class CommandProfile(Entry):
    """A command: one frame to write, once, and what to read back. `{door}.unlock` is one command per door."""

    what: str = ""
    arguments: Mapping[str, Argument] = {}
    write: WriteFrame
    verdict: Verdict | None = None
    confirm: Confirm
    idempotent: bool = False
    """Whether doing it twice is harmless."""
    acts_as: str = ""
    """What it does to people: a word of `drivers.contract.ACTS`, or "" for what no rule of the house speaks of."""

    @model_validator(mode="after")
    def _known_act(self) -> CommandProfile:
        if self.acts_as and self.acts_as not in ACTS:
            raise ValueError(f"acts_as {self.acts_as!r} is none of {', '.join(sorted(ACTS))}")
        return self


class WantProfile(Entry):
    """A level to be reached and held by writing one idempotent frame until `confirm` shows it.

    With `parts`, the level names some of that group: `$mask` in `write` is all their masks together, or, where `write` has a
    `step`, one frame is written for each of them. `confirm` is held for each of them: `"{door}.fire_released": true`, which
    stands here spread, as `door1.fire_released`.
    """

    what: str = ""
    parts: str = ""
    write: WriteFrame
    confirm: Confirm
