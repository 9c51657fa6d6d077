"""What a message says. P1: marks, the doors that are not open, place and what, then what to do. Never a name.

The texts are those of `dashboards/texts`, in the language of the compound.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashboards.texts import catalogue, text
from gateway.decide.rules import FIRE_DOORS_SHUT
from gateway.deliver.channels.contract import Addressee, Hearing, Message
from gateway.deliver.notify.queues import Form
from gateway.deliver.notify.reasons import SPOKEN, reason
from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.deliver.channels.contract import Channel
    from gateway.deliver.notify.queues import Parcel
    from gateway.duty import Reach
    from gateway.model import Place
    from gateway.notice import Notice

OF_ALARMS = frozenset({"raised", "escalated", "updated", "cleared", "shelf_ended"})
_CALLING = OF_ALARMS - {"cleared"}
"""Kinds that ask for an answer."""

DANGERS = frozenset(
    {
        "smoke", "heat", "hot", "gas", "gas_high", "gas_rising", "co", "co_dose", "temperature_rise", "unverified_alarm",
        "charging_smoke", "fire_input", "fire_confirmed", "systemic_alarm",
    }
)  # fmt: skip
"""Of these a reading that is normal again proves nothing: somebody has to look (ui.md 8)."""

MOST_PLACES = 6
"""So many places stand in one line of a digest."""

_ALARM = "alarm:"
_MINUTE = 60


class Wording:
    """Words for the notices of one compound. `where` says a place in words, "" for nowhere."""

    def __init__(self, language: str, compound: str, where: Callable[[Place], str]) -> None:
        self.language = language
        self._compound = compound
        self._where = where

    def reply(self, key: str, **params: str) -> str:
        """The sentence that is shown to whoever answered in a chat."""
        return text(self.language, f"notice.reply.{key}", **params)

    def message(
        self,
        parcel: Parcel,
        channel: Channel,
        reach: Callable[[str], Sequence[Reach]],
        link: Callable[[int, str], str],
    ) -> Message | None:
        """The message of a parcel, None where nobody of it is reached by this channel any more."""
        to = tuple(self._addressees(parcel.notices, channel.id, reach))
        if not to:
            return None
        latest = parcel.notices[-1]
        number = _alarm(latest) if parcel.form is Form.ONE and latest.kind in _CALLING else None
        address = link(number, to[0].person) if number is not None and len(to) == 1 and to[0].person else ""
        most = channel.limits.longest_bytes
        answers = number if isinstance(channel, Hearing) and channel.hears else None
        said = self._one(latest, answers, address, most) if parcel.form is Form.ONE else self._many(parcel, most)
        return Message(
            text=said,
            title=_cut(self._head(latest) if parcel.form is Form.ONE else said.partition("\n")[0], 60),
            priority=min(notice.priority for notice in parcel.notices),
            to=to,
            subject=latest.subject,
            numbers=parcel.numbers,
            alarm=number,
            link=address,
            answers=answers is not None,
        )

    # ------------------------------------------------------------ one thing

    def _one(self, notice: Notice, number: int | None, link: str, most: int) -> str:
        doors = notice.why if notice.rule == FIRE_DOORS_SHUT else notice.first
        first = self._text("doors_shut", doors=doors) if doors else ""
        why = "" if notice.rule == FIRE_DOORS_SHUT else reason(self.language, notice.rule, notice.why)
        answer = self._text("answer", number=str(number)) if number is not None else ""
        go = self._text("link", link=link) if link else ""
        essential = [self._head(notice), self._advice(notice), answer, go]
        marks = self._marks(notice)
        room = most - _bytes("\n".join(filter(None, [marks, *essential]))) - 2
        first = _cut(first, max(room, most // 3))
        if _bytes(why) > room - _bytes(first) - 1:
            why = ""
        spoken = why if notice.rule in SPOKEN else ""  # what fell open stands before what to do, and before the place
        lines = [first, spoken, essential[0], "" if spoken else why, *essential[1:]]
        return _cut(marks + "\n".join(filter(None, lines)), most)

    def _head(self, notice: Notice) -> str:
        return self._alarm_head(notice) if notice.kind in OF_ALARMS else self._other_head(notice)

    def _alarm_head(self, notice: Notice) -> str:
        what = self.what(notice.rule)
        if notice.kind == "cleared":
            gone = "reading_recovered" if notice.rule in DANGERS and not notice.test else "recovered"
            state = text(self.language, f"alarm.state.{gone}")
            return self._text("cleared", place=self._place(notice), what=what, state=state)
        parts = [self._text("alarm", place=self._place(notice), what=what)]
        if notice.kind == "escalated":
            parts.append(self._text("escalated", time=self._time(float(notice.facts.get("after_seconds", 0)))))
        elif notice.kind in ("updated", "shelf_ended"):
            parts.append(self._text(notice.kind))
        return f"【{text(self.language, f'priority.{int(notice.priority)}')}】{self._comma.join(parts)}"

    def _other_head(self, notice: Notice) -> str:
        facts = {"place": self._place(notice), "number": str(notice.facts.get("number", "")), "why": notice.why}
        match notice.kind:
            case "incident":
                key = f"notice.incident.{notice.facts.get('what', 'other')}"
                known = catalogue(self.language)
                return self._text("incident", **facts, what=known.get(key, known["notice.incident.other"]))
            case "incident_late":
                percent = int(notice.facts.get("percent", 0))
                stage = catalogue(self.language).get(f"notice.stage.{notice.facts.get('stage', '')}", "")
                key = "incident_late" if percent < 100 else "incident_overdue"  # noqa: PLR2004 - the whole of it
                return self._text(key, **facts, stage=stage, percent=str(percent))
            case "digest":
                rules = list(notice.facts.get("rules", {}).items())
                lines = self._semicolon.join(f"{self.what(rule)} {count}" for rule, count in rules)
                return self._text("weekly", **facts, n=str(notice.facts.get("count", 0)), lines=lines)
            case kind if f"notice.{kind}" in catalogue(self.language):
                return self._text(kind, **facts)
            case _:
                return self._text("other", **facts)

    def _advice(self, notice: Notice) -> str:
        if notice.kind not in _CALLING:
            return ""
        return catalogue(self.language).get(f"advice.{notice.rule}", "")

    # ------------------------------------------------------------ many things

    def _many(self, parcel: Parcel, most: int) -> str:
        """How many of what and where, as much of it as fits; the count is always there."""
        notices = list({(notice.subject, notice.kind): notice for notice in parcel.notices}.values())
        marks = self._marks(*notices)
        count = str(len(notices) + parcel.uncounted)
        if parcel.form is Form.SEVERAL:
            places = self._places(notices)
            head = text(self.language, f"priority.{int(min(n.priority for n in notices))}")
            said = self._text("several", what=self.what(notices[0].rule), n=count, places=places)
            return _cut(f"{marks}【{head}】{said}", most)
        key = "digest" if parcel.form is Form.DIGEST else "restored"
        by_rule: dict[str, list[Notice]] = {}
        for notice in sorted(notices, key=lambda notice: notice.priority):
            by_rule.setdefault(notice.rule or notice.subject, []).append(notice)
        lines = "".join(f"\n{self._line(alike)}" for alike in by_rule.values())
        return _cut(marks + self._text(key, n=count, lines=lines), most)

    def _line(self, alike: Sequence[Notice]) -> str:
        if not alike[0].rule:
            return self._head(alike[-1])
        return self._text("digest_line", what=self.what(alike[0].rule), n=str(len(alike)), places=self._places(alike))

    def _places(self, notices: Iterable[Notice]) -> str:
        said = [f"{self._place(notice, whole=False)}#{_alarm(notice)}" for notice in notices]
        if len(said) > MOST_PLACES:
            said = [*said[:MOST_PLACES], self._text("more", n=str(len(said)))]
        return "、".join(said) if self.language.startswith("zh") else ", ".join(said)

    # ------------------------------------------------------------ words

    def what(self, rule: str) -> str:
        """What a rule finds, in words."""
        return catalogue(self.language).get(f"alarm.{rule}", rule)

    def _marks(self, *notices: Notice) -> str:
        keys = {
            "notice.trial": any(notice.trial for notice in notices),
            "alarm.test": any(notice.test for notice in notices),
            "alarm.simulated": any(notice.simulated for notice in notices),
            "alarm.not_recorded": any(notice.facts.get("unrecorded") for notice in notices),
        }
        return "".join(f"【{text(self.language, key)}】" for key, there in keys.items() if there)

    def _place(self, notice: Notice, *, whole: bool = True) -> str:
        """Compound, building, unit, and what is there. A name such as 1单元门禁 says its unit already."""
        place = notice.place
        words = self._where(place)
        if place.unit and place.unit not in re.split(r"(\d+)", place.name):
            unit = text(self.language, "place.unit", unit=place.unit) if place.unit.isdecimal() else place.unit
            building = words.removesuffix(place.name).strip()
            words = " ".join(filter(None, (building, unit, place.name)))
        if not words:
            return self._compound
        return f"{self._compound} {words}" if whole and notice.priority is Priority.P1 else words

    def _time(self, seconds: float) -> str:
        if seconds < 3 * _MINUTE:
            return self._text("seconds", n=f"{seconds:.0f}")
        return self._text("minutes", n=f"{seconds / _MINUTE:.0f}")

    def _text(self, key: str, **params: str) -> str:
        return text(self.language, f"notice.{key}", **params)

    @property
    def _comma(self) -> str:
        return "," if self.language.startswith("zh") else ", "

    @property
    def _semicolon(self) -> str:
        return "、" if self.language.startswith("zh") else "; "

    def _addressees(
        self, notices: Iterable[Notice], channel: str, reach: Callable[[str], Sequence[Reach]]
    ) -> Iterable[Addressee]:
        known: set[str] = set()
        for person in dict.fromkeys(notice.person for notice in notices):
            if not person:
                yield Addressee("", "")
                continue
            to = next((way.to for way in reach(person) if way.channel == channel), None)
            if to is not None and to not in known:  # a telephone that two share rings once
                known.add(to)
                yield Addressee(person, to)


def _alarm(notice: Notice) -> int | None:
    return int(notice.subject.removeprefix(_ALARM)) if notice.subject.startswith(_ALARM) else None


def _bytes(said: str) -> int:
    return len(said.encode())


def _cut(said: str, most: int) -> str:
    """As much of it as fits, with a sign that there was more."""
    if _bytes(said) <= most:
        return said
    return said.encode()[: max(0, most - 3)].decode("utf-8", "ignore") + "…"
