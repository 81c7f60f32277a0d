"""Judges that are not ours: certificates of other makers' cards as they were published, played to the kernel.

Their records are whole: account, dates, lists and action codes are those of the cards, and so is what is signed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apdu import tlv
from dualcos.messages.terminal_parameters import AuthorityKey, AuthorityKeyName, key_check
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.certificate_chain import RsaChain
from dualcos.terminal.financial.kernel.debit_kernel import TransactionAsked
from tests.dualcos.terminal.financial.payment_bench import PaymentBench
from tests.dualcos.terminal.financial.table_card import CDOL1, CDOL2, TableCard, as_asked, of
from tests.keys import test_keys_sm2 as sm2_chains

NUMBERS = json.loads((Path(__file__).parents[3] / "keys" / "emv_pki.json").read_text(encoding="utf-8"))
LAB, ISSUED = NUMBERS["lab_chain_80"], NUMBERS["chain_0B"]
RID = bytes.fromhex("A000000333")
LISTS = {"8C": CDOL1 + "9F45029F4C02", "8D": CDOL2 + "9F45029F4C02"}
"""Of a card that was published without its own; they are not signed."""


def authority(number: int, modulus: str, exponent: str) -> dict[AuthorityKeyName, AuthorityKey]:
    name = AuthorityKeyName(RID, number)
    return {name: AuthorityKey(name, bytes.fromhex(modulus), bytes.fromhex(exponent), "20301231")}


def card(aip: str, signed: str, elements: dict[str, str], dynamic: str = "6A81") -> TableCard:
    """``signed``: contents of its first record; ``elements``: one record each. ``dynamic``: INTERNAL AUTHENTICATE."""
    records = [signed, *(of(int(tag, 16), value) for tag, value in elements.items())]
    return TableCard(
        {
            "00A404000E": "6A82",
            "00A40400": of(0x6F, of(0x84, "A000000333010101"), of(0xA5, of(0x50, "50424F43"))) + "9000",
            "80A8": of(0x80, aip, f"0801{len(records):02X}01") + "9000",
            **{f"00B2{number:02X}0C": of(0x70, record) + "9000" for number, record in enumerate(records, 1)},
            "0088": dynamic,
            "80CA9F36": "9F360200AE9000",
            "80CA9F13": "9F130200AD9000",
            "80AE": as_asked,
        }
    )


def begun(
    of_others: TableCard, keys: dict[AuthorityKeyName, AuthorityKey], moment: str, *, sm: bool = True
) -> PaymentBench:
    bench = PaymentBench(card=of_others)
    bench.keys = keys
    bench.sm_algorithms = sm
    bench.random = lambda count: bytes.fromhex("11223344")[:count]
    bench.asked = TransactionAsked("00", 10_000, moment, 1)
    bench.begin()
    return bench


FAILURES = {Tvr.NOT_AUTHENTICATED, Tvr.SDA_FAILED, Tvr.DDA_FAILED, Tvr.CDA_FAILED, Tvr.DATA_MISSING}


def test_the_published_check_sums_are_those_that_a_downloaded_key_is_held_against() -> None:
    for number, chain in ((0x80, LAB), (0x0B, ISSUED)):
        (key,) = authority(number, chain["ca_modulus"], chain["ca_exponent"]).values()
        assert key_check(key).hex().upper() == chain["ca_checksum"]


def test_a_laboratorys_card_is_authenticated_statically() -> None:
    elements = {
        **LISTS,
        "8F": "80",
        "90": LAB["certificate_90"],
        "92": LAB["remainder_92"],
        "9F32": LAB["exponent_9F32"],
        "93": LAB["ssad_93"],
    }
    keys = authority(0x80, LAB["ca_modulus"], LAB["ca_exponent"])
    bench = begun(card("4000", LAB["static_data"], elements), keys, "20261129120000")
    assert not FAILURES & bench.first_tvr
    assert Tsi.OFFLINE_AUTHENTICATION in bench.tsi
    assert bench.told[0x9F45].hex().upper() == "DAC1"


@pytest.mark.parametrize(
    ("static", "certificate"), [("static_data", "certificate_9F46"), ("second_static_data", "second_9F46")]
)
def test_a_laboratorys_card_is_authenticated_dynamically(static: str, certificate: str) -> None:
    """The signature over 11223344, made with the card's published key and checked against a published block."""
    elements = {
        **LISTS,
        "8F": "80",
        "90": LAB["certificate_90"],
        "92": LAB["remainder_92"],
        "9F32": LAB["exponent_9F32"],
        "9F46": LAB[certificate],
        "9F47": LAB["exponent_9F47"],
        "9F48": LAB["remainder_9F48"],
    }
    keys = authority(0x80, LAB["ca_modulus"], LAB["ca_exponent"])
    answer = of(0x80, NUMBERS["dda"]["sdad"]) + "9000"
    bench = begun(card("2000", LAB[static], elements, answer), keys, "20261129120000")
    assert not FAILURES & bench.first_tvr
    assert bench.told[0x9F4C].hex().upper() == "00AE"


