"""Questions of a statement at a terminal: answered by number, by what the answer is called, or by Enter.

Questions go to stderr, so that stdout stays what the command prints.
"""

from __future__ import annotations

import sys

from dualcos.lab.ics.question import Answer, Question, written
from dualcos.lab.ics.statement import Statement

_TAKES = "number or answer; Enter: {} 输入序号或答案，回车：{}"
_OPEN = ("left open", "不答")


def answered_at_terminal(begun: Statement) -> Statement:
    """``begun`` with answers to all that is asked and was open; what is asked follows from what was answered. The end
    of input leaves the rest open.
    """
    statement, passed = begun, set[str]()
    while (question := next((each for each in statement.open if each.id not in passed), None)) is not None:
        passed.add(question.id)
        try:
            answer = _answer(question)
        except EOFError:
            break
        if answer is not None:
            statement = Statement({**statement.answers, question.id: answer}, statement.sample)
    for each in statement.contradictions:
        print(f"contradiction 矛盾  {each.line}", file=sys.stderr)
    return statement


def _answer(question: Question) -> Answer | None:
    """What was answered; None if it stays open. Raises EOFError."""
    print(f"\n{question.zh}\n{question.en} [{question.clause}]", file=sys.stderr)
    for number, answer in enumerate(question.answers, 1):
        print(f"  {number}  {written(answer.value)}  {answer.zh} {answer.en}", file=sys.stderr)
    if not question.answers:
        print(f"  {question.least} … {question.most}", file=sys.stderr)
    default = _OPEN if question.default is None else (written(question.default),) * 2
    while True:
        print(_TAKES.format(*default), end=" > ", file=sys.stderr, flush=True)
        typed = _line().strip()
        if not typed:
            return question.default
        meant = _meant(question, typed)
        if meant is not None:
            return meant
        print(f"it may be 可答 {question.may_be()}", file=sys.stderr)


def _line() -> str:
    """What is typed next. Raises EOFError; a stdin that is closed or cannot be read is at its end."""
    try:
        line = sys.stdin.readline() if sys.stdin is not None else ""
    except (OSError, ValueError):
        line = ""
    if not line:
        raise EOFError
    return line


def _meant(question: Question, typed: str) -> Answer | None:
    """The answer that was typed: one of a list by what it is, else by its number there."""
    if not question.answers:
        number = int(typed) if typed.isascii() and typed.isdecimal() else None
        return number if number is not None and question.takes(number) else None
    for answer in question.answers:
        if typed.lower() in (written(answer.value).strip('"').lower(), answer.zh.lower(), answer.en.lower()):
            return answer.value
    if typed.isascii() and typed.isdecimal() and 1 <= int(typed) <= len(question.answers):
        return question.answers[int(typed) - 1].value
    return None
