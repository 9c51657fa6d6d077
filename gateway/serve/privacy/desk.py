"""What the HTTP face needs to keep privacy: where the past is read, who signs, who forgets, and what was ever asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gateway.keep.audit.signing import Signer
    from gateway.keep.erasing.forgetting import Forgetting
    from gateway.privacy import Investigation


@dataclass(frozen=True, slots=True)
class PrivacyDesk:
    """`source` is the journal as a URI, `folder` where an archive is written, as a file without a name, before it is sent."""

    source: str
    folder: Path
    signer: Signer
    forgetting: Forgetting
    investigations: Callable[[], Mapping[str, Investigation]]
