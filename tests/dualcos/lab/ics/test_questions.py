"""The questions: every option there is, each of its answers, and a vector that each answer brings in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec import Struct, inspect, structs

from cos.kernel.transmission import TransmissionOptions
from cos.stacks import STACKS
from dualcos.lab.ics.question import Question, written
from dualcos.lab.ics.questions import BY_ID, QUESTIONS
from dualcos.profile.field_faults import default_of, plain
from dualcos.profile.schema import load, names
from tests.dualcos.lab.ics.toggles import AIP_BITS, answers_of, brings_in

NOT_ASKED = {
    **{f"chip.transmission.atr.{byte}": "a value, no option" for byte in ("ta1", "tb1", "tc1", "ta2", "tc2")},
    "manager.options.plain_first_key": "of the maker's dialect; no standard knows the command",
}
CHINESE = re.compile("[一-鿿]")


def paths(options: type[Struct], path: str) -> Iterator[tuple[str, inspect.Field]]:
    for field in inspect.type_info(options).fields:
        of = plain(field.type)
        if isinstance(of, inspect.StructType):
            yield from paths(of.cls, f"{path}.{field.encode_name}")
        else:
            yield f"{path}.{field.encode_name}", field


def options() -> dict[str, inspect.Field]:
    """Every option of the card's, by its path."""
    found = dict(paths(TransmissionOptions, "chip.transmission"))
    for stack in STACKS:
        found |= dict(paths(stack.options, f"{stack.label}.options")) if structs.fields(stack.options) else {}
    return found


def test_every_option_is_asked():
    """A new one fails here until it has its words, or a reason."""
    asked = {each.id for each in QUESTIONS}
    assert options().keys() - asked == NOT_ASKED.keys()
    assert not asked & NOT_ASKED.keys()


@pytest.mark.parametrize(("path", "field"), options().items(), ids=lambda each: each if isinstance(each, str) else "")
def test_an_option_has_the_answers_that_are_declared(path, field):
    if path in NOT_ASKED:
        return
    question, of = BY_ID[path], plain(field.type)
    if isinstance(of, inspect.LiteralType):
        assert set(question.named) == set(of.values)
    elif isinstance(of, inspect.BoolType):
        assert set(question.named) == {True, False}
    else:
        assert all(re.fullmatch("[0-9A-F]{4}", answer) for answer in question.named)
        assert len(question.named) > 1
    default = default_of(field)
    assert question.default == (f"{default:04X}" if isinstance(of, inspect.CustomType) else default)
    assert question.sets
    assert question.side == (path.partition(".")[0] if not path.startswith("chip.") else "")


def test_ids_are_their_own_and_make_toml():
    assert len(BY_ID) == len(QUESTIONS)
    for name in BY_ID:
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", name)
        assert not any(other.startswith(f"{name}.") for other in BY_ID), "a key cannot be a table too"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.id)
def test_a_question_has_words_in_both_languages(question):
    assert CHINESE.search(question.zh)
    assert not CHINESE.search(question.en.replace("sx3.sh.社会保障", ""))
    assert question.clause
    for answer in question.answers:
        assert answer.zh
        assert answer.en
        assert not CHINESE.search(answer.en)
    assert len({each.zh for each in question.answers}) == len({each.en for each in question.answers})
    assert question.default is None or question.takes(question.default)
    assert bool(question.answers) is (question.most == 0)


def test_what_a_question_takes():
    tries, mac, wrapped = (BY_ID[f"ssse.{name}"] for name in ("pin_tries", "options.missing_mac", "dir_wrapped"))
    assert [tries.takes(each) for each in (1, 15, 0, 16, True, "3", 3.0)] == [True, True, *[False] * 5]
    assert [mac.takes(each) for each in ("6987", "6988", "6989", 6987, None)] == [True, True, False, False, False]
    assert [wrapped.takes(each) for each in (True, False, 1, 0, "true")] == [True, True, False, False, False]
    assert (tries.may_be(), mac.may_be()) == ("a whole number, 1 to 15", '"6987" or "6988"')
    assert [written(each) for each in (True, 3, "T=1", "")] == ["true", "3", '"T=1"', '""']


def test_what_the_cards_answer_that_come_along():
    """By another way than the questions go: a few that are known of the profiles."""
    told = {name: load(name) for name in names()}
    assert {name for name, card in told.items() if BY_ID["card.pki"].said(card)} == {"social-3.0-pki"}
    assert {name for name, card in told.items() if BY_ID["ssse.version"].said(card) == "1.0"} == {"social-1.0"}
    without = {name for name, card in told.items() if BY_ID["pse.cda"].said(card) is False}
    assert {"bank-sda", "bank-dda"} <= without
    assert {name for name, card in told.items() if BY_ID["pse.offline_pin"].said(card) is False} == {"bank-pinless"}
    assert {name for name, card in told.items() if BY_ID["pse.second_currency"].said(card)} == {"bank-dual-currency"}
    assert BY_ID["pse.issuer_authentication"].said(told["bank-only"]) == "mandatory"
    assert BY_ID["pse.issuer_authentication"].said(told["bank-ia-optional"]) == "optional"
    assert BY_ID["pse.options.card_block_scope"].said(told["bank-only"]) == "card"
    assert BY_ID["pse.options.missing_mac_word"].said(told["dual-2.0-3des"]) == "6700"
    assert BY_ID["ssse.version"].said(told["bank-only"]) is None
    assert set(AIP_BITS) < BY_ID.keys()


def every_answer() -> Iterator[tuple[Question, object]]:
    for question in QUESTIONS:
        for answer in answers_of(question):
            yield question, answer


def test_every_answer_brings_in_a_vector():
    """A question of which nothing depends would be none, and an answer that nothing is played for is not judged. An
    answer that is a number may as well leave one out.
    """
    without = [f"{question.id} = {answer}" for question, answer in every_answer() if not brings_in(question, answer)]
    assert without == []
