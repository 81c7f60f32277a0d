"""Checks of a profile, each with a case that it alone refuses, and the nearest thing that it takes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from cos.pse.data.data_groups import group
from cos.ssse.tables.item_encoding import EncodingError
from cos.ssse.tables.table_model import Item, Kind, Version
from dualcos.profile import demonstration_holder
from dualcos.profile.card_provenance import _value
from dualcos.profile.contradictions import GROUPS_THERE_ARE
from dualcos.profile.hard_cases import BY_KEY, HOLDER
from dualcos.profile.holder_of_profile import misfits, needs
from dualcos.profile.schema import ProfileError, file_of, load, names, parse

LONG = "9F" * 2


def told(name: str) -> dict[str, Any]:
    return tomllib.loads(file_of(name).read_text("utf-8"))


def written(profile: dict[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in profile.items())


def changed(name: str, *changes: tuple[str, Any]) -> dict[str, Any]:
    """A profile that comes along with fields by their path set, or taken out (None)."""
    profile = told(name)
    for path, value in changes:
        *steps, last = path.split("/")
        here = profile
        for step in steps:
            here = here.setdefault(step, {})
        if value is None:
            del here[last]
        else:
            here[last] = value
    return profile


def refusal(name: str, *changes: tuple[str, Any]) -> str:
    try:
        parse(written(changed(name, *changes)))
    except ProfileError as error:
        return str(error).removeprefix("profile: ")
    return ""


BANK, SM, DUAL, PSAM = "bank-dda", "pboc-sm", "dual-2.0-3des", "psam-3des"
AID = "A000000333010101"
CASES = [
    (BANK, [("pse/aid", AID[:10])], ""),
    (BANK, [("pse/aid", AID * 2)], ""),
    (BANK, [("pse/aid", AID[:8])], "$.pse.aid: an application name has 5 to 16 bytes, not 4"),
    (BANK, [("pse/aid", AID * 2 + "01")], "$.pse.aid: an application name has 5 to 16 bytes, not 17"),
    (BANK, [("pse/aid", AID[:-1] + "g")], "$.pse.aid"),
    (BANK, [("pse/elements/9", "00")], "$.pse.elements.9: not the hex"),
    (BANK, [("pse/elements/9F0", "00")], "$.pse.elements.9F0: not the hex"),
    (BANK, [("pse/elements/9F0G", "00")], "$.pse.elements.9F0G: not the hex"),
    (BANK, [("pse/elements/DF818101", "00")], "$.pse.elements.DF818101: not the hex"),
    (BANK, [("pse/elements/DF8181", "00")], ""),
    (BANK, [("pse/records/0105", ["9F08"])], ""),
    (BANK, [("pse/records/105", ["9F08"])], "$.pse.records.105: a group is SFI and record"),
    (BANK, [("pse/records/00105", ["9F08"])], "$.pse.records.00105: a group is SFI and record"),
    (BANK, [("pse/records/010G", ["9F08"])], "$.pse.records.010G: a group is SFI and record"),
    (BANK, [("pse/internal/910", ["9F08"])], "$.pse.internal.910: a group is SFI and record"),
    (BANK, [("pse/records/0105", ["9F09"])], "$.pse.records.0105: element 9F09 has no value"),
    (BANK, [("pse/records/0105", ["9F4F"]), ("pse/log", "")], "$.pse.records.0105: element 9F4F has no value"),
    (BANK, [("pse/fci", ["50", "9F09"])], "$.pse.fci: element 9F09 has no value"),
    (BANK, [("pse/elements/5A", "62999901234567890199")], "$.pse.elements.5A: keys are derived"),
    (BANK, [("pse/elements/5A", "6299990F")], "$.pse.elements.5A: keys are derived"),
    (BANK, [("pse/elements/5A", "")], "$.pse.elements.5A: keys are derived"),
    (BANK, [("pse/elements/5F24", "3012")], "$.pse.elements.5F24: certificates take"),
    (BANK, [("pse/elements/5F24", "30123100")], "$.pse.elements.5F24: certificates take"),
    (BANK, [("pse/elements/82", None)], "$.pse.records|$.pse.internal|$.pse.elements.82: missing"),
    (BANK, [("pse/elements/9F10", "07")], "$.pse.elements.9F10: 07 and seven bytes"),
    (BANK, [("pse/signed/01", 254)], ""),
    (BANK, [("pse/signed/01", 0)], ""),
    (BANK, [("pse/signed/01", 255)], "$.pse.signed.01: an SFI"),
    (BANK, [("pse/signed/01", -1)], "$.pse.signed.01: an SFI"),
    (BANK, [("pse/signed/1", 1)], "$.pse.signed.1: an SFI"),
    (BANK, [("pse/signed/001", 1)], "$.pse.signed.001: an SFI"),
    (BANK, [("pse/signed/0G", 1)], "$.pse.signed.0G: an SFI"),
    (BANK, [("pse/log", "9F4EFF")], ""),
    (BANK, [("pse/log", "9F4EFF9A01")], "$.pse.log: a record of 256 bytes"),
    (BANK, [("pse/log", "9F")], "$.pse.log: no data object list"),
    (BANK, [("pse/log_records", 254)], ""),
    (BANK, [("pse/log_records", 255)], "$.pse.log_records"),
    (BANK, [("pse/pin_tries", 16)], "$.pse.pin_tries"),
    (BANK, [("pse/kmc_id", "629999FFFFF")], "$.pse.kmc_id"),
    (BANK, [("pse/kmc_id", "629999FFFFFFF")], "$.pse.kmc_id"),
    (BANK, [("pse/keys/ac", "00" * 15)], "$.pse.keys.ac"),
    (BANK, [("pse/keys/ac", "00" * 17)], "$.pse.keys.ac"),
    (SM, [("pse/fci", ["50"])], "$.pse.elements.9F38: a card with SM"),
    (SM, [("pse/elements/9F38", "9F66049F0206")], "$.pse.elements.9F38: a card with SM"),
    (SM, [("pse/sm/records/105", ["9F08"])], "$.pse.sm.records.105: a group"),
    (SM, [("pse/sm/records/010G", ["9F08"])], "$.pse.sm.records.010G: a group"),
    (SM, [("pse/sm/records/0101", ["9F08"])], "$.pse.sm.records.0101: a group"),
    (SM, [("pse/sm/records/0A05", ["9F09"])], "$.pse.sm.records.0A05: element 9F09 has no value"),
    (DUAL, [("holder", "nobody")], "$.holder: no invented holder"),
    (DUAL, [("holder", "")], "$.holder: no invented holder"),
    (PSAM, [("holder", "name-30")], "$.holder"),
    (PSAM, [("ssse", told(DUAL)["ssse"])], "$.psam: a "),
    (DUAL, [("psam", told(PSAM)["psam"])], "$.psam: a "),
    (DUAL, [("ssse/version", "2.1")], "$.ssse.version"),
    (DUAL, [("ssse/city", "99990")], "$.ssse.city"),
    (DUAL, [("chip/serial", "0000A1C")], "$.chip.serial"),
    (DUAL, [("title", None)], "$.title: missing"),
    (DUAL, [("chip/mf_fci", "6F078405" + "31" * 5)], ""),
    (DUAL, [("chip/mf_fci", "6F068404" + "31" * 4)], "$.chip.mf_fci: a DF name"),
    (DUAL, [("chip/mf_fci", "6F138411" + "31" * 17)], "$.chip.mf_fci: a DF name"),
    (DUAL, [("chip/mf_fci", "70078405" + "31" * 5)], "$.chip.mf_fci: one template 6F"),
    (DUAL, [("chip/mf_fci", "6F0084053131313131")], "$.chip.mf_fci: one template 6F"),
    (DUAL, [("chip/mf_fci", "6F81FF" + "84053131313131" + "5081F5" + "31" * 245)], "$.chip.mf_fci: 258 bytes"),
    (PSAM, [("chip/mf_fci", "6F078405" + "31" * 5)], "$.chip.mf_fci: a PSAM's MF"),
    ("blank", [("chip/mf_fci", "6F078405" + "31" * 5)], "$.chip.mf_fci: a blank chip"),
    (DUAL, [("chip/transmission", {"protocol": "contactless", "atr": {"ta1": "11"}})], "$.chip.transmission.atr"),
    (BANK, [("pse/issued_records/0A0G", "00")], "$.pse.issued_records.0A0G: a group"),
    (BANK, [("pse/issued_records/0A1", "00")], "$.pse.issued_records.0A1: a group"),
    (BANK, [("pse/records/0AFF", ["9F08"]), ("pse/records/1501", ["9F08"])], ""),
    (BANK, [("pse/internal/0E03", ["9F52"]), ("pse/issued_records/0101", "")], "$.pse.issued_records.0101: a group"),
    (
        BANK,
        [("pse/internal/0D02", ["9F52"])],
        "$.pse.internal.0D02: the application has no group 0D02; records are",
    ),
    (BANK, [("pse/records/0B01", ["9F08"])], "$.pse.records.0B01: the application has no group 0B01; records are 0101"),
    (BANK, [("pse/records/1f01", ["9F08"])], "$.pse.records.1f01: the application has no group 1F01; records are 0101"),
    (BANK, [("pse/issued_records/0B01", "7003")], "$.pse.issued_records.0B01: the application has no group 0B01"),
    (BANK, [("pse/issued_records/0200", "")], "$.pse.issued_records.0200: the application has no group 0200"),
    (SM, [("pse/sm/records/0B01", ["9F08"])], "$.pse.sm.records.0B01: the application has no group 0B01"),
    (BANK, [("pse/records/0105", ["ZZ"])], "$.pse.records.0105: ZZ is no tag"),
    (BANK, [("pse/fci", ["50", "9F0"])], "$.pse.fci: 9F0 is no tag"),
    (BANK, [("pse/fci", ["50", "BF0C"])], "$.pse.fci: BF0C is what pse.discretionary makes"),
]


@pytest.mark.parametrize(("name", "changes", "said"), CASES, ids=lambda each: str(each)[:60])
def test_what_only_one_check_refuses(name, changes, said):
    found = refusal(name, *changes)
    assert found.startswith(tuple(said.split("|"))) if said else found == "", found


def test_the_groups_there_are_are_those_that_a_card_knows():
    spans = [(0x0101, 0x0AFF), (0x1501, 0x15FF), (0x0D01, 0x0D01), (0x0E01, 0x0EFF)]
    said = {dgi for first, last in spans for dgi in range(first, last + 1) if dgi & 0xFF}
    assert {dgi for dgi in range(0x8000) if group(dgi)} == said
    words = "records are 0101 to 0AFF and 1501 to 15FF, internal groups 0D01 and 0E01 to 0EFF"
    assert words == GROUPS_THERE_ARE


def sections(here: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every table of a profile, itself too; free names stand in those that map anything."""
    free = {"elements", "records", "internal", "signed", "roots"}
    below = [
        sections(each, (*path, name)) for name, each in here.items() if isinstance(each, dict) and name not in free
    ]
    return [path, *(one for each in below for one in each)]


