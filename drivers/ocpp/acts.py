"""What people ask of a charger, once: said to it, and believed only when it shows."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.contract import Outcome, Result
from drivers.ocpp.calling import CallFailed, NoAnswer, SaidNo, Urgency
from drivers.ocpp.fields import shown
from drivers.ocpp.product import connector_of
from drivers.ocpp.station import STATE, boottime_ns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from drivers.contract import Command, Json, Value
    from drivers.ocpp.conversation import Conversation
    from drivers.ocpp.station import Station

SHOWN_SECONDS: Final = 8.0
"""So long a charger has to show what it accepted, well within the 15 s that the gateway gives to a command."""
SECRET_KEYS: Final = frozenset({"authorizationkey"})
"""Configuration that holds a password: it is neither read nor written by a command, whose words are kept for ever."""
KEYS_SHOWN: Final = 60

TRIGGERS: Final = (
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
)
"""MessageTrigger (OCPP 1.6, 7.31)."""

Act: TypeAlias = "Callable[[Acts, Mapping[str, Json]], Awaitable[Result]]"
ActAtConnector: TypeAlias = "Callable[[Acts, Mapping[str, Json], int], Awaitable[Result]]"


async def perform(station: Station, command: Command) -> Result:
    """Do it once and return what the charger confirmed."""
    if boottime_ns() >= command.expires_ns:
        return Result(Outcome.REFUSED, why="expired")
    part, _, word = command.name.rpartition(".")
    connector = connector_of(part, len(station.connectors))
    if (connector is None or word not in _AT_A_CONNECTOR) and command.name not in _OF_THE_WHOLE:
        return Result(Outcome.REFUSED, why=f"{command.device} takes no command {command.name!r}")
    conversation = station.conversation
    if conversation is None or not conversation.open:
        return Result(Outcome.REFUSED, why=f"not sent: {command.device} is not connected")
    try:
        acts, arguments = Acts(station, conversation), command.arguments
        if connector is not None:
            return await _AT_A_CONNECTOR[word](acts, arguments, connector)
        return await _OF_THE_WHOLE[command.name](acts, arguments)
    except (ValueError, CallFailed) as failed:
        return Result(_ended(failed), why=str(failed))


def _ended(failed: Exception) -> Outcome:
    if isinstance(failed, NoAnswer):
        return Outcome.UNKNOWN
    return Outcome.FAILED if isinstance(failed, SaidNo) else Outcome.REFUSED  # what was wrong or never left


class Acts:
    """The commands over one connection. Raises ValueError for wrong arguments, and CallFailed."""

    def __init__(self, station: Station, conversation: Conversation) -> None:
        self._station = station
        self._conversation = conversation

    # ------------------------------------------------------------ at a connector

    async def start(self, arguments: Mapping[str, Json], connector: int) -> Result:
        """Begin a charging in nobody's name: done when the charger told of the transaction."""
        _only(arguments)
        station = self._station
        if connector in station.off:
            return Result(Outcome.REFUSED, why="charging is held off at this connector")
        tag = f"GP{token_hex(8)}"  # 18 of the 20 characters of an IdToken (OCPP 1.6, 7.28)
        station.expect(tag, connector)
        before = station.transactions.at(connector)
        refused = await self._said("RemoteStartTransaction", {"connectorId": connector, "idTag": tag})
        if refused is not None:
            return refused
        begun = await station.until(lambda: station.transactions.at(connector) is not before, SHOWN_SECONDS)
        running = station.transactions.at(connector)
        if not begun or running is None:
            return Result(Outcome.UNKNOWN, why=f"accepted, but no charging began within {SHOWN_SECONDS:g} s")
        return Result(Outcome.DONE, {"session": str(running.number)})

    async def stop(self, arguments: Mapping[str, Json], connector: int) -> Result:
        """End the charging there: done when the charger told that it ended, and no longer shows it."""
        _only(arguments)
        station = self._station
        running = station.running(connector)
        if running is None:
            return Result(Outcome.REFUSED, why="no charging runs at this connector")
        refused = await self._said("RemoteStopTransaction", {"transactionId": running.number}, Urgency.STOP)
        if refused is not None:
            return refused
        if not await station.until(lambda: not station.carries(connector), SHOWN_SECONDS):
            return Result(Outcome.UNKNOWN, why=f"accepted, but it still charges after {SHOWN_SECONDS:g} s")
        return Result(Outcome.DONE, {"state": station.connectors[connector].told(STATE)})

    async def unlock(self, arguments: Mapping[str, Json], connector: int) -> Result:
        """Let go of the plug."""
        _only(arguments)
        status = await self._status("UnlockConnector", {"connectorId": connector})
        if status == "Unlocked":
            return Result(Outcome.DONE)
        return Result(Outcome.FAILED, why=f"the charger answers {status}")

    async def available(self, arguments: Mapping[str, Json], connector: int) -> Result:
        """Take a connector out of use or give it back: done when its state shows it."""
        _only(arguments, "on")
        on = arguments.get("on")
        if not isinstance(on, bool):
            raise ValueError("on must be true or false")  # noqa: TRY004  one kind of error for the caller
        station = self._station
        if on and connector in station.off:
            return Result(Outcome.REFUSED, why="charging is held off at this connector")
        fields = {"connectorId": connector, "type": "Operative" if on else "Inoperative"}
        status = await self._status("ChangeAvailability", fields)
        if status == "Scheduled":
            return Result(Outcome.UNKNOWN, why="accepted for when the running charging has ended")
        if status != "Accepted":
            return Result(Outcome.FAILED, why=f"the charger answers {status}")
        readings = station.connectors[connector]
        if not await station.until(lambda: (readings.told(STATE) == "unavailable") is not on, SHOWN_SECONDS):
            return Result(Outcome.UNKNOWN, why="accepted, but its state does not show it")
        return Result(Outcome.DONE, {"state": readings.told(STATE)})

    # ------------------------------------------------------------ the charger as a whole

    async def reset(self, arguments: Mapping[str, Json]) -> Result:
        """Start it anew: done when it says that it started."""
        _only(arguments, "hard")
        station = self._station
        boots = station.boots
        refused = await self._said("Reset", {"type": "Hard" if arguments.get("hard") is True else "Soft"})
        if refused is not None:
            return refused
        if not await station.until(lambda: station.boots != boots, SHOWN_SECONDS):
            return Result(Outcome.UNKNOWN, why=f"accepted, but it did not start within {SHOWN_SECONDS:g} s")
        return Result(Outcome.DONE)

    async def trigger(self, arguments: Mapping[str, Json]) -> Result:
        """Have it send a message: done when that came."""
        _only(arguments, "message", "connector")
        message, station = str(arguments.get("message", "")), self._station
        if message not in TRIGGERS:
            raise ValueError(f"message must be one of {', '.join(TRIGGERS)}")
        fields: dict[str, Json] = {"requestedMessage": message}
        if arguments.get("connector") is not None:
            fields["connectorId"] = _number(arguments["connector"], len(station.connectors))
        heard = station.heard.get(message, 0)
        refused = await self._said("TriggerMessage", fields)
        if refused is not None:
            return refused
        if not await station.until(lambda: station.heard.get(message, 0) != heard, SHOWN_SECONDS):
            return Result(Outcome.UNKNOWN, why=f"accepted, but no {message} came")
        return Result(Outcome.DONE)

    async def configure(self, arguments: Mapping[str, Json]) -> Result:
        """Set one key: done when it reads back."""
        _only(arguments, "key", "value")
        key, value = str(arguments.get("key", "")), str(arguments.get("value", ""))
        _not_secret(key)
        status = await self._status("ChangeConfiguration", {"key": key, "value": value})
        if status == "RebootRequired":
            return Result(Outcome.DONE, {key: value}, why="from its next start on")
        if status != "Accepted":
            return Result(Outcome.FAILED, why=f"the charger answers {status}")
        found = await self._configuration([key])
        if found.get(key) != value:
            return Result(Outcome.UNKNOWN, found, why="accepted, but it reads back otherwise")
        return Result(Outcome.DONE, found)

    async def configuration(self, arguments: Mapping[str, Json]) -> Result:
        """Read keys (a list, or words with commas; none for all)."""
        _only(arguments, "keys")
        said = arguments.get("keys") or []
        keys = [str(key) for key in said] if isinstance(said, list) else [k.strip() for k in str(said).split(",")]
        for key in keys:
            _not_secret(key)
        return Result(Outcome.DONE, await self._configuration(keys))

    async def clear_cache(self, arguments: Mapping[str, Json]) -> Result:
        """Have it forget which tags it knows."""
        _only(arguments)
        return await self._said("ClearCache", {}) or Result(Outcome.DONE)

    # ------------------------------------------------------------ saying it

    async def _said(self, action: str, fields: Mapping[str, Json], urgency: Urgency = Urgency.COMMAND) -> Result | None:
        """Say it. None when it was accepted, which is not yet done."""
        status = await self._status(action, fields, urgency)
        return None if status == "Accepted" else Result(Outcome.FAILED, why=f"the charger answers {status}")

    async def _status(self, action: str, fields: Mapping[str, Json], urgency: Urgency = Urgency.COMMAND) -> str:
        answer = await self._conversation.call(action, fields, urgency)
        return shown(str(answer.get("status", "nothing that OCPP knows")))

    async def _configuration(self, keys: list[str]) -> dict[str, Value]:
        answer = await self._conversation.call("GetConfiguration", {"key": keys} if keys else {}, Urgency.COMMAND)
        rows = answer.get("configurationKey")
        found: dict[str, Value] = {}
        for row in rows[:KEYS_SHOWN] if isinstance(rows, list) else ():
            if isinstance(row, dict) and str(row.get("key")).casefold() not in SECRET_KEYS:
                found[shown(str(row.get("key")))] = shown(str(row.get("value", "")))
        return found


_AT_A_CONNECTOR: Final[Mapping[str, ActAtConnector]] = {
    "start": Acts.start,
    "stop": Acts.stop,
    "unlock": Acts.unlock,
    "available": Acts.available,
}
_OF_THE_WHOLE: Final[Mapping[str, Act]] = {
    "reset": Acts.reset,
    "trigger": Acts.trigger,
    "configure": Acts.configure,
    "configuration": Acts.configuration,
    "clear_cache": Acts.clear_cache,
}


def _only(arguments: Mapping[str, Json], *names: str) -> None:
    if unknown := sorted(arguments.keys() - set(names)):
        raise ValueError(f"there is no argument {', '.join(unknown)}")


def _number(said: Json, most: int) -> int:
    if type(said) is int and 0 <= said <= most:
        return said
    raise ValueError(f"connector must be from 0 to {most}")


def _not_secret(key: str) -> None:
    if key.casefold() in SECRET_KEYS:
        raise ValueError(
            f"{key} is a password: it is changed at the charger and in the configuration, never by a command"
        )
