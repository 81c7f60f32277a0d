"""Pre-processing (交易预处理), second half: PIN, application, transaction (SSC-7 §5.6 to §5.11).

A terminal is asked at most twice: which application, which transaction; where only one is possible, it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from typing import NamedTuple, TypeVar

from apdu.status import SW
from apdu.tlv import TlvError, find, leaves
from cos.ssse.tables.table_model import Directory
from dualcos.dialogue.iso_commands import read_record
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, directory_name
from dualcos.terminal.social.card_environment import asked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, refused_by
from dualcos.terminal.terminal_forms import TerminalBusiness
from dualcos.terminal.terminal_parts import Keyboard, PartText

_MOST_RECORDS = 0xFE
_FCI, _PROPRIETARY, _DIR, _AID = 0x6F, 0xA5, 0x88, 0x4F
T = TypeVar("T")
WHICH_APPLICATION = PartText("请选择应用", "which application?")
WHICH_TRANSACTION = PartText("请选择交易", "which transaction?")


class Actor(Enum):
    """Who stands at the terminal."""

    HOLDER = PartText("持卡人", "card holder")
    OPERATOR = PartText("操作员", "operator")


class TransactionRow(NamedTuple):
    """One kind of transaction. ``application``: False if it is of the whole card."""

    actors: tuple[Actor, ...]
    zh: str
    en: str
    clause: str
    application: bool = True

    @property
    def said(self) -> PartText:
        """As keyboard and display have it."""
        return PartText(self.zh, self.en)


class SocialTransaction(Enum):
    """Those that SSC-7 §5.10 lets be chosen; at most one in a transaction."""

    INQUIRY = TransactionRow((Actor.HOLDER, Actor.OPERATOR), "查询应用信息", "inquiry", "SSC-7 §6")
    PIN_CHANGE = TransactionRow((Actor.HOLDER,), "更改个人密码", "change of the PIN", "SSC-7 §9", application=False)
    ONLINE_UPDATE = TransactionRow((Actor.HOLDER,), "联机更改应用信息", "on-line update", "SSC-7 §8")
    UPDATE = TransactionRow((Actor.OPERATOR,), "更改应用信息", "update", "SSC-7 §7")
    CARD_BLOCK = TransactionRow((Actor.OPERATOR,), "卡片锁定", "card block", "SSC-7 §13.1", application=False)
    APPLICATION_BLOCK = TransactionRow((Actor.OPERATOR,), "应用锁定", "application block", "SSC-7 §13.2")

    @property
    def row(self) -> TransactionRow:
        """What is declared of it."""
        return self.value

    @property
    def business(self) -> TerminalBusiness:
        """As the forms of terminals have it."""
        return TerminalBusiness[self.name]


def transactions_of(actor: Actor) -> tuple[SocialTransaction, ...]:
    """What ``actor`` may choose (SSC-7 §5.10)."""
    return tuple(each for each in SocialTransaction if actor in each.row.actors)


def needs_pin(at: CardAtTerminal) -> bool:
    """True if the holder has to enter a PIN (SSC-7 §5.6). Raises TerminalStopped: it is locked."""
    return not at.pin_verified and at.pin_tries() is not None


def choose_transaction(
    actor: Actor, keyboard: Keyboard, offered: Collection[SocialTransaction] = tuple(SocialTransaction)
) -> SocialTransaction:
    """Which transaction; ``offered``: those that this terminal has. Raises TerminalStopped."""
    possible = [each for each in transactions_of(actor) if each in offered]
    return _one_of(possible, lambda each: each.row.said, WHICH_TRANSACTION, keyboard)


def supported_applications(at: CardAtTerminal, terminal: Collection[str] | None = None) -> tuple[Directory, ...]:
    """What card and terminal both have, in the order of the tables; ``terminal``: names of its directories (``DF04``),
    None for all. By DIR where the card has one, and each by its AID: a blocked one (9303) is left out (SSC-7 §5.9,
    SSC-3 §6.5). Raises TerminalStopped.
    """
    listed = listed_names(at)
    wanted = [
        each
        for each in at.environment.directories[1:]
        if (terminal is None or directory_name(each) in terminal) and (listed is None or each.name in listed)
    ]
    return at.applications(wanted)


def choose_application(at: CardAtTerminal, keyboard: Keyboard, terminal: Collection[str] | None = None) -> Directory:
    """One application, selected: the only one, or the one that is chosen (SSC-7 §5.11). Raises TerminalStopped."""
    found = supported_applications(at, terminal)
    chosen = _one_of(found, lambda each: PartText(each.label_zh, each.label_en), WHICH_APPLICATION, keyboard)
    at.enter(chosen)
    return chosen


def listed_names(at: CardAtTerminal) -> frozenset[bytes] | None:
    """The AIDs in the DIR file; None if the environment announces none, which leaves all possible (SSC-3 §6.5).

    Entries that are no data objects list nothing. Raises TerminalStopped.
    """
    sfi = _dir_sfi(at.environment.fci)
    if sfi is None:
        return None
    at.enter(at.home)
    found: set[bytes] = set()
    for number in range(1, _MOST_RECORDS + 1):
        answer = asked(at.card, read_record(number, sfi))
        if answer.sw == SW.FILE_NOT_FOUND and number == 1:
            return None
        if answer.sw == SW.RECORD_NOT_FOUND:
            break
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, "读目录文件", "reading the DIR file")
        found.update(_names_in(answer.data))
    return frozenset(found)


def _dir_sfi(fci: bytes) -> int | None:
    try:
        value = find(fci, _FCI, _PROPRIETARY, _DIR) or b""
    except TlvError:
        return None
    return value[0] & 0x1F if len(value) == 1 and value[0] & 0x1F else None


def _names_in(record: bytes) -> set[bytes]:
    try:
        return {each.value for each in leaves(record) if each.tag == _AID}
    except TlvError:
        return set()


def _one_of(possible: Sequence[T], said: Callable[[T], PartText], question: PartText, keyboard: Keyboard) -> T:
    """One: go; none: stop; several: ask."""
    if not possible:
        raise TerminalStopped(StopCause.NO_APPLICATION)
    if len(possible) == 1:
        return possible[0]
    chosen = keyboard.choose(question, [said(each) for each in possible])
    if chosen is None or not 0 <= chosen < len(possible):
        raise TerminalStopped(StopCause.NOTHING_CHOSEN)
    return possible[chosen]
