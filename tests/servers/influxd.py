"""Debian's InfluxDB 1.6.7, a real engine: the one by which it is proved that nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.child import HttpServer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
{http}
"""


class Influxd(HttpServer):
    """An InfluxDB 1.x with the databases named. `http` are more settings of its [http] part, as TOML values."""

    program = "influxd"
    package = "influxdb"
    path_when_up = "/ping"

    def __init__(
        self, folder: Path, databases: Sequence[str] = ("gridpost",), http: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder)
        self._databases = databases
        self._http = dict(http or {})

    @property
    def url(self) -> str:
        """Where it answers."""
        scheme = "https" if self._http.get("https-enabled") == "true" else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Run on a configuration that is written anew at each start."""
        more = "\n".join(f"{name} = {value}" for name, value in self._http.items())
        config = self.folder / "influxdb.conf"
        config.write_text(_CONFIG.format(folder=self.folder, port=self.port, http=more), "utf-8")
        return "run", "-config", str(config)

    async def start(self) -> None:
        """Start it; the databases are there afterwards."""
        await super().start()
        for database in self._databases:
            await self.query(f'CREATE DATABASE "{database}"')

    async def require_sign_in(self, name: str, password: str) -> None:
        """Make an administrator, whom `query` and `write` sign in as, and start again with authentication."""
        await self.query(f"CREATE USER \"{name}\" WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
        self._client.auth = (name, password)
        self._http["auth-enabled"] = "true"
        await self.kill()
        await self.start()

    async def query(self, q: str, database: str = "gridpost") -> list[dict[str, Any]]:
        """The series that an InfluxQL query finds, over all its statements: name, tags, columns, values; times in ns."""
        answer = await self._client.post(f"{self.url}/query", params={"db": database, "epoch": "ns"}, data={"q": q})
        assert answer.is_success, answer.text
        results = answer.json()["results"]
        assert not (wrong := [result["error"] for result in results if "error" in result]), wrong
        return [series for result in results for series in result.get("series", ())]

    async def figure(self, q: str, database: str = "gridpost") -> Any:
        """The one figure that a query finds (the first column beside the time), or 0 when there is nothing."""
        found = await self.query(q, database)
        return found[0]["values"][0][1] if found else 0

    async def write(self, lines: bytes, database: str = "gridpost") -> None:
        """Write lines past everything of ours."""
        answer = await self._client.post(f"{self.url}/write", params={"db": database}, content=lines)
        assert answer.status_code == 204, answer.text
