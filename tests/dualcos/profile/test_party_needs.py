"""What a party needs must be had from a command: a table of needs, and the work itself, with what is printed alone.

The rows are from the clauses beside them. Each names the test of this file that does the work with it; that uses no
other keys, and no cryptography of this house: ``cryptography``, pyemv, tongsuopy, plain RSA and SHA-1.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

import pytest
from msgspec import structs

import dualcos
from apdu import tlv
from cos.card import randomness
from cos.ssse.tables.table_model import KeyKind
from dualcos.dialogue.bank_channel import open_channel
from dualcos.dialogue.driver import perform
from dualcos.dialogue.making import BANK_FORM, Maker
from dualcos.dialogue.personalise_bank import personalise_bank, pre_personalise
from dualcos.dialogue.personalise_birth import birth, close, maker_bytes
from dualcos.dialogue.personalise_pki import personalise_pki
from dualcos.dialogue.personalise_psam import personalise_psam
from dualcos.dialogue.personalise_social import personalise_social
from dualcos.dialogue.pki import pin_key
from dualcos.profile.bank_order import bank_order
from dualcos.profile.birth_order import birth_order
from dualcos.profile.pki_order import pki_order
from dualcos.profile.psam_order import psam_order
from dualcos.profile.schema import KeysProfile, load, names
from dualcos.profile.social_order import social_order
from dualcos.profile.social_plan import directories
from keys.algorithms import ALGORITHMS, TDES
from keys.bank_cryptography import pin_block
from keys.cps_channel import CpsKeys
from keys.custody.bank_key_service import BankKeyService, KeyTriple
from keys.custody.social_key_service import SocialKeyService, TierKey
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private
from tests.card_in_hand import Hand
from tests.dualcos.profile import foreign_ciphers as foreign
from tests.dualcos.profile.printed_keys import Printed, asked, printed, told
from tests.sm2_second_opinion import right_to_tongsuopy

PARTIES = ("terminal", "issuer", "maker", "psam")
PROFILES = {name: load(name) for name in names()}
BANKS = [name for name, profile in PROFILES.items() if profile.pse is not None]
SOCIALS = [name for name, profile in PROFILES.items() if profile.ssse is not None]
SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


class Need(NamedTuple):
    """``items`` of ``kind`` that ``party`` needs of a card with ``side``; why; which test works with them."""

    party: str
    side: str
    kind: str
    items: tuple[str, ...]
    why: str
    flow: str


NEEDS = (
    Need("terminal", "rsa", "authorities", ("RSA",), "PBOC-7 §5: chain of certificates", "test_terminal_verifies"),
    Need("terminal", "sm", "authorities", ("SM2",), "PBOC-7 §5 with SM2", "test_terminal_verifies_sm2"),
    Need("terminal", "rsa", "tags", ("8F", "90", "92", "9F32", "93|9F46"), "to compare with", "test_terminal_verifies"),
    Need("terminal", "pse", "tags", ("4F", "5A", "5F34", "5F24", "82"), "PBOC-5 B", "test_terminal_verifies"),
    Need("terminal", "bank PIN", "pins", ("offline PIN of the application",), "PBOC-5 B.15", "test_pins"),
    Need("terminal", "social PIN", "pins", ("PIN of the social side",), "SSC-5 §6.14", "test_pins"),
    Need("terminal", "pki", "pins", ("user PIN of the certificate side",), "issuing programs", "test_maker_makes_it"),
    Need(
        "terminal",
        "ssse",
        "facts",
        ("city code", "historical bytes", "card identification code", "card factor F3", "PSAM that serves it"),
        "SSC-9 §7.3.3: factors; V2.0 §8.1.1.1",
        "test_psam_authenticates",
    ),
    Need("issuer", "pse", "keys", ("MK-AC", "MK-MAC", "MK-ENC"), "PBOC-7 §11", "test_issuer_answers"),
    Need("issuer", "pse", "keys", ("UDK-AC", "UDK-MAC", "UDK-ENC"), "PBOC-7 §11.1.4", "test_issuer_answers"),
    Need("issuer", "sm", "keys", ("SM MK-AC", "SM MK-MAC", "SM MK-ENC"), "the same, SM4", "test_issuer_answers"),
    Need("issuer", "pse", "keys", ("PSE master", "KMC", "KENC", "KMAC", "KDEK"), "PBOC-10 §8.2", "test_channel_opens"),
    Need("issuer", "pse", "tags", ("5A", "5F34", "9F10"), "PBOC-7 §11.1.4: Y, DKI", "test_issuer_answers"),
    Need("issuer", "pse", "rules", ("UDK 子密钥", "session key 过程密钥", "ARPC", "script MAC"), "PBOC-5 C, D", ""),
    Need("issuer", "rsa", "pairs", ("issuer RSA", "card RSA"), "PBOC-7 §5; PBOC-10 §6", "test_maker_makes_it"),
    Need("issuer", "sm", "pairs", ("issuer SM2", "card SM2"), "the same, SM2", "test_maker_makes_it"),
    Need("maker", "any", "keys", ("transport",), "SSC-10 §5.2", "test_maker_makes_it"),
    Need("maker", "card", "keys", ("card master",), "总体方案 一（四）", "test_maker_makes_it"),
    Need("maker", "ssse", "keys", ("SSSE master",), "SSC-10 §5", "test_maker_makes_it"),
    Need("maker", "pse", "keys", ("PSE master", "KMC"), "PBOC-10 §4", "test_maker_makes_it"),
    Need("maker", "pse", "facts", ("KEYDATA",), "PBOC-10 §8.2", "test_channel_opens"),
    Need(
        "maker",
        "psam",
        "keys",
        ("MF master", "sx1 application master", "sx1 KID-01"),
        "SSC-9 §5",
        "test_maker_makes_it",
    ),
    Need("maker", "any", "facts", ("historical bytes",), "SSC-2 §8", "test_maker_makes_it"),
    Need("psam", "ssse", "tree", (), "SSC-9 §7: every key, at every tier", "test_psam_authenticates"),
    Need("psam", "psam", "tree", (), "SSC-9 App. A, B: what it holds", "test_psam_holds_what_is_printed"),
    Need("psam", "ssse", "facts", ("province factor F1", "city factor F2", "card factor F3"), "SSC-9 §7.3.3", ""),
    Need("psam", "psam", "facts", ("terminal number", "province factor F1", "city factor F2"), "SSC-9 §5", ""),
)


def sides(name: str) -> set[str]:
    """What a profile has, in the words of the table."""
    profile = PROFILES[name]
    found = {"any", *profile.sections}
    bank = profile.pse
    if bank is not None:
        found |= {"rsa"} if bank.rsa else set()
        found |= {"sm"} if bank.sm is not None else set()
        found |= {"bank PIN"} if bank.pin else set()
    if profile.ssse is not None and profile.ssse.pin:
        found |= {"social PIN"}
    return found | ({"card"} if {"ssse", "pse"} & found else set())


def has(facts: dict, kind: str, item: str) -> bool:
    """True if the item is there, with a value."""
    names_of = {
        "authorities": lambda each: each["algorithm"] if each["modulus"] else "",
        "tags": lambda each: each["tag"] if each["value"] else "",
        "pins": lambda each: each["name"] if each["digits"] else "",
        "pairs": lambda each: (
            f"{each['name']} {each['algorithm']}" if each["public"] and (each["p"] or each["private"]) else ""
        ),
        "keys": lambda each: each["name"] if each["value"] and each["check"] else "",
        "rules": lambda each: each["name"] if each["rule"] and each["clause"] else "",
        "facts": lambda each: each["name"] if each["value"] else "",
    }
    there = {names_of[kind](each) for each in facts["facts" if kind == "tags" else kind]}
    return bool(there & set(item.split("|")))


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("name", sorted(PROFILES))
def test_what_a_party_needs_is_printed(name, party):
    """Each row of the table for which the card has the side; a card without one says so and ends with 2."""
    needs = [need for need in NEEDS if need.party == party and need.side in sides(name)]
    answer = asked(name, party)
    if not needs:
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert f"{name} has nothing for the {party}" in answer.err
        return
    assert (answer.code, answer.err) == (0, "")
    facts = json.loads(answer.out)
    assert facts["keys_are"] == "test"
    missing = [(need.kind, item) for need in needs for item in need.items if not has(facts, need.kind, item)]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "party"), [("dual-2.0-3des", party) for party in PARTIES] + [("psam-3des", "psam"), ("psam-3des", "maker")]
)
def test_the_text_has_every_value_of_the_json(name, party):
    facts = printed(name, party).facts
    text = told("keys", "show-test", name, "--for", party).out
    values = [each["value"] for kind in ("keys", "facts") for each in facts[kind]]
    values += [tier["value"] for key in facts["tree"] for tier in key["tiers"]]
    values += [pin["digits"] for pin in facts["pins"]] + [key["modulus"] for key in facts["authorities"]]
    assert [value for value in values if value not in text] == []


def test_the_table_names_the_tests_that_work_with_its_rows():
    assert {need.flow for need in NEEDS} - {""} <= set(globals())
    assert {need.party for need in NEEDS} == set(PARTIES)


# --- terminal -----------------------------------------------------------------------------------------------------


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


class Reader:
    """A terminal: it selects, asks for processing options, reads what is listed."""

    def __init__(self, name: str, *, sm: bool = False) -> None:
        card = dualcos.card(name)
        card.power_on()
        self.hand = Hand(card)
        aid = printed(name, "terminal").tag("4F")
        fci = bytes.fromhex(self.hand.ok(f"00A40400{len(aid):02X}{aid.hex()}"))
        wanted = tlv.find(fci, 0x6F, 0xA5, 0x9F38) if b"\x9f\x38" in fci else b""
        pdol = b"".join(
            b"\x01" if sm and tag == 0xDF69 else bytes(length)
            for tag, length in (tlv.parse_dol(wanted) if wanted else ())
        )
        said = tlv.encode(0x83, pdol)
        options = bytes.fromhex(self.hand.ok(f"80A80000{len(said):02X}{said.hex()}"))[2:]
        self.aip, afl = options[:2], options[2:]
        self.items: dict[int, bytes] = {}
        self.signed = b""
        for sfi, first, last, count in zip(*[iter(afl)] * 4, strict=True):
            for number in range(first, last + 1):
                record = tlv.find(self.asked(f"00B2{number:02X}{sfi | 4:02X}"), 0x70)
                self.items |= dict(tlv.parse(record))
                self.signed += record if number < first + count else b""
        self.signed += self.aip if self.items.get(0x9F4A) == b"\x82" else b""

    def internal_authenticate(self, unpredictable: str) -> bytes:
        return tlv.find(bytes.fromhex(self.hand.ok(f"0088000004{unpredictable}00")), 0x80)

    def asked(self, header: str) -> bytes:
        """A command that only asks, repeated with the length that 6Cxx names."""
        _, sw = self.hand(f"{header}00")
        assert sw >> 8 == 0x6C
        return bytes.fromhex(self.hand.ok(f"{header}{sw & 0xFF:02X}"))


def recovered(block: bytes, modulus: int, exponent: int) -> tuple[bytes, bytes]:
    length = (modulus.bit_length() + 7) // 8
    assert len(block) == length
    plain = pow(int.from_bytes(block, "big"), exponent, modulus).to_bytes(length, "big")
    assert (plain[0], plain[-1]) == (0x6A, 0xBC)
    return plain[1:-21], plain[-21:-1]


@pytest.mark.parametrize("name", BANKS)
def test_terminal_verifies(name):
    """SDA, card certificate, DDA with plain RSA from the printed authority key down; its check sum is right."""
    shown, reader = printed(name, "terminal"), Reader(name)
    key = shown.authority("RSA")
    assert (
        sha1(bytes.fromhex(key["rid"] + key["index"] + key["modulus"] + key["exponent"])).hex().upper()
        == key["checksum"]
    )
    items = reader.items
    assert items[0x8F].hex().upper() == key["index"]
    body, digest = recovered(items[0x90], int(key["modulus"], 16), int(key["exponent"], 16))
    assert digest == sha1(body + items.get(0x92, b"") + items[0x9F32])
    issuer = int.from_bytes(body[14:].rstrip(b"\xbb") + items.get(0x92, b""), "big")
    exponent = int.from_bytes(items[0x9F32], "big")
    checked = {0x93, 0x9F46} & items.keys()
    assert checked
    if 0x93 in items:
        body, digest = recovered(items[0x93], issuer, exponent)
        assert digest == sha1(body + reader.signed)
    if 0x9F46 in items:
        body, digest = recovered(items[0x9F46], issuer, exponent)
        assert digest == sha1(body + items[0x9F48] + items[0x9F47] + reader.signed)
        card = int.from_bytes(body[20:] + items[0x9F48], "big")
        body, digest = recovered(reader.internal_authenticate("11223344"), card, int.from_bytes(items[0x9F47], "big"))
        assert digest == sha1(body + bytes.fromhex("11223344"))
    for tag in ("8F", "90", "92", "9F32", "93", "9F46", "9F47", "9F48"):
        assert items.get(int(tag, 16)) in (None, shown.tag(tag, "RSA") if int(tag, 16) in items else None)
    assert shown.fact("signed static data") == reader.signed.hex().upper()
    assert items[0x5A] == shown.tag("5A")


def test_terminal_verifies_sm2():
    """The SM chain of ``pboc-sm`` with a second library, from the printed authority key down."""
    shown, reader = printed("pboc-sm", "terminal"), Reader("pboc-sm", sm=True)
    items, authority = reader.items, bytes.fromhex(shown.authority("SM2")["modulus"])
    assert items[0x8F].hex().upper() == shown.authority("SM2")["index"]
    issuer, card = items[0x90][14:78], items[0x9F46][20:84]
    assert right_to_tongsuopy(authority, items[0x90][:-64], items[0x90][-64:])
    assert right_to_tongsuopy(issuer, items[0x93][:-64] + reader.signed, items[0x93][-64:])
    assert right_to_tongsuopy(issuer, items[0x9F46][:-64] + reader.signed, items[0x9F46][-64:])
    answer = reader.internal_authenticate("11223344")
    assert right_to_tongsuopy(card, answer[:-64] + bytes.fromhex("11223344"), answer[-64:])
    assert shown.fact("signed static data, SM2") == reader.signed.hex().upper()


@pytest.mark.parametrize("name", sorted({*BANKS, *SOCIALS}))
def test_pins(name):
    """The printed command is accepted, and another PIN is not."""
    for pin in printed(name, "terminal").facts["pins"]:
        if " on a random number" in pin["verify"]:
            continue  # the certificate side: shown by its key, made with it in test_maker_makes_it
        card = dualcos.card(name)
        card.power_on()
        hand = Hand(card)
        hand.ok(SSSE if "social" in pin["name"] else "00A4040008A000000333010101")
        wrong = pin["verify"][:12] + f"{(int(pin['verify'][12]) + 1) % 10}" + pin["verify"][13:]
        assert hand.sw(wrong) == 0x63C0 | pin["tries"] - 1
        assert hand.sw(pin["verify"]) == 0x9000


# --- issuer -------------------------------------------------------------------------------------------------------

ASKED = {
    0x9F02: "000000001000", 0x9F1A: "0156", 0x5F2A: "0156", 0x9A: "260125", 0x9F37: "11223344", 0x9F21: "164721",
}  # fmt: skip


def transaction(reader: Reader, cdol: bytes) -> tuple[dict[int, bytes], bytes]:
    """First GENERATE AC, ARQC asked: the values given, and the answer."""
    values = {tag: bytes.fromhex(ASKED.get(tag, "")) or bytes(length) for tag, length in tlv.parse_dol(cdol)}
    data = b"".join(values.values())
    return values, tlv.find(bytes.fromhex(reader.hand.ok(f"80AE8000{len(data):02X}{data.hex()}00")), 0x80)


@pytest.mark.parametrize("name", [*BANKS, "pboc-sm/sm"])
def test_issuer_answers(name):
    """ARQC checked, ARPC and a script's MAC accepted by the card, from the printed masters by other programs."""
    name, _, sm = name.partition("/")
    shown, reader = printed(name, "issuer"), Reader(name, sm=bool(sm))
    cipher, prefix = (foreign.SM, "SM ") if sm else (foreign.DES, "")
    pan, psn = shown.tag("5A").hex().rstrip("f"), shown.tag("5F34").hex()
    ac, mac, enc = (cipher.card_key(shown.key(f"{prefix}MK-{each}"), pan, psn) for each in ("AC", "MAC", "ENC"))
    assert [shown.key(f"{prefix}UDK-{each}") for each in ("AC", "MAC", "ENC")] == [ac, mac, enc]
    values, answer = transaction(reader, shown.tag("8C"))
    assert answer[0] == 0x80
    atc, cryptogram, iad = answer[1:3], answer[3:11], answer[11:]
    terminal = b"".join(values[tag] for tag in (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37))
    session = cipher.session(ac, atc)
    assert cipher.mac(session, terminal + reader.aip + atc + iad[3:7]) == cryptogram
    arpc = cipher.arpc(session, cryptogram, b"00")
    assert reader.hand.sw(f"008200000A{arpc.hex()}3030") == 0x9000
    values = {tag: bytes.fromhex(ASKED.get(tag, "")) or bytes(length) for tag, length in tlv.parse_dol(shown.tag("8D"))}
    second = b"00" + b"".join(values.values())[2:]
    reader.hand.ok(f"80AE4000{len(second):02X}{second.hex()}00")
    text = bytes.fromhex("841E000004") + atc + cryptogram
    assert reader.hand.sw(bytes.fromhex("841E000004") + cipher.mac(cipher.session(mac, atc), text)[:4]) == 0x9000


