"""Mistakes of a bank's and a certificate side's hosts as a trace says them; and what is looked for where something is
enciphered, of which nothing may be told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from bank_host_scenes import (
    BORN,
    CURRENT_PIN,
    NEW_PIN,
    SCENES,
    SCRIPT_PIN,
    SKELETON,
    STORE,
    Desk,
    Making,
    Scene,
    at_the_refusal,
    born,
    explaining,
    host_inside,
    new_pin,
    online,
    opened,
    profile_called,
    session_of,
    speaks,
    stored,
    turned_round,
)

from apdu.command import CommandAPDU
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.bank_channel import GroupOrder
from dualcos.dialogue.driver import Dialogue, apdu, send
from dualcos.dialogue.iso_commands import challenge
from dualcos.dialogue.making import select
from dualcos.dialogue.pki import USER, pin_key
from dualcos.explain import explainer
from dualcos.explain.diagnosis.bank_transaction import SessionRule, transaction_key
from dualcos.explain.diagnosis.computation import NONE_FITS, Computation, Situation
from dualcos.explain.diagnosis.finding import Diagnosis, KeyName
from dualcos.explain.diagnosis.laboratory_view import LaboratoryView, SeenKey
from dualcos.explain.diagnosis.new_offline_pin import NEW_OFFLINE_PIN
from dualcos.explain.diagnosis.sealed_groups import SEALED_GROUP
from dualcos.explain.finding_texts import finding_text
from dualcos.profile.bank_order import bank_card, bank_order, card_keys, sm_key_service
from dualcos.profile.schema import Profile
from firewall.trace import Reason
from keys.algorithms import DES, SM4, TDES, xor
from keys.bank_cryptography import encipher, pin_block, pin_change_data, session_key
from keys.card_key_store import KeyRef
from keys.cps_channel import encipher_dgi
from keys.key_handle import KeyHandle
from keys.key_wrapping import master_authentication

# --- what is enciphered: structure speaks -----------------------------------------------------------------------------


class Sealed(NamedTuple):
    """An honest dialogue whose last command of ``ins`` brings something enciphered."""

    name: str
    computation: Computation
    scene: Scene
    about: dict[str, Any]
    least: int


ENC, ENC_SM, FID = KeyRef(0x23, 0, 0), KeyRef(0x23, 0, 1), 0xDFB1
SEALED = (
    Sealed("new PIN", NEW_OFFLINE_PIN, Scene("", "bank-only", SCRIPT_PIN, new_pin), {"ref": ENC}, 32),
    Sealed(
        "new PIN with the current one",
        NEW_OFFLINE_PIN,
        Scene("", "bank-only", SCRIPT_PIN, lambda p: new_pin(p, CURRENT_PIN)),
        {"ref": ENC},
        32,
    ),
    Sealed(
        "new PIN, SM4",
        NEW_OFFLINE_PIN,
        Scene("", "pboc-sm", SCRIPT_PIN, lambda p: new_pin(p, sm=True)),
        {"ref": ENC_SM},
        32,
    ),
    Sealed(
        "PIN group",
        SEALED_GROUP,
        Scene("", "bank-only", STORE, lambda p: stored(p, 1, 0x8010), made=SKELETON),
        {"group": 0x8010},
        32,
    ),
    Sealed(
        "private key part",
        SEALED_GROUP,
        Scene("", "bank-only", STORE, lambda p: stored(p, 3, 0x8204), made=SKELETON),
        {"group": 0x8204},
        8,
    ),
)


@pytest.mark.parametrize("sealed", SEALED, ids=lambda each: each.name)
def test_what_is_enciphered_has_the_structure_that_is_looked_for(sealed, monkeypatch):
    """The command is accepted: the inputs are those that a refusal would lead to."""
    at, _ = turned_round(sealed.scene)
    bits: list[int | Exception] = []
    desk = Desk(sealed.scene)

    def hears(situation: Situation) -> tuple[Diagnosis, ...]:
        if len(desk.commands) == at + 1:
            asked = situation._replace(reasons=(Reason("", next(iter(sealed.computation.whys)), "", sealed.about),))
            try:
                gathered = sealed.computation.gather(asked)
                bits.append(sealed.computation.agreeing(gathered.values, gathered.came))
            except Exception as error:  # as above
                bits.append(error)
        return ()

    monkeypatch.setattr(explainer, "findings", hears)
    desk.hold(sealed.scene.dialogue(profile_called(sealed.scene.profile)))
    assert len(bits) == 1
    assert bits[0] >= sealed.least


# --- by the whole way: a card refuses, a trace says why ---------------------------------------------------------------


def changed_pin(profile: Profile, p2: int, made: Callable[[KeyHandle], bytes], *, sm: bool = False) -> Dialogue[Any]:
    """PIN CHANGE with D as ``made`` from the card's ENC key has it; frame, encipherment and MAC are right."""
    session = session_of(profile, sm=sm)
    yield from online(session)
    triple = sm_key_service(profile).card_keys(bank_card(profile)) if sm else card_keys(profile)
    cipher = encipher(session_key(triple.enc, session.first.atc), made(triple.enc))
    return (yield from session.script(f"842400{p2:02X}", cipher))


