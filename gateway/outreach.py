"""What carries word to people and off the box: the notifier with its channels, the county's platform, heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.actor import Actor, Role
from gateway.config.incidents import county_words
from gateway.deliver.channels.contract import ChannelWiring
from gateway.deliver.links import Links
from gateway.deliver.notify.notifier import Notifier
from gateway.deliver.notify.wording import Wording
from gateway.deliver.outlets import keep_running

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from gateway.config.plan import Plan
    from gateway.decide.judge import Judge
    from gateway.decide.people.people import People
    from gateway.deliver.county.messages import Words
    from gateway.deliver.county.outlet import CountyOutlet
    from gateway.deliver.heartbeat.hearts import Hearts
    from gateway.keep.journal import Journal
    from gateway.keep.reading import Reader
    from gateway.model import HouseSaid, Now, Place, Road
    from gateway.notice import NoticesSaid


class Outreach:
    """See the module. Made before the road that tells it; `begin` starts it once the road is there."""

    def __init__(
        self,
        plan: Plan,
        judge: Judge,
        journal: Journal,
        records: Reader,
        *,
        said: Callable[[NoticesSaid], None],
        say: Callable[[HouseSaid], None],
        where: Callable[[Place], str],
        clock: Callable[[], Now],
    ) -> None:
        self._plan = plan
        self._people = judge.people
        self._records = records
        self._clock = clock
        self.links = Links(plan.site_key, plan.http.public_url)
        self.notifier = Notifier(
            wording=Wording(plan.compound.language, plan.compound.name, where),
            staff=judge.people,
            waits_for=judge.escalation.waits_for,
            alarm=judge.alarm,
            said=said,
            say=say,
            link=self._link,
        )
        self.hearts: Hearts | None = None
        if plan.heartbeats:
            from gateway.deliver.heartbeat.hearts import HeartbeatWiring, Hearts  # an HTTP library comes with it

            wiring = HeartbeatWiring(plan.compound.id, plan.compound.simulated, say, clock, unwell=lambda: journal.why)
            self.hearts = Hearts(plan.heartbeats, wiring)
        self.county: CountyOutlet | None = None
        if plan.county is not None:
            from gateway.deliver.county.outlet import CountyOutlet  # likewise

            simulated = plan.compound.simulated
            self.county = CountyOutlet(plan.county, records, journal, self._words, say, clock, simulated=simulated)

    async def resume(self) -> None:
        """Take up what an earlier run left unsent. Before the road moves."""
        self.notifier.resume(await self._records.notices_waiting(), self._clock().utc)

    async def begin(self, tasks: asyncio.TaskGroup, road: Road) -> list[asyncio.Task[None]]:
        """Start the channels and whatever else goes on beside the road; the tasks that are to be cancelled at the end."""
        await self.adopt(tasks, road, self._plan)
        running = []
        if self.hearts is not None:
            hearts = keep_running(self.hearts.run, "heartbeats", _nothing)
            running.append(tasks.create_task(hearts, name="heartbeats"))
        if self.county is not None:
            county = keep_running(self.county.run, "county", self.county.stopped)
            running.append(tasks.create_task(county, name="county"))
        return running

    async def adopt(self, tasks: asyncio.TaskGroup, road: Road, plan: Plan) -> None:
        """Take the channels of a configuration."""
        self._plan = plan
        wiring = ChannelWiring(plan.compound.id, plan.compound.simulated, self._clock, road)
        await self.notifier.adopt(tasks, plan.channels, wiring)

    def records_came(self) -> None:
        """The journal has new rows."""
        if self.county is not None:
            self.county.records_came()

    def _words(self) -> Words:
        """What the county's platform calls things, by the configuration that is in force."""
        return county_words(self._plan)

    def _link(self, number: int, person: str) -> str:
        """Where somebody of the staff takes an alarm; a department has no account to take one with."""
        return self.links.url(number, person, self._clock().utc) if self._people.person(person) else ""


def actor_of(people: People, person: str) -> Actor | None:
    """Somebody of the staff as one who acts by a link; None for whoever is not here any more."""
    somebody = people.person(person)
    if somebody is None:
        return None
    return Actor(person, somebody.name, Role.STAFF, people.needed_by(person), "link", person=person)


def _nothing(_bug: Exception) -> None:
    """The log has it already."""
