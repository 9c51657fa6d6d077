"""The outlet to an InfluxDB: one request in flight, records before telemetry, and nothing given up that may be cured."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.rules import OUTLET_FAILING, OUTLET_REFUSED
from gateway.deliver.influx.answer import Verdict
from gateway.deliver.influx.blame import blamed
from gateway.deliver.influx.lanes import Lane, RecordLane, Size, TelemetryLane
from gateway.deliver.influx.server import NoAnswer, Server, Unusable
from gateway.deliver.outlet import RECORDS, BackOff, Standing, State
from gateway.keep.lines import parse
from gateway.logs import log_of
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.deliver.influx.answer import Answer
    from gateway.deliver.influx.config import InfluxConfig
    from gateway.deliver.influx.parcel import Parcel
    from gateway.deliver.outlet import Wiring

FAILING_SECONDS = 0.5, 10.0
"""Between tries while time may cure it: a server that was away for long has its data within ten seconds of its return."""

REFUSED_SECONDS = 30.0, 300.0
"""Between tries while only a person can cure it."""

BREAKS_OF_A_LARGE_ONE = 2
LARGE_BYTES = 64 * 1024
"""InfluxDB 1.x resets the connection of a request over its `max-body-size` and never gets to say 413: a larger request
whose connection broke so many times goes on as two.
"""

REFUSED_AGAIN_SECONDS = 60.0
"""How often refused lines are told of at most."""

log = log_of("influx")


@dataclass(slots=True, eq=False)
class Trouble(Exception):
    """It cannot go on at present. `pause_seconds` is what the server itself wishes for."""

    state: State
    why: str
    pause_seconds: float = 0.0


class InfluxOutlet:
    """Carries the journal's records and the outbox's batches to one InfluxDB, byte for byte."""

    def __init__(self, config: InfluxConfig, wiring: Wiring) -> None:
        self.standing = Standing(config.id, config.kind, config.target)
        self._config = config
        self._wiring = wiring
        self._news = asyncio.Event()
        self._size = Size()
        self._lanes: list[Lane] = [RecordLane(lane, wiring, self.standing, self._size) for lane in RECORDS]
        self._lanes.append(TelemetryLane(wiring, self.standing, self._size))
        self._back_off = {State.FAILING: BackOff(*FAILING_SECONDS), State.REFUSED: BackOff(*REFUSED_SECONDS)}
        self._breaks = 0
        self._refused_points = 0
        self._told_refused = float("-inf")
        wiring.outbox.on_commit(self._news.set)

    def records_came(self) -> None:
        """The journal has new rows."""
        for lane in self._lanes:
            lane.came()
        self._news.set()

    async def run(self) -> None:
        """Carry out what there is and what comes, until cancelled."""
        if self._wiring.simulated and not self._config.loopback and not self._config.allow_simulated:
            self._stands(
                State.REFUSED, "the compound is simulated and this is not on loopback: set allow_simulated to send"
            )
            await asyncio.Event().wait()
        while True:
            try:
                async with Server(self._config, lambda: self._wiring.clock().utc) as server:
                    await self._serve(server)
            except Unusable as wrong:
                await self._suffer(Trouble(State.REFUSED, str(wrong)))
            except Trouble as trouble:
                await self._suffer(trouble)

    async def _serve(self, server: Server) -> None:
        """Send until only a person can help: then the client is made anew, with the secrets as they are then."""
        while True:
            self._news.clear()
            try:
                if not await self._step(server):
                    await self._news.wait()
            except Trouble as trouble:
                if trouble.state is State.REFUSED:
                    raise
                await self._suffer(trouble)

    async def _step(self, server: Server) -> bool:
        """Send one piece of what matters most; False when there is nothing to send."""
        for lane in self._lanes:
            parcel = await lane.parcel()
            if parcel is not None:
                await self._send(server, parcel)
                if not parcel.piece:
                    lane.finished(self._refused_points)
                    self._refused_points = 0
                return True
        return False

    async def _send(self, server: Server, parcel: Parcel) -> None:
        piece = parcel.piece
        body = await asyncio.to_thread(gzip.compress, piece, 1) if self._config.gzip else piece
        self.standing.requests += 1
        try:
            answer = await server.write(body)
        except NoAnswer as no:
            self._breaks = self._breaks + 1 if no.broke else 0
            if self._breaks >= BREAKS_OF_A_LARGE_ONE and len(piece) > LARGE_BYTES and parcel.halve():
                self._breaks = 0
                self._size.too_large(len(piece), asyncio.get_running_loop().time())
            raise Trouble(State.FAILING, str(no)) from no
        self._breaks = 0
        match answer.verdict:
            case Verdict.STORED:
                parcel.taken()
                self._stands(State.UP)
            case Verdict.LINES:
                await self._search(parcel, answer)
            case Verdict.TOO_LARGE:
                self._size.too_large(len(piece), asyncio.get_running_loop().time())
                if not parcel.halve():
                    self._set_aside(parcel, {0: f"a single line is too large for it (413: {answer.words})"})
            case Verdict.REFUSED:
                raise Trouble(State.REFUSED, self._cure(answer), answer.pause_seconds)
            case Verdict.LATER:
                raise Trouble(State.FAILING, f"it answers {answer.status}: {answer.words}", answer.pause_seconds)

    async def _search(self, parcel: Parcel, answer: Answer) -> None:
        """Find the lines that the server does not take; the others go again, which changes nothing where it has them."""
        found = await asyncio.to_thread(blamed, answer, parcel.lines)
        if found:
            self._set_aside(parcel, found)
        else:
            parcel.halve()
        self._stands(State.UP)

    def _set_aside(self, parcel: Parcel, found: Mapping[int, str]) -> None:
        """Put refused lines into quarantine, with the server's words."""
        lines = parcel.lines
        utc = self._wiring.clock().utc
        for i, why in found.items():
            self._wiring.outbox.quarantine(self.standing.id, lines[i], why, utc)
            self._refused_points += _points(lines[i])
        parcel.leave_out(found.keys())
        self.standing.refused += len(found)
        now = asyncio.get_running_loop().time()
        if now < self._told_refused + REFUSED_AGAIN_SECONDS:
            return
        self._told_refused = now
        first, why = next(iter(found.items()))
        sentence = f"{_about(lines[first])}: {why}"
        log.warning("lines refused", outlet=self.standing.id, lines=len(found), why=sentence)
        for abnormal in (True, False):  # it clears by itself when an hour passed without one: the rule's off delay
            self._wiring.say(HouseSaid(OUTLET_REFUSED, self.standing.id, abnormal, sentence))

    def _cure(self, answer: Answer) -> str:
        """What a person can do about a refusal."""
        config = self._config
        place = "bucket" if config.dialect == "v2" else "database"
        cure = {
            401: f"put the right secret where `{'password' if config.dialect == 'v1' else 'token'}` names it",
            403: f"let its user or token write to {place} {config.bucket or config.database}",
            404: f"make the {place} {config.bucket or config.database} there, or name another",
        }.get(answer.status, f"is an InfluxDB of dialect {config.dialect} at {config.url}?")
        return f"it refuses with {answer.status} ({answer.words}): {cure}"

    async def _suffer(self, trouble: Trouble) -> None:
        """Say that it does not go on, and wait."""
        self._stands(trouble.state, trouble.why)
        await asyncio.sleep(max(trouble.pause_seconds, self._back_off[trouble.state].seconds()))

    def _stands(self, state: State, why: str = "") -> None:
        """Take note of how it stands; a change is said once."""
        standing = self.standing
        if state is State.UP:
            for back_off in self._back_off.values():
                back_off.succeeded()
        before, standing.why = standing.state, why
        if state is before:
            return
        standing.state, standing.since_utc = state, self._wiring.clock().utc
        if state is not State.UP:
            log.warning("outlet lost", outlet=standing.id, to=standing.target, why=why)
        elif before is not State.STARTING:
            log.info("outlet back", outlet=standing.id, to=standing.target)
        sentence = "" if state is State.UP else f"{standing.id} at {standing.target}: {why}"
        self._wiring.say(HouseSaid(OUTLET_FAILING, standing.id, state is not State.UP, sentence))


def _points(line: bytes) -> int:
    try:
        return len(parse(line).fields)
    except ValueError:
        return 1


def _about(line: bytes) -> str:
    """Which measurement a line is of, and its fields, for people."""
    try:
        parsed = parse(line)
    except ValueError:
        return "a line"
    return f"{parsed.measurement} of {parsed.tags.get('device', '-')} ({', '.join(list(parsed.fields)[:3])})"
