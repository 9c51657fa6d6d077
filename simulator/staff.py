"""Who looks after a simulated compound: grid workers with their shifts, the property management, and how each is reached.

Nobody in it is real, and every way leads to the services that the simulator itself brings (`simulator/services`). They take a
key that both sides find in the environment, so that no file holds it; without one there are none, and nobody is written down.
"""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.services.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.compound import Compound, Grid

KEY_VARIABLE: Final = "GRIDPOST_DEMO_SERVICES_KEY"
"""Where the one key of all simulated services stands, for the simulator and for the gateway."""

COMMUNITY: Final = "community"
"""The level above all grids."""

GROUP, CHAT, VOICE, SMS = "group", "chat", "voice", "sms"
"""The channels: WeCom's bot in the group, its smart bot that hears answers, and Aliyun's calls and short messages."""

_FIRST_NUMBER: Final = 13_000_000_001
_CODE_DIGITS: Final = 12  # of a grid's code: those of its community
_DEPARTMENTS: Final = (("gas", "燃气公司"), ("fire", "消防站"), ("police", "派出所"))
_DEPARTMENTS_FROM: Final = 13_000_000_901
_SECRETS: Final = ("key", "secret", "token", "hook")
_WORKERS: Final = (
    ("王芳", "刘洋", "赵敏"),
    ("李强", "陈静", "杨磊"),
    ("张丽", "黄伟", "周婷"),
    ("吴刚", "徐娟", "孙浩"),
    ("马超", "朱琳", "胡斌"),
    ("郭艳", "何军", "高洁"),
)
"""Of each grid: by day, by night, and their leader 网格长."""


class Member(NamedTuple):
    """One of the staff; `number` is his telephone, and `id` his account in the chat tool."""

    id: str
    name: str
    number: int


def service_keys() -> Keys | None:
    """What the services ask for; None without a key in the environment."""
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        return None
    known = Keys.simulated()
    secret = {field.name: key for field in fields(known) if field.name.endswith(_SECRETS)}
    return replace(known, **secret)


def staff_of(compound: Compound) -> dict[str, Member]:
    """Everybody, by id."""
    named = [(f"{grid.id}-{role}", name) for grid in compound.grids for role, name in _team(grid)]
    named += [
        ("guard-day", "韩勇"),
        ("guard-night", "冯军"),
        ("property-manager", "董静"),
        ("property-repair", "程亮"),
        ("community-head", "曹慧"),
    ]
    return {id_: Member(id_, name, _FIRST_NUMBER + at) for at, (id_, name) in enumerate(named)}


def grid_team(grid: Grid) -> str:
    """What stands behind a grid's code: what it belongs to, and its leader."""
    return f", parent: {COMMUNITY}, team: {{leader: [{grid.id}-leader]}}"


def community_entry(compound: Compound) -> str:
    """The level above the grids, with those who serve all of them."""
    code = compound.grids[0].code[:_CODE_DIGITS]
    team = "guard: [guard-day, guard-night], property: [property-manager, property-repair], community: [community-head]"
    return (
        f'  - {{id: {COMMUNITY}, name: 幸福里社区, code: "{code}", level: community,\n'
        f"     team: {{leader: [community-head], {team}}}}}"
    )


def staff_section(compound: Compound, url: str) -> Iterator[str]:
    """`people:`, `departments:`, `roster:` and `channels:`, whose services are at `url`."""
    yield "people:"
    for one in staff_of(compound).values():
        yield f"  - {{id: {one.id}, name: {one.name},"
        yield f"     reach: [{_ways({CHAT: one.id, **dict.fromkeys((GROUP, VOICE, SMS), one.number)})}]}}"
    yield ""
    yield "departments:"
    for number, (kind, name) in enumerate(_DEPARTMENTS, start=_DEPARTMENTS_FROM):
        yield f"  - {{id: {kind}, kind: {kind}, name: {name}, reach: [{_ways({VOICE: number, SMS: number})}]}}"
    yield ""
    yield "roster:"
    for grid in compound.grids:
        day, night = f"{grid.id}-day", f"{grid.id}-night"
        yield f"  - grid: {grid.id}"
        yield "    shifts:"
        yield f'      - {{name: 白班, from: "08:00", to: "20:00", person: {day}, deputy: {night}}}'
        yield f'      - {{name: 夜班, from: "20:00", to: "08:00", person: {night}, deputy: {day}}}'
    yield ""
    yield from _channels(url)
    yield ""


def _channels(url: str) -> Iterator[str]:
    keys = Keys.simulated()
    key = f"{{env: {KEY_VARIABLE}}}"
    socket = url.replace("http:", "ws:", 1)
    yield "channels:"
    yield f'  - {{id: {GROUP}, kind: wecom, key: {key}, url: "{url}"}}'
    yield f'  - {{id: {CHAT}, kind: wecom_smart, bot_id: {keys.wecom_bot_id}, secret: {key}, url: "{socket}/wecom"}}'
    aliyun = f'key_id: {key}, key_secret: {key}, url: "{url}/aliyun"'
    yield f"  - {{id: {VOICE}, kind: aliyun_voice, template: TTS_1, {aliyun}}}"
    yield f"  - {{id: {SMS}, kind: aliyun_sms, sign: 幸福里, template: SMS_1, longest_characters: 500, {aliyun}}}"


def _ways(ways: Mapping[str, object]) -> str:
    return ", ".join(f'{{channel: {channel}, to: "{to}"}}' for channel, to in ways.items())


def _team(grid: Grid) -> Iterator[tuple[str, str]]:
    number = int(grid.id.removeprefix("g")) - 1
    return zip(("day", "night", "leader"), _WORKERS[number % len(_WORKERS)], strict=True)
