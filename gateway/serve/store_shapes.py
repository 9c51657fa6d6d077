"""The shapes of answers about the stores: disk, journal, outbox, history, outlets, backup."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.shape import Shape


class Disk(Shape):
    """The room on the data folder's disk."""

    state: Annotated[
        Literal["ample", "scarce", "full"],
        Field(description="scarce: telemetry is not written; full: what was held back is given to the journal."),
    ]
    free_bytes: Annotated[int, Field(description="What the gateway may still write there.")]


class Journal(Shape):
    """Whether the journal keeps what happens."""

    recorded: Annotated[bool, Field(description="Whether it does.")]
    why: Annotated[str, Field(description="Why not.")]


class Waiting(Shape):
    """Telemetry that waits."""

    batches: Annotated[int, Field(description="Batches, of a second or 2,000 lines each.")]
    points: Annotated[int, Field(description="Values in them.")]
    bytes: Annotated[int, Field(description="What they take on disk.")]
    oldest: Annotated[datetime | None, Field(description="When the oldest value was received; null: nothing waits.")]


class Backlog(Waiting):
    """What a destination has not got yet."""

    dropped: Annotated[int, Field(description="Values that were dropped before it got them.")]


class Outbox(Waiting):
    """Telemetry on its way out, for whomever."""

    max_bytes: Annotated[int, Field(description="Beyond so much the oldest telemetry is dropped.")]
    max_age_seconds: Annotated[float, Field(description="What is older is dropped.")]
    keep_free_bytes: Annotated[int, Field(description="With less free on the disk no telemetry is written.")]
    lost: Annotated[
        dict[str, int], Field(description="Values dropped, by reason: full, age, room, damaged or overrun.")
    ]
    damaged: Annotated[list[str], Field(description="What was set aside or rescued when the gateway started.")]


class RecentPast(Shape):
    """The telemetry of the last days, for plots and exports."""

    keep_days: Annotated[int, Field(description="For how many days it is kept.")]
    lost: Annotated[list[str], Field(description="What could not be kept or read, newest last.")]
    lost_minutes: Annotated[int, Field(description="Minutes of poll groups dropped since the gateway started.")]


class Outlet(Shape):
    """An outlet and where it leads. Numbers count since the gateway started."""

    id: Annotated[str, Field(description="Its id.")]
    kind: Annotated[str, Field(description="What it speaks, such as influxdb or mqtt.")]
    target: Annotated[str, Field(description="Where it leads; no secret is in it.")]
    state: Annotated[
        Literal["starting", "up", "failing", "refused"],
        Field(description="failing: time may cure it; refused: only a person can."),
    ]
    why: Annotated[str, Field(description="Why it is not up.")]
    since: Annotated[datetime | None, Field(description="When that began; null: nothing was tried yet.")]
    points: Annotated[int, Field(description="Values that the destination has confirmed.")]
    records: Annotated[int, Field(description="Alarms, events and commands that it has confirmed.")]
    requests: Annotated[int, Field(description="Requests made.")]
    refused: Annotated[int, Field(description="Lines that it will never take; they are in quarantine.")]
    backlog: Annotated[Backlog, Field(description="What it has not got yet.")]


class Backup(Shape):
    """How old the newest good backup at one place is."""

    place: Annotated[str, Field(description="Where it goes; no secret is in it.")]
    last: Annotated[datetime | None, Field(description="When it was made; null: there is none.")]
    ok: Annotated[bool, Field(description="Whether the last try went well.")]
    why: Annotated[str, Field(description="Why it did not.")]
    due: Annotated[datetime | None, Field(description="When the next one is made; null: none is planned.")]


class Stores(Shape):
    """What is kept on disk and carried out, and how that goes."""

    now: Annotated[datetime, Field(description="The gateway's time.")]
    disk: Annotated[Disk, Field(description="The data folder's disk.")]
    journal: Annotated[Journal, Field(description="The journal.")]
    outbox: Annotated[Outbox, Field(description="Telemetry on its way out.")]
    history: Annotated[RecentPast, Field(description="The recent past, for plots and exports.")]
    outlets: Annotated[list[Outlet], Field(description="In the order of the configuration.")]
    backups: Annotated[list[Backup], Field(description="One for each place; empty: none is set up.")]


class Refused(Shape):
    """A line that a destination will never take."""

    destination: Annotated[str, Field(description="The outlet's id.")]
    at: Annotated[datetime, Field(description="When it was refused.")]
    line: Annotated[str, Field(description="The line as it was sent; what is no UTF-8 is written as \\xNN.")]
    why: Annotated[str, Field(description="The destination's own words.")]


class Quarantine(Shape):
    """Lines that were refused."""

    lines: Annotated[list[Refused], Field(description="Newest first.")]
