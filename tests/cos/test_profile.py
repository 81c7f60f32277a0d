"""Profiles are data: what comes with the package loads; what is unknown or contradicts itself is refused by path."""

from __future__ import annotations

import pytest

import dualcos
from dualcos.profile.schema import ProfileError, load, names, parse

BASE = """
title = "t"
title_zh = "t"
ref = ["x"]
[chip]
serial = "0000A1B2"
[keys]
label = "test"
"""
SOCIAL = BASE + '[ssse]\nversion = "2.0"\nalgorithm = "3DES"\ncity = "990000"\n'
BANK = (
    BASE + '[pse]\naid = "A000000333010101"\nlabel = "L"\n[pse.elements]\n"57" = "00"\n[pse.records]\n"0101" = ["57"]\n'
)


def test_the_profiles_asked_for_are_there():
    assert {"dual-3.0-sm4", "dual-2.0-3des", "social-2.0", "bank-only", "blank"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_profile_makes_a_card(name):
    card = dualcos.card(name)
    assert card.power_on()[0] == 0x3B
    assert load(name).title
    assert load(name).ref


@pytest.mark.parametrize("text", [BASE, SOCIAL])
def test_good_ones_load(text):
    parse(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (BASE.replace("serial", "serail"), "$.chip"),
        (BASE.replace("0000A1B2", "0000A1B"), "$.chip.serial"),
        (BASE + "[extra]\n", "extra"),
        (SOCIAL.replace('"2.0"', '"4.0"'), "$.ssse.version"),
        (SOCIAL + 'pin = "12a4"\n', "$.ssse.pin"),
        (SOCIAL + "pin_tries = 0\n", "$.ssse.pin_tries"),
        (SOCIAL + '[ssse.options]\ncard_block_scope = "all"\n', "$.ssse.options.card_block_scope"),
        (SOCIAL + "[ssse.options]\nnonsense = 1\n", "nonsense"),
        (SOCIAL + '[ssse.roots]\nIRK = "00"\n', "$.ssse.roots"),
        (BASE.replace("[keys]", '[chip.transmission]\nprotocol = "T=2"\n[keys]'), "$.chip.transmission.protocol"),
        (BANK.replace("A000000333010101", "A0"), "$.pse.aid"),
        (BANK.replace('"57" = "00"', '"57" = "0"'), "$.pse.elements"),
        (BANK.replace('["57"]', '["5A"]'), "$.pse.records.0101"),
        (BANK.replace('"57" = "00"', '"57" = "00"\n"zz" = "00"'), "$.pse.elements.zz"),
    ],
)
def test_refused_with_the_path(text, path):
    with pytest.raises(ProfileError) as caught:
        parse(text, "some.toml")
    assert path in str(caught.value)
    assert str(caught.value).startswith("some.toml: ")
    assert "\n" not in str(caught.value)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ProfileError, match=r"dual-3\.0-sm4"):
        load("no-such-card")


def test_not_toml():
    with pytest.raises(ProfileError, match="not TOML"):
        parse("= = =")
