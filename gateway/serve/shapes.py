"""The shapes of all answers, for the API's description.

Answers are built as plain JSON and never pass through these on their way out; a test holds every route's real answer
against its shape. Times are ISO 8601 in UTC with milliseconds.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from gateway.serve.alarm_shapes import Alarm  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Link, Reading, Shape

Quality: TypeAlias = Literal["good", "uncertain", "bad"]


class Health(Shape):
    """Whether the process lives, or is ready."""

    status: Annotated[Literal["ok"], Field(description="Always ok; anything else is a problem.")]


class Supervised(Shape):
    """How many detectors were heard of."""

    mounted: Annotated[int, Field(description="Detectors where a sensor hangs.")]
    unknown: Annotated[int, Field(description="Those not heard yet since they were mounted or the gateway started.")]
    late: Annotated[int, Field(description="Those that were missed for a while.")]
    lost: Annotated[int, Field(description="Those that are missing.")]


class Tile(Shape):
    """One building in numbers."""

    id: Annotated[str, Field(description="The building's id.")]
    name: Annotated[str, Field(description="The building's name.")]
    grid: Annotated[str, Field(description="The grid that it belongs to.")]
    units: Annotated[int, Field(description="Its entrances.")]
    floors: Annotated[int, Field(description="Its floors above ground.")]
    worst: Annotated[int | None, Field(description="Priority of the worst open alarm, 1 to 4.")]
    alarms: Annotated[int, Field(description="Open alarms.")]
    unanswered: Annotated[int, Field(description="Open alarms that nobody has taken.")]
    devices: Annotated[int, Field(description="Devices.")]
    offline: Annotated[int, Field(description="Devices that cannot be reached, or are set up wrongly.")]
    unheard: Annotated[int, Field(description="Devices whose state is not known now: offline, never heard, or silent.")]
    doors: Annotated[int, Field(description="Doors.")]
    open: Annotated[int, Field(description="Doors that are open, as last heard.")]
    held: Annotated[int, Field(description="Doors held open for too long, as last heard.")]
    forced: Annotated[int, Field(description="Doors opened by force, as last heard.")]
    detectors: Annotated[Supervised, Field(description="Its detectors; they are not among its devices.")]


class Verdict(Shape):
    """One line for everything."""

    state: Annotated[
        Literal["well", "unknown", "alarm", "empty"],
        Field(
            description="alarm: something is open; unknown: nothing is open, but something was not heard; well: all heard; "
            "empty: there is no device yet."
        ),
    ]
    critical: Annotated[int, Field(description="Open alarms of priority 1.")]
    unanswered: Annotated[int, Field(description="Open alarms that nobody has taken.")]
    open: Annotated[int, Field(description="Open alarms.")]
    unheard: Annotated[int, Field(description="Devices whose state is not known now.")]
    offline: Annotated[int, Field(description="Devices that cannot be reached, or are set up wrongly.")]
    silent: Annotated[int, Field(description="Detectors of which nobody knows how they are: unknown, late or lost.")]


class CompoundName(Shape):
    """What the compound is called, and how large it is."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="Its name.")]
    households: Annotated[int, Field(description="How many households it has.")]
    simulated: Annotated[bool, Field(description="Whether it is a simulation.")]


