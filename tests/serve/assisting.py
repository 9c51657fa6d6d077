"""Privacy in the house of the tests: the real judgement of it, over its permits and incidents, and the real forgetting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.known import Known
from gateway.decide.privacy.privacy import Privacy
from gateway.keep.audit.signing import Signer
from gateway.keep.erasing.forgetting import Forgetting
from gateway.keep.erasing.ledger import Ledger
from gateway.notice import Tell
from gateway.serve.privacy.desk import PrivacyDesk
from tests.serve.doorkeeping import rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.keep.journal import Journal
    from gateway.model import Now, Outcome
    from gateway.privacy import PrivacyAct
    from gateway.serve.layout import Layout
    from tests.serve.doorkeeping import Lodge
    from tests.serve.working import Work

SIGNER = Signer(bytes(range(32)))


@dataclass
class Assisting:
    """What is asked for, and who is forgotten. `carried` counts how often the ledger was carried to the backups."""

    layout: Layout
    lodge: Lodge
    work: Work
    carried: int = 0

    def __post_init__(self) -> None:
        known = Known()
        known.rules = rules_of(self.layout)
        self.privacy = Privacy({}, known, self.lodge.permits, self.work.incidents)

    def act(self, act: PrivacyAct, now: Now) -> Sequence[Outcome]:
        """Whatever is asked."""
        return [each for each in self.privacy.act(act, now) if not isinstance(each, Tell)]

    def desk(self, folder: Path, journal: Journal, clock: Callable[[], Now]) -> PrivacyDesk:
        """What the HTTP face is handed."""

        async def carry() -> None:
            self.carried += 1

        forgetting = Forgetting(folder, journal, Ledger(folder, SIGNER), clock, carry)
        return PrivacyDesk(journal.source, folder, SIGNER, forgetting, lambda: self.privacy.investigations)
