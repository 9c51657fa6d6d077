"""QR labels: every door, detector, locker and charging port has one, by an id that tells nobody what it is.

An id is the beginning of a keyed hash of what it is for, so that nothing has to be stored and a label that is printed again is
the same one. Whoever has no site key can neither make one up nor learn from one.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import quote

from gateway.model import Place
from gateway.serve.qr_code import qr_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.serve.layout import Layout
    from gateway.serve.views import Scope, Views

LabelKind: TypeAlias = Literal["door", "detector", "locker", "port"]

ID_LETTERS: Final = 13
"""65 bits: among 10,000 labels no two are the same, and nobody hits one by guessing."""

MASK: Final = 0
"""The chessboard (ISO/IEC 18004, 7.8.2). Readers take any mask; to look for the prettiest of eight takes ten times as long."""

KEPT_PICTURES: Final = 2048
"""The labels of a large building twice over, at 2 kB each."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label. `target` is "b3u1/door1" for a part, else the device; `page` is where it is looked at."""

    id: str
    kind: LabelKind
    target: str
    device: str
    title: str
    place: Place
    page: str


class LabelBook:
    """The labels of a configuration, once it was looked through: 10,000 take 0.2 s, and not the event loop's."""

    def __init__(self, views: Views, key: bytes) -> None:
        self._views = views
        self._key = key
        self._of: tuple[Layout, int] | None = None
        self._labels: Mapping[str, Label] = {}

    @property
    def is_current(self) -> bool:
        """Whether the configuration that is in force was looked through."""
        return self._of is not None and self._of[0] is self._views.layout and self._of[1] == self._ports()

    def look_through(self) -> None:
        """Make the labels of the configuration that is in force. From any thread."""
        layout, ports = self._views.layout, self._ports()
        self._labels = {label.id: label for label in self._all(layout)}
        self._of = layout, ports

    def find(self, name: str, scope: Scope) -> Label | None:
        """The label of that id; None where there is none, or nothing to be seen in these grids."""
        label = self._labels.get(name.upper())
        return label if label is not None and self._views.sees_device(scope, label.device) else None

    def seen(self, kind: str, building: str, scope: Scope) -> Iterator[Label]:
        """The labels of a kind in these grids, in the order of the configuration; of one building if it is given."""
        for label in self._labels.values():
            fits = label.kind == kind and (not building or label.place.building == building)
            if fits and self._views.sees_device(scope, label.device):
                yield label

    def _all(self, layout: Layout) -> Iterator[Label]:
        for door in layout.doors.values():
            place = layout.devices[door.device].place if door.device in layout.devices else Place()
            yield self._label("door", door.id, door.device, door.name, place, "doors", door.device, door.part)
        for name, detector in layout.detectors.items():
            place = layout.devices[name].place
            yield self._label("detector", name, name, detector.name, place, "detector", name)
        for locker in layout.lockers:
            place = layout.devices[locker].place
            yield self._label("locker", locker, locker, place.name, place, "lockers", locker)
        for target, port in tuple(self._views.chargers.ports.items()):
            title = f"{port.place.name} {port.part}".strip()
            yield self._label("port", target, port.device, title, port.place, "charging", port.room)

    def _ports(self) -> int:
        return len(self._views.chargers.ports)

    def _label(self, kind: LabelKind, target: str, device: str, title: str, place: Place, *page: str) -> Label:
        found = hmac.digest(self._key, f"label\0{kind}\0{target}".encode(), "sha256")
        name = b32encode(found)[:ID_LETTERS].decode()
        address = "/".join(quote(step, safe="") for step in page)
        return Label(name, kind, target, device, title, place, f"#/{address}")


@lru_cache(maxsize=KEPT_PICTURES)
def picture(url: str) -> str:
    """A QR code as SVG, with a quarter of it to spare for dirt (level M) and no style that a page would have to allow."""
    return qr_code(url, mask=MASK)
