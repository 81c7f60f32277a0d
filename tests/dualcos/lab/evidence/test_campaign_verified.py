"""A campaign file in other hands: whatever is changed, cut off, put in or exchanged is found, named by its record."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from msgspec import structs

from dualcos.lab.evidence.campaign_file import CampaignFileError, chain_of
from dualcos.lab.evidence.signature import SignatureError, sign_campaign, signature_line, signed_line
from keys.custody.signing_key import SigningKey, key_fingerprint
from tests.honest_campaigns import (
    IDS,
    LABORATORY,
    at,
    campaign,
    chained,
    ended,
    in_reader,
    judged,
    near,
    signed,
    verified,
    what,
    whole,
    written,
)

KEY, OTHER = SigningKey.generated(), SigningKey.generated()
RECORDS = in_reader(KEY.public)
KINDS = [str(record.__struct_config__.tag) for record in RECORDS]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory) -> tuple[bytes, bytes]:
    """A campaign and its signature."""
    return signed(tmp_path_factory.mktemp("c") / "c.jsonl", RECORDS, KEY)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[bytes, bytes]:
    """The smallest that is whole: one vector, in process, nothing played."""
    one = judged(IDS[0], played=())
    return signed(tmp_path_factory.mktemp("s") / "s.jsonl", whole([one], public=KEY.public), KEY)


def test_what_is_whole_is_found_whole(evidence):
    for public in (None, KEY.public):
        judgement = verified(*evidence, public=public)
        assert (judgement.faults, judgement.remarks) == ((), ())
        assert judgement.key_known is (public is not None)
        assert judgement.signature is not None
        assert judgement.signature.public == KEY.public
        assert (judgement.signature.laboratory, judgement.signature.records) == (LABORATORY, len(RECORDS))
        assert judgement.campaign == RECORDS[0]
        assert judgement.totals == RECORDS[-1].totals


def test_the_signature_can_be_verified_with_nothing_but_ed25519(evidence):
    """As its description says: over the line up to ``,"signature"``, behind the domain."""
    _, signature = evidence
    says = json.loads(signature)
    head = signature[: signature.index(b',"signature":"')]
    KEY._key.public_key().verify(bytes.fromhex(says["signature"]), b"dualcos campaign signature\n" + head)
    content = evidence[0]
    assert (says["records"], says["bytes"], says["root"]) == (
        content.count(b"\n"),
        len(content),
        chain_of(content).root.hex(),
    )


# --- one byte --------------------------------------------------------------------------------------------------------


def test_two_hundred_changes_of_one_byte_are_found_and_named(evidence):
    content, signature = evidence
    drawn = random.Random(20261129)  # noqa: S311 - what to change
    ends = chain_of(content).ends
    found = 0
    for _ in range(200):
        place = drawn.randrange(len(content) + len(signature))
        both = bytearray(content + signature)
        both[place] ^= drawn.randrange(1, 256)
        judgement = verified(bytes(both[: len(content)]), bytes(both[len(content) :]))
        first = judgement.faults[0]
        if place >= len(content):
            assert (first.what, first.number) == ("signature", 0), place
        elif place == len(content) - 1:  # the last line has no end any more
            assert first.text.startswith(f"the file ends behind record {len(RECORDS) - 1}"), place
        else:
            number = next(at for at, end in enumerate(ends, 1) if place < end)
            assert (first.what, first.number) == ("altered", number), place
            assert first.kind in (KINDS[number - 1], "", *set(KINDS)), place
        found += 1
    assert found == 200


def test_every_byte_of_a_line_counts(small):
    """Of its frame too, which no digest covers."""
    content, signature = small
    start, end = chain_of(content).ends[:2]
    for place in range(start, end - 1):
        changed = bytearray(content)
        changed[place] ^= 0x20
        first = verified(bytes(changed), signature).faults[0]
        assert (first.what, first.number) == ("altered", 2), place


def test_every_byte_of_the_signature_counts(small):
    content, signature = small
    for place in range(len(signature)):
        changed = bytearray(signature)
        changed[place] ^= 0x20  # of a letter the other case: of hex the same number
        assert what(verified(content, bytes(changed)))[:1] == ["signature"], place
    for other in (signature + b"\n", b" " + signature, signature[:-1], signature.replace(b",", b", ", 1), b""):
        assert what(verified(content, other))[:1] == ["signature"]


def test_the_kind_of_a_changed_record_is_told_where_it_can_be_read(evidence):
    content, signature = evidence
    changed = content.replace(IDS[2].encode(), b"TEST-X-1")
    first = verified(changed, signature).faults[0]
    assert str(first) == "record 8 (begun of TEST-X-1): altered: it is not what was written here"
    first = verified(content.replace(b'"record":"begun"', b'"record":"bEgun"'), signature).faults[0]
    assert (first.number, first.kind, first.id) == (3, "", IDS[0])
    first = verified(content.replace(b'"id":"TEST-A-1"', b'"id":"TEST\xffA-1"'), signature).faults[0]
    assert (first.number, first.kind, first.id) == (3, "begun", "")


# --- lengths ---------------------------------------------------------------------------------------------------------


def test_every_shorter_file_is_found(small):
    content, signature = small
    assert verified(content, signature).faults == ()
    ends = (0, *chain_of(content).ends)
    for length in range(len(content)):
        judgement = verified(content[:length], signature)
        number = sum(end <= length for end in ends[1:])
        torn = f", in the middle of record {number + 1}" if length not in ends else ""
        told = f"the file ends behind record {number}{torn}; signed are 4"
        assert [(each.what, each.text) for each in judgement.faults] == [("cut off", told)], length


def test_every_shorter_signature_is_found(small):
    content, signature = small
    for length in range(len(signature)):
        assert what(verified(content, signature[:length])) == ["signature"], length


def test_a_big_file_cut_off_anywhere_is_found(tmp_path):
    verdicts = [judged(f"TEST-{number:04}") for number in range(600)]
    content, signature = signed(tmp_path / "c.jsonl", whole(verdicts, public=KEY.public), KEY)
    assert verified(content, signature).faults == ()
    drawn = random.Random(7)  # noqa: S311 - where to cut
    for length in (*(drawn.randrange(len(content)) for _ in range(8)), len(content) - 1):
        assert what(verified(content[:length], signature)) == ["cut off"]


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        (b"x", "behind record 16 are 1 bytes that are no whole record, and not signed"),
        (b"\n", "not signed, and it is no line of a campaign file"),
        (b"{}\n", "not signed, and it is no line of a campaign file"),
    ],
)
def test_what_was_put_behind_the_signed_records_is_found(evidence, tail, said):
    content, signature = evidence
    judgement = verified(content + tail, signature)
    assert (judgement.faults[0].what, judgement.faults[0].text) == ("appended", said)
    assert judgement.faults[0].number in (0, len(RECORDS) + 1)


def test_records_behind_the_signed_ones_are_found_though_they_are_chained(evidence):
    _, signature = evidence
    more = [judged(IDS[1], 30), ended([judged(each) for each in IDS], second=31)]
    first = verified(chained([*RECORDS, *more]), signature).faults[0]
    assert (first.number, first.kind) == (len(RECORDS) + 1, "verdict")
    tail = chained([*RECORDS, judged("TEST-D-1", 30)])[len(chained(RECORDS)) :]
    judgement = verified(evidence[0] + tail, signature)
    assert "appended" in what(judgement)


def test_a_campaign_that_went_on_is_signed_up_to_where_it_was(tmp_path, evidence):
    content, signature = signed(tmp_path / "c.jsonl", RECORDS[:10], KEY)
    assert what(verified(content, signature)) == ["unfinished"]
    first = verified(evidence[0], signature).faults[0]
    assert str(first) == ("record 11 (session): not signed, nor what is behind it: the signature ends with record 10")


# --- whole records ---------------------------------------------------------------------------------------------------


def lines_of(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def test_records_exchanged_removed_and_repeated_are_found(evidence):
    content, signature = evidence
    lines = lines_of(content)
    for number, _ in enumerate(pairwise(lines), 1):
        changed = [*lines]
        changed[number - 1 : number + 1] = reversed(changed[number - 1 : number + 1])
        assert verified(b"".join(changed), signature).faults[0].number == number
    for number in range(1, len(lines)):
        changed = lines[: number - 1] + lines[number:]
        assert verified(b"".join(changed), signature).faults[0].number == number
        changed = lines[:number] + lines[number - 1 :]
        assert verified(b"".join(changed), signature).faults[0].number == number + 1
    assert what(verified(b"".join(lines[:-1]), signature)) == ["cut off"]
    assert what(verified(b"".join([*lines, lines[-1]]), signature)) == ["appended"]


def test_a_change_that_was_chained_anew_without_the_key_is_found(evidence):
    """Every record in turn: its moment is another; and a failure made a pass, with the totals that go with it."""
    _, signature = evidence
    for place, record in enumerate(RECORDS):
        changed = [*RECORDS]
        changed[place] = structs.replace(record, at=at(59))
        judgement = verified(chained(changed), signature)
        assert {"signature", "altered"} & set(what(judgement)), place
    verdicts = [
        structs.replace(each, verdict="pass") if getattr(each, "verdict", "") == "fail" else each for each in RECORDS
    ]
    counted = [each for each in verdicts if hasattr(each, "verdict")]
    for place, record in enumerate(verdicts):
        if hasattr(record, "totals"):
            before = [each for each in verdicts[:place] if each in counted]
            verdicts[place] = ended(before, why=record.why, second=20)
    judgement = verified(chained(verdicts), signature)
    assert [str(each) for each in judgement.faults] == [
        "not what was signed: records 2 to 16 end otherwise, so some were changed and chained anew"
    ]


def test_a_signature_of_another_file_is_told_so(evidence, tmp_path):
    content, _ = evidence
    _, other = signed(tmp_path / "o.jsonl", [structs.replace(RECORDS[0], seed="other"), *RECORDS[1:]], KEY)
    judgement = verified(content, other)
    assert [str(each) for each in judgement.faults] == [
        "the signature is of another campaign, or this one was begun anew behind it"
    ]
    _, short = signed(tmp_path / "s.jsonl", [structs.replace(RECORDS[0], seed="other")], KEY)
    assert what(verified(content, short))[0] == "signature"


# --- keys ------------------------------------------------------------------------------------------------------------


def with_key(key: SigningKey) -> list[Any]:
    return [structs.replace(RECORDS[0], public_key=key.public.hex().upper()), *RECORDS[1:]]


def signing(content: bytes, key: SigningKey, **changes: Any) -> bytes:
    """What whoever has ``key`` can sign under a campaign, right or with ``changes``."""
    chain = chain_of(content)
    says = {
        "format": 1,
        "records": len(chain.records),
        "bytes": len(content),
        "campaign": chain.links[0].hex(),
        "root": chain.root.hex(),
        "laboratory": LABORATORY,
        "public_key": key.public.hex().upper(),
        "at": at(99),
    }
    head = msgspec.json.encode(says | changes)[:-1]
    signature = key.sign(b"dualcos campaign signature\n" + head).hex().upper().encode()
    return head + b',"signature":"' + signature + b'"}\n'


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"records": len(RECORDS) - 1}, ["altered"]),
        ({"records": len(RECORDS) + 1}, ["cut off"]),
        ({"bytes": len(chained(RECORDS)) - 1}, ["altered"]),
        ({"bytes": len(chained(RECORDS)) + 1}, ["altered"]),
        ({"root": near(chain_of(chained(RECORDS)).root.hex())}, ["altered"]),
        ({"campaign": near(chain_of(chained(RECORDS)).links[0].hex())}, ["signature"]),
        ({"laboratory": LABORATORY[:-1]}, ["signature"]),
        ({"laboratory": near(LABORATORY)}, ["signature"]),
        ({"public_key": near(KEY.public.hex().upper())}, ["signature"]),
    ],
)
def test_whoever_has_the_key_signs_what_is_there_or_is_found(changed, found):
    content = chained(RECORDS)
    assert what(verified(content, signing(content, KEY, **changed))) == found


def test_a_key_is_the_one_that_was_given_to_the_last_byte(evidence):
    nearly = KEY.public[:-1] + bytes((KEY.public[-1] ^ 1,))
    for public in (nearly, KEY.public[:-1], KEY.public + b"\0"):
        assert what(verified(*evidence, public=public)) == ["key", "key"]
    records = [structs.replace(RECORDS[0], public_key=nearly.hex().upper()), *RECORDS[1:]]
    content = chained(records)
    assert what(verified(content, signing(content, KEY))) == ["key"]
    assert what(verified(content, signing(content, KEY), public=KEY.public)) == ["key", "key"]


def test_another_key_over_the_same_campaign_is_found_with_the_key_and_without(evidence):
    content, _ = evidence
    again = signing(content, OTHER)
    assert signed_line(again).fits
    mine, theirs = key_fingerprint(KEY.public), key_fingerprint(OTHER.public)
    assert [str(each) for each in verified(content, again).faults] == [
        f"it was signed with the key {theirs}, and began with the key {mine} to sign it"
    ]
    faults = verified(content, again, public=KEY.public).faults
    assert [each.what for each in faults] == ["key", "key"]
    assert str(faults[0]) == f"it was signed with the key {theirs}, and the key {mine} was given"


def test_a_campaign_made_over_for_another_key_is_found_by_who_knows_the_key(tmp_path):
    content, signature = signed(tmp_path / "c.jsonl", with_key(OTHER), OTHER)
    judgement = verified(content, signature)
    assert judgement.faults == ()
    assert judgement.signature is not None
    assert (judgement.signature.public, judgement.key_known) == (OTHER.public, False)
    assert what(verified(content, signature, public=KEY.public)) == ["key", "key"]
    assert verified(content, signature, public=OTHER.public).faults == ()


def test_a_signature_that_names_a_key_which_did_not_sign(evidence):
    content, signature = evidence
    named = signature.replace(KEY.public.hex().upper().encode(), OTHER.public.hex().upper().encode())
    assert what(verified(content, named))[0] == "signature"


def test_a_campaign_that_began_without_a_key_is_not_signed_later():
    content = chained(in_reader())
    assert [str(each) for each in verified(content, signing(content, KEY)).faults] == [
        f"it was signed with the key {key_fingerprint(KEY.public)}, and began without a key"
    ]


def test_an_unsigned_campaign(tmp_path, evidence):
    content, _ = evidence
    fault = f"it is not signed; it began with the key {key_fingerprint(KEY.public)} to sign it"
    assert [str(each) for each in verified(content, None).faults] == [fault]
    plain = written(tmp_path / "p.jsonl", in_reader()).read_bytes()
    assert [str(each) for each in verified(plain, None).faults] == ["it is not signed"]
    assert [str(each) for each in verified(plain, None, public=KEY.public).faults] == ["it is not signed"]
    assert what(verified(content, None, public=OTHER.public)) == ["unsigned", "key"]
    changed = verified(content.replace(b"TEST-A-1", b"TEST-X-1"), None)
    assert [(each.what, each.number) for each in changed.faults] == [("altered", 3), ("unsigned", 0)]
    assert what(verified(content[:-3], None)) == ["cut off", "unsigned"]


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (RECORDS[:1], "unfinished: 5 of 5 vectors wait; the last session has no end"),
        (RECORDS[:5], "unfinished: 4 of 5 vectors wait; the last session has no end"),
        (RECORDS[:10], "unfinished: 2 of 5 vectors wait; the last session ended: reader gone"),
        (RECORDS[:15], "unfinished: 0 of 5 vectors wait; the last session has no end"),
    ],
)
def test_an_unfinished_campaign(tmp_path, records, said):
    assert [str(each) for each in verified(*signed(tmp_path / "c.jsonl", records, KEY)).faults] == [said]


# --- what is no evidence at all --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "it is empty"), (b"root:x:0:0\n", "it is no campaign file"), (b"\xff" * 9, "no campaign")],
)
def test_what_never_was_a_campaign_file(content, said):
    with pytest.raises(CampaignFileError, match=said):
        verified(content, None)


def test_a_file_that_is_emptied_or_exchanged_under_its_signature_is_found(evidence):
    _, signature = evidence
    assert what(verified(b"", signature)) == ["cut off"]
    assert [(each.what, each.number) for each in verified(b"root:x:0:0\n", signature).faults] == [("altered", 1)]


def test_a_clock_that_went_back_is_told_and_no_fault(tmp_path):
    records = [*RECORDS[:3], structs.replace(RECORDS[3], at=at(1)), *RECORDS[4:]]
    judgement = verified(*signed(tmp_path / "c.jsonl", records, KEY))
    assert (judgement.faults, judgement.remarks) == ((), ("the clock went back before record 4",))
    path = written(tmp_path / "d.jsonl", RECORDS)
    beside = sign_campaign(path, KEY, at(3))
    judgement = verified(path.read_bytes(), beside.read_bytes())
    assert judgement.remarks == ("by its clock it was signed before the last record was written",)


def test_answers_that_have_expired_since_are_told_and_no_fault(evidence):
    """They were worth something when the vector was judged."""
    assert verified(*evidence, now=datetime(2026, 11, 29, 8, 50, tzinfo=UTC)).remarks == ()
    judgement = verified(*evidence, now=datetime(2026, 11, 29, 8, 50, 1, tzinfo=UTC))
    assert judgement.faults == ()
    assert judgement.remarks == ("operators' answers have expired; worth nothing: 1 verdicts, the first of TEST-C-1",)


# --- signing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "key", "said"),
    [
        (b"", KEY, "there is nothing to sign"),
        (chained(RECORDS[1:]), KEY, "there is nothing to sign"),
        (chained(RECORDS) + b"x", KEY, "its last 1 bytes are no whole record"),
        (chained(RECORDS), OTHER, f"began with the key {key_fingerprint(KEY.public)} to sign it, and this is"),
        (chained(in_reader()), KEY, "began with the key none to sign it"),
        (chained([campaign(public=KEY.public[:-1] + bytes((KEY.public[-1] ^ 1,)))]), KEY, "and this is"),
    ],
    ids=["nothing", "no first record", "torn", "another key", "no key", "nearly the key"],
)
def test_what_is_not_signed(content, key, said):
    with pytest.raises(SignatureError, match=said):
        signature_line(chain_of(content), key, at(1))


def test_what_is_signed_lies_on_the_disk_and_an_older_signature_gives_way(tmp_path):
    path = written(tmp_path / "c.jsonl", RECORDS[:10])
    first = sign_campaign(path, KEY, at(50)).read_bytes()
    written(path, RECORDS)
    beside = sign_campaign(path, KEY, at(51))
    assert beside == tmp_path / "c.jsonl.sig"
    assert first != beside.read_bytes()
    assert verified(path.read_bytes(), beside.read_bytes()).faults == ()
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(SignatureError, match=r"c\.jsonl: its last"):
        sign_campaign(path, KEY, at(52))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda line: line.replace(b'"format":1', b'"format":2'), "format"),
        (lambda line: line.replace(b'"records":16', b'"records":0'), "records"),
        (lambda line: line.replace(b'"records":16', b'"records":16,"records":16'), "it has records twice"),
        (lambda line: line.replace(b'"records":16,', b""), "lacks the field records"),
        (lambda line: line.replace(b'"records":16', b'"more":1,"records":16'), "has no field more"),
        (lambda line: line.lower(), "no line of a campaign's signature"),
        (lambda line: line[:-3] + b"}\n", "no line of a campaign's signature"),
        (lambda line: line + line, "has no field signature"),
    ],
)
def test_a_signature_of_another_form(evidence, change, said):
    with pytest.raises(SignatureError, match=said):
        signed_line(change(evidence[1]))
