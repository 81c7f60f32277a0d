"""What no draft comes of is said in one line: which line of the record, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from dualcos.explain import FAULT, RawExchange, RawPower, RawRecord, RawSilence
from dualcos.explain.trace_file_lines import Recorded, header, read, written
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorVerdict
from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.recorder.draft_played import as_text, played
from dualcos.lab.recorder.draft_step import NamedCard, NoDraft
from dualcos.lab.recorder.draft_vector import drafted
from dualcos.profile.schema import load
from firewall.trace import Noted
from tests.dualcos.lab.recorder.recorded_sessions import (
    SESSIONS,
    SSSE,
    VERIFY,
    card_of,
    record_of,
)

NAMED = {session.name: session for session in SESSIONS}
ATR = bytes.fromhex("3B6D0000008144434F860099000000A1B2")
CARD = card_of(NAMED["PIN"])


def lines(*records: RawRecord) -> tuple[Recorded, ...]:
    texts = [header({"card": "social-2.0"}), *(written(each, at).decode() for at, each in enumerate(records, 1))]
    return read(texts).lines


def sent(command: str, answer: str, **more: Any) -> RawExchange:
    return RawExchange(bytes.fromhex(command), bytes.fromhex(answer), **more)


def refusal(found: Sequence[Recorded], card: NamedCard = CARD) -> str:
    with pytest.raises(NoDraft) as told:
        drafted(found, card)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_an_answer_that_the_card_does_not_give():
    for changed in ("6985", "6119", "009000"):
        told = refusal(lines(RawPower("cold", ATR), sent(SSSE, changed)))
        assert told.startswith("line 3: SELECT is answered 6118 by the card of social-2.0")
        assert "another card, or not as it was made" in told
    data = next(one for one in record_of(NAMED["social reads, 2.0"]).lines if len(one.expected) > 20)
    changed = structs.replace(data.record, answer=b"\0" + data.record.answer[1:])
    before = [one for one in record_of(NAMED["social reads, 2.0"]).lines if one.line < data.line]
    told = refusal([*before, data._replace(record=changed)], card_of(NAMED["social reads, 2.0"]))
    assert f"line {data.line}: " in told
    assert "with other data" in told


def test_an_answer_made_wrong_on_purpose():
    wrong = sent("0084000008", "6F00", events=(("", Noted(FAULT, "status word")),))
    assert "line 2: that answer was made wrong on purpose" in refusal(lines(wrong))


@pytest.mark.parametrize("why", ["no card", "pulled during the command", "power was lost"])
def test_silence_that_no_vector_can_say(why):
    told = refusal(lines(sent("0084000004", "A5C3118D9000"), RawSilence(bytes.fromhex("0084000008"), why)))
    assert told == f"line 3: no answer came ({why}), and no vector can say so"
    assert "no answer came" in refusal(lines(RawSilence(b"", "power was lost")), CARD._replace(cut_at=1))


def test_a_cut_at_a_byte_that_is_not_reached():
    told = refusal(lines(RawSilence(bytes.fromhex("0084000008"), "power was lost")), CARD._replace(cut_at=5))
    assert "is not cut at that byte" in told
    hidden = RawSilence(bytes.fromhex(VERIFY + "000000"), "power was lost", "ssse", hidden=((5, 8),))
    assert "`--unsafe-trace`" in refusal(lines(hidden), CARD._replace(cut_at=5))


def test_another_atr():
    told = refusal(lines(RawPower("cold", ATR), RawPower("warm", ATR[:-1] + b"\0"), sent("0084000008", "9000")))
    assert told.startswith("line 3: the ATR is 3B6D0000008144434F860099000000A100, that of social-2.0 is 3B6D")
    assert "line 2: the ATR is none, that of" in refusal(lines(RawPower("cold", b""), sent("0084000008", "9000")))


def test_keys_that_are_masked():
    for name in ("reload", "new master key", "PKI manager PIN changed"):
        session = NAMED[name]._replace(unsafe=False, name=f"{name}, masked")
        told = refusal(record_of(session).lines, card_of(session))
        assert told.startswith("line ")
        assert "`--unsafe-trace`" in told


def test_a_card_that_is_not_as_it_was_made_is_told_and_no_secret_is_asked_for():
    """It had lost a try before: no answer to a PIN of the profile's is as recorded, and PINs in clear do not help."""
    record = RawExchange(bytes.fromhex(VERIFY + "000000"), b"\x63\xc1", "ssse", hidden=((5, 8),))
    told = refusal([*record_of(NAMED["PIN"]).lines[:2], *lines(record)])
    assert told == (
        "line 2: VERIFY is answered 9000 or 63C2 by the card of social-2.0, recorded is 63C1:"
        " it was another card, or not as it was made"
    )


def test_nothing_to_judge():
    assert refusal(lines(RawPower("cold", ATR))) == "no command in it was answered: nothing to judge"
    assert "without power" in refusal(lines(RawPower("cold", ATR), RawPower("off"), sent("0084000008", "9000")))


def test_what_no_answer_shows_is_told_of_published_keys_only(monkeypatch):
    """A proof over what the card drew could be undone with it."""
    from dualcos.lab.recorder import draft_unit  # noqa: PLC0415 - looked at as a module

    session = NAMED["load"]
    whole = record_of(session).lines
    unfetched = whole[: next(at for at, one in enumerate(whole) if one.expected == b"\x61\x10") + 1]
    assert drafted(unfetched, card_of(session)).content["vectors"][0]["random"]
    monkeypatch.setattr(draft_unit, "are_published", lambda _profile: False)
    assert "no answer shows" in refusal(unfetched, card_of(session))
    assert drafted(whole, card_of(session)).content["vectors"][0]["random"]


def test_a_setting_is_an_override_and_nothing_else_is():
    plain = load("social-2.0")
    set_otherwise = load("social-2.0", settings=("ssse.pin_tries=5", "chip.transmission.le00=data"))
    content = drafted(
        lines(sent("0084000004", "A5C3118D9000")), NamedCard("social-2.0", plain, set_otherwise, "7")
    ).content
    assert content["overrides"] == {"chip": {"transmission": {"le00": "data"}}, "ssse": {"pin_tries": 5}}
    assert "overrides" not in drafted(lines(sent("0084000004", "A5C3118D9000")), CARD).content


def test_a_draft_is_no_vector_yet():
    content = drafted(record_of(NAMED["PIN"]).lines, CARD, "MINE-1").content
    assert content["provenance"]["kind"] == "recorded"
    assert (content["unit"], content["vectors"][0]["id"]) == ("MINE-1", "MINE-1")
    assert content["clause"] == ["SSC-5 §6.11", "SSC-5 §6.6", "SSC-5 §6.14"]
    assert content["title"]["en"] == "Recorded session: SELECT, VERIFY"


def test_played_is_held_against_the_schema_and_the_card():
    content = drafted(record_of(NAMED["PIN"]).lines, CARD).content
    (vector,) = content["vectors"]
    with pytest.raises(VectorError, match=r"unit takes text"):
        played(as_text({**content, "unit": "no id"}), Path("draft.json"))
    wrong = {
        **content,
        "vectors": [{**vector, "steps": [*vector["steps"][:-1], {"send": "00200000", "expect": "6A88"}]}],
    }
    assert played(as_text(wrong), Path("draft.json"), Bench()).verdict is VectorVerdict.FAIL
