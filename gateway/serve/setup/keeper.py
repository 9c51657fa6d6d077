"""What the HTTP face needs of whoever sets the box up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

StepState: TypeAlias = Literal["done", "open", "skipped"]
ProofFate: TypeAlias = Literal["waiting", "sent", "delivered", "answered", "failed"]


@dataclass(frozen=True, slots=True)
class WrongField:
    """A field that is wrong: `path` within the step, "" for all of it; `code` for the page's texts, `why` for everybody."""

    path: str
    why: str
    code: str = "wrong"


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as it stands. `entered` None: nothing was."""

    id: str
    state: StepState
    entered: Mapping[str, Any] | None = None
    findings: tuple[WrongField, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ProofView:
    """A test message. `fate` is as for notices; `why` says why it failed."""

    number: int
    channel: str
    fate: ProofFate = "waiting"
    why: str = ""


class EnteredWrong(Exception):
    """What was sent for a step cannot be kept; every field that is wrong."""

    def __init__(self, *fields: WrongField) -> None:
        super().__init__("; ".join(field.why for field in fields))
        self.fields = fields


class NotWritable(Exception):
    """The configuration is there, by a person or by a wizard that is done, and stays as it is; a sentence."""


class SetUp(Protocol):
    """The wizard. Everything but `state`, `is_waiting`, `is_code` and `void_code` raises NotWritable where a file is there."""

    @property
    def writable(self) -> bool:
        """Whether the wizard writes the configuration."""

    @property
    def file(self) -> str:
        """The configuration that is, or will be."""

    def is_waiting(self) -> bool:
        """Whether a set-up code waits to be used."""

    def is_code(self, typed: str) -> bool:
        """Whether it is the one that waits."""

    def void_code(self) -> bool:
        """Let it be no more; False when somebody was quicker."""

    async def state(self) -> Sequence[StepView]:
        """Every step as it stands."""

    async def enter(self, step: str, body: Mapping[str, Any]) -> None:
        """Keep what was entered. Raises EnteredWrong."""

    async def skip(self, step: str) -> None:
        """Leave a step out."""

    async def prove(self, channel: str, to: str) -> int:
        """Send a test message with a code to be typed in; its number. Raises EnteredWrong."""

    def proof(self, number: int) -> ProofView | None:
        """How a test message stands; None for an unknown one."""

    async def answer_proof(self, number: int, code: str) -> ProofView | None:
        """Somebody read the message. Raises EnteredWrong for another code."""

    async def finish(self, record: Callable[[], Awaitable[object]]) -> None:
        """Write the configuration, record that, and let the gateway go on with it.

        `record` is called once it is written and not otherwise; the gateway goes on even if it fails, and its error is
        raised. Raises EnteredWrong, with `step.path` as paths.
        """
