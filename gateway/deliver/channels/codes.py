"""Error codes inside HTTP 200: what each of a service's codes means for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.deliver.channels.contract import ChannelDown, ChannelRefused

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Passing:
    """Time cures it; `after_seconds` is how long the service blocks, where that is known."""

    why: str
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Lasting:
    """Only a person cures it, or, not `misconfigured`, nobody: it is this one message that the service will not have."""

    why: str
    misconfigured: bool = True


Codes: TypeAlias = "Mapping[int, Passing | Lasting]"


def judge(said: Mapping[str, Any], field: str, known: Codes) -> None:
    """Return when the answer's code is 0; else raise `ChannelDown` or `ChannelRefused` with our own words.

    The service's words are left out: a server that is not what it claims could say anything there, our key included. A code
    that is not known may pass.
    """
    code = said.get(field)
    if type(code) is not int:
        raise ChannelDown(f"the answer has no {field}")
    if code == 0:
        return
    match known.get(code):
        case Passing(why, after_seconds):
            raise ChannelDown(f"{why} ({field} {code})", after_seconds)
        case Lasting(why, misconfigured):
            raise ChannelRefused(f"{why} ({field} {code})", misconfigured=misconfigured)
    raise ChannelDown(f"{field} {code}")
