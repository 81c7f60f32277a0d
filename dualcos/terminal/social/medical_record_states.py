"""States of a load or settlement in the terminal's storage, as a table (SSC-7 §11, §12, §14; SSC-8 §6.4).

Three of them may outlive the insertion: ``AT_CARD``, where the card has been asked and nobody knows what it did,
``ASKED``, where the same is true of the back end, and ``PROVED``, where the card says that it has booked, and nobody
has checked that: nothing is handed out for it until the card's log has it or the back end has taken the TAC.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class StateWords(NamedTuple):
    """One state for people."""

    zh: str
    en: str


class RecordState(Enum):
    """Where a transaction stands; the value is what the storage has."""

    ASKED = "asked"
    AGREED = "agreed"
    AT_CARD = "at-card"
    ANSWERED = "answered"
    PROVED = "proved"
    COMPLETE = "complete"
    SUSPICIOUS = "suspicious"
    GIVEN_UP = "given-up"
    UNKNOWN = "unknown"

    @property
    def words(self) -> StateWords:
        """For people."""
        return _WORDS[self]


class RecordEvent(Enum):
    """What happens to a transaction."""

    AGREED = "the back end agreed, or the terminal may decide alone"
    REFUSED = "the back end refused"
    SENT = "the card is about to be asked"
    ANSWERED = "the card answered with its TAC"
    NOT_BOOKED = "the card refused, was not asked, or has no proof"
    PROVED = "the card gave MAC and TAC as proof"
    LOGGED = "the card has it in its log, too"
    MAC2_RIGHT = "MAC2 is right, or there is none"
    MAC2_WRONG = "MAC2 is wrong"
    NOT_CHECKED = "MAC2 can be checked no more"
    TAC_RIGHT = "the back end has taken the TAC"
    TAC_WRONG = "the back end has refused the TAC"
    LOST = "the operator gives the card up"


_S, _E = RecordState, RecordEvent
LEADS: Mapping[tuple[RecordState, RecordEvent], RecordState] = MappingProxyType(
    {
        (_S.ASKED, _E.AGREED): _S.AGREED,
        (_S.ASKED, _E.REFUSED): _S.GIVEN_UP,
        (_S.ASKED, _E.NOT_BOOKED): _S.GIVEN_UP,
        (_S.AGREED, _E.SENT): _S.AT_CARD,
        (_S.AGREED, _E.NOT_BOOKED): _S.GIVEN_UP,
        (_S.AT_CARD, _E.ANSWERED): _S.ANSWERED,
        (_S.AT_CARD, _E.NOT_BOOKED): _S.GIVEN_UP,
        (_S.AT_CARD, _E.PROVED): _S.PROVED,
        (_S.AT_CARD, _E.LOGGED): _S.COMPLETE,
        (_S.AT_CARD, _E.LOST): _S.UNKNOWN,
        (_S.ANSWERED, _E.MAC2_RIGHT): _S.COMPLETE,
        (_S.ANSWERED, _E.MAC2_WRONG): _S.SUSPICIOUS,
        (_S.ANSWERED, _E.NOT_CHECKED): _S.PROVED,
        (_S.PROVED, _E.LOGGED): _S.COMPLETE,
        (_S.PROVED, _E.TAC_RIGHT): _S.COMPLETE,
        (_S.PROVED, _E.TAC_WRONG): _S.SUSPICIOUS,
        (_S.COMPLETE, _E.TAC_WRONG): _S.SUSPICIOUS,
        (_S.SUSPICIOUS, _E.PROVED): _S.PROVED,
        (_S.UNKNOWN, _E.PROVED): _S.PROVED,
        (_S.UNKNOWN, _E.LOGGED): _S.COMPLETE,
        (_S.UNKNOWN, _E.NOT_BOOKED): _S.GIVEN_UP,
    }
)
"""What leads where; anything else does not happen."""
FIRST_STATES = (RecordState.ASKED, RecordState.AGREED)


class UploadState(Enum):
    """Where a report to the back end stands; the value is what the storage has."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"

    @property
    def words(self) -> StateWords:
        """For people."""
        return _WORDS[self]


_WORDS: Mapping[Enum, StateWords] = MappingProxyType(
    {
        RecordState.ASKED: StateWords("后台未答复", "no answer of the back end is known"),
        RecordState.AGREED: StateWords("已议定", "agreed, the card has not been asked"),
        RecordState.AT_CARD: StateWords("已向卡请求", "the card was asked, its answer is not known"),
        RecordState.ANSWERED: StateWords("卡已记账", "the card has booked it, its MAC2 is not checked"),
        RecordState.COMPLETE: StateWords("完成", "complete"),
        RecordState.PROVED: StateWords("已记账未核对：勿交付", "booked, not checked: hand nothing out"),
        RecordState.SUSPICIOUS: StateWords("可疑：勿交付", "booked, its MAC2 or TAC is wrong: hand nothing out"),
        RecordState.GIVEN_UP: StateWords("未成交", "did not come to be"),
        RecordState.UNKNOWN: StateWords("不明", "the card never came back"),
        UploadState.WAITING: StateWords("待上传", "waiting"),
        UploadState.TAKEN: StateWords("已上传", "taken"),
        UploadState.REFUSED: StateWords("后台拒绝", "refused by the back end"),
    }
)
