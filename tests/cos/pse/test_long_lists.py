"""Data object lists with long entries: a card works with them, or is refused while it is made; it is never in use and
dead. One length byte an entry, also from 80 on (EMV book 3 §5.4); the template 83 of GET PROCESSING OPTIONS then has a
length of two bytes. A short command brings 255 bytes, of which 83 81 and a length take three.
"""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from dualcos.dialogue.driver import StepRefused, apdu, perform, send
from dualcos.lab.properties import bank_macros, neighbouring_forms
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import Profile, load

FIRST = "9F02069F03069F1A0295055F2A029A039C019F3704"
SECOND = f"8A02{FIRST}"
RANDOM = "9F37"  # in the PDOL and DDOL it may have any length
_DATA = (0x6700, 0x6A80)

# Behind each tag, lists that a card works with.
WORKS = (
    *(("9F38", RANDOM + length) for length in ("00", "7F", "80", "FC")),
    *(("8C", f"{FIRST}9F50{length}") for length in ("80", "E2")),
    ("8D", f"{SECOND}9F50E0"),
    ("9F49", f"{RANDOM}80"),
)
# Lists that no terminal could serve, or that are none.
REFUSED = (
    *(("9F38", RANDOM + length) for length in ("FD", "FF", "")),
    *(("8C", f"{FIRST}9F50{length}") for length in ("E3", "FF", "")),
    ("8C", FIRST.replace("9F0206", "9F0280")),
    ("8D", f"{SECOND}9F50E1"),
    ("9F49", f"{RANDOM}FF9F0201"),
)


@cache
def base() -> Profile:
    return load("bank-cda")


def having(tag: str, raw: str) -> Profile:
    bank = base().pse
    assert bank is not None
    fci = bank.fci if tag != "9F38" or tag in bank.fci else [*bank.fci, tag]
    return base().having("pse", msgspec.structs.replace(bank, elements={**bank.elements, tag: raw}, fci=fci))


@pytest.mark.parametrize(("tag", "raw"), WORKS)
def test_card_works(tag, raw):
    profile = having(tag, raw)
    card = personalised_card(profile, 0)
    card.power_on()
    bank = bank_macros.issuer_of(profile, profile.pse).session()
    said = [perform(card, bank.select()), perform(card, bank.options()), perform(card, bank.generate(0x80))]
    said += [perform(card, bank.authenticate_issuer()), perform(card, bank.complete(0x40))]
    assert [answer.sw for answer in said] == [0x9000] * 5
    if tag != "9F38":
        return
    right = next(bank.options())[5:]
    for form in neighbouring_forms.objects(right):
        perform(card, bank.select())
        if form != right and len(form) <= 255:
            assert perform(card, send(apdu("80A80000", form))).sw in _DATA, form.hex()


@pytest.mark.parametrize(("tag", "raw"), REFUSED)
def test_card_is_refused_while_it_is_made(tag, raw):
    with pytest.raises(StepRefused) as refused:
        personalised_card(having(tag, raw), 0)
    assert "$.pse." in str(refused.value)
