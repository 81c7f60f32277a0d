"""Holder and attendant of a till: whoever sits at this terminal, or what options say for them in scripts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from dualcos.cli.standing.steps_asked import StepFault
from dualcos.messages.acquirer_messages import masked_account
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import (
    Answerer,
    AnswersInFront,
    AskedAbout,
    ChoiceQuestion,
    TextQuestion,
    YesNoQuestion,
)
from dualcos.terminal.terminal_parts import PartText

_YES, _NO = "yes", "no"
_APPLICATION = PartText("请选择应用", "which application?")
_DECLINED = "declined"


def add_people(parser: ArgumentParser) -> None:
    """Declare what is said for people who are not there."""
    parser.add_argument(
        "--application", metavar="N", type=int, help="for scripts: which of several applications, from 1, as offered"
    )
    parser.add_argument(
        "--document", choices=(_YES, _NO), help="for scripts: whether the holder is the one on his document 证件出示"
    )
    parser.add_argument(
        "--telephone", metavar="CODE|declined", help="for scripts: what the issuer says of a referral 电话授权"
    )


class SaidByOptions(AnswersInFront):
    """What --application, --document and --telephone say; whoever is not spoken for is asked."""

    def __init__(self, args: Namespace, behind: Answerer) -> None:
        super().__init__(behind)
        self._application: int | None = args.application
        self._document: str | None = args.document
        self._telephone: str | None = args.telephone

    def choice(self, asked: ChoiceQuestion) -> int | None:
        """Raises Fault for an application that is not offered."""
        if asked.about is not AskedAbout.APPLICATION or self._application is None:
            return self.behind.choice(asked)
        if not 0 < self._application <= len(asked.choices):
            labels = ", ".join(each.zh for each in asked.choices)
            said, offered = f"--application {self._application}", len(asked.choices)
            raise StepFault(
                PartText(f"{said}：卡上可选{offered}个应用：{labels}", f"{said}: {offered} are offered: {labels}")
            )
        return self._application - 1

    def yes(self, asked: YesNoQuestion) -> bool:
        """With --application the first that is offered is taken."""
        if asked.about is AskedAbout.THIS_APPLICATION and self._application is not None:
            return True
        if asked.about is AskedAbout.DOCUMENT and self._document is not None:
            return self._document == _YES
        return self.behind.yes(asked)

    def text(self, asked: TextQuestion) -> str | None:
        """The approval code; empty for declined."""
        if asked.about is not AskedAbout.TELEPHONE or self._telephone is None:
            return self.behind.text(asked)
        return "" if self._telephone == _DECLINED else self._telephone


class PeopleAtTill:
    """Holder and attendant, asked through the view. All methods raise Fault where nobody is there to answer."""

    def __init__(self, view: TerminalView) -> None:
        self._view = view

    # --- the holder -------------------------------------------------------------------------------------------------

    def chooses(self, labels: Sequence[str]) -> int | None:
        """See ``HolderAtTerminal``."""
        return self._view.choose(_APPLICATION, [PartText(label, "") for label in labels], AskedAbout.APPLICATION)

    def confirms(self, label: str) -> bool:
        """See ``HolderAtTerminal``."""
        return self._view.confirm(PartText(f"使用{label}？", f"use {label}?"), AskedAbout.THIS_APPLICATION)

    # --- the attendant ----------------------------------------------------------------------------------------------

    def compares_document(self, kind: str, number: str) -> bool:
        """See ``Attendant``."""
        question = PartText(
            f"证件（类型{kind}，号码{number}）与持卡人相符？",
            f"does the document (type {kind}, {number}) fit the holder?",
        )
        return self._view.confirm(question, AskedAbout.DOCUMENT)

    def authorises(self, pan: str) -> str | None:
        """See ``Attendant``."""
        question = PartText(
            f"请致电发卡行，卡号{masked_account(pan)}，输入授权号，回车为拒绝",
            f"telephone the issuer about {masked_account(pan)}: the approval code, Enter for declined",
        )
        return self._view.text(question, AskedAbout.TELEPHONE) or None


def asked_people(view: TerminalView, args: Namespace) -> PeopleAtTill:
    """Both, with what the options say for them."""
    view.answered_first(lambda behind: SaidByOptions(args, behind))
    return PeopleAtTill(view)
