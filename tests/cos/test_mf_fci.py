"""What SELECT of the MF answers is laid down when the MF is made, and is nobody's business afterwards (SSC-5 §6.11)."""

from __future__ import annotations

from itertools import count

import pytest
from msgspec import structs

import dualcos
from apdu.link import AroundCard, fetched
from apdu.status import SW
from cos.ssse.tables import ssse_holder
from dualcos.cardfile.card_in_file import open_card, write_card
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.driver import apdu, perform
from dualcos.dialogue.making import Maker
from dualcos.dialogue.personalise_birth import birth, close, maker_bytes
from dualcos.profile.birth_order import birth_order
from dualcos.profile.card_of_profile import blank_card
from dualcos.profile.schema import ProfileError, load
from firewall.hardware.randomness import SeededRng

NAMED = "6F10840E315041592E5359532E4444463031"
WITH_SFI = "6F15840E315041592E5359532E4444463031A503880101"
LONGEST = "6F81ED" + "9F0C81E9" + "A5" * 233
LEAST = "6F02A500"
DUAL = "dual-2.0-3des"
FORMS = ("00A40000023F00", "00A4000000", "00A40000023F0000")


def selected(card, command=FORMS[0]):
    """What a SELECT answers, fetched."""
    answer = fetched(card, card.exchange(bytes.fromhex(command)))
    assert answer[-2:] == b"\x90\0"
    return answer[:-2].hex().upper()


def made(name, fci, without=()):
    profile = load(name, settings=[f"chip.mf_fci={fci}"])
    for label in without:
        profile = profile.having(label, None)
    card = dualcos.card(profile, seed=5)
    card.power_on()
    return card


@pytest.mark.parametrize("fci", [LEAST, NAMED, WITH_SFI, LONGEST, NAMED.lower(), "6F00"])
def test_it_answers_what_was_laid_down(fci):
    card = made("social-2.0", fci)
    assert {selected(card, command) for command in FORMS} == {fci.upper()}


def test_the_default_lays_nothing_down():
    assert made("social-2.0", LEAST).dump() == dualcos.card("social-2.0", seed=5).dump()


@pytest.mark.parametrize("gone", [("pse",), ("ssse",)])
def test_it_tells_nothing_of_what_is_on_the_card(gone):
    """F7a, F7b with the MF as e: whatever it names, it answers the same whether that exists or not, wherever one is."""
    whole, lacking = made(DUAL, NAMED), made(DUAL, NAMED, gone)
    there = [each for label, each in (("ssse", ssse_holder.NAME), ("pse", PSE.name)) if label not in gone]
    for card in (whole, lacking):
        for before in (b"", *there):
            if before:
                card.exchange(apdu("00A40400", before))
            assert {selected(card, command) for command in FORMS} == {NAMED}
    # And the other way: an environment answers the same beside an MF that names it, or another, or none.
    for dirname in there:
        command = apdu("00A40400", dirname).hex()
        assert selected(whole, command) == selected(made(DUAL, LEAST), command)


class Stopping(AroundCard):
    """A card whose power is cut behind its ``last`` command."""

    def __init__(self, card, last):
        super().__init__(card)
        self.left = last

    def exchange(self, command):
        if not self.left:
            raise ConnectionAbortedError
        self.left -= 1
        return self.card.exchange(command)


def test_a_making_cut_behind_any_command_is_taken_up():
    profile = load(DUAL, settings=[f"chip.mf_fci={WITH_SFI}"])
    final = structs.replace(profile.keys, card_master="00112233445566778899AABBCCDDEEFF")
    order = birth_order(profile)._replace(
        final_card_master=birth_order(structs.replace(profile, keys=final)).final_card_master
    )

    def run(card, *, resuming):
        maker = Maker(resuming=resuming)
        perform(card, birth(order, maker))
        perform(card, close(order, maker))

    wanted = None
    for last in count():
        card = blank_card(profile, SeededRng(b"cut"))
        maker_bytes(card, order.historical)
        try:
            run(Stopping(card, last), resuming=False)
        except ConnectionAbortedError:
            card.power_on()
            run(card, resuming=True)
            cut = True
        else:
            cut = False
        card.power_on()
        assert selected(card) == WITH_SFI, last
        # Tries of the master key aside, which a first guess at it costs and the right key restores, all is as uncut.
        found = {region: cells.keys() for region, cells in card.dump().items()}
        wanted = wanted or found
        assert found == wanted, last
        if not cut:
            break
    assert last > 10


def test_a_card_file_keeps_it_and_the_reset_answer(tmp_path):
    profile = load("social-2.0", settings=[f"chip.mf_fci={NAMED}", "chip.transmission.atr.ta1=94"])
    card = dualcos.card(profile, seed=5)
    write_card(card, tmp_path / "a.card")
    again = open_card(tmp_path / "a.card")
    try:
        assert again.power_on() == card.power_on()
        assert again.atr.hex().upper().startswith("3B7D940000")
        assert selected(again) == NAMED
    finally:
        again.close()


def test_only_the_card_master_key_lays_it_down():
    card = made("social-2.0", NAMED)
    record = "00D20123" + "19" + "7017" + "3F0014" + "6F128410" + "41" * 16
    assert card.exchange(bytes.fromhex(record))[-2:] == SW.CONDITIONS_NOT_SATISFIED.to_bytes(2, "big")
    assert selected(card) == NAMED


@pytest.mark.parametrize(
    ("name", "fci", "why"),
    [
        ("social-2.0", "", "one template 6F is wanted"),
        ("social-2.0", "8400", "one template 6F is wanted"),
        ("social-2.0", "6F006F00", "one template 6F is wanted"),
        ("social-2.0", "6F03840131", "a DF name (84) has 5 to 16 bytes"),
        ("social-2.0", "6F1384113131313131313131313131313131313131", "a DF name (84) has 5 to 16 bytes"),
        ("social-2.0", "6F0584", "no TLV"),
        ("social-2.0", "6F0284FF", "no TLV"),
        ("social-2.0", "6F81EE" + "9F0C81EA" + "A5" * 234, "241 bytes, a record that is laid down has room for 240"),
        ("psam-3des", NAMED, "a PSAM's MF answers its own name"),
        ("blank", NAMED, "a blank chip has no MF"),
        ("social-2.0", "6F0", "two digits for each byte"),
    ],
)
def test_what_is_no_fci_is_refused_with_the_profile(name, fci, why):
    with pytest.raises(ProfileError) as told:
        load(name, settings=[f"chip.mf_fci={fci}"])
    assert "$.chip.mf_fci: " in str(told.value)
    assert why in str(told.value)