@pytest.mark.parametrize("name", names())
def test_a_field_that_nobody_knows_is_told_in_every_section(name):
    assert refusal(name) == ""
    for path in sections(told(name)):
        where = ".".join(("$", *path, "colour"))
        assert refusal(name, ("/".join((*path, "colour")), "red")).startswith(where)


def test_which_holder_fits_on_which_card():
    """Every holder beside every profile: why not, from what he is and what the card has."""
    for name in names():
        profile = parse(file_of(name).read_text("utf-8"))
        bank = profile.pse
        placed = {tag for tags in (*bank.records.values(), *bank.internal.values()) for tag in tags} if bank else set()
        for holder in BY_KEY.values():
            told = " ".join(misfits(profile, holder))
            assert ("has no holder" in told) == (profile.ssse is None and bank is None)
            assert ("the bank has no account" in told) == (bank is not None and not holder.account)
            long = len(holder.latin) > 26 and bool(holder.account)
            assert ("9F0B" in told) == (bank is not None and long and "9F0B" not in placed), (name, holder.key, told)


def test_what_a_holder_needs():
    for holder in BY_KEY.values():
        told = list(needs(holder))
        size = len(holder.name.encode("gb18030"))
        assert ("edition 2.0 or later" in told) == (size > 30)
        assert ("no bank side" in told) == (not holder.account)
        assert any("9F0B" in each for each in told) == (len(holder.latin) > 26)


def test_a_name_that_an_edition_has_no_room_for_is_told_with_what_has_it():
    """30 bytes in 1.0; 30 and 20 more from 2.0 on (V2.0 table 9)."""
    fits, longer = BY_KEY["name-of-30-bytes"], BY_KEY["name-of-50-bytes"]
    beyond = replace(longer, name=longer.name + "一")
    old, new = load("social-1.0"), load("social-2.0")
    assert not list(misfits(old, fits))
    assert "takes 50 bytes, a 1.0 card holds 30; a profile of 2.0" in " ".join(misfits(old, longer))
    assert not list(misfits(new, longer))
    assert "takes 52 bytes, a card holds 30 and 20 and cuts no character" in " ".join(misfits(new, beyond))


def test_an_item_too_short_for_any_text_is_told_and_not_left_empty():
    for length, text in ((4, "测试"), (2, "测")):
        assert (
            demonstration_holder.value(Item(None, "某", "some", Kind.AN, length, "tests"), HOLDER, Version.V2) == text
        )
    with pytest.raises(EncodingError, match="some is too short for a text"):
        demonstration_holder.value(Item(None, "某", "some", Kind.AN, 1, "tests"), HOLDER, Version.V2)
