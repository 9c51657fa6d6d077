"""Where advertisements come from: one receiver, whatever it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


class Advert(NamedTuple):
    """One advertisement of a BTHome device as one receiver heard it. A NamedTuple: thousands are made in a second.

    `address` is the sensor's address as a number (48 bits); `data` is the service data of UUID 0xFCD2 after the UUID, untrusted
    and of any length; `received_ns` is CLOCK_BOOTTIME. `rssi` in dBm, 0 where unknown.
    """

    address: int
    rssi: int
    data: bytes
    received_ns: int


class Ears(Protocol):
    """Who takes what a receiver hears."""

    def heard(self, receiver: str, adverts: list[Advert], others: int, /) -> None:
        """Adverts of BTHome devices that came together, and how many adverts of anybody else came with them. Never raises."""

    def found(self, receiver: str, /) -> None:
        """The receiver hears: something came, from anybody. A scan that was begun is no proof of it."""

    def lost(self, receiver: str, why: str, /) -> None:
        """The receiver no longer hears, and goes on trying. `why` is a sentence for people, told again when it is another."""

    def wrong(self, receiver: str, why: str, /) -> None:
        """The receiver can never work as it is set up (its key is refused, it is no proxy). It tries again once a minute."""


class AdvertSource(Protocol):
    """One receiver that listens until cancelled, and mends itself."""

    async def run(self, ears: Ears, /) -> None:
        """Listen until cancelled. Never ends by itself: what fails is told to `ears` and tried again with back-off (1..30 s).

        It watches itself: nothing heard from anybody for 30 s means `lost`, and a new beginning. What fails for less than that
        between two adverts is counted in `restarts` and not told: a proxy that reboots is no reason to wake anyone. What fails
        before anything was ever heard is told at once.
        """

    def statistics(self) -> dict[str, float]:
        """Numbers of this receiver: `restarts`, `adverts`, `power_cycles` and the like; each only rises."""


Clock: TypeAlias = "Callable[[], int]"
"""CLOCK_BOOTTIME in nanoseconds."""
