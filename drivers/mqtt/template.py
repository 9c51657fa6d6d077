"""What is published, from a template of the profile: values only ever become JSON values, so nothing can be injected."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json

_FILLER: Final = re.compile(r"\$(\$|[a-z][a-z0-9_]*)")


def fillers(template: Json) -> frozenset[str]:
    """The names of all fillers in a template."""
    if isinstance(template, str):
        return frozenset(_FILLER.findall(template)) - {"$"}
    below = template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    return frozenset().union(*map(fillers, below))


def fill(template: Json, values: Mapping[str, Json]) -> bytes:
    """The payload: JSON in UTF-8. Every filler must be in `values`."""
    return json.dumps(_filled(template, values), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fill_text(template: str, values: Mapping[str, Json]) -> str:
    """A text with its fillers filled in."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[1] == "$" else str(values[match[1]])

    return _FILLER.sub(value, template)


def _filled(template: Json, values: Mapping[str, Json]) -> Json:
    if isinstance(template, str):
        whole = _FILLER.fullmatch(template)
        return values[whole[1]] if whole and whole[1] != "$" else fill_text(template, values)
    if isinstance(template, dict):
        return {key: _filled(below, values) for key, below in template.items()}
    if isinstance(template, list):
        return [_filled(below, values) for below in template]
    return template
