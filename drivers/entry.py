"""What every part of a profile shares: frozen entries without unknown keys, and the ranges of Modbus numbers."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

ADDRESSES = 0x10000
"""How many addresses each function has."""

MAX_REGISTERS = 125
"""Registers that one request may read (Modbus Application Protocol V1.1b3, 6.3 and 6.4)."""

MAX_WORD = 0xFFFF
"""The largest number that a register holds."""

Address: TypeAlias = Annotated[int, Field(ge=0, lt=ADDRESSES)]
Word: TypeAlias = Annotated[int, Field(ge=0, le=MAX_WORD)]
RegisterFunction: TypeAlias = Literal[3, 4]


def _is_hex(key: SecretStr) -> SecretStr:
    try:
        bytes.fromhex(key.get_secret_value())
    except ValueError:
        raise ValueError("must be hex digits") from None
    return key


HexKey: TypeAlias = Annotated[SecretStr, AfterValidator(_is_hex)]
"""A secret key as hex digits; never printed."""


class Entry(BaseModel):
    """Anything in a profile."""

    model_config = ConfigDict(frozen=True, extra="forbid")
