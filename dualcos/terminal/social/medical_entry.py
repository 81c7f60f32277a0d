"""初始化医疗保险支付 (SSC-7 §10): the basic data of medical insurance, the region's rule, how the card is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cos.ssse.tables.item_encoding import EncodingError, decode_cn, decode_text
from cos.ssse.tables.table_model import Form
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.medical_means import MedicalTerms
from dualcos.terminal.social.medical_records import InsuredPerson
from dualcos.terminal.social.purchase_steps import ACCOUNT
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_BASICS, _USE, _INSURED_AT = 0xEF05, 0x8F, 0x84
_HOLDER, _SOCIAL_NUMBER = 0xEF06, 0x08
_REGION_DIGITS = 6
_ONLINE, _OFFLINE = "1", "2"


class MedicalEntry(NamedTuple):
    """``basics``: items of DF04 EF05 by tag, as the card has them. ``offline_account``: 用卡方式 2, the card's own
    account is used: load, settlement, balance, log; otherwise 1, the card is updated on line (SSC-7 §8).
    """

    basics: Mapping[int, bytes]
    offline_account: bool


def medical_entry(at: CardAtTerminal, terms: MedicalTerms) -> MedicalEntry:
    """Read, judge and tell how to go on. Raises TerminalStopped: the region's rule is not met, or the flag is none."""
    basics = eligible_basics(at, terms)
    flag = _text(basics.get(_USE, b""))
    if flag not in (_ONLINE, _OFFLINE):
        raise TerminalStopped(StopCause.USE_FLAG)
    return MedicalEntry(basics, flag == _OFFLINE)


def eligible_basics(at: CardAtTerminal, terms: MedicalTerms) -> Mapping[int, bytes]:
    """The items of DF04 EF05 by tag, of a card for which insurance may pay (SSC-7 §10.2). Raises TerminalStopped."""
    place = at.place(ACCOUNT, _BASICS)
    at.earn(place, place.file.read)
    basics = at.read_items(place)
    if not terms.eligible(basics):
        raise TerminalStopped(StopCause.NOT_ELIGIBLE)
    return basics


def demand_account(at: CardAtTerminal, terms: MedicalTerms) -> MedicalEntry:
    """``medical_entry`` of a card whose own account is used. Raises TerminalStopped."""
    entry = medical_entry(at, terms)
    if not entry.offline_account:
        raise TerminalStopped(StopCause.USE_FLAG)
    return entry


def insured_person(at: CardAtTerminal, basics: Mapping[int, bytes]) -> InsuredPerson:
    """Whose card it is; what it does not have, or is no text, is empty. Raises TerminalStopped."""
    place = at.place("SSSE", _HOLDER)
    at.earn(place, place.file.read)
    return InsuredPerson(
        social_number=_text(at.read_item(place, _SOCIAL_NUMBER)),
        name=_text(at.read_name(place)),
        insured_at=_place_of_insurance(at, basics),
    )


def _place_of_insurance(at: CardAtTerminal, basics: Mapping[int, bytes]) -> str:
    """Cards of 1.0 have the name of a hospital there (V2.0 §8.5.1.3)."""
    item = at.place(ACCOUNT, _BASICS).file.item(_INSURED_AT)
    digits = decode_cn(basics.get(_INSURED_AT, b"")) if item is not None and item.form is Form.REGION else ""
    return digits if len(digits) == _REGION_DIGITS and digits.isdecimal() else ""


def _text(raw: bytes) -> str:
    """Empty for what is no text."""
    try:
        return decode_text(raw, "gb18030")
    except EncodingError:
        return ""
