"""The temporary off-line file (医疗保险临时脱网结算信息文件, DF04 EF06 from 2.0 on), and what a terminal may do by it.

It is read in the insertion in which it is used, never taken from before; an update that was interrupted is read back
and compared item by item (V2.0 §8.5.2; 人社信息函〔2012〕38号; SSC-7 §14).
"""

from __future__ import annotations

from collections.abc import Mapping

from cos.ssse.tables.item_encoding import EncodingError, decode_cn, decode_text, encode_cn, encode_text
from cos.ssse.tables.table_model import Version
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, PlaceOfFile
from dualcos.terminal.social.medical_means import OfflineLimits
from dualcos.terminal.social.medical_records import CardFigures, FigureUpdate
from dualcos.terminal.social.purchase_steps import ACCOUNT
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_FILE = 0xEF06
_FLAG, _AMOUNT, _COUNT = 0x90, 0x92, 0x93
_AMOUNT_BYTES, _COUNT_BYTES, _ALLOWED = 4, 2, "1"
MOST_FIGURES = CardFigures(True, 10 ** (2 * _AMOUNT_BYTES) - 1, 10**_COUNT_BYTES - 1)
"""What the items can hold."""


def has_figures(at: CardAtTerminal) -> bool:
    """True for a card of an edition that has the file; one of 1.0 has other items under its name."""
    return at.environment.version >= Version.V2


def read_figures(at: CardAtTerminal) -> CardFigures:
    """What the file says now, its rights earned. Raises TerminalStopped, also for items that are no numbers."""
    place = _place(at)
    at.earn(place, place.file.read)
    items = {tag: at.read_item(place, tag) for tag in (_FLAG, _AMOUNT, _COUNT)}
    try:
        return _figures(items)
    except (EncodingError, ValueError):
        said = "脱网结算信息", "the temporary off-line file"
        raise TerminalStopped(StopCause.LENGTH, detail=said) from None


def earn_update(at: CardAtTerminal) -> None:
    """The right to write the file, before it is needed. Raises TerminalStopped."""
    place = _place(at)
    at.earn(place, place.file.update)


def demand_below(limits: OfflineLimits, figures: CardFigures, total: int) -> None:
    """One more settlement of ``total`` is allowed. Raises TerminalStopped: by the flag, or a limit would be reached."""
    if not figures.allowed:
        raise TerminalStopped(StopCause.OFFLINE_LIMIT, detail=("卡内标识", "by the card's flag"))
    if figures.amount + total >= min(limits.amount, MOST_FIGURES.amount):
        raise TerminalStopped(StopCause.OFFLINE_LIMIT, detail=("累计金额", "amount"))
    if figures.times + 1 >= min(limits.times, MOST_FIGURES.times):
        raise TerminalStopped(StopCause.OFFLINE_LIMIT, detail=("累计次数", "number of settlements"))


def one_more(figures: CardFigures, total: int) -> CardFigures:
    """The figures after one more settlement of ``total``, no more than the items can hold."""
    amount, times = figures.amount + total, figures.times + 1
    return CardFigures(figures.allowed, min(amount, MOST_FIGURES.amount), min(times, MOST_FIGURES.times))


def is_under_way(now: CardFigures, update: FigureUpdate) -> bool:
    """True if the file is somewhere between the two: items are written in their order, so it has new ones in front and
    old ones behind. Anything else another terminal has written.
    """
    before, after = update.before, update.after
    return any(now == (*after[:written], *before[written:]) for written in range(len(now) + 1))


def write_figures(at: CardAtTerminal, now: CardFigures, after: CardFigures) -> None:
    """Bring the file from ``now`` to ``after``, item by item. Raises TerminalStopped; then it is somewhere between."""
    place = _place(at)
    if now != after:
        earn_update(at)
    old, new = _items(now), _items(after)
    for tag, value in new.items():
        if value != old[tag]:
            at.write_item(place, tag, value)


def _place(at: CardAtTerminal) -> PlaceOfFile:
    if not has_figures(at):
        raise TerminalStopped(StopCause.OFFLINE_LIMIT, detail=("此卡无脱网结算信息", "this card has no file for it"))
    return at.place(ACCOUNT, _FILE)


def _figures(items: Mapping[int, bytes]) -> CardFigures:
    """Raises EncodingError, ValueError."""
    amount, count = decode_cn(items[_AMOUNT]), decode_text(items[_COUNT])
    return CardFigures(decode_text(items[_FLAG]) == _ALLOWED, _digits(amount), _digits(count))


def _digits(text: str) -> int:
    """0 for an empty one. Raises ValueError for anything but digits: no sign, no space."""
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError("no digits")
    return int(text or "0")


def _items(figures: CardFigures) -> dict[int, bytes]:
    return {
        _FLAG: encode_text(_ALLOWED if figures.allowed else "0", 1),
        _AMOUNT: encode_cn(f"{figures.amount:08d}", _AMOUNT_BYTES),
        _COUNT: encode_text(f"{figures.times:02d}", _COUNT_BYTES),
    }
