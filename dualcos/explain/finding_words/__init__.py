"""What findings say, a table for each room: kind to catalogue entry; and the words of the steps they advise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording
from dualcos.explain.finding_words import (
    bank_inputs,
    channel_inputs,
    message_inputs,
    next_steps,
    settlement_inputs,
    social_inputs,
    tried_inputs,
    wire_forms,
    wire_notes,
    wire_rows,
)

_TABLES = (
    tried_inputs.FINDINGS,
    social_inputs.FINDINGS,
    message_inputs.FINDINGS,
    settlement_inputs.FINDINGS,
    bank_inputs.FINDINGS,
    channel_inputs.FINDINGS,
    wire_rows.FINDINGS,
    wire_forms.FINDINGS,
    wire_notes.FINDINGS,
)

FINDINGS: Mapping[str, CatalogueEntry] = MappingProxyType({each.name: each for table in _TABLES for each in table})
"""Every kind of finding."""

NEXT_STEPS: Mapping[str, Wording] = next_steps.NEXT_STEPS
"""What to send or do next, by the id that a finding names."""
