"""A thousand random histories of full-function terminals; `make full-histories` plays ten thousand."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from tests.dualcos.terminal.full.clinic_scenes import SCENES, seeds_of
from tests.dualcos.terminal.full.full_histories import main

_EACH, _CHUNKS = 100, 10
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
_PERSONS_WORD = r"found out, (not )?held|sent again"
_SHOWS = {
    "due, not cancelled": r"event cancelling, STAYS",
    "covered, not cancelled": r"event cancelling, STAYS_COVERED",
    "cash, not cancelled": r"event cancelling, STAYS_ELSEWHERE",
    "cash, cancelled": r"event elsewhere, CANCELS",
    "another card, cancelled": r"event elsewhere, CANCELS",
    "distrusted": r"event .*, DISTRUSTED",
    "given up": r"event settling, LOST",
    "reversal left to a person": _PERSONS_WORD,
    "premium's reversal left to a person": _PERSONS_WORD,
    "refund left to a person": _PERSONS_WORD,
    "not taken up": r"message offline sale: not taken up",
    "refund refused": r"message refund: not taken up",
    "voided without its bill": r"event paid, TAKEN_BACK",
    "refunded without its bill": r"event paid, TAKEN_BACK",
}
"""What each scene is for."""
_TRIES = 15


@pytest.mark.parametrize("first", range(0, _EACH * _CHUNKS, _EACH))
def test_money_is_the_same_on_books_cards_and_paper_and_every_bill_has_a_right_end(first):
    seen = main(_EACH, first)
    assert seen["approved"] > _EACH
    missing = [kind for kind in _HAPPENS if not any(re.fullmatch(kind, name) for name in +seen)]
    assert not missing


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_scenes_come_to_what_they_are_for(scene):
    """Something else may go wrong in one of them, not in all."""
    seeds = islice(seeds_of(scene), _TRIES)
    assert any(re.fullmatch(_SHOWS[scene], name) for seed in seeds for name in +main(1, seed))
