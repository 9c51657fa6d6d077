"""Doors, permits and controllers of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

MODES = ("card", "free", "locked", "card_and_pin")
CHECKS = ("link", "serial", "bond", "contact", "exit_request", "card", "pulse", "fire_release")
SAID = {
    "door_open": "open",
    "door_unlocked": "unlocked",
    "door_forced": "forced",
    "door_held": "held",
    "door_fire_released": "fire_released",
}
DONE: tuple[int, Json] = (200, {"id": 7, "outcome": "done", "confirmed": {"door1.unlocked": True}, "why": ""})


def moment(**ahead: float) -> str:
    """A moment so far ahead, as the gateway writes it."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def permit(number: int, name: str, household: str, **more: object) -> Json:
    """A resident's card that is valid for good."""
    return {
        "id": f"p{number:05}", "name": name, "household": household, "kind": "card", "groups": ["gate"], "schedule": "",
        "valid_from": None, "valid_until": None, "standing": "valid", "visitor": False, "note": "", **more,
    }  # fmt: skip


@dataclass
class MockDesk:
    """What the mock gateway knows of doors and permits, and what it was asked to do."""

    compound: MockCompound
    permits: dict[str, Json] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    schedules: dict[str, Json] = field(default_factory=dict)
    tasks: list[Json] = field(default_factory=list)
    tables: dict[str, Json] = field(default_factory=dict)
    commissioning: dict[str, Json] = field(default_factory=dict)
    standings: dict[str, str] = field(default_factory=dict)
    enrolment: Json = field(default_factory=dict)
    passages: list[Json] = field(default_factory=list)
    lines: list[Json] = field(default_factory=list)
    commands: list[tuple[str, str, Json]] = field(default_factory=list)
    """Each command with its device and body, as it was asked for."""
    answers: list[tuple[int, Json]] = field(default_factory=list)
    """What the next commands are answered; done when there is nothing left."""
    asked: list[Json] = field(default_factory=list)
    """Questions about permits."""
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever else was asked to change: method, path and body."""

    def __post_init__(self) -> None:
        """Two households, a group, a week, and two lines."""
        self.groups["gate"] = {"id": "gate", "name": "小区大门", "doors": ["b1u1/door1", "b2u1/door1"]}
        self.schedules["office"] = {
            "id": "office", "name": "上班时间",
            "days": {day: [[480, 720], [840, 1080]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
        }  # fmt: skip
        for number, name in enumerate(("王芳", "李伟", "王小明"), 1):
            self.add(permit(number, name, "b3-2-501", groups=["gate", "b3u2"]))
        self.add(permit(4, "赵保洁", "", schedule="office", note="保洁", valid_until=moment(days=3)))
        self.add(permit(5, "孙访客", "b1-1-101", kind="code", visitor=True, valid_until=moment(hours=5)))
        self.add(permit(6, "周强", "b2-1-302", standing="blocked"))
        self.passages = [
            self.passage(9, "granted", name="王芳", household="b3-2-501", permit="p00001", visitor=False),
            self.passage(8, "remote_unlock", remote={"actor": "李四", "reason": "快递", "command": 6}),
            self.passage(7, "denied_unknown"),
            self.passage(6, "gap", gap={"first": 40, "until": 52, "why": "overrun"}),
            self.passage(5, "opened", maybe_repeated=True),
        ]
        self.lines = [self.bus(), self.single("b1u1")]

    # ------------------------------------------------------------ doors

    def doors(self) -> list[Json]:
        """Every door as last heard."""
        return [
            self.door(device, part, name)
            for device in self.compound.devices.values()
            for part, name in device["parts"].items()
        ]

    def door(self, device: Json, part: str, name: str) -> Json:
        """One door."""
        points = device["points"].values()
        said: Json = {SAID[at["meaning"]]: at["value"] for at in points if at["part"] == part and at["meaning"] in SAID}
        mode = next(at["value"] for at in points if at["part"] == part and at["meaning"] == "door_mode")
        down = next((at["value"] for at in points if at["meaning"] == "lockdown"), False)
        acts = ("unlock", "hold_free", "relay_test")
        return {
            "id": f"{device['id']}/{part}", "device": device["id"], "part": part, "name": name,
            "building": device["building"], "building_name": f"{device['building'][1:]}号楼",
            "entrance": device["entrance"], "grid": self.compound.grid_of(device["building"]), "escape": part == "door1",
            "lock": "fail_safe" if part == "door1" else "fail_secure", "owner": "幸福里物业", "maintainer": "华安门禁",
            "link": device["link"], "fresh": device["fresh"] and device["link"] == "up", "heard": device["heard"],
            **said, "mode": MODES[mode], "lockdown": down,
            "commands": {**{act: f"{part}.{act}" for act in acts}, "lockdown": "lockdown", "fire_reset": "reset_fire_latch"},
            "table": {key: self.table(device)[key] for key in ("state", "left", "total")},
            "standing": self.standings.get(device["id"], "in_service"),
        }  # fmt: skip

    def passage(self, seq: int, kind: str, **more: object) -> Json:
        """Something that happened at a door."""
        nobody: Json = dict.fromkeys(("name", "household", "person", "permit", "visitor", "remote", "gap"))
        at = moment(minutes=seq - 12)
        return {"seq": seq, "at": at, "measured": at, "kind": kind, **nobody, "maybe_repeated": False, **more}

    # ------------------------------------------------------------ permits

    def add(self, one: Json) -> Json:
        """Keep a permit; returns it."""
        self.permits[one["id"]] = one
        return one

    def fill(self, count: int) -> None:
        """As many residents as a large compound has."""
        for number in range(10, 10 + count):
            self.add(permit(number, f"住户{number}", f"b{number % 12 + 1}-1-{number}"))

    def find(self, query: Json) -> Json:
        """A page of permits."""
        standing, wanted = query.get("standing", "valid"), query.get("q", "").casefold()
        ending = query.get("ending", False)
        found = [
            one
            for one in sorted(self.permits.values(), key=lambda one: one["id"])
            if standing in {"all", one["standing"]}
            and any(wanted in one[key].casefold() for key in ("name", "household", "note"))
            and (not ending or (one["valid_until"] is not None and not one["visitor"]))
        ]
        page = [one for one in found if one["id"] > query.get("after", "")][: query.get("limit", 100)]
        more = bool(page) and page[-1] is not found[-1]
        return {"permits": page, "total": len(found), "next": page[-1]["id"] if more else None}

    def household(self, name: str) -> Json:
        """Every permit of a household."""
        found = [one for one in self.permits.values() if one["household"] == name]
        return {"household": name, "permits": sorted(found, key=lambda one: one["standing"] != "valid")}

    def revoke(self, permits: list[Json], household: str, reason: str, standing: str = "revoked") -> Json:
        """End permits: three controllers know, the fourth is offline."""
        for one in permits:
            one["standing"] = standing
        task = {
            "id": f"t{len(self.tasks) + 1}", "household": household, "permits": [one["id"] for one in permits],
            "at": moment(), "by": "张三", "reason": reason, "closed": None, "done": 3, "total": 4,
            "controllers": [
                {**self.stands(device), "done": device != "b3u2", "link": "lost" if device == "b3u2" else "up"}
                for device in ("b3u2", "b3u1", "b1u1", "b1u2")
            ],
        }  # fmt: skip
        self.tasks.append(task)
        return {"permits": len(permits), "task": task["id"]}

    def finish(self, task: Json) -> None:
        """The last controller knows."""
        task.update(closed=moment(), done=task["total"])
        for controller in task["controllers"]:
            controller.update(done=True, link="up")

    def counted(self, kept: dict[str, Json], key: str) -> list[Json]:
        """Groups or schedules, with how many permits name each."""
        valid = [one for one in self.permits.values() if one["standing"] == "valid"]
        return [{**one, "permits": sum(one["id"] in each[key] for each in valid)} for one in kept.values()]

    def table(self, device: Json) -> Json:
        """How far one controller has its permits."""
        known: Json = {
            **self.stands(device["id"]), "state": "current", "said": "current", "wanted_version": 12, "version": 12,
            "users": 37, "left": 0, "total": 37, "since": moment(minutes=-50),
        }  # fmt: skip
        return {**known, **self.tables.get(device["id"], {})}

    def stands(self, device: str) -> Json:
        """Where a controller is."""
        known = self.compound.devices[device]
        return {
            "device": device, "name": known["name"], "building": known["building"],
            "building_name": f"{known['building'][1:]}号楼", "entrance": known["entrance"],
        }  # fmt: skip

    def waiting(self) -> Json:
        """Whether a card is waited for."""
        return self.enrolment or {"state": "none", "device": "", "part": "", "until": None, "by": ""}

    # ------------------------------------------------------------ controllers and lines

    def record(self, device: str) -> Json:
        """A controller's commissioning record."""
        known = self.compound.devices[device]
        return self.commissioning.setdefault(
            device,
            {
                **self.stands(device), "product": known["product"], "doors": known["parts"],
                "serial": known["points"]["serial"]["value"], "seen": "", "begun": None, "begun_by": "", "checks": [],
                "signed": None, "signed_by": "", "note": "",
            },
        )  # fmt: skip

    def begin(self, device: str) -> Json:
        """Go through a controller's doors."""
        record = self.record(device)
        checks = [{"name": name, "part": part, "at": None} for part in record["doors"] for name in CHECKS]
        record.update(begun=moment(), begun_by="张三", checks=checks, signed=None, signed_by="", note="")
        return record

    def tick(self, device: str, part: str, name: str) -> None:
        """A check is seen."""
        for check in self.commissioning[device]["checks"]:
            if (check["part"], check["name"]) == (part, name):
                check["at"] = moment()

    def bus(self) -> Json:
        """A serial line with a bad unit on it."""
        units = []
        for number, device in enumerate(list(self.compound.devices.values())[:4]):
            bad = number == 2
            statistics = {
                "requests": 8000, "answered": 7990 - 900 * bad, "missed": 10 + 890 * bad, "refused": 0, "bad_crc": 3 * bad,
                "wrong": 0, "late": 12 * bad, "p99_ms": 38.4, "timeout_ms": 150.0, "offline_probes": 0,
            }  # fmt: skip
            link, why = ("lost", "no answer in time") if bad else ("up", "")
            units.append(
                {"device": device["id"], "name": device["name"], "link": link, "why": why, "statistics": statistics}
            )
        return {
            "id": "east", "driver": "modbus", "address": "/dev/ttyUSB0 19200 8E1", "link": "up", "why": "",
            "since": moment(hours=-9), "devices": len(units), "units": units,
            "statistics": {"requests": 32_000, "utilisation": 0.864, "cycle_seconds": 1.31},
        }  # fmt: skip

    def single(self, device: str) -> Json:
        """A controller with a line of its own, not reached yet."""
        unit = {"device": device, "name": "1单元门禁", "link": "unknown", "why": "", "statistics": {}}
        return {
            "id": device, "driver": "modbus", "address": "10.0.0.7:502", "link": "unknown", "why": "", "since": None,
            "devices": 1, "units": [unit], "statistics": {},
        }  # fmt: skip
