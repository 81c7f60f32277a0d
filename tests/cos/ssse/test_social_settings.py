"""Settings that a vector cannot show, as a terminal's driver hides them; the others: vectors/ssse/readings.json."""

from __future__ import annotations

import pytest
from msgspec import structs

import dualcos
from cos.ssse.tables import ssse_holder
from dualcos.dialogue.driver import apdu, perform
from dualcos.dialogue.iso_commands import select_fid, select_name
from dualcos.dialogue.social import pin_field
from dualcos.profile.schema import load

SSSE = apdu("00A40400", ssse_holder.NAME)


def powered(profile):
    card = dualcos.card(profile, seed=3)
    card.power_on()
    return card


def card_with(**transmission: object):
    """A card of a built-in profile with another transmission."""
    profile = load("social-2.0")
    chip = structs.replace(profile.chip, transmission=structs.replace(profile.chip.transmission, **transmission))
    return powered(structs.replace(profile, chip=chip))


@pytest.mark.parametrize(("case4", "word"), [("61xx", "6118"), ("direct", "9000")])
def test_answers_to_commands_with_data(case4, word):
    assert card_with(case4=case4).exchange(SSSE)[-2:].hex() == word


@pytest.mark.parametrize(("protocol", "atr"), [("T=0", "3B6D0000"), ("T=1", "3BED00008131FE45")])
def test_one_protocol_per_atr(protocol, atr):
    assert card_with(protocol=protocol).atr.hex().upper().startswith(atr)


@pytest.mark.parametrize("pin", ["", "1234", "123456", "12345678901"])
def test_card_without_and_with_a_pin(pin):
    profile = load("social-2.0")
    card = powered(profile.having("ssse", structs.replace(profile.ssse, pin=pin)))

    def word(command: bytes) -> str:
        return card.exchange(command)[-2:].hex().upper()

    read = apdu("00B2012C", le=6)
    perform(card, select_name(ssse_holder.NAME))
    assert word(apdu("00200000", le=256)) == ("63C3" if pin else "9000")
    perform(card, select_fid(0xDF01))
    assert word(read) == ("6982" if pin else "6C04")
    if pin:
        assert word(apdu("00200000", pin_field(pin))) == "9000"
        assert word(read) == "6C04"
