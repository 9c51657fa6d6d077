"""The one catalogue of texts: the page is built with it, notifications read it here.

A catalogue is a flat JSON object from key to text; `{name}` in a text is a parameter. Every language has the same keys
with the same parameters (the page's build and `tests/page/test_texts.py` refuse anything else).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import cast

LANGUAGES = ("zh-CN", "en")
"""The languages of the catalogue, the default one first."""

_HERE = Path(__file__).parent


def text(language: str, key: str, **params: str) -> str:
    """Return the text of `key` in `language` with its parameters filled in.

    Raises KeyError for an unknown language, an unknown key, or a parameter that the text needs and did not get.
    """
    return catalogue(language)[key].format(**params)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Read the whole catalogue of a language, once; raises KeyError for an unknown one."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return cast("dict[str, str]", json.loads((_HERE / f"{language}.json").read_text("utf-8")))