def test_the_printed_example_is_right():
    for name, cipher, of in (("bank-only", foreign.DES, ""), ("pboc-sm", foreign.SM, " (SM)")):
        shown = printed(name, "issuer")
        session = cipher.session(shown.key(f"{of.strip(' ()')} UDK-AC".strip()), b"\x00\x01")
        example = {each["name"]: each["value"] for each in shown.facts["examples"]}
        arpc = cipher.arpc(session, bytes.fromhex("0123456789ABCDEF"), b"00")
        assert example[f"91 for ARQC 0123456789ABCDEF, ARC 3030, ATC 0001{of}"] == arpc.hex().upper() + "3030"


# --- maker --------------------------------------------------------------------------------------------------------


def handle(shown: Printed, name: str) -> KeyHandle:
    found = next(each for each in shown.facts["keys"] if each["name"] == name)
    return KeyHandle(next(a for a in ALGORITHMS if a.name == found["algorithm"]), bytes.fromhex(found["value"]))


def stranger(name: str):
    """The same card with keys and PINs that nobody printed: whatever is not replaced by a printed one shows."""
    profile = structs.replace(PROFILES[name], keys=KeysProfile(label="stranger"))
    if profile.ssse is not None:
        profile = profile.having("ssse", structs.replace(profile.ssse, pin="999999"))
    if profile.pse is not None:
        keys = structs.replace(profile.pse.keys, ac=None, mac=None, enc=None)
        profile = profile.having("pse", structs.replace(profile.pse, keys=keys, pin=profile.pse.pin and "9999"))
    return profile


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_maker_makes_it(name):
    """A blank chip becomes the very card, cell by cell, with no other keys and PINs than the printed ones."""
    shown, profile = printed(name, "maker"), stranger(name)
    card = dualcos.blank_card(PROFILES[name], rng=randomness(0))
    historical = bytes.fromhex(shown.fact("historical bytes"))
    maker_bytes(card, historical)
    if profile.psam is not None:
        perform(card, personalise_psam(printed_psam(name, profile, shown)))
    elif profile.sections:
        order, maker = printed_birth(profile, shown), Maker()
        perform(card, birth(order, maker))
        if profile.ssse is not None:
            perform(card, personalise_social(printed_social(name, profile, shown), maker))
        if profile.pse is not None:
            perform(card, personalise_bank(printed_bank(name, profile, shown)))
        if profile.pki is not None:
            perform(card, personalise_pki(printed_pki(name, profile, shown)))
        perform(card, close(order, maker))
    card.power_off()
    assert card.dump() == dualcos.card(name).dump()