def test_an_issued_cards_chain_holds_to_its_own_key() -> None:
    """Its records are the card's; its private key nobody has, so that DDA fails at the last step, and only there."""
    aip, signed = ISSUED["static_data"][-4:], ISSUED["static_data"][:-4]
    elements = {
        "9F4A": "82",
        "8F": "0B",
        "90": ISSUED["certificate_90"],
        "9F32": ISSUED["exponent_9F32"],
        "9F46": ISSUED["certificate_9F46"],
        "9F47": ISSUED["exponent_9F47"],
        "9F48": ISSUED["remainder_9F48"],
    }
    keys = authority(0x0B, ISSUED["ca_modulus"], ISSUED["ca_exponent"])
    bench = begun(card(aip, signed, elements), keys, "20240101120000")
    assert {Tvr.DDA_FAILED} == FAILURES & bench.first_tvr
    assert len(bench.sent(0x88)) == 1
    found = {item.tag: item.value for item in tlv.parse(bytes.fromhex(signed))}
    chain = RsaChain(*keys.values(), found | {int(tag, 16): bytes.fromhex(value) for tag, value in elements.items()})
    chain.issuer()
    chain.card(bytes.fromhex(ISSUED["static_data"]))
    assert chain.card_key.modulus.hex().upper() == ISSUED["card_modulus"]


@pytest.mark.parametrize("computes", [True, False])
def test_a_card_under_a_live_sm2_authority_is_followed_only_where_sm2_is_computed(computes: bool) -> None:
    """To its own key: it is asked for a signature, which nobody can make for it."""
    elements = {"9F4A": "82", "8F": "18", "90": sm2_chains.ISSUER_18.hex(), "9F46": sm2_chains.CARD_18.hex()}
    keys = authority(0x18, sm2_chains.CA_18.hex(), "")
    issued = card(sm2_chains.AIP_18.hex(), sm2_chains.RECORDS_18.hex(), elements)
    bench = begun(issued, keys, "20240101120000", sm=computes)
    assert {Tvr.DDA_FAILED} == FAILURES & bench.first_tvr
    assert len(bench.sent(0x88)) == computes


def test_a_laboratorys_sm2_card_is_authenticated_both_ways() -> None:
    elements = {**LISTS, "8F": "57", "90": sm2_chains.ISSUER_57.hex(), "93": sm2_chains.SSAD_57.hex()}
    keys = authority(0x57, sm2_chains.CA_57.hex(), "")
    bench = begun(card("4000", sm2_chains.RECORD_57.hex(), elements), keys, "20200101120000")
    assert not FAILURES & bench.first_tvr
    assert bench.told[0x9F45].hex().upper() == "DAC1"
    elements |= {"9F46": sm2_chains.CARD_B.hex()}
    answer = of(0x80, sm2_chains.SDAD_B) + "9000"
    for aip in ("2000", "2100"):  # with SM2 there is no CDA
        bench = begun(card(aip, sm2_chains.RECORD_57.hex(), elements, answer), keys, "20200101120000")
        assert not FAILURES & bench.first_tvr
        assert bench.told[0x9F4C].hex().upper() == "00AE"
