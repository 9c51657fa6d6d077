"""The shapes of answers about charging rooms, sessions and emergency stops; see `shapes.py`. Who charges, they never tell."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from gateway.serve.alarm_shapes import Alarm  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Link, Shape

Reached: TypeAlias = Literal["port", "charger", "room", "building", "all"]
Phase: TypeAlias = Literal["ordered", "proved", "not_stopped"]


class RoomContactor(Shape):
    """What cuts a whole charging room."""

    device: Annotated[str, Field(description="The device that moves it.")]
    part: Annotated[str, Field(description="Which part of that device.")]
    closed: Annotated[
        bool | None, Field(description="Whether its contact says that it is closed; null: not known now.")
    ]


class Room(Shape):
    """A charging room in numbers."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What it is called.")]
    building: Annotated[str, Field(description="The building that it belongs to, empty where there is none.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    cabinet: Annotated[str, Field(description="Where its switch is, for whoever has to pull it.")]
    kind: Annotated[Literal["ebike", "car"], Field(description="What is charged here.")]
    ports: Annotated[int, Field(description="Charging ports. Each is counted once more below at most.")]
    charging: Annotated[int, Field(description="Those at which a session runs.")]
    free: Annotated[int, Field(description="Those that can be used.")]
    held: Annotated[int, Field(description="Those that must not carry current, for whatever reason.")]
    fault: Annotated[int, Field(description="Those that report a fault.")]
    offline: Annotated[int, Field(description="Those whose state is not known now.")]
    watts: Annotated[float, Field(description="What all ports together draw, in W, as last heard.")]
    limit_watts: Annotated[float | None, Field(description="What they may draw together, in W; null: no limit.")]
    contactor: Annotated[RoomContactor | None, Field(description="What cuts the room; null: only hands do.")]
    stop: Annotated[
        str | None, Field(description="The emergency stop that stands for all of it or a part; null: none.")
    ]
    alarms: Annotated[int, Field(description="Open alarms of the room and its chargers.")]
    worst: Annotated[int | None, Field(description="Priority of the worst of them, 1 to 4.")]


class Rooms(Shape):
    """Charging rooms that the actor may see."""

    rooms: Annotated[list[Room], Field(description="In the order of the configuration.")]
    total: Annotated[int, Field(description="How many fit what was asked, on all pages.")]
    next: Annotated[str | None, Field(description="Ask with `after` set to this for more; null: that was all.")]


class Port(Shape):
    """A charging port. A number is null where the charger does not tell it, or told a bad one."""

    part: Annotated[str, Field(description="Its name in the charger, such as p04.")]
    name: Annotated[str, Field(description="What people call it.")]
    state: Annotated[
        str,
        Field(
            description="free, connected, charging, paused, finishing, reserved, fault, unavailable, or unknown: not heard."
        ),
    ]
    watts: Annotated[float | None, Field(description="What it draws, in W.")]
    amperes: Annotated[float | None, Field(description="What flows, in A.")]
    volts: Annotated[float | None, Field(description="The voltage, in V.")]
    celsius: Annotated[float | None, Field(description="The socket's temperature, in Cel.")]
    milliamperes: Annotated[float | None, Field(description="What leaks to earth, in mA.")]
    charge: Annotated[float | None, Field(description="How full the battery is, in %.")]
    kwh: Annotated[float | None, Field(description="What the running session has drawn, in kW.h; null: none runs.")]
    session: Annotated[str | None, Field(description="The session that runs; null: none.")]
    since: Annotated[datetime | None, Field(description="When that session began.")]
    holds: Annotated[
        list[str],
        Field(
            description="Why it must not carry current: stop, trip, full, idle, cap, session_cap, room_limit, mains, welded."
        ),
    ]
    error: Annotated[str, Field(description="What it complains of, in its maker's words; empty for nothing.")]
    alarm: Annotated[int | None, Field(description="Priority of its worst open alarm, 1 to 4.")]
    sure: Annotated[bool, Field(description="Whether all this was heard in time; otherwise it is what was heard last.")]
    heard: Annotated[datetime | None, Field(description="When the charger last told of it.")]


class Charger(Shape):
    """A charger with its ports."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What it is called.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]
    why: Annotated[str, Field(description="Why it cannot.")]
    fresh: Annotated[bool, Field(description="Whether all of it was heard in time.")]
    product: Annotated[str, Field(description="The profile that describes it.")]
    celsius: Annotated[float | None, Field(description="The temperature inside its cabinet, in Cel.")]
    smoke: Annotated[
        bool | None, Field(description="Whether its own smoke detector found smoke; null: it does not tell.")
    ]
    mains_fail: Annotated[bool | None, Field(description="Whether it is without mains; null: it does not tell.")]
    commands: Annotated[list[str], Field(description="The commands that it takes, such as p04.stop.")]
    ports: Annotated[list[Port], Field(description="Its ports, in the order of their names.")]


class RoomDetail(Room):
    """A charging room with its chargers."""

    chargers: Annotated[list[Charger], Field(description="In the order of the configuration.")]
    open_alarms: Annotated[list[Alarm], Field(description="Alarms of it that are not normal, worst first.")]


class RoomPower(Shape):
    """What a room drew, in buckets; null where nothing is known of any port."""

    room: Annotated[str, Field(description="The room.")]
    unit: Annotated[Literal["W"], Field(description="The unit.")]
    start: Annotated[datetime, Field(description="Where the plot begins.")]
    end: Annotated[datetime, Field(description="Where it ends.")]
    bucket_seconds: Annotated[float, Field(description="How long a bucket is.")]
    t: Annotated[list[float], Field(description="When each bucket begins, in seconds since 1970.")]
    mean: Annotated[list[float | None], Field(description="The sum of the ports' means.")]
    max: Annotated[
        list[float | None], Field(description="The sum of the ports' greatest values: the room never drew more.")
    ]
    told: Annotated[
        list[int], Field(description="How many ports each bucket is made of: fewer than all is less than all.")
    ]
    ports: Annotated[int, Field(description="How many ports have a recorded power.")]


class Session(Shape):
    """A charging from plug to plug."""

    session: Annotated[str, Field(description="Its name.")]
    device: Annotated[str, Field(description="The charger.")]
    device_name: Annotated[str, Field(description="What the charger is called.")]
    part: Annotated[str, Field(description="The port.")]
    part_name: Annotated[str, Field(description="What people call the port.")]
    room: Annotated[str, Field(description="The room, empty where there is none.")]
    room_name: Annotated[str, Field(description="What the room is called.")]
    began: Annotated[datetime | None, Field(description="When it began; null: that is not known.")]
    ended: Annotated[datetime | None, Field(description="When it ended; null: it runs.")]
    seconds: Annotated[float | None, Field(description="How long it took, so far if it runs; null: that is not known.")]
    kwh: Annotated[float | None, Field(description="What it has drawn, in kW.h; null: that is not known.")]
    peak_watts: Annotated[float | None, Field(description="The most that it drew, in W; null: that is not known.")]
    why: Annotated[
        str,
        Field(description="Why it ended, or is being ended, such as full, unplugged, command or trip; empty: it runs."),
    ]
    offline: Annotated[bool, Field(description="Whether it was told later, when the charger was back.")]


class Sessions(Shape):
    """Charging sessions."""

    sessions: Annotated[list[Session], Field(description="Those that run, then those that are over; newest first.")]
    running: Annotated[
        int, Field(description="How many run of those that fit what was asked; 0 where they were not asked for.")
    ]
    next: Annotated[int | None, Field(description="Ask with `before` set to this for older ones; null: that was all.")]


class StopPorts(Shape):
    """How far a stop is."""

    ordered: Annotated[int, Field(description="Ports that were told, and for which proof is awaited.")]
    proved: Annotated[int, Field(description="Ports at which no current flows: measured after the order, or cut off.")]
    not_stopped: Annotated[int, Field(description="Ports that could not be proved in time: somebody must go there.")]


class NotStopped(Shape):
    """A port at which current may still flow."""

    device: Annotated[str, Field(description="The charger.")]
    part: Annotated[str, Field(description="The port.")]
    place: Annotated[str, Field(description="Where it is, in words.")]
    cabinet: Annotated[str, Field(description="Where the room's switch is, in words.")]
    why: Annotated[str, Field(description="Why it is not proved.")]


class StopContactor(Shape):
    """A contactor that was told to open for a stop."""

    device: Annotated[str, Field(description="The device that moves it.")]
    part: Annotated[str, Field(description="Which part of that device.")]
    room: Annotated[str, Field(description="The room that it cuts.")]
    state: Annotated[
        Phase,
        Field(description="ordered: told to open; proved: its contact says that it is open; not_stopped: it does not."),
    ]


class Stop(Shape):
    """An emergency stop. It is done when no current flows, not when chargers said that they obey."""

    id: Annotated[str, Field(description="Its id.")]
    reach: Annotated[Reached, Field(description="How far it goes.")]
    what: Annotated[str, Field(description="The port, charger, room or building; empty for all.")]
    name: Annotated[str, Field(description="That in words.")]
    by: Annotated[str, Field(description="Who or what ordered it; a person's name is not told to those who only look.")]
    reason: Annotated[str, Field(description="Why.")]
    began: Annotated[datetime, Field(description="When it was ordered.")]
    phase: Annotated[
        Phase,
        Field(description="ordered: proof is awaited; proved: no current flows; not_stopped: somebody must go there."),
    ]
    ports: Annotated[StopPorts, Field(description="Its ports in numbers.")]
    not_stopped: Annotated[list[NotStopped], Field(description="Ports at which current may still flow, 100 at most.")]
    contactors: Annotated[
        list[StopContactor], Field(description="The contactors that were told to open for it, 100 at most.")
    ]


class Stops(Shape):
    """Emergency stops that stand."""

    stops: Annotated[list[Stop], Field(description="Newest first.")]


class LiftedStop(Shape):
    """A stop that was lifted."""

    id: Annotated[str, Field(description="Its id.")]
