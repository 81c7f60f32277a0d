"""Settings that a vector cannot show, as a terminal's driver hides them; the others: vectors/ssse/readings.json."""

from __future__ import annotations

import pytest
from msgspec import structs
from social_terminal import SSSE, Terminal, profile_with

from dualcos.profile.schema import load


@pytest.mark.parametrize(("case4", "word"), [("61xx", "6118"), ("direct", "9000")])
def test_answers_to_commands_with_data(case4, word):
    assert Terminal(profile_with(case4=case4)).sw(SSSE) == word


@pytest.mark.parametrize(("protocol", "atr"), [("T=0", "3B6D0000"), ("T=1", "3BED00008131FE45")])
def test_one_protocol_per_atr(protocol, atr):
    assert Terminal(profile_with(protocol=protocol)).card.atr.hex().upper().startswith(atr)


@pytest.mark.parametrize("pin", ["", "1234", "123456", "12345678901"])
def test_card_without_and_with_a_pin(pin):
    profile = load("social-2.0")
    t = Terminal(profile.having("ssse", structs.replace(profile.ssse, pin=pin)))
    t.send(SSSE)
    assert t.sw("0020000000") == ("63C3" if pin else "9000")
    t.send("00A4000002DF01")
    assert t.sw("00B2012C06") == ("6982" if pin else "6C04")
    if pin:
        packed = bytes.fromhex(pin + "F" * (len(pin) % 2))
        assert t.sw(b"\x00\x20\x00\x00" + bytes((len(packed),)) + packed) == "9000"
        assert t.sw("00B2012C06") == "6C04"
