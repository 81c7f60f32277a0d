"""An answer that decides is told as data: what was sent, what would have been right, what came; and nothing secret."""

from __future__ import annotations

import pytest
from msgspec import structs

from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.raw_record import RawExchange
from dualcos.lab.conformance.answer_plan import plan_of
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.judged_answers import UNTOLD, Differs, NoAnswerError, WhyRefused, alive, came_instead
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import load
from dualcos.lab.conformance.vector_schema import Expect, VectorStep
from firewall.trace import Reason

STEP = VectorStep(send="00", expect=["9000 ..", Expect(sw=["6985", "63C?"], tlv={"6F": "*"})])
RIGHT = ("9000 ..", "6985/63C? 6F=*")


def test_every_right_answer_is_named_as_the_vector_has_it():
    told = came_instead(bytes.fromhex("0084000008"), plan_of(STEP), b"\x01\xab", 0x6700, (), UNTOLD)
    assert (told.sent, told.expected, told.came) == ("00840000 08", RIGHT, "6700 01AB")
    assert str(told) == "00840000 08 expected 9000 .. or 6985/63C? 6F=*, came 6700 01AB"


@pytest.mark.parametrize(
    ("sent", "data", "came"),
    [
        ("0084000008", "0102", "9000 0102"),
        ("80FA000008" + "00" * 8, "01020304", "9000 ........"),  # what a PSAM has deciphered (SSC-9 §9.8)
        ("0020000003123456", "", "9000"),
    ],
)
def test_data_that_are_secret_are_dots(sent, data, came):
    heard = [RawExchange(bytes.fromhex(sent), bytes.fromhex(f"{data}9000"))]
    told = came_instead(heard[-1].command, plan_of(STEP), bytes.fromhex(data), 0x9000, heard, UNTOLD)
    assert told.came == came
    assert "123456" not in str(told)


@pytest.mark.parametrize(
    ("passed", "data", "came"),
    [
        ((("80FA000008" + "00" * 8, "6104"), ("00C0000004", "010203049000")), "01020304", "........"),
        ((("80FA000008" + "00" * 8, "01026102"), ("00C0000002", "03049000")), "01020304", "........"),
        ((("80FA000008" + "00" * 8, "01026102"), ("00C0000002", "9000")), "0102", "...."),
        ((("0084000008", "6104"), ("00C0000004", "010203049000")), "01020304", "01020304"),
        ((("80FA000008" + "00" * 8, "01029000"), ("0084000004", "010203049000")), "01020304", "01020304"),
    ],
)
def test_whoever_fetches_a_secret_answer_gets_dots(passed, data, came):
    """By a GET RESPONSE of the vector's own or the driver's, in pieces or whole; what comes behind it is told again."""
    heard = [RawExchange(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in passed]
    told = came_instead(heard[-1].command, plan_of(STEP), bytes.fromhex(data), 0x9000, heard, UNTOLD)
    assert told.came == f"9000 {came}"


class AsInReader:
    """Cards that nobody can look into."""

    def target(self, case):
        return Bench().target(case)._replace(lab=None)


@pytest.mark.parametrize("in_reader", [False, True])
def test_a_vector_that_fetches_a_secret_answer_itself(in_reader):
    """PSAM-RESPONSE-01, with another answer called right: neither text nor answer has what the PSAM deciphered."""
    (case,) = [each for each in load(found("psam/get-response.json")) if each.id == "PSAM-RESPONSE-01"]
    *before, last = case.vector.steps
    wrong = structs.replace(last, expect="9000 0000000000000000")
    case = case._replace(vector=structs.replace(case.vector, steps=[*before, wrong]))
    secret = str(last.expect).partition(" ")[2]
    result = play(case, AsInReader() if in_reader else Bench())
    assert (result.verdict, result.answer.came) == (VectorVerdict.FAIL, "9000 " + "." * len(secret))
    assert secret not in repr(result.text)


def test_a_reset_is_told_by_its_atr():
    told = came_instead("reset", plan_of(STEP), b"\x3b\x00", None, (), UNTOLD)
    assert (told.sent, told.came) == ("reset", "3B00")


def test_why_stands_behind_it():
    why = WhyRefused(Reason("length", "a phrase of nobody", ""), (Diagnosis("nobody.knows", Certainty.LIKELY),))
    told = came_instead(b"\0\0\0\0", plan_of(STEP), b"", 0x6700, (), why)
    assert str(told).endswith(", came 6700 (length: a phrase of nobody; likely: nobody.knows [nobody.knows])")


@pytest.mark.parametrize("failure", [NoAnswerError("it fell silent"), ZeroDivisionError()])
def test_no_answer_is_one_that_decides(failure):
    def act() -> bytes:
        raise failure

    with pytest.raises(Differs) as seen:
        alive(bytes.fromhex("00840000"), act, "F1", plan_of(STEP))
    assert (seen.value.requirement, seen.value.answer.expected, seen.value.answer.came) == ("F1", RIGHT, "")
    with pytest.raises(Differs) as seen:
        alive("power-on", act)
    assert seen.value.answer is None
