"""The keys while a card is waited for."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.terminal.screen.view_questions import CardQuestion
from dualcos.terminal.terminal_parts import PartText

CARD_MOVED, CARD_BACK = "card", "back"
_LEFT = "quit"
_INSERT, _TAKE = PartText("插卡", "put the card in"), PartText("取卡", "take the card out")
_BACK = PartText("返回", "go back")
_BY_KEY, _BY_HAND = PartText("回车或F3", "Enter or F3"), PartText("在读卡器中", "in the reader")
_OR_BACK = PartText("Esc返回", "Esc goes back")
_QUIT = PartText("退出", "end")


def ways_of_card(asked: CardQuestion) -> Iterator[tuple[str, PartText]]:
    """What may be answered, each by its name; a card in a reader is moved by a hand."""
    if asked.moved is None:
        yield CARD_MOVED, _INSERT if asked.present else _TAKE
    if asked.may_go_back:
        yield CARD_BACK, _BACK
    yield _LEFT, _QUIT


def how_card_moves(asked: CardQuestion) -> PartText:
    """What is wanted, and how that is done."""
    zh, en = _BY_KEY if asked.moved is None else _BY_HAND
    if asked.may_go_back:
        zh, en = f"{zh}，{_OR_BACK.zh}", f"{en}; {_OR_BACK.en}"
    return PartText(f"{asked.said.zh}：{zh}", f"{asked.said.en}: {en}")
