"""A signed blacklist: what it is made of, that no byte of it can be changed, what is refused though it is signed."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import structs

from dualcos.messages.blacklist import (
    REASONS,
    Blacklist,
    BlacklistError,
    Reason,
    SignedBlacklist,
    moment_of,
    next_state,
    signed_blacklist,
    verified_blacklist,
)
from tests.blacklist_lists import CODES, KEY, NUMBERS, OTHER_KEY, card, line, named, numbers, says

DOMAIN = b"dualcos blacklist\n"
WHOLE = says(card(0), numbers("B00000000", "B00000999"))
INCREMENT = says(card(1, "03"), behind=WHOLE.state, off=(named(0),))


def resigned(content: bytes) -> bytes:
    """What a publisher with other software signs: any payload."""
    signed = content.removesuffix(b"}")
    return signed + b',"signature":"' + KEY.sign(DOMAIN + signed).hex().upper().encode() + b'"}'


def changed(said: Blacklist, *path: Any, value: Any) -> bytes:
    document = json.loads(msgspec.json.encode(said))
    here = document
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return resigned(json.dumps(document, ensure_ascii=False).encode())


def test_it_is_read_and_verified_with_nothing_of_ours():
    """One line of JSON; Ed25519 over its bytes before the signature, behind the domain."""
    content = line(WHOLE)
    document = json.loads(content)
    signed, _, _ = content.partition(b',"signature"')
    Ed25519PublicKey.from_public_bytes(KEY.public).verify(bytes.fromhex(document["signature"]), DOMAIN + signed)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(KEY.public).verify(bytes.fromhex(document["signature"]), signed)
    assert document["state"]["sequence"] == 1
    assert document["listed"] == [
        {"kind": "card", "identification": CODES[0], "number": NUMBERS[0], "reason": "02", "from": "20260101",
         "until": "20361231"},
        {"kind": "range", "first": "B00000000", "last": "B00000999", "reason": "99", "from": "20260101",
         "until": "20361231"},
    ]  # fmt: skip


@pytest.mark.parametrize("said", [WHOLE, INCREMENT])
def test_what_was_signed_comes_back(said):
    assert verified_blacklist(line(said), KEY.public) == said
    assert structs.asdict(msgspec.json.decode(line(said), type=SignedBlacklist)).items() >= structs.asdict(said).items()


def test_no_byte_can_be_changed_left_out_or_put_in():
    content = line(INCREMENT)
    for at in range(len(content)):
        spoilt = [content[:at] + bytes((content[at] ^ bit,)) + content[at + 1 :] for bit in (1, 0x20, 0x80)]
        for each in (*spoilt, content[:at], content[at + 1 :], content[:at] + b" " + content[at:]):
            with pytest.raises(BlacklistError):
                verified_blacklist(each, KEY.public)
    for behind in (b"\n", b" ", content):
        with pytest.raises(BlacklistError):
            verified_blacklist(content + behind, KEY.public)


def test_another_key_has_not_signed_it():
    with pytest.raises(BlacklistError, match="has not signed it"):
        verified_blacklist(line(WHOLE, OTHER_KEY), KEY.public)
    with pytest.raises(BlacklistError, match="has not signed it"):
        verified_blacklist(line(WHOLE), KEY.public[:-1])


REFUSED = {
    "a name": (changed(WHOLE, "listed", 0, "name", value="测试"), "has no field name"),
    "a social security number": (changed(WHOLE, "listed", 0, "AAC002", value="1" * 18), "has no field AAC002"),
    "a remark": (changed(WHOLE, "remark", value="r"), "has no field remark"),
    "a publisher who is a person": (changed(WHOLE, "publisher", value="张三"), r"\$\.publisher"),
    "no region": (changed(WHOLE, "regions", value=[]), r"\$\.regions"),
    "another form": (changed(WHOLE, "format", value=2), r"\$\.format"),
    "a card without its number": (changed(WHOLE, "listed", 0, "number", value=""), "number"),
    "half a code": (changed(WHOLE, "listed", 0, "identification", value=CODES[0][:16]), "32 hex digits"),
    "a small letter": (changed(WHOLE, "listed", 0, "identification", value=CODES[0].lower()), "32 hex digits"),
    "unlocked": (changed(WHOLE, "listed", 0, "reason", value="05"), "does not take '05'"),
    "no such day": (changed(WHOLE, "listed", 0, "until", value="20361301"), "until"),
    "an end before the beginning": (changed(WHOLE, "listed", 0, "until", value="20251231"), "end before its beginning"),
    "a range backwards": (changed(WHOLE, "listed", 1, "last", value="A99999999"), "end before its beginning"),
    "twice": (changed(WHOLE, "listed", value=[json.loads(msgspec.json.encode(card(0)))] * 2), "stands there twice"),
    "on and off": (
        changed(INCREMENT, "unlisted", 0, value=json.loads(msgspec.json.encode(named(1)))),
        "stands there twice",
    ),
    "a whole list that takes off": (
        changed(WHOLE, "unlisted", value=[json.loads(msgspec.json.encode(named(1)))]),
        "takes nothing off",
    ),
    "behind itself": (changed(INCREMENT, "follows", "sequence", value=2), "2 is not before 2"),
    "number 0": (changed(WHOLE, "state", "sequence", value=0), "at least 1"),
    "a day that no calendar has": (changed(WHOLE, "issued", value="20260230120000"), "no calendar has"),
    "a name twice": (
        resigned(msgspec.json.encode(WHOLE).replace(b'"publisher"', b'"publisher":"X","publisher"')),
        "publisher twice",
    ),
    "two lines": (resigned(msgspec.json.encode(WHOLE).replace(b',"state"', b',\n"state"')), "a line of JSON"),
    "no JSON": (resigned(b'{"format"}'), "not JSON"),
    "nested": (resigned(b'{"format":' + b"[" * 100_000), r"nested too deep|not JSON|format"),
    "no text": (resigned(msgspec.json.encode(WHOLE).replace(b"990000-TEST", b"\xff\xfe")), "JSON"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_though_it_is_signed(kind):
    content, said = REFUSED[kind]
    with pytest.raises(BlacklistError, match=said) as raised:
        verified_blacklist(content, KEY.public)
    assert "\n" not in str(raised.value)


def test_nothing_goes_out_that_nobody_would_take():
    for wrong in (
        structs.replace(WHOLE, listed=(card(0), card(0))),
        structs.replace(WHOLE, listed=(numbers("B", "A"),)),
        structs.replace(WHOLE, issued="2026"),
    ):
        with pytest.raises(BlacklistError):
            signed_blacklist(wrong, KEY)


def test_a_history_tells_whether_two_lists_came_the_same_way():
    one = next_state(None, [card(0)], [])
    assert next_state(None, [card(0)], []) == one
    assert next_state(None, [card(1)], []).history != one.history
    both = next_state(one, [card(1)], [])
    assert both.sequence == 2
    assert next_state(next_state(None, [card(1)], []), [card(0)], []).history != both.history
    assert next_state(one, [card(1)], [named(0)]).history != both.history
    other = next_state(None, [card(1)], [])
    assert next_state(one, [card(2)], []).history != next_state(other, [card(2)], []).history, "the same change to both"


def test_reasons_are_those_of_records():
    """05, unlocking, takes a card off the list."""
    assert set(get_args(Reason)) == set(REASONS) == {"01", "02", "03", "04", "06", "99"}
    assert all(each.zh and each.en.isascii() for each in REASONS.values())


@pytest.mark.parametrize(
    "text", ["", "20261129", "2026112912000", "20261329120000", "20260230120000", "２０２６1129120000"]
)
def test_no_moment(text):
    assert moment_of(text) is None


def test_moments_are_as_far_apart_as_they_are():
    one, other = moment_of("20260228235959"), moment_of("20260301000000")
    assert one is not None
    assert other is not None
    assert (other - one).total_seconds() == 1
