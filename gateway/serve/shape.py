"""What all shapes of answers have in common, and the shape of what goes wrong."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Reading: TypeAlias = bool | int | float | str | None
Link: TypeAlias = Literal["unknown", "up", "lost", "misconfigured"]


class Shape(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", defer_build=True, ser_json_inf_nan="null")


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Field(description="Always about:blank: the status says what sort of problem it is.")]
    title: Annotated[str, Field(description="The status in words.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    code: Annotated[str, Field(description="Names the problem for programs and for the page's texts.")]
    detail: Annotated[str, Field(description="A sentence for people.")]
    errors: Annotated[
        list[dict[str, str | float]],
        Field(
            description="Wrong fields: `path` such as body.reason, `why`, a `code`, and the `limit` that was passed."
        ),
    ] = []
    details: Annotated[list[str], Field(description="A sentence for each thing that is wrong, such as each row.")] = []
    right: Annotated[str, Field(description="With 403: the right that is missing.")] = ""
    roles: Annotated[list[str], Field(description="With 403: the roles that have it.")] = []
