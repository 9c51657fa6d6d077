"""What the HTTP face needs of detectors: decide's memory, read on the event loop, and the border at which keys are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from drivers.sealed_key import SensorKeys
    from gateway.decide.detectors.importing import Weighed
    from gateway.decide.detectors.round_state import RoundState
    from gateway.decide.detectors.sensor import Sensor
    from gateway.decide.detectors.walk_tests import WalkTest
    from gateway.decide.rules import SensorRules
    from gateway.detecting import ImportSensors
    from gateway.model import LogRow, Now, Refused


class Register(Protocol):
    """Which sensors there are, and where they hang."""

    @property
    def sensors(self) -> Mapping[str, Sensor]:
        """All of them by address."""

    @property
    def mounted(self) -> Mapping[str, Sensor]:
        """Those that hang somewhere, by detector."""

    def expires_utc(self, device: str, /) -> float | None:
        """When what hangs there is to be replaced; None for never."""

    def battery_change_until_ns(self, device: str, /) -> int:
        """CLOCK_BOOTTIME until which its battery is being changed, 0 for no time."""

    def weigh(self, act: ImportSensors, now: Now, /) -> Weighed | Refused:
        """What a list of sensors would come to, without taking it."""


class Rounds(Protocol):
    """The rounds that are under way."""

    @property
    def rounds(self) -> Mapping[str, RoundState]:
        """By id, in the order in which they began."""


class WalkTests(Protocol):
    """Walk tests, those that are over too."""

    @property
    def walks(self) -> Mapping[str, WalkTest]:
        """By id, the oldest first."""

    @property
    def devices(self) -> Mapping[str, str]:
        """The detectors that are under test, each with the walk that tests it."""


class Detectors(Protocol):
    """How detectors are, as decide sees them."""

    @property
    def register(self) -> Register:
        """What hangs where."""

    @property
    def rounds(self) -> Rounds:
        """Who walks."""

    @property
    def walk_tests(self) -> WalkTests:
        """Who tests."""

    @property
    def states(self) -> Mapping[str, str]:
        """By detector: "unmounted", "unknown", "heard", "late" or "lost"."""

    @property
    def changes(self) -> int:
        """How often a state has changed; the same number means the same states."""

    def counts(self, building: str, /) -> Mapping[str, int]:
        """How many detectors of a building are in each state; states without any may be left out."""

    def blind(self, device: str, /) -> bool:
        """Whether a receiver hears nothing, or a detector is heard by deaf receivers alone."""


@dataclass(frozen=True, slots=True)
class DetectorKeeper:
    """What stands behind the routes of detectors.

    `keys` seals the keys of sensors as they come in. `products` are what a sensor may be of, by name, as configured now.
    `record` reads rows of the journal: of this kind about this subject, so many at most, newest first.
    """

    detectors: Detectors
    keys: SensorKeys
    products: Callable[[], Mapping[str, SensorRules]]
    record: Callable[[str, str, int], Awaitable[Sequence[LogRow]]]
