"""`gridpost sensors` and `gridpost detectors`: a supplier's list into a running gateway, its stock, and what hangs where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gateway.commands.calling import gateway_at, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.contract import Json
    from gateway.commands.calling import Gateway

PAGE = "1000"
"""As many of them as one answer holds."""


class SensorsOf:
    """The sensors and detectors of a gateway; each method is a command and returns its exit code."""

    def __init__(self, url: str, token_file: Path | None, *, plain_http: bool) -> None:
        self._at: Callable[[], Gateway] = lambda: gateway_at(url, token_file, plain_http=plain_http)

    def take_file(self, file: Path, *, dry: bool) -> int:
        """Import a list, or say what that would do."""

        def work(gateway: Gateway) -> None:
            data = file.read_bytes()
            said = gateway.read("POST", "sensors/import", {"dry": "true" if dry else ""}, data, "text/csv")
            would = "would be " if dry else ""
            typer.echo(
                f"{said['rows']} rows: {said['new']} sensors {would}new, {said['changed']} {would}changed, "
                f"{said['unchanged']} as they were; {said['mounted']} {would}hung up."
            )

        return told(self._at, work)

    def stock(self, words: str) -> int:
        """List the stock, a sensor in a line."""

        def work(gateway: Gateway) -> None:
            said = gateway.get("sensors", q=words, limit=PAGE)
            for sensor in said["sensors"]:
                typer.echo("\t".join((sensor["address"], sensor["product"], sensor["label"])))
            if (more := said["total"] - len(said["sensors"])) > 0:
                typer.echo(f"... and {more} more: say which.", err=True)

        return told(self._at, work)

    def detectors(self, words: str, building: str, state: str) -> int:
        """List detectors, one in a line."""

        def work(gateway: Gateway) -> None:
            query = {"q": words, "building": building, "state": state}
            after = ""
            while after is not None:
                said = gateway.get("detectors", **query, limit=PAGE, after=after)
                for detector in said["detectors"]:
                    typer.echo("\t".join(_cells(detector)))
                after = said["next"]

        return told(self._at, work)


def _cells(detector: Json) -> tuple[str, ...]:
    """Id, place, state, and what hangs there with its battery and who hears it."""
    place = " ".join(filter(None, (detector["building_name"], detector["entrance"], detector["name"])))
    sensor = detector["sensor"]
    signs = [sign for sign in ("alarm", "fault", "blind", "under_test", "battery_low") if detector[sign]]
    state = ", ".join((detector["state"], *signs))
    if sensor is None:
        return detector["id"], place, state
    battery = "" if detector["battery"] is None else f"{detector['battery']:.0f} %"
    signal = "" if detector["signal"] is None else f"{detector['signal']} dBm"
    return (
        detector["id"],
        place,
        state,
        f"{sensor['product']} {sensor['tail']}",
        battery,
        signal,
        detector["heard_by_name"],
    )
