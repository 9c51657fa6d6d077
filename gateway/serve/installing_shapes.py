"""The shapes of answers about commissioning and replaced controllers; see `shapes.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated

from pydantic import Field

from gateway.serve.shape import Shape


class Check(Shape):
    """One thing that must be seen before a door is put into service."""

    name: Annotated[str, Field(description="link, serial, bond, contact, exit_request, card, pulse or fire_release.")]
    part: Annotated[str, Field(description="The door.")]
    at: Annotated[datetime | None, Field(description="When it was seen; null: not yet.")]


class Commissioning(Shape):
    """The commissioning record (调试记录) of a controller and its doors."""

    device: Annotated[str, Field(description="The controller.")]
    name: Annotated[str, Field(description="What it is called.")]
    building: Annotated[str, Field(description="The building's id.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    entrance: Annotated[str, Field(description="The entrance.")]
    product: Annotated[str, Field(description="Its profile.")]
    doors: Annotated[dict[str, str], Field(description="Its doors by part, with their names.")]
    serial: Annotated[str, Field(description="The serial number that it is to have; empty: none was accepted yet.")]
    seen: Annotated[str, Field(description="The one that it showed while it was gone through; empty: none.")]
    begun: Annotated[datetime | None, Field(description="When it was begun; null: never.")]
    begun_by: Annotated[str, Field(description="Who began it.")]
    checks: Annotated[list[Check], Field(description="What is to be seen, and when it was.")]
    signed: Annotated[datetime | None, Field(description="When it was signed; null: not yet.")]
    signed_by: Annotated[str, Field(description="Who signed it.")]
    note: Annotated[str, Field(description="Why a check is missing.")]


class Commissionings(Shape):
    """All controllers with doors, and how far each was gone through."""

    devices: Annotated[list[Commissioning], Field(description="In the order of the configuration.")]


class AcceptedSerial(Shape):
    """The serial number that a controller is to have from now on."""

    device: Annotated[str, Field(description="The controller.")]
    serial: Annotated[str, Field(description="Its serial number.")]