@pytest.mark.parametrize("name", BANKS)
def test_channel_opens(name):
    """KMC and KEYDATA give the printed channel keys; a half-made card of the profile opens a channel with them."""
    shown, profile = printed(name, "maker"), PROFILES[name]
    tail = bytes.fromhex(shown.fact("KEYDATA"))[-6:]
    kmc = shown.key("KMC")
    derived = [foreign.ecb(kmc, tail + bytes((0xF0, n)) + tail + bytes((0x0F, n))) for n in (1, 2, 3)]
    assert derived == [shown.key(each) for each in ("KENC", "KMAC", "KDEK")]
    if name != "bank-sda":  # the others differ in their elements only
        return
    card = dualcos.blank_card(profile, rng=randomness(0))
    maker_bytes(card, profile.chip.historical)
    perform(card, birth(birth_order(profile), Maker()))
    perform(card, pre_personalise(bank_order(profile, profile.pse), Maker(BANK_FORM)))
    keys = CpsKeys(*(KeyHandle(TDES, each) for each in derived))
    card.power_on()
    Hand(card).ok("00A404000E315041592E5359532E4444463031")
    perform(card, open_channel(lambda *_: keys))


def printed_birth(profile, shown):
    order = birth_order(profile)
    masters = {b"sx1": "SSSE master", b"1PA": "PSE master"}
    environments = [
        (header, handle(shown, masters.get(header.name[:3], "PKI master"))) for header, _ in order.environments
    ]
    master = handle(shown, "card master")
    return order._replace(
        transport=handle(shown, "transport"),
        card_master=master,
        final_card_master=master,
        environments=tuple(environments),
    )


