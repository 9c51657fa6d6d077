"""Why a broker said what it said."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.mqtt.refusals import reason


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a broker said what it said; `words` are its own, cleaned."""

    code: int
    words: str = ""

    def __str__(self) -> str:
        return reason(self.code, self.words)
