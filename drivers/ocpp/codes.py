"""The errors with which a call is answered (OCPP-J 1.6, 4.2.3, table 7), with the spelling that its errata (5.1, 5.2) keep.

NOT_IMPLEMENTED: no such action. NOT_SUPPORTED: known, but not for us. FORMATION: not the shape of a message. INCOMPLETE: a
field is missing. TYPE, PROPERTY, OCCURRENCE: a field is of the wrong type, says what may not be said, or is there too rarely.
"""

from __future__ import annotations

from typing import Final

from ocpp import exceptions

INTERNAL: Final[str] = exceptions.InternalError.code
NOT_IMPLEMENTED: Final[str] = exceptions.NotImplementedError.code
NOT_SUPPORTED: Final[str] = exceptions.NotSupportedError.code
FORMATION: Final[str] = exceptions.FormationViolationError.code
INCOMPLETE: Final[str] = exceptions.ProtocolError.code
TYPE: Final[str] = exceptions.TypeConstraintViolationError.code
PROPERTY: Final[str] = exceptions.PropertyConstraintViolationError.code
OCCURRENCE: Final[str] = exceptions.OccurenceConstraintViolationError.code
