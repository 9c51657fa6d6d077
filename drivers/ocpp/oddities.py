"""What a person may have to look at: messages that were none, chargers that nobody enrolled, identities in doubt."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from drivers.contract import Rejected, Stranger

if TYPE_CHECKING:
    from drivers.contract import Post

IDENTITY_DOUBTED: Final = "identity_doubted"
"""Device event: somebody else may have dialled in by this name. Body: what (wrong password, second connection, ...), count
(since it was last told), from."""

TOLD_EVERY_NS: Final = 60_000_000_000
_REMEMBERED: Final = 1000
"""So many names are told apart; the longest unheard is forgotten first."""
_TOLD_A_SECOND: Final = 20
"""More strangers in a second are counted and not told: somebody makes them up."""
_SECOND_NS: Final = 1_000_000_000

_REJECTED: Final = 50
_EXCERPT: Final = 1000
_TAGS: Final = re.compile(r"""(?i)("?(?:parent_?)?id_?tag"?\s*[:=]\s*"?)[^",}\]]+""")
"""What stands at an idTag, in JSON and in what only looks like it."""
_PASSWORDS: Final = re.compile(r"""(?i)(authorization_?key"?\s*[:,=].{0,20}?"?value"?\s*[:=]\s*"?)[^",}\]]+""")


class Rejects:
    """The last messages that could not be taken as data, the same of the same charger as one."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str], Rejected] = OrderedDict()

    def add(self, source: str, why: str, said: str | bytes) -> None:
        """Keep one; tags are masked."""
        before = self._last.pop((source, why), None)
        times = 1 if before is None else before.times + 1
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        size = len(said) if isinstance(said, bytes) else len(said.encode(errors="replace"))
        self._last[source, why] = Rejected(source, why, size, masked(text), time.time(), times)
        if len(self._last) > _REJECTED:
            self._last.popitem(last=False)

    def newest_first(self) -> tuple[Rejected, ...]:
        """All that are kept."""
        return tuple(reversed(self._last.values()))


def masked(text: str) -> str:
    """The beginning of a message, without tags and passwords."""
    beginning = text[: 2 * _EXCERPT]
    return _PASSWORDS.sub(r"\1***", _TAGS.sub(r"\1***", beginning))[:_EXCERPT].encode(errors="replace").decode()


class Seldom:
    """Tells of each name once a minute."""

    def __init__(self) -> None:
        self._told_ns: OrderedDict[str, int] = OrderedDict()
        self._since: dict[str, int] = {}

    def due(self, name: str, now_ns: int) -> int:
        """It happened. How often since it was last told, 0 while it is too early to tell again."""
        count = self._since.pop(name, 0) + 1
        told_ns = self._told_ns.get(name)
        if told_ns is not None and now_ns - told_ns < TOLD_EVERY_NS:
            self._since[name] = count
            return 0
        self._told_ns[name] = now_ns
        self._told_ns.move_to_end(name)
        if len(self._told_ns) > _REMEMBERED:
            forgotten, _ = self._told_ns.popitem(last=False)
            self._since.pop(forgotten, None)
        return count


class Strangers:
    """Tells of chargers that nobody enrolled."""

    def __init__(self) -> None:
        self._seldom = Seldom()
        self._second = 0
        self._told = 0

    def dialled(self, identity: str, now_ns: int, post: Post) -> None:
        """One dialled in by this name, and was refused."""
        if now_ns // _SECOND_NS != self._second:
            self._second, self._told = now_ns // _SECOND_NS, 0
        if self._told >= _TOLD_A_SECOND or not self._seldom.due(identity, now_ns):
            return
        self._told += 1
        post.report(Stranger(identity, "OCPP charge point", now_ns))
