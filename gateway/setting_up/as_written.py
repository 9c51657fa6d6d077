"""A box whose compound.yaml a person wrote: the wizard shows its steps as done by that file, and leaves the file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.keep.accounts.setup_code import is_setup_code, is_waiting, void_setup_code
from gateway.serve.setup.keeper import NotWritable, StepView
from gateway.setting_up.draft import STEPS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from gateway.config.plan import Plan
    from gateway.model import Now
    from gateway.serve.setup.keeper import ProofView


class AsWritten:
    """See the module, and `gateway.serve.setup.keeper.SetUp`. `plan` gives the configuration that is in force."""

    writable = False

    def __init__(
        self, data: Path, plan: Callable[[], Plan], clock: Callable[[], Now], clock_source: Callable[[], str]
    ) -> None:
        self._data = data
        self._plan = plan
        self._clock = clock
        self._clock_source = clock_source

    @property
    def file(self) -> str:
        """The configuration."""
        return str(self._plan().path)

    def is_waiting(self) -> bool:
        """Whether a set-up code waits to be used."""
        return is_waiting(self._data)

    def is_code(self, typed: str) -> bool:
        """Whether it is the one that waits."""
        return is_setup_code(self._data, typed)

    def void_code(self) -> bool:
        """Let it be no more; False when somebody was quicker."""
        return void_setup_code(self._data)

    async def state(self) -> Sequence[StepView]:
        """Every step: done by the file, or open where it says nothing of it."""
        plan, now = self._plan(), self._clock()
        there: dict[str, dict[str, Any] | None] = {
            "clock": {"trusted": now.trusted, "source": self._clock_source(), "utc": now.utc},
            "compound": {"name": plan.compound.name},
            "buildings": {"buildings": len(plan.buildings)} if plan.buildings else None,
            "grids": {"grids": len(plan.grids)} if plan.grids else None,
            "people": {"people": len(plan.people)} if plan.people else None,
            "channel": {"channels": [channel.id for channel in plan.channels]} if plan.channels else None,
            "backup": {"places": [place.target for place in plan.backup.to]} if plan.backup else None,
        }
        return [StepView(step, "open" if there[step] is None else "done", facts=there[step] or {}) for step in STEPS]

    async def enter(self, _step: str, _body: Mapping[str, Any]) -> None:
        """Refused."""
        raise self._refusal()

    async def skip(self, _step: str) -> None:
        """Refused."""
        raise self._refusal()

    async def prove(self, _channel: str, _to: str) -> int:
        """Refused: who is on duty can be rung, which proves more."""
        raise self._refusal()

    def proof(self, _number: int) -> ProofView | None:
        """There is none."""
        return None

    async def answer_proof(self, _number: int, _code: str) -> ProofView | None:
        """There is none."""
        return None

    async def finish(self, _record: Callable[[], Awaitable[object]]) -> None:
        """Refused."""
        raise self._refusal()

    def _refusal(self) -> NotWritable:
        return NotWritable(f"{self.file} was written by a person: change it there, check it and reload")
