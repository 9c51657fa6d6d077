"""What an installer enters for a compound of 59 buildings, step by step, as the page sends it."""

from __future__ import annotations

from typing import Any

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CLOCK = {"timezone": "Asia/Shanghai", "language": "zh-CN"}
COMPOUND = {"id": "xfl", "name": "幸福里小区", "households": 3000}
BUILDINGS = {
    "count": 60,
    "name": "{n}号楼",
    "units": 2,
    "floors": 18,
    "flats_per_floor": 4,
    "exceptions": [{"number": 4, "left_out": True}, {"number": 60, "name": "会所: A", "units": 1, "floors": 2}],
}
GRIDS = {
    "grids": [
        {"id": "g1", "name": "第一网格", "code": "370102013006001", "buildings": [n for n in range(1, 31) if n != 4]},
        {"id": "g2", "name": "第二网格", "buildings": list(range(31, 61))},
    ]
}


def shifts(day: str = "zhang", night: str = "li") -> list[dict[str, Any]]:
    """Day and night, every day."""
    return [
        {"name": "白班", "days": WEEK, "from": "08:00", "to": "20:00", "person": day, "deputy": night},
        {"name": "夜班", "days": WEEK, "from": "20:00", "to": "08:00", "person": night},
    ]


PEOPLE: dict[str, Any] = {
    "people": [
        {"id": "zhang", "name": "张三", "reach": [{"channel": "chat", "to": "zhangsan"}]},
        {"id": "li", "name": "李四", "reach": [{"channel": "chat", "to": "lisi"}]},
    ],
    "leader": "zhang",
    "roster": [{"grid": "g1", "shifts": shifts()}, {"grid": "g2", "shifts": shifts("li", "zhang")}],
}


def channel(url: str, key: str = "simulated-wecom-key") -> dict[str, Any]:
    """WeCom's group bot, at the stand-in of the simulator."""
    return {"channels": [{"id": "chat", "kind": "wecom", "settings": {"url": url}, "secrets": {"key": key}}]}
