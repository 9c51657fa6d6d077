"""The shapes of answers about detectors and the receivers that hear them; see `shapes.py`. No sensor's key is ever in them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from gateway.serve.alarm_shapes import Alarm  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Link, Shape
from gateway.serve.shapes import Point, Supervised

DetectorKind: TypeAlias = Literal["smoke", "gas", "co", "heat"]
Heard: TypeAlias = Literal["unmounted", "unknown", "heard", "late", "lost"]


class DetectorPlace(Shape):
    """Where a sensor is to hang."""

    id: Annotated[str, Field(description="Its id, such as b3-2-501-smoke.")]
    kind: Annotated[DetectorKind | None, Field(description="What it watches for; null: it is no longer configured.")]
    building: Annotated[str, Field(description="The building's id.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    entrance: Annotated[str, Field(description="The entrance, empty where there is none.")]
    floor: Annotated[int, Field(description="The floor; 0 where none was written.")]
    flat: Annotated[str, Field(description="The flat, such as 501; empty in a common part of the building.")]
    name: Annotated[str, Field(description="What it is called, such as 501 烟感.")]


class HungSensor(Shape):
    """The sensor that hangs at a detector."""

    tail: Annotated[str, Field(description="The last four digits of its address, as on its label.")]
    product: Annotated[str, Field(description="The profile that describes it.")]
    title: Annotated[str, Field(description="What its product is called.")]
    mounted: Annotated[datetime | None, Field(description="Since when it hangs here.")]
    expires: Annotated[datetime | None, Field(description="When it is to be replaced; null: it never is.")]


class Detector(DetectorPlace):
    """A place where a sensor is to hang, and how it is."""

    common: Annotated[bool, Field(description="Whether it is in a common part of the building.")]
    state: Annotated[
        Heard,
        Field(
            description="unmounted: nothing hangs here; unknown: not heard yet; heard: in time; late: missed for a while; "
            "lost: missed for so long that it is an alarm."
        ),
    ]
    blind: Annotated[bool, Field(description="Whether every receiver that usually hears it is deaf.")]
    alarm: Annotated[bool, Field(description="Whether an alarm of smoke, gas, CO or heat of it is open.")]
    worst: Annotated[int | None, Field(description="Priority of its worst open alarm of any sort, 1 to 4.")]
    fault: Annotated[bool, Field(description="Whether it tells of a fault or of tampering, or its key does not open.")]
    under_test: Annotated[bool, Field(description="Whether it is being tested.")]
    heard: Annotated[datetime | None, Field(description="When it last proved to be alive since the gateway started.")]
    sensor: Annotated[HungSensor | None, Field(description="What hangs here; null: nothing.")]
    battery: Annotated[float | None, Field(description="Battery in %.")]
    battery_low: Annotated[bool | None, Field(description="Whether it says that its battery is low.")]
    signal: Annotated[int | None, Field(description="How loud it is heard, in dBm.")]
    heard_by: Annotated[str | None, Field(description="The receiver that hears it best.")]
    heard_by_name: Annotated[str, Field(description="What that receiver is called.")]


class Detectors(Shape):
    """Detectors that the actor may see."""

    detectors: Annotated[list[Detector], Field(description="In the order in which people walk.")]
    total: Annotated[int, Field(description="How many fit what was asked, on all pages.")]
    next: Annotated[str | None, Field(description="Ask with `after` set to this for more; null: that was all.")]


class DetectorCounts(Supervised):
    """Detectors in numbers."""

    detectors: Annotated[int, Field(description="Places where a sensor is to hang.")]
    battery_low: Annotated[int, Field(description="Those with a low battery.")]
    fault: Annotated[int, Field(description="Those with a fault.")]
    alarm: Annotated[int, Field(description="Those with an open alarm of smoke, gas, CO or heat.")]
    under_test: Annotated[int, Field(description="Those that are being tested.")]


class ReceiverCounts(Shape):
    """Receivers in numbers."""

    total: Annotated[int, Field(description="Receivers.")]
    blind: Annotated[int, Field(description="Those that hear nothing.")]


class Counts(Shape):
    """All detectors in numbers."""

    all: Annotated[DetectorCounts, Field(description="All that the actor may see.")]
    buildings: Annotated[
        dict[str, DetectorCounts], Field(description="By building; buildings without any are left out.")
    ]
    receivers: Annotated[ReceiverCounts, Field(description="The receivers.")]
    stock: Annotated[int, Field(description="Sensors that hang nowhere.")]
    strangers: Annotated[int, Field(description="What was heard since the gateway started and nobody enrolled.")]


class SensorRecord(Shape):
    """Something that was done to what hangs at a detector."""

    at: Annotated[datetime, Field(description="When.")]
    what: Annotated[
        str, Field(description="mounted, replaced, taken_down, gone, changed, battery_change or battery_changed.")
    ]
    actor: Annotated[str, Field(description="Who did it; empty for nobody, and for those who only look.")]
    tail: Annotated[str, Field(description="The last four digits of the sensor's address; empty where none is meant.")]
    why: Annotated[str, Field(description="The reason that was given.")]


class DetectorDetail(Detector):
    """A detector with all that is known of it."""

    line: Annotated[str, Field(description="The line of receivers that hears it.")]
    link: Annotated[Link, Field(description="misconfigured: its key does not open.")]
    why: Annotated[str, Field(description="Why it is misconfigured.")]
    battery_change_until: Annotated[
        datetime | None, Field(description="Until when its battery is being changed; null: it is not.")
    ]
    points: Annotated[dict[str, Point], Field(description="Its points by key.")]
    alarms: Annotated[list[Alarm], Field(description="Its alarms that are not normal, worst first.")]
    record: Annotated[list[SensorRecord], Field(description="What was done to it, newest first, 50 at most.")]
    statistics: Annotated[
        dict[str, float], Field(description="The driver's numbers of it, such as replay and bad_mic.")
    ]


class Receiver(Shape):
    """A receiver of sensors."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What it is called.")]
    building: Annotated[str, Field(description="The building that it stands in, empty where there is none.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    entrance: Annotated[str, Field(description="The entrance.")]
    line: Annotated[str, Field(description="The line that it belongs to.")]
    kind: Annotated[Literal["adapter", "proxy"], Field(description="A Bluetooth adapter of the box, or a proxy.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]
    why: Annotated[str, Field(description="Why it cannot.")]
    blind: Annotated[bool, Field(description="Whether it is judged to hear nothing.")]
    heard_rate: Annotated[float | None, Field(description="Packets a second from anybody.")]
    sensors: Annotated[int | None, Field(description="How many of our sensors it heard in ten minutes.")]
    last_heard: Annotated[datetime | None, Field(description="When it last told of itself.")]
    statistics: Annotated[dict[str, float], Field(description="The driver's numbers of it.")]


class Receivers(Shape):
    """All receivers that the actor may see."""

    receivers: Annotated[list[Receiver], Field(description="In the order of the configuration.")]
