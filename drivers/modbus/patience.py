"""How long a unit is waited for: learned from its own answers, apart from the time that the bytes take on the wire."""

from __future__ import annotations

from typing import Final

FLOOR_SECONDS: Final = 0.15
"""No unit is given less time to answer."""
BEHIND_GATEWAY_SECONDS: Final = 0.2
"""What a TCP to RTU gateway gets beyond its own serial time-out: less, and its answers come late and shifted."""
_LEARN_FROM: Final = 100
_NANOSECONDS: Final = 1_000_000_000
_FACTOR: Final = 1.5
_MARGIN_SECONDS: Final = 0.05
_LONG_KNOCK_EVERY: Final = 4


class Patience:
    """`seconds` is what the next answer may take beyond its wire time.

    It is 1.5 times what 99 of 100 answers took and 50 ms, from `least_seconds` to `longest_seconds`. It doubles with each
    miss, so that a unit that became slow is heard again; a lost one gets the whole of it at every fourth knock.
    """

    def __init__(self, longest_seconds: float, least_seconds: float = FLOOR_SECONDS) -> None:
        self.longest_seconds = max(longest_seconds, least_seconds)
        self.p99_seconds = 0.0
        """What 99 of 100 answers took beyond their wire time; 0.0 while too few came."""
        self._least_seconds = least_seconds
        self.seconds = self._learned_seconds = self._least_seconds
        self._took_ns: list[int] = []
        self._learn(0)

    def answered(self, took_ns: int) -> None:
        """An answer took so long beyond its wire time."""
        self._took_ns.append(took_ns)
        if took_ns > self._most_ns:
            self._learn(took_ns)
        elif len(self._took_ns) == _LEARN_FROM:
            self._took_ns.sort()
            self._learn(self._took_ns[-2])
            self.p99_seconds = self._took_ns[-2] / _NANOSECONDS
            self._took_ns.clear()

    def restored(self) -> None:
        """It answers again after misses."""
        self.seconds = self._learned_seconds

    def missed(self, misses: int) -> None:
        """So many answers in a row were missing."""
        self.seconds = min(self.longest_seconds, self._learned_seconds * 2**misses)

    def knocked(self, knocks: int) -> None:
        """So many knocks at a lost unit were in vain."""
        long_one = knocks % _LONG_KNOCK_EVERY == _LONG_KNOCK_EVERY - 1
        self.seconds = self.longest_seconds if long_one else self._learned_seconds

    def _learn(self, took_ns: int) -> None:
        learned = _FACTOR * took_ns / _NANOSECONDS + _MARGIN_SECONDS
        self._learned_seconds = self.seconds = min(self.longest_seconds, max(self._least_seconds, learned))
        self._most_ns = int((self._learned_seconds - _MARGIN_SECONDS) / _FACTOR * _NANOSECONDS)
