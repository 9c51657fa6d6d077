"""Charging held off at a charger: what runs is stopped, nothing new begins, and it is said again until it shows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from drivers.ocpp.calling import CallFailed, SaidNo, Urgency
from drivers.ocpp.station import CURRENT, WHOLE_CHARGER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from drivers.ocpp.conversation import Conversation
    from drivers.ocpp.station import Station

AGAIN_SECONDS: Final = 2.0
"""Until it shows, it is said so often."""
TIMER_SECONDS: Final = 0.05
"""A timer of the loop may be early by less than this."""
STOPPED_AMPERES: Final = 0.2
"""A meter that shows less shows nothing: the rule of the house for "no current flows"."""

_OBEYED: Final = frozenset({"Accepted", "Scheduled"})


class Holding:
    """Holds connectors of one charger off, through all its connections.

    Every call goes out by itself: none waits for the answer to another, and none waits for the disk.
    """

    def __init__(self, station: Station, tasks: asyncio.TaskGroup) -> None:
        self._station = station
        self._tasks = tasks
        self._out: dict[tuple[Json, ...], asyncio.Task[None]] = {}
        """Calls that were not answered yet, by what they ask."""
        self._again_at: dict[tuple[Json, ...], float] = {}
        """When the same may be said again, on the loop's clock."""
        self._told: set[int] = set()
        """Connector ids that this boot of the charger took as inoperative on this connection."""
        self._since: tuple[Conversation | None, int] = (None, 0)
        self._measures = True
        """The charger did not say that it cannot be asked for a reading."""

    async def run(self) -> None:
        """Until cancelled."""
        station = self._station
        while True:
            conversation = station.conversation
            waits = False
            if conversation is not None and conversation.open:
                waits = self._say(conversation)
            await station.next_news(AGAIN_SECONDS if waits else None)

    def _say(self, conversation: Conversation) -> bool:
        """Say what is to be said now. Whether it must be said again if nothing changes."""
        station = self._station
        if self._since != (conversation, station.boots):
            self._since = (conversation, station.boots)
            self._told.clear()
            self._again_at.clear()
            self._measures = True
        for connector in sorted(station.off):
            running = station.running(connector)
            if running is not None:
                self._ask(conversation, Urgency.STOP, "RemoteStopTransaction", {"transactionId": running.number})
        wanted = self._wanted()
        to_say = {held for held in wanted if held not in self._told or self._carries(held)}
        back = station.transactions.held - wanted if WHOLE_CHARGER not in wanted else set()
        if (
            WHOLE_CHARGER not in back
        ):  # giving back the whole would undo it: that is first, and what is held stays so meanwhile
            for held in sorted(to_say):
                self._set(conversation, held, operative=False)
        if station.may_give_back:
            for held in sorted(back):
                self._set(conversation, held, operative=True)
        unproved = [connector for connector in sorted(station.off) if not self._shown(connector)]
        for connector in unproved if self._measures else ():
            fields = {"requestedMessage": "MeterValues", "connectorId": connector}
            self._ask(conversation, Urgency.PROOF, "TriggerMessage", fields)
        return bool(unproved or back or to_say)

    def _wanted(self) -> set[int]:
        """The connector ids that are to be inoperative: all of them together are the charger as a whole."""
        off = self._station.off
        return {WHOLE_CHARGER} if off and off == self._station.connectors.keys() else set(off)

    def _carries(self, held: int) -> bool:
        connectors = self._station.connectors if held == WHOLE_CHARGER else (held,)
        return any(self._station.carries(connector) for connector in connectors)

    def _shown(self, connector: int) -> bool:
        """Whether the charger showed, since the order, that nothing flows there."""
        station = self._station
        amperes = station.connectors[connector].taken_since(CURRENT, station.off_since_ns[connector])
        measured = isinstance(amperes, int | float) and abs(amperes) < STOPPED_AMPERES
        return measured and not station.carries(connector)

    def _set(self, conversation: Conversation, held: int, *, operative: bool) -> None:
        fields = {"connectorId": held, "type": "Operative" if operative else "Inoperative"}
        urgency = Urgency.COMMAND if operative else Urgency.STOP
        self._ask(conversation, urgency, "ChangeAvailability", fields)

    # ------------------------------------------------------------ the calls

    def _ask(self, conversation: Conversation, urgency: Urgency, action: str, fields: Mapping[str, Json]) -> None:
        key, now = (action, *fields.values()), asyncio.get_running_loop().time()
        if key in self._out or now < self._again_at.get(key, 0.0):
            return
        self._again_at[key] = now + AGAIN_SECONDS - TIMER_SECONDS
        name = f"{self._station.device.id}: {action}"
        task = self._tasks.create_task(self._call(conversation, urgency, action, fields), name=name)
        self._out[key] = task
        task.add_done_callback(lambda _: self._out.pop(key, None))

    async def _call(
        self, conversation: Conversation, urgency: Urgency, action: str, fields: Mapping[str, Json]
    ) -> None:
        try:
            answer = await conversation.call(action, fields, urgency)
        except CallFailed as failed:
            if action == "TriggerMessage" and isinstance(failed, SaidNo):
                self._measures = False
            return
        status = answer.get("status")
        if action == "TriggerMessage" and status == "NotImplemented":
            self._measures = False
        if action == "ChangeAvailability" and status in _OBEYED and self._station.conversation is conversation:
            await self._obeyed(int(fields["connectorId"]), operative=fields["type"] == "Operative")

    async def _obeyed(self, held: int, *, operative: bool) -> None:
        station = self._station
        known = station.transactions.held
        if operative:
            known.discard(held)
            self._told.clear()  # the whole charger's Operative gives back connectors that are still to be held
        else:
            self._told.add(held)
            if held == WHOLE_CHARGER:
                known.clear()  # what was held by itself is held with the rest, and given back with it
            known.add(held)
        station.changed()
        await station.keep()