def unmasked(_: KeyHandle) -> bytes:
    return pin_block(NEW_PIN, 0)


def of_verify(key: KeyHandle) -> bytes:
    return key.with_pin_mask(pin_block(NEW_PIN, 2))


def current_left_out(key: KeyHandle) -> bytes:
    return pin_change_data(key, NEW_PIN)


def with_current(key: KeyHandle) -> bytes:
    return pin_change_data(key, NEW_PIN, "582931")


def other_bytes(key: KeyHandle) -> bytes:
    """The mask of another place of the key: what lies there is moved to where a mask is taken from."""
    moved = KeyHandle(key.algorithm, value_of(key)[4:] + value_of(key)[:4])
    return moved.with_pin_mask(pin_block(NEW_PIN, 0))


def value_of(key: KeyHandle) -> bytes:
    opener = KeyHandle(TDES, bytes(range(16)))
    return opener.decrypt(opener.wrap(key))


def without_parity(profile: Profile) -> Dialogue[Any]:
    factor = bytes.fromhex((bank_card(profile).pan + bank_card(profile).psn)[-16:])
    master = KeyHandle(TDES, profile.bank_key("enc"))
    raw = master.derive(factor + xor(factor, b"\xff" * 8))
    return changed_pin(profile, 2, lambda _: raw.with_pin_mask(pin_block(NEW_PIN, 0)))


def script_with_mac_of(profile: Profile, length: int, lc: int) -> Dialogue[Any]:
    """PUT DATA with so much of a MAC block, made for another Lc."""
    session = session_of(profile)
    yield from online(session)
    context = card_keys(profile).script(session.first.atc, session.first.ac)
    text = bytes.fromhex("04DA9F58") + bytes((lc,)) + context.atc + context.ac + b"\x05"
    mac = context.session_mac.mac_block(text + b"\x80" + bytes(-len(text) % 8 - 1 & 7))[:length]
    return (yield from session.send(apdu("04DA9F58", b"\x05" + mac)))


def proof_in_social_form(profile: Profile) -> Dialogue[Any]:
    yield from send(select(PSE.name))
    random = yield from challenge(8)
    master = bank_order(profile, profile.pse).first
    return (yield from send(apdu("00820000", master_authentication(master, random))))


def sealed_group(profile: Profile, number: int, value: bytes, p1: int = 0x60, *, clear: bool = False) -> Dialogue[Any]:
    channel = yield from opened(profile)
    sealed = value if clear else encipher_dgi(channel.keys, value)
    for piece in GroupOrder(number, sealed).pieces():
        yield from channel.store(p1, piece)


def wrong_pki_pin() -> Dialogue[Any]:
    host = yield from host_inside()
    return (yield from host.verify(USER, pin_key(bytes.fromhex("13579135"))))


class Play(NamedTuple):
    """A dialogue whose last command is wrong, and the finding that comes first."""

    name: str
    dialogue: Making
    kind: str
    certainty: str = "certain"
    profile: str = "bank-only"
    made: str = ""


