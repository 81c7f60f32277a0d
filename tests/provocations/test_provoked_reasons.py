"""Each reason that no vector asks for is provoked here, by a dialogue of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from dualcos.explain.catalogue import ENTRIES
from dualcos.explain.refusal_reasons import told, words
from tests.mishaps import mishaps
from tests.provocations import (
    Provocation,
    bank_making_refused,
    certificates_and_psam_refused,
    raised_inside,
    social_refused,
    unlike_its_entry,
)

CASES: tuple[Provocation, ...] = (
    *social_refused.PROVOCATIONS,
    *bank_making_refused.PROVOCATIONS,
    *certificates_and_psam_refused.PROVOCATIONS,
    *raised_inside.PROVOCATIONS,
)
PROVOKED = frozenset(case.entry for case in CASES)
NEEDS_SM2 = frozenset(("parts-of-no-sm2-key",))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.entry)
def test_it_is_what_the_card_says(case, monkeypatch):
    if case.entry in NEEDS_SM2:
        pytest.importorskip("gmssl.sm2", reason="SM2 is an optional extra")
    *_, last = case.play(monkeypatch)
    assert (last.reason.why, last.sw) == (ENTRIES[case.entry].name, case.sw)
    assert mishaps(words(told(last))) == []
    assert case.inside or unlike_its_entry(last) == []


def test_each_is_provoked_once():
    counts = Counter(case.entry for case in CASES)
    assert [entry for entry, count in counts.items() if count > 1] == []
