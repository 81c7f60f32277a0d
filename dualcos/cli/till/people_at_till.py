"""Holder and attendant of a till: whoever sits at this terminal, or what options say for them in scripts."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

from dualcos.cli.operator_terminal import PersonAtTerminal
from dualcos.cli.user_faults import Fault
from dualcos.lab.operator_steps.desk import OperatorWords
from dualcos.messages.acquirer_messages import masked_account

_YES, _NO = "yes", "no"
_YES_OR_NO = {_YES: OperatorWords("是", "yes"), _NO: OperatorWords("否", "no")}
_APPLICATION = OperatorWords("请选择应用", "which application?")
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


class PeopleAtTill:
    """Both; ``before``: called before somebody is asked. All methods raise Fault where nobody is there to answer."""

    def __init__(self, args: Namespace, before: Callable[[], None]) -> None:
        self._application: int | None = args.application
        self._document: str | None = args.document
        self._telephone: str | None = args.telephone
        self._before = before

    # --- the holder -------------------------------------------------------------------------------------------------

    def chooses(self, labels: Sequence[str]) -> int | None:
        """See ``HolderAtTerminal``."""
        if self._application is not None:
            if not 0 < self._application <= len(labels):
                raise Fault(f"--application {self._application}: {len(labels)} are offered: {', '.join(labels)}")
            return self._application - 1
        offered = {str(at): OperatorWords(label, "") for at, label in enumerate(labels)}
        return int(self._person("--application N").choice(_APPLICATION, offered))

    def confirms(self, label: str) -> bool:
        """See ``HolderAtTerminal``: with --application the first that is offered is taken."""
        if self._application is not None:
            return True
        words = OperatorWords(f"使用{label}？", f"use {label}?")
        return self._person("--application N").choice(words, _YES_OR_NO) == _YES

    # --- the attendant ----------------------------------------------------------------------------------------------

    def compares_document(self, kind: str, number: str) -> bool:
        """See ``Attendant``."""
        if self._document is not None:
            return self._document == _YES
        words = OperatorWords(
            f"证件（类型{kind}，号码{number}）与持卡人相符？",
            f"does the document (type {kind}, {number}) fit the holder?",
        )
        return self._person("--document yes|no").choice(words, _YES_OR_NO) == _YES

    def authorises(self, pan: str) -> str | None:
        """See ``Attendant``."""
        if self._telephone is not None:
            return None if self._telephone == _DECLINED else self._telephone
        words = OperatorWords(
            f"请致电发卡行，卡号{masked_account(pan)}，输入授权号，回车为拒绝",
            f"telephone the issuer about {masked_account(pan)}: the approval code, Enter for declined",
        )
        return self._person("--telephone CODE").text(words) or None

    def _person(self, option: str) -> PersonAtTerminal:
        self._before()
        if not sys.stdin.isatty():
            raise Fault(f"somebody is asked and stdin is no terminal; {option} says it for scripts")
        return PersonAtTerminal()
