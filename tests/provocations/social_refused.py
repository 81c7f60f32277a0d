"""Reasons of the social side, of the MF and of every stack that no vector asks for; cells are changed by hand."""

from __future__ import annotations

from cos.card import Card
from cos.cos_options import CosOptions
from cos.kernel.files import Structure
from dualcos.dialogue.driver import perform, send
from dualcos.dialogue.making import BANK_FORM, SELECT_MF, SOCIAL_FORM, Maker, create, prove_transport
from dualcos.dialogue.personalise_birth import BirthOrder, birth
from dualcos.dialogue.social import SSSE as SSSE_HEADER
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase
from keys.social_cryptography import authentication_data, command_mac, session_key
from tests.cos.ssse.medical import medical_card as medical
from tests.provocations import Provocation, Refusals
from tests.provocations.card_by_hand import DF04, FREE, SSSE, CardByHand, refusals

CARD = "dual-2.0-3des"
LOG, AMOUNTS, EF06 = "DF04EF08", "DF04EF81", "DDF1EF06"
BALANCE, STARTING_DAY = "B026000104", "B0560000020101"
MASTER, TRANSPORT = medical.MASTER, medical.TRANSPORT


def random_of(card: CardByHand) -> bytes:
    return card.send("0084000008")[:8]


def turned_round(_) -> Refusals:
    card = CardByHand(CARD)
    card.send(SSSE)
    random, original = random_of(card), bytes(range(8))
    proof = authentication_data(card.key("ssse", "DDF1", 0x0D, 0x06), random, original)
    card.send(bytes.fromhex("0082000610") + original + proof)
    return card.refused()


def mac_alone(_) -> Refusals:
    card = CardByHand(CARD)
    card.describe("ssse", EF06, access=FREE)
    card.send(SSSE)
    stk = card.key("ssse", "DDF1", 0x07, 0x02)
    key, header = session_key(stk, random_of(card)), bytes.fromhex("04DC0834")
    card.send(header + b"\x04" + command_mac(key, header, b""))
    return card.refused()


def too_long(_) -> Refusals:
    card = CardByHand(CARD)
    for number in (1, 2):
        card.write("ssse", f"52{EF06}{number:02X}", bytes((number, 198)) + bytes(198))
    card.send(SSSE, "00B2013500")
    return card.refused()


def full(_) -> Refusals:
    card = CardByHand(CARD)
    card.describe("ssse", EF06, access=FREE)
    for number in range(1, 255):
        card.card.overwrite("ssse", bytes.fromhex(f"52{EF06}{number:02X}"), bytes((1, 0)))
    card.write("ssse", f"4E{EF06}", b"\xfe")
    card.send(SSSE, "00DC773002" + "7700")
    return card.refused()


def of_another_kind(_) -> Refusals:
    card = CardByHand(CARD)
    card.describe("ssse", LOG, structure=Structure.LINEAR_FIXED)
    card.send(SSSE, DF04, BALANCE)
    return card.refused()


def of_another_length(_) -> Refusals:
    card = CardByHand(CARD)
    card.describe("ssse", LOG, record_length=0x10)
    card.send(SSSE, DF04, BALANCE)
    return card.refused()


def account_only(_) -> Refusals:
    card = CardByHand(CARD)
    card.describe("ssse", LOG, record_length=0x14)
    card.describe("ssse", AMOUNTS, access=FREE)
    card.send(SSSE, DF04, STARTING_DAY)
    return card.refused()


def totals_at_their_end(_) -> Refusals:
    trace = TraceBuffer()
    card = medical.medical_card(trace=trace)
    order = Purchase(0, 0xFFFF_FFFF, 0, medical.TERMINAL, bytes(4), medical.TIME)
    for _ in range(2):
        perform(card, medical.account().purchase(order))
    return refusals(trace)


def cipher_that_is_none(_) -> Refusals:
    card = CardByHand(CARD)
    cell = "4BDDF14B0E0001"
    raw = card.cell("ssse", cell)
    card.write("ssse", cell, raw[:5] + b"\x02" + raw[6:])
    card.send(SSSE, "0088000010" + "00" * 16)
    return card.refused()


def without_master_key(_) -> Refusals:
    card = CardByHand(CARD)
    for what in ("4B", "54"):
        card.write("ssse", f"4BDDF1{what}000000", None)
    card.send(SSSE, "0084000008", "0082000010" + "00" * 16)
    return card.refused()


def next_by_identifier(_) -> Refusals:
    card = CardByHand(CARD)
    card.send("00A4000202DF01")
    return card.refused()


def blank(historical: bytes = medical.HISTORICAL) -> tuple[Card, TraceBuffer]:
    trace = TraceBuffer()
    card = Card.blank(TRANSPORT, CosOptions.of(), rng=SeededRng(b"blank"), historical=historical, trace=trace)
    card.power_on()
    return card, trace


def born(*environments) -> tuple[Card, TraceBuffer]:
    """A chip with MF and card master key, proved, and these environments."""
    card, trace = blank()
    root = KeyHandle(TDES, MASTER)
    perform(card, birth(BirthOrder(medical.HISTORICAL, KeyHandle(TDES, TRANSPORT), root, root, environments), Maker()))
    perform(card, send(SELECT_MF))
    perform(card, SOCIAL_FORM.prove(root))
    return card, trace


def no_serial_number(_) -> Refusals:
    card, trace = blank(b"")
    card.exchange(prove_transport(KeyHandle(TDES, TRANSPORT), medical.HISTORICAL))
    return refusals(trace)


def waits_already(_) -> Refusals:
    card, trace = born()
    for _ in range(2):
        card.exchange(create(SSSE_HEADER.frame()))
    return refusals(trace)


def on_the_environment_handed_over(_) -> Refusals:
    card, trace = born()
    root = KeyHandle(TDES, MASTER)
    perform(card, send(create(SSSE_HEADER.frame())))
    perform(card, SOCIAL_FORM.write_master(root, root))
    perform(card, SOCIAL_FORM.prove(root))
    card.exchange(bytes.fromhex("80E00200"))
    return refusals(trace)


def bank_master_in_use(_) -> Refusals:
    card = CardByHand(CARD)
    card.send("00A404000E315041592E5359532E4444463031")
    perform(card.card, BANK_FORM.prove(card.key("pse", "DDF2", 0, 0)))
    card.send("84D4000024" + "00" * 36)
    return card.refused()


PROVOCATIONS = (
    Provocation("authentication-data-turned-round", 0x63C2, turned_round),
    Provocation("the-mac-alone", 0x6700, mac_alone),
    Provocation("records-too-long-for-one-answer", 0x6700, too_long),
    Provocation("no-further-record", 0x6A84, full),
    Provocation("medical-files-of-another-kind", 0x6985, of_another_kind),
    Provocation("medical-log-of-another-length", 0x6985, of_another_length),
    Provocation("account-without-starting-day", 0x6985, account_only),
    Provocation("total-overflow", 0x6985, totals_at_their_end),
    Provocation("value-is-no-key", 0x6A88, cipher_that_is_none),
    Provocation("no-master-key", 0x6A88, without_master_key),
    Provocation("next-without-a-name", 0x6A86, next_by_identifier),
    Provocation("no-serial-number", 0x6985, no_serial_number),
    Provocation("an-environment-waits-already", 0x6A89, waits_already),
    Provocation("the-mf-is-not-current", 0x6985, on_the_environment_handed_over),
    Provocation("the-master-key-replaces-itself-only", 0x6985, bank_master_in_use),
)
