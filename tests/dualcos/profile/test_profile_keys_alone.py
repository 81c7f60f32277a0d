"""What is said of a test card's keys (published or not, gone, come since, whose): each check with a case of its own."""

from __future__ import annotations

import pytest
from msgspec import Struct

from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.explain.keys_made_with import invented
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.card_provenance import PROFILE, as_toml, profile_behind
from dualcos.profile.field_types import Hex, Key16, Pin
from dualcos.profile.parties.card_at_hand import changed_keys
from dualcos.profile.parties.keys_in_cells import facts_in_cells
from dualcos.profile.parties.party_facts import NothingForParty, Party
from dualcos.profile.published_test_keys import stated_secrets
from dualcos.profile.schema import ProfileError, load

BANK = "bank-sda"
AC_KEY = b"K\x21\x00\x00"
"""As the cell of the bank application's AC key ends: type, identifier, version."""


class Inner(Struct, frozen=True, kw_only=True):
    key: Key16
    text: str = "inner"


class Several(Struct, frozen=True, kw_only=True):
    """Every way a secret may stand in a part of a profile, and beside each what is none."""

    pin: Pin = "1111"
    text: str = "none"
    number: Hex = "22"
    kept: Key16 | None = "33" * 16
    left_out: Key16 | None = None
    empty: Pin = ""
    number_or_none: Hex | None = "44"
    text_or_number: str | int = "none"
    table: dict[str, Key16]
    words: dict[str, str]
    inner: Inner = Inner(key="66" * 16)
    inner_or_none: Inner | None = Inner(key="77" * 16)
    rows: tuple[Inner, ...] = (Inner(key="88" * 16), Inner(key="99" * 16))


def test_the_secrets_that_a_part_states_are_all_that_stand_in_it_and_nothing_else():
    inner = [("key", f"{each}" * 16) for each in ("66", "77", "88", "99")]
    expected = [("pin", "1111"), ("kept", "33" * 16), ("a", "55" * 16), *inner]
    assert sorted(stated_secrets(Several(table={"a": "55" * 16}, words={"b": "none"}))) == sorted(expected)


def test_the_profile_beside_a_test_card_has_published_keys_only():
    published, own = load("blank"), load("blank", settings=[f"keys.transport={'5A' * 16}"])
    assert profile_behind({KEYS: TEST, PROFILE: as_toml(published)}) == published
    with pytest.raises(ProfileError, match="keys that are not published: none is shown"):
        profile_behind({KEYS: TEST, PROFILE: as_toml(own)})


def test_a_key_that_is_gone_and_one_that_has_come_are_named():
    fewer, more = load("blank"), load(BANK)
    lines = list(changed_keys(fewer, personalised_card(more).dump()))
    assert len(lines) > 3
    assert all(": new since, " in line and "check value" in line for line in lines)
    assert not list(changed_keys(more, personalised_card(more).dump()))
    lines = list(changed_keys(more, personalised_card(fewer).dump()))
    assert len(lines) > 3
    assert all(line.endswith((": gone", "the PIN is another one now")) for line in lines)


def test_of_a_card_of_invented_people_what_is_gone_is_named_and_nothing_is_no_answer():
    dump = personalised_card(load(BANK)).dump()
    provenance = invented(BANK, dump)
    (cell,) = (each for each in dump["pse"] if each.endswith(AC_KEY))
    less = {**dump, "pse": {name: value for name, value in dump["pse"].items() if name != cell}}
    assert facts_in_cells(dump, provenance, Party.ISSUER, "c").changed == ()
    facts = facts_in_cells(less, provenance, Party.ISSUER, "c")
    assert [line.rpartition(": ")[2] for line in facts.changed] == ["gone"]
    assert [key.name for key in facts.keys] == ["UDK-MAC", "UDK-ENC"]
    with pytest.raises(NothingForParty, match="c has nothing for the psam"):
        facts_in_cells(dump, provenance, Party.PSAM, "c")
