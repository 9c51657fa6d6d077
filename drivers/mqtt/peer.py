"""One device behind the broker: what it last said, whether it is there, and how far it was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.contract import Fault, Link, LinkChanged, Quality, Sample
from drivers.mqtt.bookmark import Bookmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drivers.contract import Device, Value
    from drivers.mqtt.config import MqttDevice
    from drivers.mqtt.product import Hasher, MqttProduct, Place

NOT_HEARD: Final = Fault(Quality.BAD, "not heard yet")
FROM_BEFORE: Final = Fault(Quality.UNCERTAIN, "from before we were connected")
"""Of what lay at the broker or waited there for us: it proves nothing about the time since."""


class Peer:
    """What the line knows of a device. Outlives a connection; the bookmark is read anew for each."""

    __slots__ = (
        "_faults",
        "_newest",
        "_values",
        "away_since",
        "catching_up",
        "config",
        "device",
        "filters",
        "fresh_ns",
        "hasher",
        "link",
        "mark",
        "moved",
        "order_topics",
        "product",
        "refused",
        "rejected",
    )

    def __init__(self, config: MqttDevice, product: MqttProduct, hasher: Hasher) -> None:
        self.config = config
        self.product = product
        self.hasher = hasher
        self.device: Device = product.device(config.id)
        self.filters: Mapping[str, int] = dict(product.subscriptions(config.topic))
        self.order_topics = product.command_topics(config.topic)
        self.mark = Bookmark()
        self.away_since: tuple[str, int] | None = None
        """The boot and number that were heard last before this connection."""
        self.moved = False
        """The bookmark went on since it was last handed over."""
        self.link = Link.UNKNOWN
        self.refused = ""
        """Why the broker does not let us hear it."""
        self.catching_up = False
        """The broker kept our session, and no message of now has come yet."""
        self.rejected = 0
        self.fresh_ns: dict[Place, int] = {}
        """When each point was last heard, of now."""
        self._newest: dict[Place, int] = {}
        """The number of the message that spoke of a point last, in this boot."""
        counts = [len(group.points) for group in self.device.groups]
        self._values: list[tuple[Value, ...]] = [(None,) * count for count in counts]
        self._faults: list[tuple[Fault | None, ...] | None] = [(NOT_HEARD,) * count for count in counts]

    @property
    def id(self) -> str:
        """The device's name."""
        return self.config.id

    def connected(self, mark: Bookmark, *, catching_up: bool) -> None:
        """A connection begins: nobody knows yet whether the device is there."""
        self.mark = mark
        self.away_since = None if mark.now is None else mark.now[:2]
        self.moved = False
        self.link = Link.UNKNOWN
        self.refused = ""
        self.catching_up = catching_up

    def restarted(self) -> None:
        """The device counts anew."""
        self._newest.clear()

    def newest_of(self, place: Place) -> int:
        """The number of the message that spoke of this point last; -1 for none."""
        return self._newest.get(place, -1)

    def changed(self, link: Link, why: str, now_ns: int) -> LinkChanged | None:
        """What is to be said of the device's link, if it changed."""
        if self.refused:
            link, why = Link.MISCONFIGURED, self.refused
        if link is self.link:
            return None
        self.link = link
        return LinkChanged(self.id, link, why, now_ns)

    def merge(
        self,
        readings: Iterable[tuple[int, int, Value | Fault]],
        received_ns: int,
        measured_utc: float | None,
        doubt: Fault | None,
        seq: int | None,
    ) -> Sequence[Sample]:
        """Take what message `seq` says of some points; a sample for each group that it speaks of.

        `doubt` is what is to be said against all of them. Where nothing changed, the tuples are the same as before.
        """
        groups: dict[int, list[tuple[int, Value | Fault]]] = {}
        for group, index, value in readings:
            groups.setdefault(group, []).append((index, value))
            if doubt is None:
                self.fresh_ns[group, index] = received_ns
                if seq is not None:
                    self._newest[group, index] = seq
        for group, said in groups.items():
            self._merge(group, said, doubt)
        return [Sample(self.id, g, self._values[g], self._faults[g], received_ns, measured_utc) for g in groups]

    def _merge(self, group: int, said: Iterable[tuple[int, Value | Fault]], doubt: Fault | None) -> None:
        values, faults = self._values[group], self._faults[group]
        new_values: list[Value] | None = None
        new_faults: list[Fault | None] | None = None
        for index, one in said:
            value, fault = (None, one) if isinstance(one, Fault) else (one, doubt)
            if value != values[index]:
                new_values = new_values or list(values)
                new_values[index] = value
            if fault != (None if faults is None else faults[index]):
                new_faults = new_faults or list(faults or (None,) * len(values))
                new_faults[index] = fault
        if new_values is not None:
            self._values[group] = tuple(new_values)
        if new_faults is not None:
            self._faults[group] = tuple(new_faults) if any(new_faults) else None

    def value(self, place: Place) -> Value:
        """What a point last said."""
        return self._values[place[0]][place[1]]

    def shows(self, expected: Mapping[str, Value], after_ns: int) -> bool:
        """Whether all these points were heard since then and are as they should be."""
        for key, value in expected.items():
            place = self.product.places[key]
            group, index = place
            faults = self._faults[group]
            if (
                self.fresh_ns.get(place, 0) <= after_ns
                or self._values[group][index] != value
                or (faults is not None and faults[index] is not None)
            ):
                return False
        return True