def printed_social(name, profile, shown):
    tree, terminal = printed(name, "psam"), printed(name, "terminal")
    order = social_order(profile, profile.ssse)
    roots = {}
    for key in tree.facts["tree"]:
        algorithm = next(a for a in ALGORITHMS if a.name == key["algorithm"])
        value = next(tier["value"] for tier in key["tiers"] if tier["tier"] == "national")
        roots[key["name"], key["version"]] = TierKey(KeyHandle(algorithm, bytes.fromhex(value)))
    pin = next((each["digits"] for each in terminal.facts["pins"] if each["name"] == "PIN of the social side"), "")
    master, service = handle(shown, "SSSE master"), SocialKeyService(roots)
    contents = {
        at: tuple(
            record[:2] + bytes.fromhex(terminal.fact("card identification code")) if record[:1] == b"\x01" else record
            for record in records
        )
        if at[1] == 0xEF05
        else records
        for at, records in order.contents.items()
    }
    return order._replace(first=master, master=master, service=service, pin=pin, contents=contents)


def triple(shown, prefix):
    return KeyTriple(*(handle(shown, f"{prefix}UDK-{each}") for each in ("AC", "MAC", "ENC")))


def printed_bank(name, profile, shown):
    issuer = printed(name, "issuer")
    order, master = bank_order(profile, profile.pse), handle(shown, "PSE master")
    service = BankKeyService({}, {1: handle(shown, "KMC")})
    pins = [each["digits"] for each in issuer.facts["pins"]]
    pairs = {(each["name"], each["algorithm"]): each for each in issuer.facts["pairs"]}
    rsa = pairs["card", "RSA"]
    private = RsaPrivate.from_primes(*(int(rsa[part], 16) for part in ("p", "q", "exponent")))
    block = pin_block(pins[0]) if pins else b""
    data = order.data._replace(keys=triple(issuer, ""), private=private, pin_block=block)
    second = order.second
    if second is not None:
        sm2 = pairs["card", "SM2"]
        pair = Sm2Private(bytes.fromhex(sm2["private"]), bytes.fromhex(sm2["public"]))
        second = second._replace(keys=triple(issuer, "SM "), private=pair)
    key_data = bytes.fromhex(shown.fact("KEYDATA"))
    return order._replace(first=master, master=master, service=service, key_data=key_data, data=data, second=second)


