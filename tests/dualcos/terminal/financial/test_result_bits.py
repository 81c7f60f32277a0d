"""Each bit of TVR and TSI is set by one dialogue, and not by the same one with a single thing otherwise.

Read out of what goes to the card in GENERATE AC; what is found behind the second one, out of the report to the issuer
(PBOC-6 A.7, A.8).
"""

from __future__ import annotations

import pytest

from dualcos.messages.terminal_results import Tsi, Tvr, tsi_bits
from tests.dualcos.terminal.financial.payment_bench import TSI
from tests.dualcos.terminal.financial.result_dialogues import (
    LATER,
    NEUTRAL,
    TSI_DIALOGUES,
    TVR_DIALOGUES,
    WITH_IT,
    ResultDialogue,
    reported,
)


def test_every_bit_has_its_dialogue() -> None:
    assert TVR_DIALOGUES.keys() == set(Tvr)
    assert TSI_DIALOGUES.keys() == set(Tsi)


def found(bit: Tvr, *, spoilt: bool) -> frozenset[Tvr]:
    bench, paid = TVR_DIALOGUES[bit].played(*NEUTRAL, spoilt=spoilt)
    assert not paid.ended
    assert not bench.bugs
    if bit is Tvr.SCRIPT_FAILED_AFTER:
        return reported(bench)[0]
    return bench.tvr if bit in LATER else bench.first_tvr


@pytest.mark.parametrize("bit", Tvr)
def test_a_bit_of_the_tvr_is_set_by_one_thing(bit: Tvr) -> None:
    assert found(bit, spoilt=False) == frozenset()
    assert found(bit, spoilt=True) == WITH_IT.get(bit, {bit})


def told(dialogue: ResultDialogue, *, spoilt: bool, at: int = -1) -> set[Tsi]:
    bench, paid = dialogue.played(*NEUTRAL, spoilt=spoilt)
    assert not paid.ended
    return set(tsi_bits(list(bench.generated())[at][TSI]))


@pytest.mark.parametrize("bit", [each for each in Tsi if each is not Tsi.CARD_RISK_MANAGEMENT])
def test_a_bit_of_the_tsi_is_set_by_one_thing(bit: Tsi) -> None:
    dialogue = TSI_DIALOGUES[bit]
    assert told(dialogue, spoilt=True) == told(dialogue, spoilt=False) | {bit}
    assert bit not in told(dialogue, spoilt=False)


def test_the_cards_risk_management_is_done_with_its_first_cryptogram() -> None:
    dialogue = TSI_DIALOGUES[Tsi.CARD_RISK_MANAGEMENT]
    assert Tsi.CARD_RISK_MANAGEMENT not in told(dialogue, spoilt=False, at=0)
    assert Tsi.CARD_RISK_MANAGEMENT in told(dialogue, spoilt=False, at=1)
