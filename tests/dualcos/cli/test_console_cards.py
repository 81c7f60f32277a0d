"""A card that is waited for at a console: what may be typed meanwhile, and what does nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from dualcos.cli.standing.console_answers import ConsoleAnswers
from dualcos.terminal.screen.view_questions import CardQuestion
from dualcos.terminal.terminal_parts import PartText

ASKS = CardQuestion(PartText("请插卡", "put a card in"), PartText("回车返回", "Enter goes back"), present=True)
ENTER, QUIT, STEP = "\n", "quit\n", "settle 20\n"


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Lines that are typed one after the other; then the input ``ends``, or nobody types any more."""
    heard, typed = os.pipe()
    with os.fdopen(heard, encoding="utf-8", buffering=1) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        left = [typed]

        def types(text: str, *, ends: bool = True) -> None:
            os.write(typed, text.encode())
            if ends:
                os.close(left.pop())

        yield types
        for each in left:
            os.close(each)


def question(*, may_go_back: bool, moved: Callable[[], bool] | None) -> CardQuestion:
    return CardQuestion(ASKS.said, ASKS.prompt, present=True, may_go_back=may_go_back, moved=moved)


@pytest.mark.parametrize(
    ("typed", "came"),
    [(ENTER, True), (QUIT, False), ("", False), (STEP + ENTER, True), (STEP + QUIT, False), (STEP, False)],
)
def test_a_card_of_this_process_is_moved_by_enter_alone(keyboard, typed, came):
    keyboard(typed)
    assert ConsoleAnswers().card(question(may_go_back=False, moved=None)) is came


@pytest.mark.parametrize("typed", [ENTER, STEP + ENTER, QUIT, STEP + QUIT, "", STEP])
@pytest.mark.parametrize("may_go_back", [True, False])
def test_at_a_reader_enter_goes_back_where_that_may_be(keyboard, typed, may_go_back):
    """Nobody can say that the card is in; who stops typing has enough."""
    keyboard(typed)
    came = ConsoleAnswers().card(question(may_go_back=may_go_back, moved=lambda: False))
    assert came is (None if may_go_back and typed.removeprefix(STEP) == ENTER else False)


def test_at_a_reader_the_card_itself_answers_whatever_was_typed(keyboard):
    looks = iter((False, False, True))
    keyboard(STEP, ends=False)
    assert ConsoleAnswers().card(question(may_go_back=True, moved=lambda: next(looks))) is True


def test_what_looking_raises_goes_to_who_asked(keyboard):
    def broken() -> bool:
        raise LookupError

    del keyboard
    with pytest.raises(LookupError):
        ConsoleAnswers().card(question(may_go_back=True, moved=broken))