def printed_pki(name, profile, shown):
    order = pki_order(profile, profile.pki)
    digits = [each["digits"] for each in printed(name, "terminal").facts["pins"] if "certificate side" in each["name"]]
    pins = tuple((header, pin_key(bytes.fromhex(pin))) for (header, _), pin in zip(order.pins, digits, strict=True))
    home = handle(shown, "PKI master")
    return order._replace(home=home, application=handle(shown, "PKI application master"), pins=pins)


def printed_psam(name, profile, shown):
    order = psam_order(profile, profile.psam)
    tree = printed(name, "psam").facts["tree"]
    held = {
        (place["environment"], place["file"], place["usage"], place["identifier"]): key["tiers"][-1]["value"]
        for key in tree
        for place in key["psam"]
    }
    environments = []
    for made in order.environments:
        short = made.name[:3].decode()
        home = "MF" if made.fid == 0x3F00 else short
        keys = made.keys._replace(
            master=handle(shown, f"{home} master"),
            application=handle(shown, f"{short} application master"),
            authorities=tuple(handle(shown, f"{short} KID-0{number}") for number in (1, 2, 3)),
            held=tuple(
                key._replace(
                    key=KeyHandle(
                        key.key.algorithm,
                        bytes.fromhex(held[short, f"{key.file:04X}", f"{key.head.usage:02X}", f"{key.head.kid:02X}"]),
                    )
                )
                for key in made.keys.held
            ),
        )
        environments.append(made._replace(keys=keys))
    files = (shown.fact(f"{each} information") for each in ("public", "terminal", "national", "provincial", "city"))
    public, terminal, *announced = map(bytes.fromhex, files)
    return order._replace(
        transport=handle(shown, "transport"),
        environments=tuple(environments),
        public=public,
        terminal=terminal,
        announced=tuple(announced),
    )


