"""Events of Feishu that come in several frames, put together: with bounds, since what is missing may never come."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from gateway.deliver.channels.fields import as_number

if TYPE_CHECKING:
    from gateway.deliver.channels.feishu_frames import Frame

MOST_PIECES: Final = 16
MOST_UNFINISHED: Final = 8
"""Events that are under way; the oldest is forgotten first, and comes again as it was not answered."""


class Pieces:
    """What has come of events that are not complete."""

    def __init__(self) -> None:
        self._under_way: OrderedDict[str, dict[int, bytes]] = OrderedDict()

    def put(self, frame: Frame) -> bytes | None:
        """The payload of the event that this frame completes, else None."""
        total, place = as_number(frame.headers.get("sum", "1")), as_number(frame.headers.get("seq", "0"))
        if total is None or place is None or not 0 <= place < total <= MOST_PIECES:
            return None
        if total == 1:
            return frame.payload
        name = frame.headers.get("message_id", "")
        got = self._under_way.setdefault(name, {})
        got[int(place)] = frame.payload
        if len(got) < total:
            if len(self._under_way) > MOST_UNFINISHED:
                self._under_way.popitem(last=False)
            return None
        del self._under_way[name]
        return b"".join(got[index] for index in sorted(got))
