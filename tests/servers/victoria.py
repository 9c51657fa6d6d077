"""Debian's VictoriaMetrics: a real `/api/v2/write` of another hand, for shapes and throughput and never for loss.

It keeps numbers alone, as floats, at milliseconds; kill -9 right after its 204 loses what it had acknowledged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.servers.child import HttpServer

if TYPE_CHECKING:
    from collections.abc import Sequence


class Victoria(HttpServer):
    """A single-node VictoriaMetrics."""

    program = "victoria-metrics"
    package = "victoria-metrics"
    path_when_up = "/health"

    def command(self) -> Sequence[str]:
        """Keep in the folder; a hundred years, so that replayed days are taken."""
        return (
            f"-storageDataPath={self.folder}/data",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-retentionPeriod=100y",
            "-memory.allowedBytes=256MB",
        )

    async def export(self, match: str) -> list[tuple[dict[str, str], list[int], list[float]]]:
        """Every series that matches a selector: its labels, its times in ms and its values."""
        await self._client.get(f"{self.url}/internal/force_flush")
        answer = await self._client.get(f"{self.url}/api/v1/export", params={"match[]": match})
        assert answer.is_success, answer.text
        rows = [json.loads(line) for line in answer.text.splitlines()]
        return [(row["metric"], row["timestamps"], row["values"]) for row in rows]
