"""The process that has done nothing before: a card answers there as here, and what cannot be played there is said."""

from __future__ import annotations

from contextlib import closing

import pytest

from cos.cos_options import written_options
from dualcos.lab.properties.fresh_process import COLD, WARM, Asked, FreshProcess, Sent, told
from dualcos.profile.card_of_profile import personalised_card

CHALLENGE = bytes.fromhex("0084000008")
SENT = (
    *(Sent(CHALLENGE), Sent(CHALLENGE), Sent(CHALLENGE, WARM), Sent(CHALLENGE, COLD), Sent(b"\0\xa4")),
    *(Sent(bytes.fromhex("00820000 10" + 32 * "0"), ticks=1), Sent(CHALLENGE, COLD)),
)


def asked(seed: int = 3) -> Asked:
    card = personalised_card("bank-cda", seed)
    return Asked(written_options(card.options), seed, card.snapshot().chip, SENT)


def test_a_card_answers_there_as_here():
    """Its random numbers go on where they were: the copies of the process know nothing of each other."""
    with closing(FreshProcess()) as elsewhere:
        first, again, other = (elsewhere.ask(asked(seed)) for seed in (3, 3, 4))
    assert first == again == told(asked())
    assert other.answers[0] != first.answers[0] != first.answers[1]
    assert first.answers[5] == b""  # power was lost in it
    assert not any(len(answer) < 2 for answer in first.answers[:5])


def test_what_cannot_be_played_there_is_said_and_the_next_is_asked(capfd):
    with closing(FreshProcess()) as elsewhere:
        with pytest.raises(RuntimeError, match="could not be played"):
            elsewhere.ask(asked()._replace(options="none"))
        assert elsewhere.ask(asked()) == told(asked())
    assert "CardPartsError" in capfd.readouterr().err
