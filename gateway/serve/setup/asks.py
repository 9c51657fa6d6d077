"""What is asked while a new box is set up: one body for each step of the wizard; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from gateway.serve.asks import SEQ_LIMIT, Asked
from gateway.serve.duty_asks import ShiftBody, WayBody  # noqa: TC001 - pydantic reads annotations at run time

_ID = r"^[a-z0-9][a-z0-9_-]{0,39}$"
_HIDDEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""Control characters, and those that turn a line around."""
_EMPTY = r"\s\u00ad\u115f\u1160\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0"
"""What one does not see on a page."""
_SHOWN = rf"^[^{_HIDDEN}]*$"
_NAME = rf"^[^{_HIDDEN}]*[^{_HIDDEN}{_EMPTY}][^{_HIDDEN}]*$"
"""Something is to be seen of it."""
_BUILDING = rf"^[^{_HIDDEN}{{}}]*\{{n\}}[^{_HIDDEN}{{}}]*$"

StepName = Literal["clock", "compound", "buildings", "grids", "people", "channel", "backup"]
Step = Annotated[StepName, Path(description="The step of the wizard.")]
ProofNumber = Annotated[int, Path(description="The number that `prove` gave.", ge=1, le=SEQ_LIMIT)]
Id = Annotated[str, Field(description="A short name: lower case, digits, - and _.", pattern=_ID)]
Name = Annotated[str, Field(description="What people call it.", min_length=1, max_length=40, pattern=_NAME)]
Setting = str | int | float | bool | list[str] | dict[str, str]


class BeginBody(Asked):
    """Who sets the box up: the first administrator."""

    code: Annotated[str, Field(description="The set-up code of the label; spaces do not count.", max_length=80)]
    name: Annotated[str, Field(description="His name.", min_length=1, max_length=40, pattern=_NAME)]
    password: Annotated[str, Field(description="His password.", min_length=1, max_length=512)]


class ClockBody(Asked):
    """The hour and the tongue."""

    timezone: Annotated[str, Field(description="IANA name of the zone, such as Asia/Shanghai.", max_length=60)]
    language: Annotated[Literal["zh-CN", "en"], Field(description="Of the page and of messages.")] = "zh-CN"


class CompoundBody(Asked):
    """The compound as a whole."""

    id: Id
    name: Name
    households: Annotated[int, Field(description="How many households live here.", ge=0, le=100_000)] = 0


class ExceptionBody(Asked):
    """A building that is not as the others; what is left out is as in the pattern."""

    number: Annotated[int, Field(description="Its number in the pattern.", ge=1, le=300)]
    left_out: Annotated[bool, Field(description="There is none of that number, such as 4号楼.")] = False
    name: Annotated[str | None, Field(description="Another name.", min_length=1, max_length=40, pattern=_NAME)] = None
    units: Annotated[int | None, Field(description="Entrances 单元.", ge=0, le=50)] = None
    floors: Annotated[int | None, Field(description="Floors above ground.", ge=0, le=200)] = None
    flats_per_floor: Annotated[int | None, Field(description="Flats on each floor of a unit.", ge=0, le=100)] = None


class BuildingsBody(Asked):
    """The buildings by a pattern: building 1 is `b1`, and so on."""

    count: Annotated[int, Field(description="The last number.", ge=1, le=300)]
    name: Annotated[
        str,
        Field(description="What people call them; {n} is the number.", max_length=40, pattern=_BUILDING),
    ] = "{n}号楼"
    units: Annotated[int, Field(description="Entrances 单元.", ge=0, le=50)] = 1
    floors: Annotated[int, Field(description="Floors above ground.", ge=0, le=200)] = 1
    flats_per_floor: Annotated[int, Field(description="Flats on each floor of a unit.", ge=0, le=100)] = 1
    exceptions: Annotated[
        tuple[ExceptionBody, ...], Field(description="Those that are otherwise.", max_length=300)
    ] = ()


class GridBody(Asked):
    """A grid 网格."""

    id: Id
    name: Name
    code: Annotated[str, Field(description="Its official code, empty if there is none.", max_length=40)] = ""
    buildings: Annotated[
        tuple[Annotated[int, Field(ge=1, le=300)], ...],
        Field(description="The numbers of its buildings.", max_length=300),
    ] = ()


class GridsBody(Asked):
    """The grids, and which buildings are whose."""

    grids: Annotated[list[GridBody], Field(description="Each building belongs to one at most.", max_length=100)]


class StaffBody(Asked):
    """Somebody who works here."""

    id: Id
    name: Annotated[str, Field(description="What people call him.", min_length=1, max_length=40, pattern=_NAME)]
    account: Annotated[str, Field(description="The user that he signs in as.", max_length=80, pattern=_SHOWN)] = ""
    reach: Annotated[list[WayBody], Field(description="How he is reached, the best way first.", max_length=10)]


class RosterBody(Asked):
    """Who is on duty in a grid."""

    grid: Id
    shifts: Annotated[list[ShiftBody], Field(description="All hours of the week, each once.", max_length=100)]


class PeopleBody(Asked):
    """The staff, who leads them, and who is on duty."""

    people: Annotated[list[StaffBody], Field(description="The staff.", max_length=300)]
    leader: Annotated[
        str,
        Field(description="The id of whom every grid ends at 网格长: he is told what nobody answers.", max_length=40),
    ] = ""
    roster: Annotated[tuple[RosterBody, ...], Field(description="Grid by grid.", max_length=100)] = ()


class ChannelBody(Asked):
    """A way to people, as docs/channels.md has it."""

    id: Id
    kind: Annotated[str, Field(description="Which channel it is, such as `wecom` or `mail`.", max_length=40)]
    settings: Annotated[
        dict[str, Setting],
        Field(
            default_factory=dict,
            description="Its keys that are no secrets, by name (`url`, `answers.app_id`).",
            max_length=30,
        ),
    ]
    secrets: Annotated[
        dict[str, Annotated[str, Field(min_length=1, max_length=4096)]],
        Field(
            default_factory=dict,
            description="Its secrets by key (`key`, `answers.app_secret`); left out: as entered before.",
            max_length=10,
        ),
    ]


class ChannelsBody(Asked):
    """The ways to people."""

    channels: Annotated[list[ChannelBody], Field(description="In any order.", max_length=20)]


class BackupBody(Asked):
    """Where a copy goes every night: a folder or a WebDAV address. It is tried at once."""

    folder: Annotated[str, Field(description="A folder on another disk.", max_length=400)] = ""
    same_disk_allowed: Annotated[bool, Field(description="It may be on the disk of the data folder.")] = False
    url: Annotated[str, Field(description="A WebDAV folder instead.", max_length=400)] = ""
    username: Annotated[str, Field(description="The name to sign in with there.", max_length=100)] = ""
    password: Annotated[
        str | None, Field(description="Its password; left out: as entered before.", min_length=1, max_length=400)
    ] = None
    at: Annotated[str, Field(description="When, each day.", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "03:30"
    keep: Annotated[int, Field(description="How many stay there.", ge=1, le=1000)] = 14


class ProveBody(Asked):
    """To whom a channel is proved."""

    channel: Annotated[str, Field(description="The channel's id.", max_length=40)]
    to: Annotated[str, Field(description="Number, address or account there.", max_length=200, pattern=_SHOWN)] = ""


class CodeBody(Asked):
    """What stood in the test message."""

    code: Annotated[str, Field(description="The four digits of the message.", max_length=20)]
