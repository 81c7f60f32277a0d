"""A thousand random histories of full-function terminals; `make full-histories` plays ten thousand."""

from __future__ import annotations

import re

import pytest

from tests.dualcos.terminal.full.full_histories import main

_EACH, _CHUNKS = 50, 20
_HAPPENS = (
    r"bill settlement (paid|covered|elsewhere)",
    r"bill settlement (not-settled|settling)",
    r"bill premium paid",
    r"card .*: pulled (before|behind)",
    r"card .*: card's power|card .*: spoilt answer",
    r"another card instead|the same card again",
    r"terminal .*, (not )?on disk",
    r"terminal .*, terminal's power.*",
    r"message .*",
    r"service .*",
    r"(acquirer|issuer) .*|terminal slip, .*",
    r"settled again|recovered",
)
"""What happens in each sample, whatever else does."""


@pytest.mark.parametrize("first", range(0, _EACH * _CHUNKS, _EACH))
def test_money_is_the_same_on_books_cards_and_paper_and_every_bill_has_a_right_end(first):
    seen = main(_EACH, first)
    assert seen["approved"] > _EACH
    missing = [kind for kind in _HAPPENS if not any(re.fullmatch(kind, name) for name in +seen)]
    assert not missing
