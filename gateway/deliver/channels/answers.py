"""What people write to a bot: 收到 12 · 核实 12 · 误报 12 做饭, heard once each, and never when it is old.

The number may be left out when exactly one alarm waits for the person. Who a person is, and whether they may, is the house's to
say: it returns the sentence that is shown to them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.deliver.channels.contract import Inbound, Said
    from gateway.model import Now

OLDEST_SECONDS: Final = 600.0
"""An answer that was under way for longer is not acted upon: by now it may be about another raise of the alarm."""

KNOWN_EVENTS: Final = 2000
HELP_SECONDS: Final = 60.0
"""How often one person who talks is told how to answer: every reply of a bot counts against what its service bears."""

KNOWN_TALKERS: Final = 200
LONGEST_TEXT: Final = 200
"""Characters; what is longer is no answer but talk."""

CAUSES: Final[Mapping[str, str]] = {
    "做饭": "cooking",
    "炒菜": "cooking",
    "油烟": "cooking",
    "水汽": "steam",
    "蒸汽": "steam",
    "洗澡": "steam",
    "灰尘": "dust",
    "粉尘": "dust",
    "虫": "insects",
    "昆虫": "insects",
    "吸烟": "smoking",
    "抽烟": "smoking",
    "施工": "works",
    "装修": "works",
    "测试": "test",
    "试验": "test",
    "恶作剧": "malice",
    "人为": "malice",
    "故障": "device_fault",
    "设备故障": "device_fault",
    "不明": "unknown",
    "原因不明": "unknown",
}
"""How people name the causes of `gateway.incident.FALSE_CAUSES`."""

HELP: Final = "请回复:收到 告警号(例如:收到 12);到现场后回复:核实 12,或 误报 12 做饭。"
NAME_THE_CAUSE: Final = (
    "误报请写明原因,例如:误报 12 做饭。原因可写:做饭、水汽、灰尘、虫、吸烟、施工、测试、恶作剧、故障、不明。"
)
STRANGER: Final = "没有找到您的值班账号,无法处理。请联系物业登记后再试。"
TOO_OLD: Final = "这条回复晚到了 10 分钟以上,没有处理。请看最新的告警,再回复一次。"

_MENTION = re.compile(r"@\S*")
_ACK = re.compile(r"收到[,、。! ]*(?:马上去)?[,、。! ]*#?(\d{1,9})?[。! ]*")
_REAL = re.compile(r"核实(?:为真(?:火警)?)?[,: ]*#?(\d{1,9})?[。! ]*")
_FALSE = re.compile(r"误报[,: ]*#?(\d{1,9})?[,: ]*(\D*?)[。! ]*")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to which alarm; `number` None: the one that waits for them. `cause` belongs to "false"."""

    what: Said
    number: int | None
    cause: str = ""


def understood(text: str) -> Answer | None:
    """What a person wrote, None when it is no answer. The whole of it must be one: "没收到" answers nothing."""
    if len(text) > LONGEST_TEXT:
        return None
    plain = unicodedata.normalize("NFKC", text)
    plain = " ".join(_MENTION.sub(" ", plain).split())
    if found := _ACK.fullmatch(plain):
        return Answer("ack", _number(found[1]))
    if found := _REAL.fullmatch(plain):
        return Answer("real", _number(found[1]))
    if found := _FALSE.fullmatch(plain):
        return Answer("false", _number(found[1]), CAUSES.get(found[2].strip(), ""))
    return None


class Answers:
    """One channel's ear: every event once, however often it is delivered."""

    def __init__(self, channel: str, inbound: Inbound, clock: Callable[[], Now]) -> None:
        self._channel = channel
        self._inbound = inbound
        self._clock = clock
        self._known: OrderedDict[str, None] = OrderedDict()
        self._helped_ns: OrderedDict[str, int] = OrderedDict()

    async def hear(self, event: str, sent_utc: float | None, to: str, text: str) -> str | None:
        """A person wrote something; the sentence to show them, None for none: heard before, or more talk.

        `event` is the service's id of it, `sent_utc` when it was written as far as the service says so, `to` who it was as the
        channel knows people.
        """
        return await self._once(event, sent_utc, to, understood(text))

    async def pressed(self, event: str, sent_utc: float | None, to: str, key: str) -> str | None:
        """A person pressed a button of ours, whose key is `ack:12`; else as `hear`."""
        what, _, number = key.partition(":")
        answer = Answer("ack", int(number)) if what == "ack" and number.isdecimal() and len(number) < 10 else None  # noqa: PLR2004 - as in _ACK
        return await self._once(event, sent_utc, to, answer)

    async def _once(self, event: str, sent_utc: float | None, to: str, answer: Answer | None) -> str | None:
        if event in self._known:
            return None
        self._known[event] = None
        if len(self._known) > KNOWN_EVENTS:
            self._known.popitem(last=False)
        now = self._clock()
        if not to or answer is None:
            return self._help(to, now.boottime_ns)
        if sent_utc is not None and now.trusted and now.utc - sent_utc > OLDEST_SECONDS:
            return TOO_OLD
        if answer.what == "false" and not answer.cause:
            return NAME_THE_CAUSE
        return await self._inbound.answered(self._channel, to, answer.number, answer.what, answer.cause)

    def _help(self, to: str, now_ns: int) -> str | None:
        helped_ns = self._helped_ns.pop(to, None)
        still = helped_ns is not None and now_ns - helped_ns < HELP_SECONDS * 1e9
        self._helped_ns[to] = helped_ns if still and helped_ns is not None else now_ns
        if len(self._helped_ns) > KNOWN_TALKERS:
            self._helped_ns.popitem(last=False)
        if still:
            return None
        return HELP if to else STRANGER


def _number(text: str | None) -> int | None:
    return int(text) if text else None
