"""``dualcos lab ics``: an implementation conformance statement derived, answered, checked; its questions."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator

from dualcos.cli.card_argument import CARD, add_named_card
from dualcos.cli.facts.lab_ics_facts import (
    AnswerTold,
    ContradictionTold,
    OpenQuestion,
    QuestionAsked,
    QuestionList,
    StatementChecked,
    StatementMade,
)
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.lab_action import LabAction
from dualcos.cli.lab_sample import read_statement
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.statement_at_terminal import answered_at_terminal
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.lab.conformance.card_on_bench import profile_of_card_file
from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.ics.question import Question, written
from dualcos.lab.ics.questions import QUESTIONS
from dualcos.lab.ics.statement import Statement, StatementError
from dualcos.lab.ics.statement_text import as_toml
from dualcos.profile.opened_card import is_card_file
from dualcos.profile.schema import load
from keys.custody.whole_file import write_whole


def _arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    derive = _action(
        actions.add_parser, "derive", "what a profile or a card file answers, as a file to go on with", _derive
    )
    add_named_card(derive, "card", metavar=CARD, help="the profile, or the card file made from one")
    check = _action(actions.add_parser, "check", "is it complete, and free of contradictions", _check)
    add_input(check, "statement", metavar="FILE", help="the statement")
    add_json(check, StatementChecked)
    questions = _action(actions.add_parser, "questions", "every question with its answers and its clause", _questions)
    add_json(questions, QuestionList)
    ask = _action(actions.add_parser, "ask", "answer question by question at this terminal", _ask)
    add_input(ask, "--from", dest="begun", metavar="FILE", help="what is answered already, in this statement")
    for each in (derive, ask):
        add_output(each, "-o", "--output", metavar="FILE", help="write it here (default: to the standard output)")
        add_json(each, StatementMade)


def _action(
    add: Callable[..., ArgumentParser], name: str, words: str, run: Callable[[Namespace], int]
) -> ArgumentParser:
    parser = add(name, help=words, description=words)
    parser.set_defaults(ics_action=run)
    return parser


def ics(args: Namespace) -> int:
    """One of them."""
    action: Callable[[Namespace], int] = args.ics_action
    return action(args)


def _derive(args: Namespace) -> int:
    """Raises Fault, ProfileError, CardFileError."""
    try:
        profile = profile_of_card_file(args.card) if is_card_file(args.card) else load(args.card)
        statement = Statement.derived(profile)
    except VectorError as error:
        raise Fault(str(error)) from None
    except StatementError as error:
        raise Fault(f"{args.card}: {error}") from None
    return _made(args, statement)


def _ask(args: Namespace) -> int:
    """Raises Fault."""
    begun = read_statement(args.begun) if args.begun is not None else Statement({})
    return _made(args, answered_at_terminal(begun))


def _made(args: Namespace, statement: Statement) -> int:
    text = as_toml(statement)
    if args.output is not None:
        write_whole(args.output, text.encode(), replace=args.force)
        words = [f"{args.output}: {len(statement.answers)} answers"]
    else:
        words = text.removesuffix("\n").split("\n")
    tell(args, StatementMade(answers=dict(statement.answers), toml=text), words)
    return DONE


def _check(args: Namespace) -> int:
    """1 if it contradicts itself, or if something is open that has no default. Raises Fault."""
    statement = read_statement(args.statement)
    checked = StatementChecked(
        sample=dict(statement.sample),
        answers=dict(statement.answers),
        contradictions=[
            ContradictionTold(
                answers=dict(each.answers),
                zh=each.exclusion.zh,
                en=each.exclusion.en,
                change_zh=each.exclusion.change_zh,
                change=each.exclusion.change_en,
                clause=each.exclusion.clause,
            )
            for each in statement.contradictions
        ],
        open=[OpenQuestion(id=each.id, default=each.default) for each in statement.open],
    )
    tell(args, checked, _told(args, statement))
    lacking = any(each.default is None for each in statement.open)
    return DIFFERS if statement.contradictions or lacking else DONE


def _told(args: Namespace, statement: Statement) -> Iterator[str]:
    yield from (f"contradiction 矛盾  {each.line}" for each in statement.contradictions)
    for each in statement.open:
        default = f"default {written(each.default)}" if each.default is not None else "no default: answer it"
        yield f"open 未答  {each.id}: {each.en} {each.zh}; {default}"
    counts = (
        f"{len(statement.answers)} answers, {len(statement.open)} open, {len(statement.contradictions)} contradictions"
    )
    yield f"{args.statement}: {counts}"


def _questions(args: Namespace) -> int:
    tell(args, QuestionList(questions=[_facts(each) for each in QUESTIONS]), _lines())
    return DONE


def _facts(question: Question) -> QuestionAsked:
    return QuestionAsked(
        id=question.id,
        zh=question.zh,
        en=question.en,
        clause=question.clause,
        side=question.side,
        answers=[AnswerTold(answer=each.value, zh=each.zh, en=each.en) for each in question.answers],
        least=question.least,
        most=question.most,
        default=question.default,
        sets=question.sets,
    )


def _lines() -> Iterator[str]:
    for question in QUESTIONS:
        yield f"{question.id}  {question.en} {question.zh} [{question.clause}]"
        for answer in question.answers:
            default = " (default 默认)" if answer.value == question.default else ""
            yield f"    {written(answer.value)}  {answer.en} {answer.zh}{default}"
        if not question.answers:
            default = "" if question.default is None else f" (default 默认 {question.default})"
            yield f"    {question.least} to {question.most}{default}"


LAB_ICS = LabAction("ics", "what a card can, question by question: derived, answered, checked", _arguments, ics)
