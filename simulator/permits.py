"""The permits of a compound's residents as the CSV that a gateway imports."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TextIO

from simulator.compound import GATE_BUILDING
from simulator.residents import residents

if TYPE_CHECKING:
    from simulator.compound import Compound

COLUMNS = ("person", "name", "building", "entrance", "flat", "card", "code", "groups", "schedule", "from", "until")
_GROUPS_APART = ";"


def write_permits(compound: Compound, now: float, out: TextIO) -> None:
    """Write a row for each card: it opens the doors of its entrance and the gates, at all hours.

    A tenant's card ends with the lease, so many days after `now` (seconds since 1970).
    """
    today = datetime.fromtimestamp(now, UTC).date()
    gates = [entrance.id for entrance in compound.entrances if entrance.building == GATE_BUILDING]
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in residents(compound):
        groups = _GROUPS_APART.join((one.device, *gates))
        until = (today + timedelta(days=one.lease_days)).isoformat() if one.lease_days else ""
        rows.writerow((one.person, one.name, one.building, one.entrance, one.flat, one.card, "", groups, "", "", until))
