"""Who may charge: the tags, and what people change about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.charging import PutTags, Tag
from gateway.decide.gate import MAY_WORK
from gateway.decide.may import may
from gateway.model import Outcome, Recorded, Refused, Remember

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.charging import DropTags
    from gateway.model import Now

TAGS_LIMIT = 20_000
"""Two for each household of a large compound."""
LABEL_LIMIT = 64
NOTE_LIMIT = 200
"""Characters."""

_HASH = re.compile("[0-9a-f]{16}")
_TAG = "charging_tag:"


class Tags:
    """The tags by their keyed hash."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self.of: dict[str, Tag] = {}
        for name, body in remembered.items():
            if name.startswith(_TAG):
                tag = name.removeprefix(_TAG)
                self.of[tag] = Tag(tag, *body)

    def why_not(self, tag: str, now: Now, *, anybody: bool) -> str:
        """Why this tag may not charge, in words; "" when it may. Where `anybody` may, only a blocked one may not."""
        known = self.of.get(tag)
        if anybody:
            return "this tag is blocked" if known is not None and known.blocked else ""
        if known is None:
            return "this tag is not known"
        if known.blocked:
            return "this tag is blocked"
        if known.until_utc and not now.trusted:
            return "this tag has an end, and the clock is not to be believed"
        if known.until_utc and now.utc >= known.until_utc:
            return "this tag has expired"
        return ""

    def act(self, act: PutTags | DropTags) -> list[Outcome]:
        """New, changed or dropped tags: all of them or none."""
        if act.actor.role not in MAY_WORK:
            return [may(act, act.actor, MAY_WORK, "") or Refused(act, "role", "may not do this")]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "tags are changed only with a reason")]
        return self._put(act) if isinstance(act, PutTags) else self._drop(act)

    def _put(self, act: PutTags) -> list[Outcome]:
        if wrong := tuple(_wrong(act.tags)):
            return [Refused(act, "tag_invalid", "some of these cannot be tags", wrong)]
        new = {tag.tag for tag in act.tags} - self.of.keys()
        if len(self.of) + len(new) > TAGS_LIMIT:
            return [Refused(act, "too_many", f"there may be {TAGS_LIMIT} tags at most")]
        out: list[Outcome] = []
        for tag in act.tags:
            self.of[tag.tag] = tag
            out.append(Remember(_TAG + tag.tag, [tag.label, tag.until_utc, tag.blocked, tag.note]))
        body = {"new": len(new), "changed": len(act.tags) - len(new), "reason": act.reason.strip()}
        return [*out, Recorded("charging_tags", "", body, act.actor.name)]

    def _drop(self, act: DropTags) -> list[Outcome]:
        if unknown := tuple(f"{tag} is not known" for tag in act.tags if tag not in self.of):
            return [Refused(act, "tag_unknown", "some of these tags are not known", unknown)]
        tags = tuple(dict.fromkeys(act.tags))
        for tag in tags:
            del self.of[tag]
        body = {"dropped": len(tags), "reason": act.reason.strip()}
        return [
            *(Remember(_TAG + tag, None) for tag in tags),
            Recorded("charging_tags", "", body, act.actor.name),
        ]


def _wrong(tags: tuple[Tag, ...]) -> Iterator[str]:
    """A sentence for each thing that is wrong. Which of two tags of one hash is meant, nobody knows."""
    seen: set[str] = set()
    for number, tag in enumerate(tags, 1):
        if not _HASH.fullmatch(tag.tag):
            yield f"row {number} has no hash of a tag"
        if tag.tag in seen:
            yield f"row {number} is there twice"
        if len(tag.label) > LABEL_LIMIT or len(tag.note) > NOTE_LIMIT:
            yield f"row {number} says too much: {LABEL_LIMIT} characters of label and {NOTE_LIMIT} of note at most"
        if tag.until_utc < 0:
            yield f"row {number} ends before it could begin"
        seen.add(tag.tag)
