"""A pair of pseudo-terminals as a serial cable: one end for whoever opens `path`, the other in our hands."""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Pty:
    """`path` is the port that a program under test opens; `hear` gets what it sends, `say` sends to it.

    The cable stays when the program closes its end, and `unplug` pulls it out.
    """

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self._ours, self._theirs = os.openpty()
        self.path = os.ttyname(self._theirs)
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._ours, self._readable)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.unplug()

    def say(self, data: bytes) -> None:
        """Send at once, in one piece."""
        os.write(self._ours, data)

    @property
    def baud(self) -> int:
        """The speed that the program has set, in bits per second."""
        speed = termios.tcgetattr(self._theirs)[4]
        return next(
            int(name[1:])
            for name in dir(termios)
            if name[0] == "B" and name[1:].isdigit() and getattr(termios, name) == speed
        )

    def let_go(self) -> None:
        """Close our own hold on their end, so that nobody but the program has it open."""
        if self._theirs >= 0:
            os.close(self._theirs)
            self._theirs = -1

    def unplug(self) -> None:
        """Take the port away; `path` is no more."""
        if self._ours >= 0:
            asyncio.get_running_loop().remove_reader(self._ours)
            os.close(self._ours)
            self._ours = -1
        self.let_go()

    def _readable(self) -> None:
        try:
            data = os.read(self._ours, 4096)
        except OSError:  # nobody has the other end open
            return
        self._hear(data)
