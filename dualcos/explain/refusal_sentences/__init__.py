"""The reasons of refusals, a table for each room of the card: what is said, why it comes, what to change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.explain.catalogue_entry import CatalogueEntry
from dualcos.explain.refusal_sentences import (
    errors_in_words,
    kernel_commands,
    kernel_files,
    kernel_keys,
    kernel_selection,
    making,
    pki,
    psam,
    pse_channel,
    pse_commands,
    pse_data_groups,
    pse_transactions,
    ssse,
    ssse_medical,
)

REASONS: tuple[CatalogueEntry, ...] = (
    *kernel_commands.REASONS,
    *kernel_selection.REASONS,
    *kernel_files.REASONS,
    *kernel_keys.REASONS,
    *errors_in_words.REASONS,
    *making.REASONS,
    *ssse.REASONS,
    *ssse_medical.REASONS,
    *pse_commands.REASONS,
    *pse_transactions.REASONS,
    *pse_channel.REASONS,
    *pse_data_groups.REASONS,
    *pki.REASONS,
    *psam.REASONS,
)
"""All of them; their names are the phrases that the card raises."""

BY_PHRASE: Mapping[str, CatalogueEntry] = MappingProxyType({each.name: each for each in REASONS})