PIN = bytes.fromhex("26531970FFFFFFFF")
PADDED_KEYS, PRIME, PART = bytes(range(48)) + b"\x80" + bytes(7), (2**607 - 1).to_bytes(80, "big"), b"\x41" * 63
PLAYS = (
    Play("mask left out", lambda p: changed_pin(p, 2, unmasked), "pin-mask.missing"),
    Play("mask left out, SM4", lambda p: changed_pin(p, 2, unmasked, sm=True), "pin-mask.missing", profile="pboc-sm"),
    Play("mask of other bytes", lambda p: changed_pin(p, 2, other_bytes), "pin-mask.other-bytes"),
    Play("mask without parity", without_parity, "key.without-parity"),
    Play("block of VERIFY", lambda p: changed_pin(p, 2, of_verify), "pin-block.control-nibble"),
    Play("no current PIN", lambda p: changed_pin(p, 1, current_left_out), "current-pin.missing"),
    Play("another current PIN", lambda p: changed_pin(p, 1, with_current), "current-pin.another", "likely"),
    Play("current PIN too much", lambda p: changed_pin(p, 2, with_current), "current-pin.superfluous", "likely"),
    Play("MAC of 8 bytes", lambda p: script_with_mac_of(p, 8, 9), "mac.eight-bytes"),
    Play("MAC of 8 bytes, Lc for 4", lambda p: script_with_mac_of(p, 8, 5), "mac.eight-bytes"),
    Play("MAC of 3 bytes", lambda p: script_with_mac_of(p, 3, 4), "mac.three-bytes", "likely"),
    Play("social form", proof_in_social_form, "proof.social-form", made=BORN),
    Play("keys padded", lambda p: sealed_group(p, 0x8000, PADDED_KEYS), "padding.superfluous", made=SKELETON),
    Play("prime not padded", lambda p: sealed_group(p, 0x8205, PRIME), "padding.none", made=SKELETON),
    Play(
        "part in clear", lambda p: sealed_group(p, 0x8205, PART, clear=True), "cipher.in-clear", "likely", made=SKELETON
    ),
    Play("P1 of open groups", lambda p: sealed_group(p, 0x8010, PIN, p1=0), "group.plain-p1", made=SKELETON),
    Play(
        "secret group in clear",
        lambda p: sealed_group(p, 0x8010, PIN, p1=0, clear=True),
        "cipher.in-clear",
        "likely",
        made=SKELETON,
    ),
    Play("another PIN", lambda _: wrong_pki_pin(), NONE_FITS, "note", "social-3.0-pki"),
)


PROVOKED = frozenset(play.kind for play in PLAYS)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
def test_a_trace_says_it(play):
    desk = Desk(Scene(play.name, play.profile, 0, play.dialogue, made=play.made))
    desk.hold(play.dialogue(profile_called(play.profile)))
    *before, last = desk.exchanges
    assert [each.findings for each in before if each.findings] == []
    assert not last.sw.is_success
    assert [(found.kind, found.certainty.value) for found in last.findings][:1] == [(play.kind, play.certainty)]
    speaks(last.findings[0])


def test_a_wrong_pin_is_told_nothing_of():
    """Neither the key's check value, by which the PINs could be counted through, nor whether the hash was right."""
    desk = Desk(Scene("", "social-3.0-pki", 0x20, lambda _: wrong_pki_pin()))
    desk.hold(wrong_pki_pin())
    (found,) = desk.exchanges[-1].findings
    told = {each.name: each.value for each in found.about["inputs"]}
    assert told["key"] == KeyName("PKI/DF01", 1, 1, 0, "SM4", "")
    assert set(told) == {"key", "random number"}
    assert "KCV" not in finding_text(found)


def test_the_manager_pins_key_has_no_check_value_in_a_reason():
    def wrong() -> Dialogue[Any]:
        host = yield from host_inside()
        return (yield from host.change_pin(pin_key(bytes.fromhex("13579135")), bytes.fromhex("86420975")))

    desk = Desk(Scene("", "social-3.0-pki", 0x5E, lambda _: wrong()))
    desk.hold(wrong())
    (reason,) = desk.exchanges[-1].reasons
    assert reason.why == "wrong MAC"
    assert reason.about["key"] == "the manager PIN's key"
    assert [found.kind for found in desk.exchanges[-1].findings] == [NONE_FITS]


def test_a_key_that_was_replaced_since_is_not_looked_at(monkeypatch):
    def look(refused: Situation, _: CommandAPDU) -> None:
        told = refused.reason._replace(about={**refused.reason.about, "key": "<3DES key, KCV 000000>"})
        assert explaining(refused).gather(refused._replace(reasons=(told,))) is None

    at_the_refusal(SCENES[5], monkeypatch, look)


def test_one_half_of_a_key_makes_a_session_key_of_two():
    """Single DES over 16 bytes is what a host with half a key has then."""
    name = KeyName("PSE/ADF", 0x21, 0, 0, "DES", "")
    half = SeenKey(name, DES, bytes(range(8)))
    assert transaction_key(half, 1, SessionRule.OF_ATC).algorithm is TDES
    assert transaction_key(half, 1, SessionRule.KEY_ITSELF).algorithm is DES


def test_the_cipher_of_an_applications_keys_is_the_one_its_data_name():
    """9F10 of the one set that is there ends in 04: its keys are SM4 keys, whatever stood in their headers."""
    card, _, snapshot = born("bank-only", "")
    card.restore(snapshot)
    cells = card.dump()
    (cell,) = (each for each in cells["pse"] if each.startswith(b"G") and each.endswith(b"\x92\x00"))
    changed = {**cells["pse"], cell: cells["pse"][cell][:-1] + b"\x04"}
    view = LaboratoryView(lambda: {"pse": changed}, test=True)
    ciphers = {each.key.name.kind: each.key.algorithm for each in view.card_keys() if each.directory == FID}
    assert ciphers == {0x21: SM4, 0x22: SM4, 0x23: SM4}
