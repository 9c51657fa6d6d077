"""Drafts as the page's bodies leave them, and the configuration that is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.config.load import load
from gateway.serve.setup.asks import BuildingsBody, ChannelsBody, GridsBody, PeopleBody
from gateway.setting_up.document import document
from gateway.setting_up.draft import Draft
from gateway.setting_up.steps import keep_channels
from tests.setting_up import entering

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.plan import Plan
    from gateway.serve.asks import Asked

BODIES: dict[str, type[Asked]] = {"buildings": BuildingsBody, "grids": GridsBody, "people": PeopleBody}


def drafted(folder: Path, **steps: Any) -> Draft:
    """A draft with these steps, as the page's bodies leave them."""
    draft = Draft.open(folder)
    for step, body in steps.items():
        entered = BODIES[step].model_validate(body).model_dump(mode="json", by_alias=True) if step in BODIES else body
        if step == "channel":
            entered = keep_channels(ChannelsBody.model_validate(body).model_dump(mode="json"), draft)
        draft.enter(step, entered)
    return draft


def whole(folder: Path) -> Draft:
    """A draft of a whole compound."""
    return drafted(
        folder,
        clock=entering.CLOCK,
        compound=entering.COMPOUND,
        buildings=entering.BUILDINGS,
        grids=entering.GRIDS,
        people=entering.PEOPLE,
        channel=entering.channel("http://127.0.0.1:1"),
    )


def loaded(draft: Draft, folder: Path) -> Plan:
    """What the gateway reads of it. Raises ConfigError."""
    path = folder / "compound.yaml"
    path.write_text(document(draft))
    return load(path)
