"""Settings whose refusals take keys and transactions to show: the trace names them, and only where they decide."""

from __future__ import annotations

import pytest
from medical_card import MASTER, TERMINAL, TIME, account, medical_card

from cos.card import Card
from cos.cos_options import CosOptions
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from cos.manager.session import ManagerOptions
from cos.ssse.options import SocialOptions
from dualcos.dialogue.driver import apdu, done, perform, send
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.making import END, SOCIAL_FORM, Maker, create, master_header, prove_transport
from dualcos.dialogue.personalise_birth import BirthOrder, birth, maker_bytes
from dualcos.dialogue.social import SSSE
from firewall.trace import Refused, Setting, TraceBuffer
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.medical_macs import TYPE_LOAD
from tests.card_in_hand import FixedRng, Hand

KEY = KeyHandle(TDES, MASTER)
HISTORICAL = bytes.fromhex("0081544C86869931010000A1B2")


def settings(events: TraceBuffer) -> list[Setting]:
    return [each for _, event in events.take() if isinstance(event, Refused) for each in event.reason.settings]


@pytest.mark.parametrize(("card", "host"), [("character", 0x01), ("binary", 0x31)])
def test_a_mac_by_the_other_type_code(card, host):
    """ssse.options.medical.type_code: the host's MAC2 is right by the other reading."""
    events = TraceBuffer()
    hand = Hand(medical_card(trace=events, type_code=card))
    own = account(load_type=host)
    begun = perform(hand.card, own.initialize_load(7, TERMINAL))
    assert perform(hand.card, own.credit(begun.data, 7, TERMINAL, TIME)).sw == 0x9302
    other = "binary" if card == "character" else "character"
    assert settings(events) == [Setting("ssse.options.medical.type_code", card, other)]
    begun = perform(hand.card, own.initialize_load(7, TERMINAL))
    assert hand.sw(f"B02A00000B{TIME.hex()}00000000") == 0x9302
    assert settings(events) == [], "a MAC that is wrong by both readings"


@pytest.mark.parametrize(("card", "asked", "other"), [("before", 1, "after"), ("after", 0, "before")])
def test_a_proof_by_the_other_number(card, asked, other):
    """ssse.options.medical.logged_sequence: the terminal asks by the number of the other reading."""
    events = TraceBuffer()
    hand = Hand(medical_card(trace=events, logged_sequence=card))
    own = account(load_type=TYPE_LOAD)
    begun = perform(hand.card, own.initialize_load(7, TERMINAL))
    assert perform(hand.card, own.credit(begun.data, 7, TERMINAL, TIME)).sw == 0x9000
    events.take()
    assert hand.sw(f"B02E003102{asked:04X}") == 0x9406
    assert settings(events) == [Setting("ssse.options.medical.logged_sequence", card, other)]
    assert hand.sw("B02E0031020009") == 0x9406
    assert settings(events) == []


def test_the_starting_day_by_the_other_key():
    """ssse.options.medical.starting_day_right: the master key is proved, DSK is asked for."""
    events = TraceBuffer()
    hand = Hand(medical_card(trace=events, starting_day_right="DSK"))
    assert hand.sw("B0560000020401") == 0x6982
    assert settings(events) == [], "nothing is proved"
    assert perform(hand.card, SOCIAL_FORM.prove(KEY)).sw == 0x9000
    events.take()
    assert hand.sw("B0560000020401") == 0x6982
    assert settings(events) == [Setting("ssse.options.medical.starting_day_right", "DSK", "master key")]


def test_the_first_record_of_a_cyclic_file():
    """ssse.options.cyclic_number_adds: number 01 of an empty cyclic file."""
    events = TraceBuffer()
    options = CosOptions.of(SocialOptions(cyclic_number_adds=False))
    card = Card.blank(MASTER, options, rng=FixedRng(), historical=HISTORICAL, trace=events)
    card.power_on()
    maker = Maker()
    perform(card, birth(BirthOrder(HISTORICAL, KEY, KEY, KEY, ((SSSE, KEY),)), maker))
    perform(card, maker.enter("SSSE", SSSE.name, KEY))
    perform(card, done("file", create(bytes.fromhex("000000 0022 EF08 C7 00 08 00 10 0000 0000"))))
    perform(card, done("END", END))
    card.power_on()
    perform(card, select_name(SSSE.name))
    events.take()
    assert Hand(card).sw(apdu("00DC0144", bytes(16))) == 0x6A83
    assert settings(events) == [Setting("ssse.options.cyclic_number_adds", False, True)]
    assert Hand(card).sw(apdu("00DC0244", bytes(16))) == 0x6A83
    assert settings(events) == [], "02 never adds"


def test_the_first_master_key_in_clear():
    """manager.options.plain_first_key."""
    events = TraceBuffer()
    options = CosOptions.of(ManagerOptions(plain_first_key=False))
    card = Card.blank(MASTER, options, rng=FixedRng(), trace=events)
    maker_bytes(card, HISTORICAL)
    perform(card, done("transport key", prove_transport(KEY, HISTORICAL)))
    perform(card, done("MF", create(DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, 0x23, False, b"").frame())))
    events.take()
    plain = apdu("00D40100", master_header(TDES.social).encode() + MASTER)
    assert perform(card, send(plain)).sw == 0x6987
    assert settings(events) == [Setting("manager.options.plain_first_key", False, True)]
