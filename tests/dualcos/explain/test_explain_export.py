"""A card as text and back: canonical, without a secret unless asked for, and the same card again or refused."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualcos
from cos.card import Card
from cos.cos_options import CardPartsError, describe_options
from dualcos.explain.card_export import ExportError, demand_agreement, differences, exported, parts
from dualcos.explain.memory_cells import cell_name, is_secret
from dualcos.lab.faults.fault_script import ENVIRONMENTS
from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.specimen import BASE
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import load

PROFILES = ("dual-2.0-3des", "dual-3.0-sm4", "social-3.0-pki", "bank-cda", "psam-sm4", "blank")
SELECT = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")


@pytest.fixture(scope="module", params=PROFILES)
def card(request):
    return dualcos.card(request.param, seed=2)


def text_of(card: Card, *, secrets: bool) -> str:
    return exported(card.dump(), describe_options(card.options), secrets=secrets)


def made_from(text: str) -> Card:
    card = Card.restored(*parts(text))
    demand_agreement(text, card.dump(), describe_options(card.options))
    return card


def test_there_and_back_byte_for_byte(card):
    text = text_of(card, secrets=True)
    again = made_from(text)
    assert (again.dump(), again.options) == (card.dump(), card.options)
    assert again.power_on() == card.power_on()
    assert text_of(again, secrets=True) == text
    card.power_off()


def test_the_order_of_writing_does_not_show(card):
    dump = {region: dict(reversed(cells.items())) for region, cells in reversed(card.dump().items())}
    for secrets in (True, False):
        assert exported(dump, describe_options(card.options), secrets=secrets) == text_of(card, secrets=secrets)


def test_it_is_json_and_says_what_it_is(card):
    bare, full = (json.loads(text_of(card, secrets=secrets)) for secrets in (False, True))
    assert (bare["secrets"], full["secrets"]) == (False, True)
    assert "banner" not in bare
    assert text_of(card, secrets=True).splitlines()[4].startswith(' "banner": "UNSAFE')
    names = {cell["is"] for cells in full["cells"].values() for cell in cells.values()}
    assert all(names)
    # Every cell has a name of its own in its region.
    for cells in full["cells"].values():
        assert len({cell["is"] for cell in cells.values()}) == len(cells)


def test_what_has_got_a_name_since_is_called_as_it_was():
    """Texts of this format are compared byte for byte: regional keys, and entries of the payment directory."""
    settings = ['ssse.extensions=["SSSE/EF0C"]']
    card = personalised_card(load("dual-2.0-3des", settings=settings), 0)
    said = json.loads(exported(card.dump(), describe_options(card.options), secrets=True))["environments"]
    home = next(each for each in said["ssse"] if each["fid"] == "DDF1")
    file = next(each for each in home["files"] if each["fid"] == "EF0C")
    assert (file["read"], file["name"]) == ("KID 07", "")
    entry = next(each for each in said["pse"][0]["groups"] if each["number"] == "0101")
    assert entry["content"] == "track data and name"


@pytest.mark.parametrize("name", ["dual-2.0-3des", "dual-3.0-sm4", "bank-cda", "pboc-sm"])
def test_no_secret_without_being_asked(name):
    """Keys, PINs and parts of private keys of the laboratory's own list of them, in the card's cells."""
    bench = profile_specimens.specimen(name).bench(profile_specimens.CANARY if name != "pboc-sm" else BASE)
    dump = bench.card.dump()
    text = exported(dump, "{}")
    secrets = [s for label, side in bench.sides.items() for s in side.memory.secrets(dump.get(label, {})) if len(s) > 3]
    assert len(secrets) > 3
    leaked = [secret for secret in secrets if secret.hex().upper() in text.upper()]
    assert not leaked
    assert any(secret.hex().upper() in exported(dump, "{}", secrets=True) for secret in secrets)


def test_unknown_cells_are_secret():
    for region in ENVIRONMENTS:
        for key in (
            b"\xffJK\xdd\xf1K\x00\x00\x00",
            b"Z",
            b"K",
            b"K\xdd\xf1",
            b"z\x00\x00",
            b"k\x3f\x00\x00\x01K\x00\x00\x00",
        ):
            assert is_secret(region, key), key
            assert cell_name(region, key)
    assert not is_secret("ssse", b"K\xdd\xf1T\x00\x00\x00")
    assert is_secret("ssse", b"K\xdd\xf1K\x00\x00\x00")


def test_an_export_for_reading_is_refused(card):
    with pytest.raises(ExportError, match="--unsafe-secrets"):
        parts(text_of(card, secrets=False))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[" * 100000, "not JSON"),
        ("[]", "no export"),
        ('{"card": "other"}', "no export"),
        ('{"card": "dualcos", "format": 99}', "format 99"),
        ('{"card": "dualcos", "format": 2}', "for reading only"),
        ('{"card": "dualcos", "format": 2, "secrets": true}', "options or cells"),
        ('{"card": "dualcos", "format": 2, "secrets": true, "options": {}, "cells": {"ssse": 1}}', "options or cells"),
    ],
)
def test_what_is_no_export(text, said):
    with pytest.raises(ExportError, match=said):
        parts(text)


@pytest.fixture(scope="module")
def whole():
    return text_of(dualcos.card("social-2.0", seed=2), secrets=True)


@given(at=st.integers(min_value=0), letter=st.sampled_from('0A9",:{}x '))
@settings(max_examples=60, deadline=None)
def test_edited_text_is_refused_or_no_edit(whole, at, letter):
    at %= len(whole)
    edited = whole[:at] + letter + whole[at + 1 :]
    if edited == whole:
        return
    with suppress(ExportError, CardPartsError):
        # Another card, wholly: a file's contents changed, for instance.
        assert text_of(made_from(edited), secrets=True) == edited


def test_differences_in_words():
    old = dualcos.card("social-2.0", seed=2)
    new = Card.restored(*parts(text_of(old, secrets=True)), seed=2)
    options = describe_options(old.options)
    assert list(differences(old.dump(), new.dump(), options, options)) == []
    new.power_on()
    for command in (SELECT, bytes.fromhex("805E010007123456FF654321"), bytes.fromhex("0020000003999999")):
        new.exchange(command)
    told = list(map(str, differences(old.dump(), new.dump(), options, options)))
    assert "ssse: key 01/00/00 of DDF1, tries: 33 → 32" in told
    assert "ssse: key 01/00/00 of DDF1, value and header: another value, not shown" in told
    assert any("PIN" in line and "tries 3 of 3 → tries 2 of 3" in line for line in told)
    assert "654321" not in "\n".join(told)
    other = options.replace('"T=0"', '"T=1"')
    assert list(map(str, differences(old.dump(), old.dump(), options, other))) == [
        'option transmission.protocol: "T=0" → "T=1"'
    ]
