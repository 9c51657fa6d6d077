from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from gateway.keep.own_ca import OwnCa
from gateway.serve.app import create_app
from gateway.serve.box_keeper import Reloaded, SaidOfConfig
from tests.serve.compound import open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.serve.compound import Town

WRONG = SaidOfConfig("compound.yaml", 7, "lines[0].host", "the key 'host' is missing")


@dataclass
class Box:
    """A box that remembers what it was told."""

    own_ca: OwnCa | None = None
    came: Reloaded = field(default_factory=Reloaded)
    places: tuple[str, ...] = ("/mnt/nas",)
    told: list[str] = field(default_factory=list)

    async def about(self) -> dict[str, Any]:
        """Little."""
        return {"bind": "127.0.0.1:8080"}

    async def reload(self) -> Reloaded:
        """As it was told."""
        self.told.append("reload")
        return self.came

    def back_up(self) -> tuple[str, ...]:
        """To where it was told."""
        self.told.append("backup")
        return self.places


@pytest_asyncio.fixture
async def box(tmp_path: Path) -> AsyncIterator[tuple[Box, Town]]:
    box = Box()
    async with open_town(tmp_path, hears=False) as town:
        town.house = replace(town.house, box=box)
        town.app = create_app(town.house)
        async with served(town):
            yield box, town


async def test_the_box_says_what_it_is(box: tuple[Box, Town]) -> None:
    async with box[1].client("auditor") as client:
        said = (await client.get("/api/v1/system")).json()

    assert said == {"version": "0.0.test", "bind": "127.0.0.1:8080"}


async def test_a_configuration_that_is_taken_is_said_with_its_warnings(box: tuple[Box, Town]) -> None:
    box[0].came = Reloaded(warnings=(WRONG,), later=("http",))
    async with box[1].client("installer") as client:
        said = (await client.post("/api/v1/system/reload")).json()

    assert said["taken"] is True
    assert said["warnings"] == [{"file": "compound.yaml", "line": 7, "key": "lines[0].host", "what": WRONG.what}]
    assert said["later"] == ["http"]


async def test_one_that_is_not_taken_is_said_with_every_finding_and_stands_in_the_audit(box: tuple[Box, Town]) -> None:
    box[0].came = Reloaded(findings=(WRONG, WRONG))
    async with box[1].client("installer") as client:
        said = (await client.post("/api/v1/system/reload")).json()

    assert (said["taken"], len(said["findings"])) == (False, 2)
    [act] = [act for act in box[1].road.acts if getattr(act, "what", "") == "reload"]
    assert getattr(act, "body", None) == {"taken": False, "findings": 2, "later": []}


async def test_a_backup_is_begun_or_it_is_said_that_none_is_configured(box: tuple[Box, Town]) -> None:
    async with box[1].client("installer") as client:
        begun = await client.post("/api/v1/system/backup")
        box[0].places = ()
        none = await client.post("/api/v1/system/backup")

    assert (begun.status_code, begun.json()) == (202, {"places": ["/mnt/nas"]})
    assert (none.status_code, none.json()["code"]) == (409, "no_backup")


async def test_the_authority_is_for_everybody_where_there_is_one(box: tuple[Box, Town], tmp_path: Path) -> None:
    async with box[1].client(None) as client:
        none = await client.get("/ca.crt")
        box[0].own_ca = OwnCa.of(tmp_path)
        box[0].own_ca.make(["box.local"], (), 1_795_000_000.0)
        found = await client.get("/ca.crt")

    assert none.status_code == 404
    assert found.content == box[0].own_ca.ca_der()
    assert found.headers["content-type"] == "application/x-x509-ca-cert"


async def test_whoever_may_not_install_changes_nothing(box: tuple[Box, Town]) -> None:
    for who in ("viewer", "staff", "manager", "auditor"):
        async with box[1].client(who) as client:
            refused = [await client.post(f"/api/v1/system/{act}") for act in ("reload", "backup")]

        assert [each.status_code for each in refused] == [403, 403], who
    assert box[0].told == []
