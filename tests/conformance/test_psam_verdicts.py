"""Whoever computes, the verdict is the same: live social vectors by the card's test keys and by a PSAM.

The PSAM's hand is told a profile whose keys are all others, so none of them can be what it computes with.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dualcos.lab.campaign.sam_hand import hand_with_sam
from dualcos.lab.conformance.card_on_bench import ReaderBench
from dualcos.lab.conformance.key_uses import key_uses
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import load as read
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng

VECTORS = Path(__file__).parents[2] / "vectors"
FILES = (
    "ssse",
    "card/emulators.json",
    *(f"generated/{name}.json" for name in ("blocked", "records", "refused", "safety")),
)
RULED = "safety.json"
PAIRS = (
    ("social-1.0", "psam-3des", (), 40),
    ("dual-2.0-3des", "psam-mixed-tiers", (), 150),
    ("social-3.0", "psam-3des", ("psam.sx2=SM4",), 60),
)
"""An edition each with a PSAM of another make, of one tier and of several; the last has SM4 in its second environment.
How many vectors at least it must serve.
"""
KINDS = {
    "needs a key that no PSAM gives out",
    "needs another group of a key than this PSAM has",
    "needs a computation that no PSAM does",
}


@pytest.fixture(scope="module")
def with_keys():
    """Live vectors that compute with keys; of those of one rule over all files a third."""
    cases = [case for name in FILES for case in read(VECTORS / name) if case.playable_live and key_uses(case)]
    ruled = [case for case in cases if case.path.name == RULED]
    return [case for case in cases if case.path.name != RULED] + ruled[::3]


@pytest.mark.parametrize(("profile", "sam", "settings", "least"), PAIRS)
def test_a_psam_gives_the_verdicts_of_the_keys(with_keys, profile, sam, settings, least):
    card = personalised_card(load(profile), rng=SeededRng(b"sample"), source=profile)
    psam = personalised_card(load(sam, settings=settings), rng=SeededRng(b"psam"), source=sam)
    hand = hand_with_sam(card, psam, load(profile, settings=("keys.label=nobody",)))
    first = card.snapshot()
    alone, helped = (ReaderBench(card, profile, destructive=True, hand=each) for each in (None, hand))
    served: Counter[VectorVerdict] = Counter()
    for case in with_keys:
        card.restore(first)
        ours = play(case, alone)
        if ours.verdict is VectorVerdict.NOT_APPLICABLE:
            continue
        card.restore(first)
        theirs = play(case, helped)
        if theirs.verdict is VectorVerdict.NOT_APPLICABLE:
            assert theirs.kind in KINDS, (case.id, theirs.text)
            continue
        assert (theirs.verdict, theirs.text) == (ours.verdict, ours.text), case.id
        served[theirs.verdict] += 1
    assert served[VectorVerdict.PASS] == served.total() >= least