# --- PSAM ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOCIALS)
def test_psam_authenticates(name):
    """Every key that can be shown to the card is accepted, worked out of the printed root by another program."""
    shown, profile = printed(name, "psam"), PROFILES[name]
    factors = [bytes.fromhex(shown.fact(each)) for each in ("province factor F1", "city factor F2", "card factor F3")]
    card = dualcos.card(name)
    card.power_on()
    hand = Hand(card)
    proved = 0
    for directory in directories(profile.ssse):
        hand.ok(f"00A40400{len(directory.name):02X}{directory.name.hex()}")
        for row in directory.keys:
            for version in row.versions:
                if row.kind is not KeyKind.AUTHENTICATION:
                    continue
                key = shown.tree(row.name, version, "national")
                for tier, factor in zip(("province", "city", "card"), factors, strict=True):
                    key = foreign.child(key, factor, sm=profile.ssse.algorithm == "SM4")
                    assert key == shown.tree(row.name, version, tier)
                if version == row.versions[0]:
                    challenge = bytes.fromhex(hand.ok("0084000008"))
                    data = foreign.authentication_data(key, challenge, bytes(8), sm=profile.ssse.algorithm == "SM4")
                    assert hand.sw(f"008200{row.kid:02X}10" + (data + bytes(8)).hex()) == 0x9000, row.name
                    proved += 1
    assert proved > 20


