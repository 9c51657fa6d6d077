"""The shapes of answers about sensors, rounds and walk tests; see `shapes.py`. No key of a sensor is ever in them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.detector_shapes import DetectorKind, DetectorPlace
from gateway.serve.shape import Shape

Tail = Annotated[str, Field(description="The last four digits of the sensor's address, as on its label.")]
ReceiverName = Annotated[str, Field(description="What the receiver is called.")]
Dbm = Annotated[int, Field(description="How loud it was heard, in dBm; 0 where that is not known.")]


class StockSensor(Shape):
    """A sensor that hangs nowhere."""

    address: Annotated[str, Field(description="Its radio address, 12 capital hex digits.")]
    tail: Tail
    product: Annotated[str, Field(description="The profile that describes it.")]
    title: Annotated[str, Field(description="What its product is called.")]
    kind: Annotated[DetectorKind | None, Field(description="What it watches for; null: nobody knows its product now.")]
    label: Annotated[str, Field(description="What is printed on it; empty: its address.")]


class Stock(Shape):
    """Sensors that hang nowhere."""

    sensors: Annotated[list[StockSensor], Field(description="By address.")]
    total: Annotated[int, Field(description="How many fit what was asked.")]


class ImportedSensors(Shape):
    """What a list of sensors did, or would do."""

    rows: Annotated[int, Field(description="Rows with a sensor.")]
    new: Annotated[int, Field(description="Sensors that are new.")]
    changed: Annotated[int, Field(description="Sensors that are changed.")]
    unchanged: Annotated[int, Field(description="Sensors that stay as they are.")]
    mounted: Annotated[int, Field(description="Sensors that hang somewhere new.")]


class DroppedSensor(Shape):
    """A sensor that left the stock."""

    address: Annotated[str, Field(description="Its radio address.")]


class Step(Shape):
    """What a round did at a place."""

    detector: Annotated[str, Field(description="The detector.")]
    name: Annotated[str, Field(description="What it is called.")]
    tail: Annotated[
        str, Field(description="The last four digits of the sensor's address; empty: the place was skipped.")
    ]
    at: Annotated[datetime, Field(description="When.")]


class Candidate(Shape):
    """A sensor that was pressed; a person is to say whether it is the one."""

    address: Annotated[str, Field(description="Its radio address: take it by this.")]
    tail: Tail
    product: Annotated[str, Field(description="The profile that describes it.")]
    title: Annotated[str, Field(description="What its product is called.")]
    receiver: Annotated[str, Field(description="The receiver that heard it best.")]
    receiver_name: ReceiverName
    rssi: Dbm
    seconds_ago: Annotated[float, Field(description="How long ago it was pressed.")]


class Round(Shape):
    """An installer's walk: the sensor that is pressed next takes the next place."""

    id: Annotated[str, Field(description="Its id.")]
    actor: Annotated[str, Field(description="Whose walk it is.")]
    next: Annotated[DetectorPlace | None, Field(description="Where the next sensor goes; null: all are done.")]
    left: Annotated[int, Field(description="Places that are still to be filled, the next one included.")]
    total: Annotated[int, Field(description="Places in all.")]
    done: Annotated[list[Step], Field(description="What was done, the latest first.")]
    candidates: Annotated[list[Candidate], Field(description="Pressed, and a person must choose; the latest first.")]
    note: Annotated[
        Literal["", "wrong_kind", "product_unknown", "elsewhere", "several"],
        Field(
            description="Why the last press took no place here. wrong_kind: a sensor of another kind was pressed; "
            "product_unknown: no profile describes it; elsewhere: it took the place of another round; several: it may be of "
            "this round or of another, see the candidates."
        ),
    ]


class Rounds(Shape):
    """The rounds that are under way."""

    rounds: Annotated[list[Round], Field(description="In the order in which they began.")]


class Said(Shape):
    """What a detector said while it was tested."""

    at: Annotated[datetime, Field(description="When.")]
    what: Annotated[str, Field(description="test, smoke, gas, co or heat.")]
    receiver: Annotated[str, Field(description="The receiver that heard it best.")]
    receiver_name: ReceiverName
    rssi: Dbm


class Tested(DetectorPlace):
    """A detector of a walk test."""

    said: Annotated[list[Said], Field(description="What it said, oldest first; empty: not tested yet.")]


class WalkTestSummary(Shape):
    """A walk test in numbers."""

    id: Annotated[str, Field(description="Its id.")]
    by: Annotated[str, Field(description="Whose walk it is.")]
    began: Annotated[datetime, Field(description="When it began.")]
    ends: Annotated[datetime | None, Field(description="When it ends by itself; null: it has ended.")]
    ended: Annotated[datetime | None, Field(description="When it ended; null: it has not.")]
    tested: Annotated[int, Field(description="Detectors that said something.")]
    left: Annotated[int, Field(description="Detectors that did not.")]


class WalkTest(WalkTestSummary):
    """A walk test and its report."""

    detectors: Annotated[list[Tested], Field(description="Each detector, in the order of the walk.")]


class WalkTests(Shape):
    """Walk tests."""

    walk_tests: Annotated[list[WalkTestSummary], Field(description="The latest first.")]
