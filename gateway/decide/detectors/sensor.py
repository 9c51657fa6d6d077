"""A sensor as the register keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.contract import Json

SENSOR = "sensor:"
"""What decide remembers of a sensor stands under this and its address."""

TAIL_DIGITS = 4
"""So many last digits of an address name a sensor to people, and are the fewest that they may type for it."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A thing with a radio address (12 capital hex digits) and a key.

    It hangs at `detector`, or lies in stock, or is `retired`: out of service for good, kept for the record. `label` is what is
    printed on it, "" for its address. `mounted_utc` is 0 while it hangs nowhere, and where the clock was not to be believed.
    """

    address: str
    product: str
    sealed_key: str = field(repr=False)
    label: str = ""
    detector: str = ""
    mounted_utc: float = 0.0
    mounted_by: str = ""
    retired: bool = False

    @property
    def tail(self) -> str:
        """The last digits of its address, by which people know it."""
        return self.address[-TAIL_DIGITS:]

    @property
    def in_stock(self) -> bool:
        """It may be hung up."""
        return not self.detector and not self.retired

    def to_json(self) -> Json:
        """All but the address; what says nothing is left out."""
        body: dict[str, Json] = {
            "product": self.product,
            "key": self.sealed_key,
            "label": self.label,
            "detector": self.detector,
            "mounted": self.mounted_utc,
            "by": self.mounted_by,
            "retired": self.retired,
        }
        return {key: value for key, value in body.items() if value}

    @classmethod
    def from_json(cls, address: str, body: Json) -> Sensor:
        """The inverse of `to_json`."""
        return cls(
            address,
            body["product"],
            body["key"],
            body.get("label", ""),
            body.get("detector", ""),
            body.get("mounted", 0.0),
            body.get("by", ""),
            body.get("retired", False),
        )