class Grid(Shape):
    """A grid."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="Its name.")]


class LineCounts(Shape):
    """How many lines are reachable."""

    up: Annotated[int, Field(description="Lines that are up.")]
    lost: Annotated[int, Field(description="Lines that are lost, or set up wrongly.")]
    unknown: Annotated[int, Field(description="Lines that have not been reached yet.")]


class Parcels(Shape):
    """The parcel lockers in numbers."""

    overdue: Annotated[int, Field(description="Compartments in which a parcel has lain for too long.")]
    forced: Annotated[int, Field(description="Compartments that were opened by force; until somebody looked.")]


class Charging(Shape):
    """Charging in numbers."""

    charging: Annotated[int, Field(description="Sessions that run.")]
    stops: Annotated[int, Field(description="Emergency stops that stand.")]
    not_stopped: Annotated[int, Field(description="Ports at which, after such a stop, current may still flow.")]


class Overview(Shape):
    """The first screen, limited to the actor's grids."""

    seq: Annotated[int, Field(description="The sequence of the view's last delta.")]
    now: Annotated[datetime, Field(description="The gateway's time.")]
    clock_trusted: Annotated[bool, Field(description="Whether that clock is to be believed.")]
    recorded: Annotated[bool, Field(description="Whether what happens is being journalled.")]
    page: Annotated[
        str, Field(description="The name of the page's build; empty without one. An open page of another one is old.")
    ]
    compound: Annotated[CompoundName, Field(description="The compound.")]
    verdict: Annotated[Verdict, Field(description="Whether all is well.")]
    detectors: Annotated[Supervised, Field(description="The detectors in numbers.")]
    lockers: Annotated[Parcels, Field(description="What waits in the parcel lockers.")]
    charging: Annotated[Charging, Field(description="What charges, and what was stopped.")]
    grids: Annotated[list[Grid], Field(description="The grids.")]
    buildings: Annotated[list[Tile], Field(description="The buildings, in the order of the configuration.")]
    alarms: Annotated[list[Alarm], Field(description="All alarms that are not normal, worst first.")]
    lines: Annotated[LineCounts, Field(description="The lines in numbers.")]
    stories: Annotated[list[str], Field(description="Stories that the simulator can play; empty without one.")]


class Point(Shape):
    """One quantity of a device."""

    kind: Annotated[Literal["boolean", "integer", "real", "text"], Field(description="What sort of value it has.")]
    unit: Annotated[str, Field(description="The unit, such as V or Cel.")]
    meaning: Annotated[str, Field(description="What it means to rules, such as door_open.")]
    part: Annotated[str, Field(description="The part of the device that it belongs to, such as door1.")]
    value: Annotated[Reading, Field(description="The value; null where there is none.")]
    quality: Annotated[Quality, Field(description="How far it can be believed.")]
    why: Annotated[str, Field(description="Why it is not good.")]
    heard: Annotated[datetime | None, Field(description="When the device last answered for it.")]
    measured: Annotated[datetime | None, Field(description="The device's own time of measurement, if it tells.")]


class NamedPoint(Point):
    """A point on its own."""

    device: Annotated[str, Field(description="The device.")]
    key: Annotated[str, Field(description="The point's key.")]


