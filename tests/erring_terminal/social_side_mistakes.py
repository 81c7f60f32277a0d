"""All mistakes at the social side, at key cards and at the maker's, and which findings they provoke."""

from __future__ import annotations

from tests.erring_terminal import (
    maker_mistakes,
    medical_mistakes,
    misplaced_mistakes,
    proof_mistakes,
    psam_mistakes,
    secured_mistakes,
    wire_mistakes,
)
from tests.erring_terminal.mistake_case import provoked

_TABLES = (
    proof_mistakes,
    secured_mistakes,
    medical_mistakes,
    maker_mistakes,
    psam_mistakes,
    wire_mistakes,
    misplaced_mistakes,
)
CASES = tuple(case for table in _TABLES for case in table.CASES)
FINDINGS = provoked(CASES)
"""The ids that these cases provoke."""
