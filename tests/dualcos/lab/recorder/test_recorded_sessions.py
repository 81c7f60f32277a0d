"""A record becomes a draft vector, and that plays green on the same card: fifty sessions of fifty, and some more.

* What was sent is sent, what came is expected, each byte.
* So it is where nobody knows the seed, as of a card in a reader: what the card drew stands in its answers.
* No key is in a record, in the draft or in the capture file of it, unless the record is asked to keep it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from dualcos.explain import RawExchange, RawSilence
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_replay import ReplayVerdict, replay
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorVerdict
from dualcos.lab.conformance.template_functions import HostHand, fill
from dualcos.lab.properties.profile_specimens import Tally, make
from dualcos.lab.properties.secrecy_and_robustness import leaks, secrets_of
from dualcos.lab.recorder.capture_of_trace import capture
from dualcos.lab.recorder.draft_played import as_text, played
from dualcos.lab.recorder.draft_step import NoDraft
from dualcos.lab.recorder.draft_unit import DraftVector
from dualcos.lab.recorder.draft_vector import drafted
from dualcos.lab.recorder.live_draft import live
from dualcos.profile.schema import load
from tests.dualcos.lab.recorder.captured_packets import packets
from tests.dualcos.lab.recorder.recorded_sessions import (
    SESSIONS,
    RecordedSession,
    card_as_issued,
    card_of,
    record_of,
    text_of,
)

BENCH, FILE = Bench(), Path("draft.json")
NO_EXPRESSION = {
    "update, enciphered", "reload", "reload, SM4", "load", "load, binary, SM4", "settlement", "settlement, binary",
    "CHANGE KEY, SM4", "PKI manager PIN changed",
}  # fmt: skip
"""What a host computed in these of a number that the card drew, no draft computes anew: enciphered data, keys, and
messages of the medical account.
"""
sessions = pytest.mark.parametrize("session", SESSIONS, ids=lambda each: f"{each.name}, {each.profile}")


@cache
def draft_of(session: RecordedSession) -> DraftVector:
    return drafted(record_of(session).lines, card_of(session))


def exchanges(session: RecordedSession) -> list[RawExchange]:
    return [one.record for one in record_of(session).lines if isinstance(one.record, RawExchange)]


def test_there_are_fifty_of_many_kinds():
    assert len(SESSIONS) >= 50
    assert len({each.name for each in SESSIONS}) == len(SESSIONS)
    assert len({each.profile for each in SESSIONS}) >= 12
    words = {record.answer[-2:-1].hex() for session in SESSIONS for record in exchanges(session)}
    assert words >= {"90", "61", "6c", "63", "69", "6a", "6d", "6e", "67"}


@sessions
def test_a_draft_plays_green_on_the_card(session):
    result = played(as_text(draft_of(session).content), FILE, BENCH)
    assert result.verdict is VectorVerdict.PASS, (result.where, result.text)


@sessions
def test_a_draft_holds_all_that_passed(session):
    """Every command in order; every answer, as far as the record shows it."""
    hand, steps = HostHand(load(session.profile, settings=session.settings)), draft_of(session).content["vectors"][0]
    judged = [step for step in steps["steps"] if "send" in step and "cut" not in step]
    seen = exchanges(session)
    assert len(judged) == len(seen)
    known: dict[str, bytes] = {}
    for step, record in zip(judged, seen, strict=True):
        sent = fill(step["send"], known, hand)
        shown = [at for at in range(len(sent)) if not any(start <= at < end for start, end in record.hidden)]
        assert [sent[at] for at in shown] == [record.command[at] for at in shown]
        assert len(sent) == len(record.command)
        expected = step["expect"] if isinstance(step["expect"], str) else " ".join(step["expect"][0].values())
        answer = expected.replace("{challenge=", "").replace("}", "").strip()
        masked = f"[{record.answer_hidden}]" if record.answer_hidden else ""
        data = masked + record.answer[:-2].hex().upper()
        assert answer == f"{record.answer[-2:].hex().upper()} {data}".strip()
        if record.command[1:2] == b"\x84" and record.answer[-2:] == b"\x90\x00":
            known["challenge"] = record.answer[:-2]


@sessions
def test_without_the_seed_the_answers_say_what_was_drawn(session):
    told = draft_of(session).content
    if "random" in told["vectors"][0]:
        assert drafted(record_of(session).lines, card_of(session)._replace(seed=None)).content == told


@sessions
def test_for_another_card_random_numbers_are_kept_and_proofs_computed(session):
    """What has no expression is found out, as the card draws something else now."""
    draft = draft_of(session)
    if any("cut" in step.fields or len(step.sent) < 4 for step in draft.steps if "send" in step.fields):
        with pytest.raises(NoDraft, match=r"which no reader (does|passes on)"):
            live(draft, card_of(session).profile)
        return
    content = live(draft, card_of(session).profile).content
    assert "random" not in content["vectors"][0]
    passed = played(as_text(content), FILE, BENCH).verdict is VectorVerdict.PASS
    assert passed is (session.name not in NO_EXPRESSION)


@sessions
def test_a_record_is_replayed(session):
    """As `dualcos replay` does: what is not masked is answered again as it was."""
    if session.cut_at is not None:
        return
    seen = list(replay(record_of(session).lines, card_as_issued(session), random_differs=False))
    masked = any(each.verdict is ReplayVerdict.SKIPPED for each in seen)
    assert masked or all(each.verdict is ReplayVerdict.SAME for each in seen)


@cache
def secrets(profile: str) -> tuple[bytes, ...]:
    return secrets_of(make(load(profile), 0, Tally()))


def test_no_key_is_in_anything_that_is_made_of_a_record():
    """PINs stand in three bytes, which random numbers may have, too: the next two tests, place by place."""
    masked = [session for session in SESSIONS if not session.unsafe]
    for profile in sorted({each.profile for each in masked}):
        mine = [each for each in masked if each.profile == profile]
        drafts = [as_text(draft_of(each).content).encode() for each in mine]
        texts = ["\n".join(text_of(each)).encode() for each in mine]
        captures = [b"".join(capture(record_of(each))) for each in mine]
        assert not list(leaks([*drafts, *texts, *captures], secrets(profile))), profile


def test_what_is_secret_is_zeros_in_every_capture():
    """Of masked records and unsafe ones: in each command, at each place."""
    places = 0
    for session in SESSIONS:
        masking = SecretMasking()
        sent = [each.data for each in packets(b"".join(capture(record_of(session)))) if each.sender == ">"]
        masked = [masking.masked(one.record) for one in record_of(session).lines]
        told = [each for each in masked if isinstance(each, RawExchange | RawSilence) and each.command]
        assert len(sent) == len(told)
        for data, record in zip(sent, told, strict=True):
            assert all(not any(data[start:end]) for start, end in record.hidden)
            assert data == record.command
            places += len(record.hidden)
    assert places > 30


def test_a_draft_of_an_unsafe_record_says_that_it_is_unsafe():
    for session in SESSIONS:
        draft = draft_of(session)
        assert draft.secret is session.unsafe
        assert ("UNSAFE" in draft.content["purpose"]) is session.unsafe
