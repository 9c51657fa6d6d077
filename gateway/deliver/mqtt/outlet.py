"""The MQTT outlet: a connection that is kept, and the lanes that share it: records, then live readings, then late ones.

    told reading ──> live lane ──────────────> <root>/<compound>/telemetry/<device>        within a tick
         │ (no connection, or the broker fell behind: a gap)
         └──> outbox ──> late lane ──────────> <root>/<compound>/telemetry/<device>/late   in order, beside it
    journal ──> record lanes ────────────────> <root>/<compound>/alarm|command|event/...   ahead of both

The telemetry cursor stands before the oldest batch of which a reading is not confirmed. After a start everything behind
it is a gap; so what a dead process had not confirmed goes late, and each topic by itself stays in order.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.decide.rules import OUTLET_FAILING
from gateway.deliver.mqtt.connection import Lost, Refused
from gateway.deliver.mqtt.gaps import Gaps
from gateway.deliver.mqtt.late import LateLane
from gateway.deliver.mqtt.ledger import Ledger
from gateway.deliver.mqtt.live import LiveLane
from gateway.deliver.mqtt.messages import Payloads, Topics
from gateway.deliver.mqtt.reaching import Patience, Reaching
from gateway.deliver.mqtt.records import RecordLanes
from gateway.deliver.outlet import TELEMETRY, Standing, State
from gateway.logs import log_of
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Fault, Value
    from gateway.deliver.mqtt.config import MqttConfig
    from gateway.deliver.mqtt.connection import Connection, Lane
    from gateway.deliver.outlet import Wiring

STEADY_SECONDS, BRIEF_LIMIT = 2.0, 3
"""A connection that ends sooner is a brief one, and so many in a row mean that somebody has a hand in it."""

BRIEF_HINT = "; it takes us and lets go at once, as a broker does when another client has our client id"

log = log_of("mqtt")


class MqttOutlet:
    """An `Outlet`, and a `Listener` to what is told."""

    def __init__(self, config: MqttConfig, wiring: Wiring) -> None:
        self.standing = Standing(config.id, config.kind, config.target)
        self._wiring = wiring
        self._outbox = wiring.outbox
        self._tick_seconds = config.tick_seconds
        self._stranded = wiring.simulated and not (config.loopback or config.allow_simulated)
        topics = Topics(config.root, wiring.compound)
        payloads = Payloads(simulated=wiring.simulated)
        client_id = config.client_id or f"gridpost-{wiring.compound}-{config.id}"
        self._online = topics.online
        self._payloads = payloads
        self._reaching = Reaching(config, client_id, topics.online, payloads.online(online=False))
        ledger = self._ledger = Ledger(self.standing, wiring, self._hold, self._taken)
        self._gaps = Gaps()
        self._live = LiveLane(self._outbox, self._gaps, wiring.points, topics, payloads, ledger)
        self._late = LateLane(self._outbox, self._gaps, self._live, topics, payloads, ledger, self._move_cursor)
        self._records = RecordLanes(config.id, wiring, topics, payloads, ledger)
        self._connection: Connection | None = None
        self._brief = 0
        self._cursor = self._begin()
        self._outbox.on_commit(self._committed)

    # ------------------------------------------------------------ in

    def reading(
        self,
        device: str,
        group: int,
        indices: Sequence[int],
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        utc_ns: int,
    ) -> None:
        """Take a told reading whose line was just appended to the outbox. Never waits, never fails."""
        if self._live.reading(device, group, indices, values, faults, utc_ns):
            asyncio.get_running_loop().call_later(self._tick_seconds, self._tick)

    def records_came(self) -> None:
        """The journal has new rows."""
        self._records.wake()

    def _tick(self) -> None:
        self._live.tick()
        self._pump()
        if self._gaps.open:
            self._late.wake()

    def _committed(self) -> None:
        self._late.wake()
        self._move_cursor()

    def _begin(self) -> int:
        """What is behind the cursor is a gap; a new destination begins at the end."""
        stands = self._outbox.cursor(self.standing.id, TELEMETRY)
        if stands is None:
            stands = self._outbox.committed
            self._outbox.move(self.standing.id, TELEMETRY, stands)
        self._gaps.begin(stands + 1, 0)
        return stands

    # ------------------------------------------------------------ out

    async def run(self) -> None:
        """Keep a connection and carry out what there is and what comes, until cancelled."""
        if self._stranded:
            self._stands(State.REFUSED, "a simulated compound does not leave this box: see allow_simulated")
            await asyncio.Event().wait()
        patience = Patience()
        while True:
            try:
                connection = await self._reaching.connect()
            except (Lost, Refused) as failed:
                why: Lost | Refused = failed
            else:
                why = await self._carry(connection, patience)
            refused = isinstance(why, Refused)
            hint = BRIEF_HINT if self._brief >= BRIEF_LIMIT else ""
            self._stands(State.REFUSED if refused else State.FAILING, f"{why}{hint}")
            await asyncio.sleep(patience.seconds(refused=refused))

    async def _carry(self, connection: Connection, patience: Patience) -> Lost | Refused:
        """Use a connection until it is over; returns why it is."""
        steady = asyncio.get_running_loop().call_later(STEADY_SECONDS, self._steady, patience)
        self._brief += 1
        self._connection = connection
        connection.on_room = self._pump
        connection.publish(self._online, self._payloads.online(online=True), _NoLane(), None, retain=True)
        self._ledger.on_hold.clear()
        self._live.going = True
        if self._brief < BRIEF_LIMIT:
            self._taken()
        try:
            async with asyncio.TaskGroup() as tasks:
                lanes = [
                    tasks.create_task(self._keep_up(self._records, connection), name=f"{self.standing.id} records"),
                    tasks.create_task(self._keep_up(self._late, connection), name=f"{self.standing.id} late"),
                ]
                await asyncio.wait([connection.lost])
                for lane in lanes:
                    lane.cancel()
        finally:
            steady.cancel()
            self._connection = None
            self._live.interrupt()
            connection.close(last=(self._online, self._payloads.online(online=False)))
        return connection.lost.result()

    def _steady(self, patience: Patience) -> None:
        """The connection has lasted."""
        self._brief = 0
        patience.reached()
        self._taken()

    async def _keep_up(self, lane: RecordLanes | LateLane, connection: Connection) -> None:
        """Run a lane; again, later, where it ended because a message of it reached nobody."""
        while True:
            await lane.run(connection)
            await asyncio.sleep(self._ledger.on_hold.get(lane, 0))

    def _pump(self) -> None:
        """Publish what may go now: records first, then live readings; the late lane sees to itself."""
        connection = self._connection
        if connection is None:
            return
        self._records.pump(connection)
        self._live.pump(connection, self._late.share(connection))
        self._late.room()
        if not self._live.going and self._live not in self._ledger.on_hold:
            # the broker fell behind and catches up: fresh readings go first again, what waited goes late
            self._live.going = connection.in_flight * 2 <= connection.window
        if self._cursor < self._outbox.committed:
            self._move_cursor()

    def _move_cursor(self) -> None:
        """All batches before the oldest one that is not confirmed whole are done.

        Without a connection nothing gets done; and an outlet that was ended is told no readings, so that it knows of none.
        """
        if self._connection is None:
            return
        done = self._outbox.committed
        gap = self._gaps.first
        if gap is not None:
            done = min(done, gap.batch - 1)
        oldest = self._live.oldest_batch
        if oldest is not None:
            done = min(done, oldest - 1)
        if done > self._cursor:
            self._cursor = done
            self._outbox.move(self.standing.id, TELEMETRY, done)

    # ------------------------------------------------------------ how it stands

    def _hold(self, lane: Lane, why: str) -> None:
        """What a lane says reaches nobody, which may be cured (`why`, where by a person): it tries again later, alone."""
        if why:
            self._stands(State.REFUSED, why)
        if lane is self._live:
            asyncio.get_running_loop().call_later(self._ledger.on_hold[lane], self._try_live_again)

    def _try_live_again(self) -> None:
        self._live.going = self._connection is not None

    def _taken(self) -> None:
        if not self._ledger.on_hold:
            self._stands(State.UP, "")

    def _stands(self, state: State, why: str) -> None:
        standing = self.standing
        if (standing.state, standing.why) == (state, why):
            return
        if standing.state is not state:
            standing.since_utc = self._wiring.clock().utc
            if state is State.UP:
                log.info("broker reached", outlet=standing.id, broker=standing.target)
            else:
                log.warning("broker lost", outlet=standing.id, broker=standing.target, why=why)
        standing.state, standing.why = state, why
        said = f"{standing.target}: {why}; it is tried again, and what there is to say waits on disk" if why else ""
        self._wiring.say(HouseSaid(OUTLET_FAILING, standing.id, state is not State.UP, said))


class _NoLane:
    """Nobody waits for what becomes of the message that says that we are online: a lost connection is known anyway."""

    def confirmed(self, receipt: object, reason: object) -> None:
        """It has arrived."""
