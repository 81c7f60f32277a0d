"""What of a profile decides the memory of its card, and what only how the card answers.

How a card answers on its contacts, and which reading of the standards it follows, leaves no trace in what is written
to it at making; but for whom CARD BLOCK reaches, which stands in its directories' headers. So a card of a profile that
says the same but for these is made from the first state of one that was made. A test makes them all, and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dualcos.profile.card_provenance import plain_values
from dualcos.profile.schema import Profile

_WORDS = frozenset(("title", "title_zh", "ref"))
_ANSWERING = "transmission"
WRITTEN_OPTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"ssse": frozenset(("card_block_scope",)), "pse": frozenset(("card_block_scope",)), "psam": frozenset()}
)
"""By section the options that decide memory; those of a section that is not named may all."""


def written(profile: Profile) -> dict[str, Any]:
    """All values of ``profile`` that decide what is written to its card: equal for cards with equal memory."""
    told = {name: each for name, each in plain_values(profile).items() if name not in _WORDS}
    told["chip"] = {name: each for name, each in told["chip"].items() if name != _ANSWERING}
    for section, kept in WRITTEN_OPTIONS.items():
        if told.get(section) is not None:
            options = {name: each for name, each in told[section]["options"].items() if name in kept}
            told[section] = {**told[section], "options": options}
    return told
