"""The desk computes the published numbers (SSC-9 §7, SSC-4 §8, §9, SSC-7 §11, §12), the work of two programs."""

from __future__ import annotations

import pytest
from msgspec import structs

from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.registered_cards import RegisteredCard
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import (
    CommandAsked,
    CommandSecured,
    IdentificationAsked,
    Identified,
    LoadAsked,
    LoadGranted,
    LoadReported,
    ProofAsked,
    Proved,
    PurchaseMac,
    PurchaseMacAsked,
    PurchaseMacCheckAsked,
    ReadCard,
    ServiceDone,
    ServiceRefused,
    SettlementReported,
    SettlementTaken,
)
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.custody.social_key_service import SocialKeyService, TierKey
from keys.key_handle import KeyHandle

ROOT = "2B7E151628AED2A6ABF7158809CF4F3C"
DTK = "A0B1C2D3E4F506173847566574839201"
CARD = "310100D15600000531010000A1B2" + "0000"
FACTOR, ORIGINAL = "9F4C21E07B3A58D6", "3D1E8A6B70C2F495"
TERMINAL, TIME = "310100000001", "20240115093000"


def service(cipher: Algorithm, maintenance: Algorithm) -> SocialKeyService:
    root, short = bytes.fromhex(ROOT), KeyHandle(maintenance, bytes.fromhex(ROOT)[: maintenance.key_length])
    names = (("IRK", 1), ("RKSSSE", 1), ("DLK01", 1), ("DPK01", 1), ("PUK", 0))
    keys = {name: TierKey(KeyHandle(cipher, root)) for name in names}
    keys["STKSSSE", 0] = TierKey(short)
    keys["DTK", 0] = TierKey(KeyHandle(cipher, bytes.fromhex(DTK)), tier=3)
    return SocialKeyService(keys)


@pytest.fixture
def desk():
    services = {"01": service(TDES, DES), "03": service(SM4, SM4)}
    entry = RegisteredCard(
        identification=CARD, number="T0000001X", social_number="990000190001010016", insured_at="310100", opening=10000
    )
    made = TerminalDesk(
        keys=lambda card: services.get(card.algorithm),
        cards={CARD: entry},
        books=DeskBooks(),
        now=lambda: TIME,
        random=bytes,
    )
    yield made
    made.close()


def about(algorithm: str, running: int = 1) -> dict[str, object]:
    card = ReadCard(region="310100", historical="0081544C86869931010000A1B2", algorithm=algorithm, identification=CARD)
    return {"terminal": TERMINAL, "running": running, "card": card}


@pytest.mark.parametrize(("algorithm", "data"), [("01", "9ABD282FEA9C3D2E"), ("03", "9F7DFD03FBB87894")])
def test_authentication_data(desk, algorithm, data):
    pair = {"internal_factor": FACTOR, "internal_original": ORIGINAL}
    alone = desk.ask(IdentificationAsked(**about(algorithm), **pair))
    assert alone == Identified(running=1, internal_data=data, internal_original=ORIGINAL)
    outside = {"external_factor": FACTOR, "external_original": ORIGINAL}
    both = desk.ask(IdentificationAsked(**about(algorithm, 2), **pair, **outside))
    assert isinstance(both, Identified)
    assert (both.internal_data, both.external_data, both.external_original) == (data, data, ORIGINAL)
    for running, name in enumerate(outside, 10):  # half of a pair is none
        half = desk.ask(IdentificationAsked(**about(algorithm, running), **pair, **{name: outside[name]}))
        assert half == structs.replace(alone, running=running)
    proof = desk.ask(ProofAsked(**about(algorithm, 3), key="0090", factor=FACTOR, original=ORIGINAL))
    assert proof == Proved(running=3, data=data, original=ORIGINAL)


@pytest.mark.parametrize(
    ("algorithm", "header", "pin", "command"),
    [
        ("01", "8424000004", "", "8424000004F6636AAE"),
        ("01", "841E000104", "", "841E000104CEFFF2A1"),
        ("01", "8416000004", "", "8416000004BA3D7F18"),
        ("01", "842400010C", "123456", "842400010C7319F145ADC16E395847CC2C"),
        ("03", "8424000004", "", "8424000004CDF3FBF6"),
        ("03", "841E000104", "", "841E000104CE8C713D"),
        ("03", "8416000004", "", "84160000045C406269"),
        ("03", "8424000114", "123456", "842400011474A21B986E9DC69F76412E4FD836A8B968288535"),
    ],
)
def test_secured_commands(desk, algorithm, header, pin, command):
    asked = CommandAsked(**about(algorithm), key="0173", factor="5AC3907E12F4B86D", header=header, pin=pin)
    assert desk.ask(asked) == CommandSecured(running=1, command=command)


PURCHASES = [
    ("01", "32", "64D65654", "E5A233B9", "90632E4A"),
    ("01", "02", "9A6B0FEC", "E5A233B9", "7E84F559"),
    ("03", "32", "4FF135B5", "857F438D", "A0096735"),
    ("03", "02", "21286E45", "857F438D", "0AA9E5A7"),
]


@pytest.mark.parametrize(("algorithm", "kind", "mac1", "mac2", "tac"), PURCHASES)
def test_purchase(desk, algorithm, kind, mac1, mac2, tac):
    sums = {"account": 0x3E8, "self_paid": 0xC8, "pooled": 0x7D0, "kind": kind, "time": TIME}
    asked = {"key": "017F", "random": "C7D1042E", "sequence": "0001", **sums}
    for running in range(1, 6):  # the published numbers are of the terminal's fifth
        answer = desk.ask(PurchaseMacAsked(**about(algorithm, running), **asked))
    assert answer == PurchaseMac(running=5, terminal_sequence="00000005", time=TIME, mac1=mac1)
    right = {**asked, "terminal_sequence": "00000005", "mac2": mac2}
    assert desk.ask(PurchaseMacCheckAsked(**about(algorithm, 6), **right)) == ServiceDone(running=6)
    wrong = desk.ask(PurchaseMacCheckAsked(**about(algorithm, 7), **{**right, "mac2": "00000000"}))
    assert isinstance(wrong, ServiceRefused)
    assert wrong.code == "mac2-wrong"
    report = {"key": "00B5", **sums, "terminal_sequence": "00000005", "sequence": "0001", "tac": tac}
    assert isinstance(desk.ask(SettlementReported(**about(algorithm, 8), **report)), SettlementTaken)


@pytest.mark.parametrize(
    ("algorithm", "kind", "mac1", "mac2", "tac"),
    [
        ("01", "31", "13DF64A7", "47A161AB", "209C974E"),
        ("01", "01", "2512030E", "EDF7B17E", "596227EC"),
        ("03", "31", "4CD5951F", "13A196FC", "0E79216E"),
        ("03", "01", "49650358", "8E7D38BE", "51C6EB04"),
    ],
)
def test_load(desk, algorithm, kind, mac1, mac2, tac):
    asked = {"key_index": 1, "amount": 0x1388, "balance": 0x2710, "sequence": "0001", "key_version": "01"}
    begun = LoadAsked(**about(algorithm), **asked, random="C7D1042E", mac1=mac1, kind=kind)
    granted = desk.ask(begun)
    assert granted == LoadGranted(running=1, voucher=granted.voucher, time=TIME, mac2=mac2)
    assert desk.ask(LoadReported(**about(algorithm, 2), voucher=granted.voucher, tac=tac)) == ServiceDone(running=2)
    assert desk.books.balance(f"purse/{CARD}") == 0x1388