class DeviceSummary(Shape):
    """A device without its values."""

    id: Annotated[str, Field(description="Its id.")]
    product: Annotated[str, Field(description="The profile that describes it.")]
    name: Annotated[str, Field(description="Its name.")]
    building: Annotated[str, Field(description="The building that it stands in.")]
    entrance: Annotated[str, Field(description="The entrance.")]
    line: Annotated[str, Field(description="The line on which it is reached.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]
    why: Annotated[str, Field(description="Why it cannot.")]
    fresh: Annotated[bool, Field(description="Whether all of it was heard in time.")]
    heard: Annotated[datetime | None, Field(description="When it was last heard.")]
    parts: Annotated[dict[str, str], Field(description="Names of its parts.")]


class Device(DeviceSummary):
    """A device with its values."""

    points: Annotated[dict[str, Point], Field(description="Its points by key.")]


class Devices(Shape):
    """Devices."""

    devices: Annotated[list[DeviceSummary], Field(description="In the order of the configuration.")]


class BuildingView(Shape):
    """A building with its devices."""

    seq: Annotated[int, Field(description="The sequence of the view's last delta.")]
    now: Annotated[datetime, Field(description="The gateway's time.")]
    building: Annotated[Tile, Field(description="The building in numbers.")]
    devices: Annotated[list[Device], Field(description="Its devices.")]


class History(Shape):
    """A point's past in buckets; null and `gap` where nothing is known."""

    device: Annotated[str, Field(description="The device.")]
    key: Annotated[str, Field(description="The point's key.")]
    kind: Annotated[str, Field(description="What sort of value it has; booleans are plotted as 0 and 1.")]
    unit: Annotated[str, Field(description="The unit.")]
    meaning: Annotated[str, Field(description="What it means to rules.")]
    start: Annotated[datetime, Field(description="Where the plot begins.")]
    end: Annotated[datetime, Field(description="Where it ends.")]
    bucket_seconds: Annotated[float, Field(description="How long a bucket is.")]
    t: Annotated[list[float], Field(description="When each bucket begins, in seconds since 1970.")]
    min: Annotated[list[float | None], Field(description="The least value in each bucket.")]
    max: Annotated[list[float | None], Field(description="The greatest value.")]
    mean: Annotated[list[float | None], Field(description="The time-weighted mean.")]
    last: Annotated[list[float | None], Field(description="The value at its end.")]
    quality: Annotated[
        list[Literal["good", "uncertain", "bad", "gap"]], Field(description="How far it can be believed.")
    ]


class Ended(Shape):
    """How a command ended. `unknown` is an answer: nobody may read it as done."""

    id: Annotated[int, Field(description="The command's number.")]
    outcome: Annotated[Literal["done", "refused", "failed", "unknown"], Field(description="How it ended.")]
    confirmed: Annotated[dict[str, Reading], Field(description="What the device confirmed, by point.")]
    why: Annotated[str, Field(description="Why it did not end well.")]


class Event(Shape):
    """One row of the journal's log."""

    seq: Annotated[int, Field(description="Its sequence.")]
    at: Annotated[datetime, Field(description="When it was written.")]
    trusted: Annotated[bool, Field(description="Whether the clock was to be believed then.")]
    kind: Annotated[str, Field(description="What sort of row it is.")]
    subject: Annotated[str, Field(description="What it is about.")]
    body: Annotated[Any, Field(description="The rest of it, by kind.")]


class Events(Shape):
    """Rows of the journal's log."""

    events: Annotated[list[Event], Field(description="Oldest first.")]
    next: Annotated[int, Field(description="Ask for rows after this one next.")]


class Unit(Shape):
    """One device on a line."""

    device: Annotated[str, Field(description="The device.")]
    name: Annotated[str, Field(description="What it is called.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]
    why: Annotated[str, Field(description="Why it cannot.")]
    statistics: Annotated[dict[str, float], Field(description="Its own numbers, such as missed and p99_ms.")]


class Line(Shape):
    """One way to reach devices."""

    id: Annotated[str, Field(description="Its id.")]
    driver: Annotated[str, Field(description="The driver that serves it.")]
    address: Annotated[str, Field(description="How it is reached.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]
    why: Annotated[str, Field(description="Why it cannot.")]
    since: Annotated[datetime | None, Field(description="When that last changed.")]
    devices: Annotated[int, Field(description="How many devices are on it.")]
    statistics: Annotated[dict[str, float], Field(description="The driver's own numbers, such as utilisation.")]
    units: Annotated[list[Unit], Field(description="Those of its devices that the actor may see.")]


class Lines(Shape):
    """All lines."""

    lines: Annotated[list[Line], Field(description="In the order of the configuration.")]


class Stranger(Shape):
    """Something that was heard and that nobody enrolled."""

    address: Annotated[str, Field(description="How the line names it.")]
    what: Annotated[str, Field(description="What it seems to be.")]
    at: Annotated[datetime, Field(description="When it was first heard.")]
    receiver: Annotated[str, Field(description="The receiver that heard it best; empty where that is not known.")]
    rssi: Annotated[int, Field(description="How loud, in dBm; 0 where that is not known.")]


class Strangers(Shape):
    """What was heard since the gateway started and is not enrolled."""

    strangers: Annotated[list[Stranger], Field(description="Newest first.")]


class Started(Shape):
    """A story that the simulator has begun to play."""

    name: Annotated[str, Field(description="The story.")]
    target: Annotated[str | None, Field(description="What it happens to, if it names something.")]