@pytest.mark.parametrize("name", [name for name, profile in PROFILES.items() if profile.psam is not None])
def test_psam_holds_what_is_printed(name):
    """What the PSAM enciphers with each key that may encipher is what another program does with the printed one."""
    shown = printed(name, "psam")
    tree = [bytes.fromhex(shown.fact(each)) for each in ("city factor F2", "province factor F1")]
    below = [bytes.fromhex("860099000000A1B2"), *tree]
    random, original = bytes.fromhex("9F4C21E07B3A58D6"), bytes(range(8))
    card = dualcos.card(name)
    for environment in [each for each in shown.facts["facts"] if each["name"].startswith("environment ")]:
        sm = environment["says"].startswith("SM4")
        card.power_on()
        hand = Hand(card)
        hand.ok(f"00A40400{len(environment['value']) // 2:02X}{environment['value']}")
        hand.ok("00A4040006D15600000590")
        used = 0
        for key in shown.facts["tree"]:
            for place in key["psam"]:
                kind = int(place["usage"], 16) & 0x1F
                if (
                    f"environment {place['environment']}" != environment["name"]
                    or kind not in (7, 8)
                    or (key["algorithm"] == "SM4") != sm
                ):
                    continue
                factors = below[: int(place["usage"], 16) >> 5]
                data = b"".join((*factors, random.ljust(16 if sm else 8, b"\0")))
                hand.ok(f"BFDE{place['usage']}{place['identifier']}{len(data):02X}{data.hex()}")
                block = original.ljust(16 if sm else 8, b"\0")
                got = bytes.fromhex(hand.ok(f"80FA0000{len(block):02X}{block.hex()}"))
                own = bytes.fromhex(key["tiers"][-1]["value"])
                for factor in reversed(factors):
                    own = foreign.child(own, factor, sm=sm)
                assert got == foreign.process_cipher(own, random, block, sm=sm), key["name"]
                used += 1
        assert used > 20
