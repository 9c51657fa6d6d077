"""What a charger is asked and set after it dialled in, of our own accord and behind everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.ocpp.calling import CallFailed, SaidNo, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from drivers.ocpp.conversation import Conversation
    from drivers.ocpp.station import Station

BOOT_SECONDS: Final = 3.0
"""So long a charger that was without power has for its BootNotification: before it, it may be asked nothing (OCPP 1.6, 4.2)."""
STATUS_SECONDS: Final = 5.0
"""So long it has after that to say by itself how its connectors are."""
CLOCK_ALIGNED_SECONDS: Final = 60
"""How often a connector is measured that does not charge: a relay that is welded shows there."""

MEASURANDS: Final = (
    "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Temperature",
    "Energy.Active.Import.Register,Power.Active.Import,Current.Import",
)
"""What it is to measure; the second for a charger that has not all of the first and so refuses them together."""


async def settle(station: Station, conversation: Conversation) -> None:
    """See that its state is known, and after each boot that it measures as we want. What it refuses, it goes on without."""
    boots = station.boots
    booted = await station.until(lambda: station.boots != boots, BOOT_SECONDS)
    await station.until(lambda: station.told_of >= station.connectors.keys(), STATUS_SECONDS)
    try:
        if not booted and not station.boots:  # it went on over our restart: nothing is known of it
            await _asked(conversation, "TriggerMessage", {"requestedMessage": "BootNotification"})
        for connector in sorted(station.connectors.keys() - station.told_of):
            fields = {"requestedMessage": "StatusNotification", "connectorId": connector}
            await _asked(conversation, "TriggerMessage", fields)
        if booted or not station.settled:
            await _configure(conversation, station.shared.sample_seconds)
            station.settled = True
    except CallFailed:
        return  # its next connection tries again


async def _configure(conversation: Conversation, sample_seconds: int) -> None:
    """Write only what is otherwise: a charger keeps its configuration in flash."""
    wanted: Mapping[str, tuple[str, ...]] = {
        "MeterValueSampleInterval": (str(sample_seconds),),
        "MeterValuesSampledData": MEASURANDS,
        "ClockAlignedDataInterval": (str(CLOCK_ALIGNED_SECONDS),),
        "MeterValuesAlignedData": MEASURANDS,
    }
    answer = await _asked(conversation, "GetConfiguration", {"key": list(wanted)})
    rows = answer.get("configurationKey")
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("readonly") is True:
            continue
        values = wanted.get(str(row.get("key")), ())
        if any(_same(value, row.get("value")) for value in values):
            continue
        for value in values:
            changed = await _asked(conversation, "ChangeConfiguration", {"key": row["key"], "value": value})
            if changed.get("status") != "Rejected":
                break


def _same(wanted: str, found: Json) -> bool:
    """Whether a list has all that is wanted; a number is a list of one."""
    return isinstance(found, str) and set(wanted.split(",")) <= {word.strip() for word in found.split(",")}


async def _asked(conversation: Conversation, action: str, fields: Mapping[str, Json]) -> Mapping[str, Json]:
    """The answer, empty where the charger answers with an error. Raises CallFailed where it does not answer at all."""
    try:
        return await conversation.call(action, fields, Urgency.OWN)
    except SaidNo:
        return {}
