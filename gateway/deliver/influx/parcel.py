"""Lines on their way to the server, in pieces that get smaller only where the server says so."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

LARGEST_BYTES = 1024 * 1024
"""The most that goes in one request. Measured: 5,000 lines a request cost least (docs/influxdb.md)."""


class Parcel:
    """What is still to be sent of some lines. What was found out about them is kept for as long as it is tried."""

    def __init__(self, bodies: Iterable[bytes], largest_bytes: int = LARGEST_BYTES) -> None:
        """Lines, each with its newline; neighbouring bodies are joined, and cut at `largest_bytes`."""
        self._pieces: deque[bytes] = deque()
        whole = b"".join(bodies)
        begin = 0
        while begin < len(whole):
            end = _end(whole, begin, largest_bytes)
            self._pieces.append(whole[begin:end])
            begin = end

    @property
    def piece(self) -> bytes:
        """What goes next; empty when all is done."""
        return self._pieces[0] if self._pieces else b""

    @property
    def lines(self) -> Sequence[bytes]:
        """The lines of `piece`, without newlines."""
        return self.piece.split(b"\n")[:-1]

    def taken(self) -> None:
        """The server has `piece`."""
        self._pieces.popleft()

    def halve(self) -> bool:
        """Cut `piece` between two lines, in the middle; False when it is one line alone."""
        piece = self.piece
        end = _end(piece, 0, len(piece) // 2)
        if end == len(piece):
            return False
        self._pieces[0] = piece[end:]
        self._pieces.appendleft(piece[:end])
        return True

    def leave_out(self, numbers: Collection[int]) -> None:
        """Send `piece` without these of its lines."""
        rest = b"".join(line + b"\n" for i, line in enumerate(self.lines) if i not in numbers)
        if rest:
            self._pieces[0] = rest
        else:
            self._pieces.popleft()


def _end(whole: bytes, begin: int, most_bytes: int) -> int:
    """Behind the last line that ends within `most_bytes`; a line that is longer goes whole."""
    if len(whole) - begin <= most_bytes:
        return len(whole)
    end = whole.rfind(b"\n", begin, begin + max(1, most_bytes))
    return 1 + (end if end >= 0 else whole.index(b"\n", begin))
