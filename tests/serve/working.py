"""The incidents of the tests: the real judgement of them over a real book of alarms, with the staff of `staffing.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.secret import Secret
from gateway.config.incidents import incident_rules
from gateway.decide.incidents.incidents import Incidents
from gateway.decide.known import Known
from gateway.decide.rules import FACTS, Rule, Rules
from gateway.decide.watches import Watches
from gateway.keep.photos import Photos
from gateway.model import Place, Priority
from gateway.notice import Tell
from gateway.serve.incident_desk import IncidentDesk
from tests.config.incident_plan import plan_with
from tests.serve import staffing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.decide.people.people import People
    from gateway.incident import IncidentAct
    from gateway.model import Now, Outcome, Said

SECRET = "county-demo-secret"  # noqa: S105 - the one of docs/county.md
VARIABLE = "GRIDPOST_TEST_COUNTY_SECRET"
RULES = Rules(
    {name: Rule(name, Priority.P3) for name in FACTS}, incidents=incident_rules(plan_with()), people=staffing.RULES
)
KITCHEN = Place("b1", "1", "厨房", "g1")


@dataclass(frozen=True)
class Door:
    """The county's platform as it is set up here."""

    id: str = "c-17"
    secret: Secret = field(default_factory=lambda: Secret(env=VARIABLE))


@dataclass
class Work:
    """What there is to do. `told` is what people would have been told."""

    people: People
    folder: Path
    now: Now
    told: list[Tell] = field(default_factory=list)
    county: Door | None = None

    def __post_init__(self) -> None:
        known, self.watches = Known(), Watches({}, self.now)
        known.rules = RULES
        self.watches.begin(RULES)
        self.incidents = Incidents({}, known, self.watches, self.people, self.now)
        self.photos = Photos(self.folder)

    def act(self, act: IncidentAct, now: Now) -> Sequence[Outcome]:
        """What somebody does about an incident."""
        return self._without_tells(self.incidents.act(act, now))

    def alarm(self, source: str, now: Now, rule: str = "smoke", place: Place = KITCHEN) -> Sequence[Outcome]:
        """An alarm is raised; to be released."""
        raised = self.watches.book.raised(
            Rule(rule, Priority.P2), source, "", place, True, "烟雾", now, simulated=False
        )
        return self._without_tells(self.incidents.follow(raised, now))

    def clear(self, source: str, now: Now, rule: str = "smoke") -> Sequence[Outcome]:
        """It is over."""
        return self.watches.book.cleared(f"{rule}@{source}", False, now)

    def desk(self) -> IncidentDesk:
        """What the HTTP face needs."""
        return IncidentDesk(
            self.incidents,
            self.people,
            lambda: RULES.incidents,
            lambda: RULES.people.departments,
            self.photos,
            lambda: self.county,
        )

    def _without_tells(self, said: Sequence[Said]) -> list[Outcome]:
        self.told += [each for each in said if isinstance(each, Tell)]
        return [each for each in said if not isinstance(each, Tell)]
