"""The sentences that reasons are said in, a table for each room of the card; English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.explain.refusal_sentences import kernel, making, pki, psam, pse, ssse

ENGLISH: Mapping[str, str] = MappingProxyType(
    {**kernel.ENGLISH, **making.ENGLISH, **ssse.ENGLISH, **pse.ENGLISH, **pki.ENGLISH, **psam.ENGLISH}
)
"""Phrase of a reason to sentence; fields in braces are the reason's data."""
