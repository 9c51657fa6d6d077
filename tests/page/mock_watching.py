"""The past of several points, the health of devices, long work and the simulator, of the cardboard gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.page.mock_compound import Json, MockCompound

STATES = ("misconfigured", "offline", "stale", "unknown", "weak", "well", "unmounted")
WORKS: list[Json] = [
    {"id": "permits", "kind": "permit_sync", "title": "", "done": 21, "total": 37, "state": "running"},
    {"id": "backup-1", "kind": "backup", "title": "/mnt/stick", "done": 0, "total": None, "state": "running"},
    {"id": "export-2", "kind": "export", "title": "b3u1", "done": 4_700_000, "total": None, "state": "running"},
    {"id": "import-3", "kind": "import", "title": "permits", "done": 800, "total": 800, "state": "done"},
    {"id": "export-4", "kind": "export", "title": "b4u1", "done": 9_000, "total": None, "state": "failed"},
]
STORIES: list[Json] = [
    {"name": "forced-door", "about": "A door is broken open.", "target": "b3u1/door1"},
    {"name": "card-burst", "about": "Two hundred cards in a minute.", "target": "b1u1/door1"},
]


class WatchingRoutes:
    """Answers over a compound; what was made to go wrong is remembered."""

    def __init__(self, compound: MockCompound) -> None:
        self._compound = compound
        self.works = [dict(work) for work in WORKS]
        self.broken: dict[str, str] = {"b2u1": "late"}
        self.asked: list[str] = []

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/history", self._history),
            Route("/history/export", self._export),
            Route("/device-health", self._health),
            Route("/device-health/beats", self._beats),
            Route("/works", self._works),
            Route("/simulator", self._stage),
            Route("/simulator/faults", self._fault, methods=["POST"]),
        ]

    async def _history(self, request: Request) -> Response:
        self.asked.append(str(request.url).partition("/api/v1/")[2])
        asked = request.query_params
        start, now = float(asked["from_utc"]), datetime.now(UTC).timestamp()
        series, times = [], []
        for name in asked["points"].split(","):
            device, _, key = name.rpartition("/")
            known = self._compound.devices.get(device)
            begin = datetime.fromtimestamp(start, UTC).isoformat()
            past = self._compound.history(device=device, key=key, start=begin, end="") if known else None
            if past is None:
                body = {"title": "Not Found", "status": 404, "code": "point_unknown", "detail": f"no {name}"}
                return JSONResponse(body, 404)
            times = past.pop("t")
            past["quality"][40:60] = ["uncertain"] * 20
            columns = {column: past[column] for column in ("kind", "unit", "meaning", "min", "max", "mean", "last")}
            place = _place(known or {})
            series.append({"device": device, "key": key, "part": "", "quality": past["quality"], **place, **columns})
        return JSONResponse({"from_utc": start, "to_utc": now, "bucket_seconds": 300, "t": times, "series": series})

    async def _export(self, request: Request) -> Response:
        self.asked.append(str(request.url).partition("/api/v1/")[2])
        named = {"content-disposition": 'attachment; filename="history.csv"'}
        return Response("time,device,point,value,unit,quality\r\n", media_type="text/csv", headers=named)

    async def _health(self, request: Request) -> Response:
        asked = request.query_params
        rows = sorted((self._row(device) for device in self._compound.devices.values()), key=_worst_first)
        counts = {state: sum(row["state"] == state for row in rows) for state in STATES}
        words = asked.get("search", "").casefold()
        wanted = asked.get("state", "")
        rows = [
            row
            for row in rows
            if words in f"{row['id']} {row['name']}".casefold()
            and (wanted in {"", row["state"]} or (wanted == "ill" and row["state"] not in {"well", "unmounted"}))
        ]
        first = int(asked.get("offset", 0))
        page = rows[first : first + int(asked.get("limit", 60))]
        return JSONResponse({"devices": page, "total": len(rows), "counts": counts})

    @staticmethod
    def _row(device: Json) -> Json:
        link = device["link"]
        ill = {"lost": "offline", "misconfigured": "misconfigured", "unknown": "unknown"}.get(link, "well")
        low = device["points"].get("sys.battery_low", {}).get("value") is True
        return {
            "id": device["id"],
            **_place(device),
            "state": "weak" if ill == "well" and low else ill,
            "link": link,
            "why": device["why"],
            "line": device.get("line", ""),
            "heard_utc": datetime.now(UTC).timestamp() - 7,
            "battery": 12 if low else None,
            "battery_low": low,
            "signal": None,
        }

    async def _beats(self, request: Request) -> Response:
        bars = {
            device: "h" * 30 + "ppnnn" + "h" * 13
            if self._compound.devices[device]["link"] == "up"
            else "h" * 40 + "n" * 8
            for device in request.query_params["devices"].split(",")
        }
        now = datetime.now(UTC).timestamp()
        return JSONResponse({"from_utc": now // 1800 * 1800 - 47 * 1800, "beat_seconds": 1800.0, "beats": bars})

    async def _works(self, _: Request) -> Response:
        since = datetime.now(UTC).timestamp() - 90
        return JSONResponse({"works": [{"since_utc": since, **work} for work in self.works]})

    async def _stage(self, _: Request) -> Response:
        stations = [{"controller": name, "fault": self.broken.get(name)} for name in list(self._compound.devices)[:6]]
        return JSONResponse({"stories": STORIES, "controllers": stations, "faults": ["silent", "late", "bad-crc"]})

    async def _fault(self, request: Request) -> Response:
        body = await request.json()
        if body["fault"] is None:
            self.broken.pop(body["controller"], None)
        else:
            self.broken[body["controller"]] = body["fault"]
        return JSONResponse(body, 202)


def _place(device: Json) -> Json:
    building = f"{device['building'][1:]}号楼"
    return {"name": device["name"], "building_name": building, "entrance": device["entrance"], "detector": False}


def _worst_first(row: Json) -> tuple[int, str]:
    return STATES.index(row["state"]), row["id"]
