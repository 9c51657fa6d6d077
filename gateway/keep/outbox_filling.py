"""Which half of the open batch is being filled, which batches are sealed and on their way, and when there is no place."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.keep.open_batch import Half, OpenBatch, Sealed

OVERRUN = "overrun"
"""Points come quicker than the disk takes them."""


class Filling:
    """The two halves in turn. Begin with `take_over` for each batch that was left, then `begin`."""

    def __init__(self, opened: OpenBatch) -> None:
        self.opened = opened
        self.sealed: deque[Sealed] = deque()
        """Batches that wait for the disk, oldest first."""
        self.half: Half = opened.halves[0]
        """Takes lines, or is shut: sealed with the other one still on its way, or shut for a reason."""
        self.seq = 0
        """The number of the batch that is filled now, or is next."""
        self._shut = ""

    @property
    def last(self) -> int:
        """The number of the newest batch with a line in it, on disk or not."""
        return self.seq if self.half.seq == self.seq and self.half.lines else self.seq - 1

    def holds(self, to: int) -> bool:
        """Whether a batch up to this number is still on its way to the disk."""
        return self.seq <= to or any(sealed.seq <= to for sealed in self.sealed)

    def take_over(self, found: Sealed) -> None:
        """A batch that the last process left in a half waits for the disk."""
        self.opened.halves[found.half].resume(found)
        self.sealed.append(found)

    def begin(self, seq: int) -> None:
        """Fill the batch of this number, in a half that is free."""
        self.seq = seq
        self._next_half()

    def seal(self) -> None:
        """Send what is in the half on its way, unless it is there already or empty."""
        if self.half.seq == self.seq and self.half.lines:
            self.sealed.append(self.half.seal())
            self.begin(self.seq + 1)

    def written(self) -> None:
        """The oldest sealed batch is on disk: its half is free."""
        self.sealed.popleft().release()
        if self.half.seq != self.seq:
            self._next_half()

    def shut(self, reason: str) -> None:
        """Take no line for that reason; "" opens it again."""
        self._shut = reason
        if self.half.seq == self.seq:
            if reason:
                self.half.shut()
            else:
                self.half.reopen()

    def place(self, line: bytes, points: int, utc_ns: int) -> str:
        """Take a line that the half did not take into the other one; returns the reason where there is no place."""
        if self._shut:
            return self._shut
        self.seal()
        return "" if self.half.put(line, points, utc_ns) else OVERRUN

    def close(self) -> None:
        """Let the file go; what is in it stays."""
        for sealed in self.sealed:
            sealed.release()
        self.opened.close()

    def _next_half(self) -> None:
        taken = {sealed.half for sealed in self.sealed}
        for half in self.opened.halves:
            if half.number not in taken:
                half.begin(self.seq)
                self.half = half
                self.shut(self._shut)
                return
