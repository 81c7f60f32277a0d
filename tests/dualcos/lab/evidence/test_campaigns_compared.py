"""Two campaigns compared: each vector that differs is told once, by what matters most; an entry knows one failure."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from msgspec import structs

from dualcos.lab.evidence.campaign_file import CampaignChain
from dualcos.lab.evidence.campaign_records import SampleAsked
from dualcos.lab.evidence.comparison import ChangeKind, Comparison, ComparisonError, compared
from dualcos.lab.evidence.known_faults import KnownFault, KnownFaults, KnownFaultsError, load_known_faults, what_came
from tests.honest_campaigns import FAILED, IDS, PLAYED, READER, campaign, ended, judged, session, sha, whole

TODAY = datetime.date(2026, 11, 29)
A, B, C = IDS[:3]
LENGTHS = "status words and lengths"


def chain(records: Any) -> CampaignChain:
    return CampaignChain(tuple(records), (), (), 0)


def diff(before: Any, after: Any, *entries: KnownFault, **how: Any) -> Comparison:
    """Of two verdicts on vector A, beside a vector that is the same; or of whole campaigns."""
    both = [
        chain(each if isinstance(each, list) else whole([*([each] if each is not None else []), judged(B)]))
        for each in (before, after)
    ]
    return compared(*both, KnownFaults(entries), TODAY, **how)


def only(found: Comparison) -> tuple[ChangeKind, str, bool]:
    (change,) = found.changes
    assert change.id == A
    return change.kind, change.text, change.vector_changed


def failing(where: str = "steps[1]", came: str = "63C2", **more: Any) -> Any:
    return judged(A, verdict="fail", where=where, text=f"0020 expected 9000, came {came}", **more)


INCONCLUSIVE = judged(A, verdict="inconclusive", where="setup[0]", text="00A4 expected 9000, came 6A82")
NOT_FOR_IT = judged(A, verdict="not-applicable", text="edition 2.0 is asked for", kind="edition")
WITHDRAWN = judged(A, verdict="not-applicable", text="withdrawn: wrong clause", kind="withdrawn")

# What became of a vector, by its verdict before and now.
TABLE = [
    (judged(A), judged(A), None, ""),
    (judged(A), failing(), ChangeKind.NEW_FAILURE, "steps[1]: 0020 expected 9000, came 63C2"),
    (INCONCLUSIVE, failing(), ChangeKind.NEW_FAILURE, "steps[1]: 0020 expected 9000, came 63C2"),
    (NOT_FOR_IT, failing(), ChangeKind.NEW_FAILURE, "steps[1]: 0020 expected 9000, came 63C2"),
    (None, failing(), ChangeKind.NEW_FAILURE, "steps[1]: 0020 expected 9000, came 63C2"),
    (failing(), failing(), None, ""),
    (failing(), judged(A), ChangeKind.MENDED, "failed at steps[1]: 0020 expected 9000, came 63C2"),
    (failing(), INCONCLUSIVE, ChangeKind.NEWLY_INCONCLUSIVE, "setup[0]: 00A4 expected 9000, came 6A82"),
    (judged(A), INCONCLUSIVE, ChangeKind.NEWLY_INCONCLUSIVE, "setup[0]: 00A4 expected 9000, came 6A82"),
    (NOT_FOR_IT, INCONCLUSIVE, ChangeKind.NEWLY_INCONCLUSIVE, "setup[0]: 00A4 expected 9000, came 6A82"),
    (INCONCLUSIVE, judged(A), ChangeKind.JUDGED_AGAIN, "setup[0]: 00A4 expected 9000, came 6A82"),
    (INCONCLUSIVE, INCONCLUSIVE, None, ""),
    (judged(A), NOT_FOR_IT, ChangeKind.NEWLY_NOT_APPLICABLE, "edition 2.0 is asked for"),
    (failing(), NOT_FOR_IT, ChangeKind.NEWLY_NOT_APPLICABLE, "edition 2.0 is asked for"),
    (INCONCLUSIVE, NOT_FOR_IT, ChangeKind.NEWLY_NOT_APPLICABLE, "edition 2.0 is asked for"),
    (NOT_FOR_IT, judged(A), ChangeKind.APPLIES_AGAIN, "edition 2.0 is asked for"),
    (NOT_FOR_IT, NOT_FOR_IT, None, ""),
    (judged(A), WITHDRAWN, ChangeKind.WITHDRAWN, "withdrawn: wrong clause"),
    (failing(), WITHDRAWN, ChangeKind.WITHDRAWN, "withdrawn: wrong clause"),
    (judged(A), None, ChangeKind.WITHDRAWN, "it was not chosen"),
    (None, judged(A), ChangeKind.ADDED, ""),
    (None, NOT_FOR_IT, ChangeKind.ADDED, "edition 2.0 is asked for"),
]


@pytest.mark.parametrize(("before", "after", "kind", "text"), TABLE, ids=range(len(TABLE)))
def test_what_became_of_a_vector(before, after, kind, text):
    found = diff(before, after)
    if kind is None:
        assert (found.changes, found.same) == ((), 2)
    else:
        assert only(found) == (kind, text, False)
        assert found.same == 1
    assert len(found.new_failures) == (kind is ChangeKind.NEW_FAILURE)


@pytest.mark.parametrize("after", [failing("steps[2]"), failing(came="6983"), failing(came="63C2 00")])
def test_another_failure_of_the_same_vector_is_new(after):
    kind, text, _ = only(diff(failing(), after))
    assert kind is ChangeKind.NEW_FAILURE
    assert text.endswith("; before: steps[1], 63C2")


def test_a_failure_explained_in_other_words_is_the_same():
    after = structs.replace(failing(), text="0020 0000 expected 9000, came 63C2 (another sentence, came 9000)")
    assert diff(failing(), after).changes == ()


# --- answers ---------------------------------------------------------------------------------------------------------


def answered(*commands: tuple[str, str], **fields: Any) -> Any:
    return judged(A, played=commands, **fields)


OTHER_RANDOM = (PLAYED[0], ("0084000008", "99999999999999999000"))


def test_every_byte_counts_for_cards_in_process():
    found = diff(judged(A), answered(*OTHER_RANDOM))
    assert (found.by, found.why) == ("every byte", "")
    assert only(found) == (
        ChangeKind.CHANGED_ANSWER,
        "command 2 of 2, 0084000008: came 00112233445566779000, now 99999999999999999000",
        False,
    )
    kind, text, _ = only(diff(judged(A), answered(("cold", "3B00"), PLAYED[1])))
    assert (kind, text) == (ChangeKind.CHANGED_ANSWER, f"command 1 of 2, cold: came {PLAYED[0][1]}, now 3B00")


def test_a_failure_that_stays_may_answer_otherwise_before():
    kind, _, _ = only(diff(failing(), failing(played=OTHER_RANDOM)))
    assert kind is ChangeKind.CHANGED_ANSWER


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (answered(*PLAYED, PLAYED[1]), "2 commands, now 3"),
        (answered(PLAYED[0]), "2 commands, now 1"),
        (judged(A, runs=4), "1 runs, now 4"),
        (judged(A, played_sha256=sha("other")), "in another of its 1 runs"),
        (answered(PLAYED[0], ("0084000004", "00112233445566779000")), "command 2 of 2, 0084000008, now 0084000004"),
        (answered(PLAYED[0], ("0084000008", "")), "came 00112233445566779000, now –"),
    ],
)
def test_what_was_played_otherwise(after, said):
    kind, text, _ = only(diff(judged(A), after))
    assert kind is ChangeKind.CHANGED_ANSWER
    assert said in text


def on_reader(verdict: Any, **fields: Any) -> list[Any]:
    return [campaign([A, B], kind=READER, **fields), session(), verdict, judged(B), ended([verdict, judged(B)], 2)]


def on_own(verdict: Any, **fields: Any) -> list[Any]:
    return [campaign([A, B], **fields), session(), verdict, judged(B), ended([verdict, judged(B)], 2)]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (on_reader(judged(A)), on_reader(answered(*OTHER_RANDOM)), "a card in a reader draws"),
        (on_own(judged(A)), on_reader(answered(*OTHER_RANDOM)), "a card in a reader draws"),
        (on_reader(judged(A)), on_own(answered(*OTHER_RANDOM)), "a card in a reader draws"),
        (on_own(judged(A)), on_own(answered(*OTHER_RANDOM), seed="other"), "random numbers began at two places"),
    ],
)
def test_words_and_lengths_count_where_random_numbers_differ(before, after, why):
    found = diff(before, after)
    assert (found.changes, found.by, why in found.why) == ((), LENGTHS, True)
    found = diff(before, after, all_bytes=True)
    assert only(found)[0] is ChangeKind.CHANGED_ANSWER
    assert (found.by, found.why) == ("every byte", "")


@pytest.mark.parametrize(
    ("commands", "changed"),
    [
        ((("cold", "3B00"), PLAYED[1]), False),  # another card's ATR
        ((("warm", "3B00"), PLAYED[1]), True),
        ((PLAYED[0], ("0084000008", "0011223344556677889000")), True),
        ((PLAYED[0], ("0084000008", "00112233445566776300")), True),
        ((PLAYED[0], ("00840000080000", "00112233445566779000")), True),
        ((PLAYED[0], ("0084000008", "")), True),
        ((PLAYED[0],), True),
    ],
)
def test_what_counts_between_readers(commands, changed):
    found = diff(on_reader(judged(A)), on_reader(answered(*commands)))
    assert [each.kind for each in found.changes] == [ChangeKind.CHANGED_ANSWER] * changed


def test_a_failure_between_readers_is_the_same_by_word_and_length():
    for came, same in (("9000 0102", True), ("9000 010203", False), ("6F00 0102", False)):
        found = diff(on_reader(failing(came="9000 FFFF")), on_reader(failing(came=came)))
        assert (found.changes == ()) is same, came
    before, after = (
        structs.replace(failing(), text=text) for text in ("00 killed the card: A", "00 killed the card: B")
    )
    assert only(diff(on_reader(before), on_reader(after)))[0] is ChangeKind.NEW_FAILURE


# --- the vectors themselves ------------------------------------------------------------------------------------------


def test_a_vector_that_says_something_else_now_is_told_so():
    other = {"vector": sha("other")}
    assert only(diff(judged(A), judged(A, **other))) == (ChangeKind.CHANGED_VECTOR, "the verdict is the same", True)
    assert only(diff(judged(A), judged(A, played=OTHER_RANDOM, **other)))[0] is ChangeKind.CHANGED_VECTOR
    kind, _, changed = only(diff(judged(A), failing(**other)))
    assert (kind, changed) == (ChangeKind.NEW_FAILURE, True)
    kind, _, changed = only(diff(failing(), failing("steps[2]", **other)))
    assert (kind, changed) == (ChangeKind.NEW_FAILURE, True)
    assert only(diff(failing(), failing(**other)))[0] is ChangeKind.CHANGED_VECTOR


def test_what_is_missing_in_an_unfinished_campaign_may_wait():
    after = [campaign([A, B, C]), session(), judged(B)]
    assert only(diff(judged(A), after)) == (ChangeKind.NOT_JUDGED, "the second campaign is not finished", False)


def test_the_last_verdict_of_a_vector_counts():
    again = on_reader(judged(A))
    again[2:3] = [INCONCLUSIVE, judged(A)]
    assert diff(on_reader(judged(A)), again).changes == ()


def test_vectors_are_told_by_id_and_totals_are_those_of_each():
    before = whole([judged(each) for each in (C, A, B)])
    after = whole([failing(), judged(B, **FAILED), judged(C, **FAILED)])
    found = diff(before, after)
    assert [each.id for each in found.changes] == [A, B, C]
    assert (found.before.totals.passed, found.after.totals.failed, found.same) == (3, 3, 0)


# --- what cannot be compared, and what should not be ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([], whole(), "no campaign has begun in the first file"),
        (whole(), [], "no campaign has begun in the second file"),
        (whole(), [session()], "no campaign has begun in the second file"),
        (whole(), [campaign(), session()], "no vector has a verdict in both"),
        (whole([judged(A)]), whole([judged(B)]), "no vector has a verdict in both"),
    ],
)
def test_what_cannot_be_compared(before, after, said):
    with pytest.raises(ComparisonError, match=said):
        diff(before, after)


CARD = {"kind": "profile", "name": "dual-2.0-3des", "profile": "dual-2.0-3des", "profile_sha256": sha("2")}


@pytest.mark.parametrize(
    ("fields", "what", "weighty"),
    [
        ({"sample": SampleAsked(**CARD | {"profile": "dual-3.0-sm4"})}, "profile", True),
        ({"sample": SampleAsked(**CARD | {"profile_sha256": sha("3")})}, "profile's digest", True),
        ({"sample": SampleAsked(**CARD | {"settings": ["ssse.pin_tries=5"]})}, "settings", True),
        ({"sample": SampleAsked(**CARD | {"file_sha256": sha("4")})}, "card file's digest", True),
        ({"sample": SampleAsked(**CARD | {"faults": "garbled"})}, "fault script", True),
        ({"sample": SampleAsked(**CARD | {"faults_sha256": sha("5")})}, "fault script's digest", True),
        ({"root": sha("other")}, "vector files", True),
        ({"ics": {"medical": False}}, "ICS, medical", True),
        ({"ics": {}}, "ICS, medical", True),
        ({"ics": {"medical": True, "psam": 2}}, "ICS, psam", True),
        ({"sample": SampleAsked(**CARD | {"name": "other"})}, "sample", False),
        ({"selection": ["id=*"]}, "selection", False),
        ({"tool": "dualcos 0.2.0"}, "tool", False),
        ({"code": sha("new")}, "tool's digest", False),
        ({"seed": "other"}, "seed", False),
        ({"laboratory": "Another"}, "laboratory", False),
        ({"destructive": True}, "destructive vectors", False),
    ],
)
def test_in_what_the_campaigns_differ(fields, what, weighty):
    sample = {"sample": SampleAsked(**CARD)}
    found = diff(on_own(judged(A), **sample), on_own(judged(A), **(sample | fields)))
    assert [(each.what, each.weighty) for each in found.runs_differ] == [(what, weighty)]
    assert found.runs_differ[0].before != found.runs_differ[0].after
    assert diff(on_own(judged(A), **sample), on_own(judged(A), **sample)).runs_differ == ()


def test_in_what_the_cards_found_differ():
    one, other = on_reader(judged(A)), on_reader(judged(A))
    one[1], other[1] = session(atr="3B00", serial="01", reader="R"), session(atr="3B01", serial="02", reader="S")
    found = diff(one, other)
    assert [(each.what, each.before, each.after) for each in found.runs_differ] == [
        ("ATR", "3B00", "3B01"),
        ("serial", "01", "02"),
        ("reader", "R", "S"),
    ]


# --- known faults ----------------------------------------------------------------------------------------------------


def entry(**fields: Any) -> KnownFault:
    told = {"id": A, "where": "steps[1]", "came": "63C2", "reason": "counter", "link": "https://example.org/1"}
    return KnownFault(**(told | {"expires": datetime.date(2026, 12, 31)} | fields))


def test_a_known_failure_is_not_new_and_is_told_as_known():
    found = diff(judged(A), failing(), entry())
    assert (found.new_failures, found.remarks) == ((), ())
    assert found.changes[0].known == entry()


@pytest.mark.parametrize(
    "failure",
    [failing("steps[2]"), failing(came="63C1"), failing(came="63C2 00"), failing("steps[1] PIN"), failing("after[1]")],
)
def test_an_entry_hides_no_other_failure_of_its_vector(failure):
    found = diff(judged(A), failure, entry())
    assert [each.id for each in found.new_failures] == [A]
    (told,) = found.remarks
    assert re.fullmatch(rf"known fault {A}, steps\[1\], 63C2: the vector fails otherwise: .*", told)


def test_an_entry_hides_no_failure_of_another_vector():
    for other in (B, A[:-1], f"{A}0", f"{A[:-1]}9"):
        assert diff(judged(A), failing(), entry(id=other)).new_failures


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"came": "63C?"}, failing()),
        ({"came": "9000 *"}, failing(came="9000 0102")),
        ({"where": "steps[1], cut at tick *"}, failing("steps[1], cut at tick 17")),
        (
            {"came": "SSSE.PIN: was * (3), is 2"},
            judged(A, verdict="fail", where="steps[1]", text="SSSE.PIN: was 3 (3), is 2"),
        ),
        ({"came": "00 killed the card: A"}, judged(A, verdict="fail", where="steps[1]", text="00 killed the card: A")),
    ],
)
def test_an_entry_may_say_which_part_is_bound_to_differ(change, failure):
    assert not diff(judged(A), failure, entry(**change)).new_failures
    assert diff(judged(A), failing(came="6F00"), entry(**change)).new_failures


def test_signs_that_patterns_have_elsewhere_stand_for_themselves():
    assert diff(judged(A), failing("steps[1]x"), entry(where="steps[1].")).new_failures
    assert diff(judged(A), failing("steps1"), entry()).new_failures


@pytest.mark.parametrize(
    ("expires", "knows"), [(TODAY, True), (TODAY + datetime.timedelta(1), True), (TODAY - datetime.timedelta(1), False)]
)
def test_an_entry_counts_up_to_its_last_day(expires, knows):
    known = KnownFaults((entry(expires=expires),))
    assert known.known(failing(), TODAY) is knows
    found = diff(judged(A), failing(), *known.entries)
    assert bool(found.new_failures) is not knows
    expired = f"known fault {A}, steps[1], 63C2: expired on {expires}; the failure is there"
    assert found.remarks == (() if knows else (expired,))


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (judged(A), "the vector does not fail: pass"),
        (INCONCLUSIVE, "the vector does not fail: inconclusive"),
        (None, "the vector has no verdict here"),
    ],
)
def test_an_entry_that_hides_nothing_is_told(after, said):
    assert diff(failing(), after, entry()).remarks == (f"known fault {A}, steps[1], 63C2: {said}",)


def test_only_a_failure_is_known():
    known = KnownFaults((entry(where="setup[0]", came="6A82"),))
    assert not known.known(INCONCLUSIVE, TODAY)
    assert known.known(structs.replace(INCONCLUSIVE, verdict="fail"), TODAY)


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("0020 0000 03…… expected 9000, came 63C2 (wrong PIN: 2 tries left)", "63C2"),
        ("00B2 expected 9000 01*, came 9000 0102", "9000 0102"),
        ("00B2 expected 9000, came 9000 ....02", "9000 ....02"),
        ("reset expected 3B*, came 3F00", "3F00"),
        ("00 killed the card: ValueError", "00 killed the card: ValueError"),
        ("SSSE.PIN: was 3, is 2", "SSSE.PIN: was 3, is 2"),
        ("", ""),
    ],
)
def test_what_came_is_read_from_a_verdicts_text(text, came):
    assert what_came(text) == came


FAULT = """
[[fault]]
id = "TEST-A-1"
where = "steps[1]"
came = "63C2"
reason = "counter"
link = "https://example.org/1"
expires = 2026-12-31
"""


def test_a_file_of_known_faults(tmp_path):
    path = tmp_path / "known.toml"
    path.write_text(FAULT + FAULT.replace("63C2", "63C1"), encoding="utf-8")
    assert load_known_faults(path).entries == (entry(), entry(came="63C1"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("[[fault", "not TOML"),
        ("", "lacks the field fault"),
        ("[[fault]]\n", "lacks the field"),
        (FAULT.replace('"counter"', '" "'), "reason"),
        (FAULT.replace("id =", "ids ="), "ids"),
        (FAULT.replace("2026-12-31", '"soon"'), "expires"),
        (FAULT.replace("2026-12-31", "2026-13-31"), "not TOML"),
        (FAULT.replace('link = "https://example.org/1"\n', ""), "lacks the field link"),
        (FAULT + FAULT.replace("12-31", "12-30"), "TEST-A-1, steps[1], 63C2 stands there twice"),
    ],
)
def test_a_file_that_is_none_is_told_with_its_name(tmp_path, text, said):
    path = tmp_path / "known.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(KnownFaultsError, match=rf"known\.toml.*{re.escape(said)}"):
        load_known_faults(path)
