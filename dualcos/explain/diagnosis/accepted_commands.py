"""Notes on commands that a card accepts and nobody means (已接受但可疑): fields swapped, wrong fill, impossible values.

Only what is never right use: a note is worth nothing where honest terminals get it. Dates are held against those that
the card told in this session; a terminal that has seen them itself says so in its verification results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from apdu import tlv
from apdu.tlv import TlvError
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import File, Form, Item, Kind
from dualcos.explain import names_of_places
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.plausible_values import is_day, is_long_date, is_packed, is_short_date, is_time
from firewall.trace import Datum

_INTERNAL, _READ, _UPDATE, _GPO, _GENERATE_AC = 0x88, 0xB2, 0xDC, 0xA8, 0xAE
_CREDIT, _DEBIT, _STARTING_DAY, _CIPHER, _INIT_SAM, _DELIVER = 0x2A, 0x2C, 0x56, 0xFA, 0x70, 0xDE
_CDOL1, _CDOL2, _PDOL = 0x8C, 0x8D, 0x9F38
_HALF = 8


def _note(situation: Situation, kind: str, expected: Datum, received: Datum, **about: Datum) -> Diagnosis:
    clause = situation.row.ref if situation.row is not None else ""
    return Diagnosis(kind, Certainty.NOTE, about, expected, received, clause)


# --- INTERNAL AUTHENTICATION ------------------------------------------------------------------------------------------


def _internal_authentication(situation: Situation) -> Iterator[Diagnosis]:
    """Process factor, then original information. Where both are random numbers of the card, the last one is the process
    factor; in any case an earlier pair does not come the other way round.
    """
    data = situation.command.data
    first, second = data[:_HALF], data[_HALF : 2 * _HALF]
    if first == second or len(second) < _HALF:
        return
    last = next(situation.history.challenges(situation.spot.environment), b"")
    earlier = (
        past.command.data[: 2 * _HALF]
        for past in situation.history.all()
        if past.command.ins == _INTERNAL and past.spot.environment == situation.spot.environment and past.done
    )
    if second == last or second + first in earlier:
        yield _note(situation, "accepted.fields-swapped", second + first, first + second)


# --- what a PSAM is given ---------------------------------------------------------------------------------------------

_WHOLE, _END = 0x05, 0x01


def _cipher_data(situation: Situation) -> Iterator[Diagnosis]:
    """The end of what is to be MACed: 80 and 00 behind it, always (SSC-4 §8.2)."""
    command = situation.command
    if command.p1 not in (_WHOLE, _END) or situation.secret:
        return
    filled = command.data.rstrip(b"\0")
    if len(filled) < len(command.data) and not filled.endswith(b"\x80"):
        yield _note(situation, "accepted.zero-padding", b"\x80", command.data[len(filled) :])


def _init_sam(situation: Situation) -> Iterator[Diagnosis]:
    yield from _moment(situation, 19)


def _delivered(situation: Situation) -> Iterator[Diagnosis]:
    """The factors of DELIVERY SESSION KEY: the card's first (SSC-9 §9.7), unless its maker has it otherwise."""
    steps = situation.command.p1 >> 5
    factors = [situation.command.data[at : at + _HALF] for at in range(0, _HALF * steps, _HALF)]
    tiers = [next((at for at, end in enumerate(_FACTOR_ENDS, 1) if each.endswith(end)), 0) for each in factors]
    if len(tiers) > 1 and any(tiers) and tiers != sorted(tiers):
        yield _note(situation, "accepted.factor-order", b"".join(factors[::-1]), b"".join(factors))


_FACTOR_ENDS = (b"sx", b"sh")
"""How factors end above the card: a city's, a province's."""


# --- dates of the social side -----------------------------------------------------------------------------------------


def _credit(situation: Situation) -> Iterator[Diagnosis]:
    yield from _moment(situation, 0)


def _debit(situation: Situation) -> Iterator[Diagnosis]:
    yield from _moment(situation, 4)


def _starting_day(situation: Situation) -> Iterator[Diagnosis]:
    value = situation.command.data
    if len(value) == 2 and not _is_month_day(value):
        yield _note(situation, "accepted.no-date", Form.MONTH_DAY.value, value, name="starting day 年度起始日期")


def _moment(situation: Situation, at: int) -> Iterator[Diagnosis]:
    """YYYYMMDDhhmmss at offset ``at``, while the card is valid."""
    value = situation.command.data[at : at + 7]
    if not (is_long_date(value[:4]) and is_time(value[4:])):
        yield _note(situation, "accepted.no-date", "YYYYMMDDhhmmss", value, name="date and time 日期时间")
        return
    issued, expires = (_card_date(situation, tag) for tag in (_ISSUED, _EXPIRES))
    yield from _against(situation, value[:4], issued, expires)


def _against(situation: Situation, day: bytes, begins: bytes, ends: bytes) -> Iterator[Diagnosis]:
    if begins and day < begins:
        yield _note(situation, "accepted.before-effective", begins, day)
    elif ends and day > ends:
        yield _note(situation, "accepted.expired", ends, day)


_ISSUED, _EXPIRES, _ISSUER_FILE = 0x05, 0x06, 0xEF05


def _card_date(situation: Situation, tag: int) -> bytes:
    """Of the card's own dates the one that was read in this session; nothing if none was."""
    header = bytes((tag, 4))
    for past in situation.history.since_reset():
        read = past.command.ins == _READ and past.done and past.spot.directory == ssse_holder.FID
        if read and past.data[:2] == header and is_long_date(past.data[2:6]):
            return past.data[2:6]
    return b""


def _update_record(situation: Situation) -> Iterator[Diagnosis]:
    """Every date in the items that the file's table names."""
    file = _file(situation)
    if file is None or situation.secret:
        return
    data = situation.command.data[:-4] if situation.command.cla & 0x04 else situation.command.data
    for item, value in _items(file, data):
        if len(value) != item.length or not value.strip(b"\0") or not value.strip(b"\xff"):
            continue
        check, name = _DATES.get(item.form), f"{item.name_en} {item.name_zh}"
        if check is not None and not check(value):
            yield _note(situation, "accepted.no-date", item.form.value, value, name=name)
        elif item.form is Form.FEN and item.kind is Kind.CN and not {*value.hex().rstrip("f")} <= _DIGITS:
            yield _note(situation, "accepted.amount-not-bcd", "cn", value, name=name)
        elif (file.fid, item.tag, situation.spot.directory) == (_ISSUER_FILE, _EXPIRES, ssse_holder.FID):
            yield from _against(situation, value, _card_date(situation, _ISSUED), b"")


_DIGITS = frozenset("0123456789")


def _file(situation: Situation) -> File | None:
    """The file that was written: current now, or named by its short identifier."""
    at = situation.at
    fid, directory = at.target(situation.command), at.spot.directory
    return names_of_places.file_of(directory, fid, at.version) if fid is not None and directory is not None else None


def _items(file: File, data: bytes) -> Iterator[tuple[Item, bytes]]:
    if file.items and file.items[0].tag is None:
        at = 0
        for item in file.items:
            yield item, data[at : at + item.length]
            at += item.length
        return
    try:
        parts = tlv.parse_simple(data)
    except TlvError:
        return
    for part in parts:
        named = file.item(part.tag)
        if named is not None:
            yield named, part.value


def _is_month(value: bytes) -> bool:
    return is_long_date(value + b"\x01")


def _is_year(value: bytes) -> bool:
    return is_long_date(value + b"\x01\x01")


def _is_month_day(value: bytes) -> bool:
    return is_packed(value) and is_day(2000, int(value[:1].hex()), int(value[1:].hex()))


_DATES: Mapping[Form, Callable[[bytes], bool]] = MappingProxyType(
    {
        Form.DATE: is_long_date,
        Form.MONTH: _is_month,
        Form.YEAR: _is_year,
        Form.MONTH_DAY: _is_month_day,
        Form.TIME: lambda value: is_long_date(value[:4]) and is_time(value[4:]),
    }
)

# --- the bank's terminal data -----------------------------------------------------------------------------------------

_AMOUNTS, _DATE, _TIME, _RESULTS = (0x9F02, 0x9F03), 0x9A, 0x9F21, 0x95
_EXPIRED, _NOT_YET = 0x40, 0x20  # second byte of the terminal verification results
_EFFECTIVE_FROM, _EXPIRES_ON = 0x5F25, 0x5F24
_NAMES: Mapping[int, str] = MappingProxyType(
    {0x9F02: "9F02 授权金额", 0x9F03: "9F03 其它金额", 0x9A: "9A 交易日期", 0x9F21: "9F21 交易时间"}
)


def _generate_ac(situation: Situation) -> Iterator[Diagnosis]:
    at = situation.at
    tag = _CDOL1 if at.cryptograms <= 1 else _CDOL2
    yield from _terminal_data(situation, tag, situation.command.data)
    if situation.command.data and tag == _CDOL1 and at.list_for(tag) is None and not _asked_before(situation):
        yield _note(situation, "accepted.list-not-read", f"{tag:02X}", None)


def _asked_before(situation: Situation) -> bool:
    """True if it was said of an earlier transaction: once is enough for one terminal."""
    return any(past.command.ins == _GENERATE_AC and past.done for past in situation.history.all())


def _processing_options(situation: Situation) -> Iterator[Diagnosis]:
    data = situation.command.data
    try:
        _, start = tlv.read_length(data, 1)
    except TlvError:
        return
    yield from _terminal_data(situation, _PDOL, data[start:])


def _terminal_data(situation: Situation, tag: int, data: bytes) -> Iterator[Diagnosis]:
    raw = situation.at.list_for(tag)
    try:
        values = tlv.split_dol(tlv.parse_dol(raw), data) if raw else {}
    except TlvError:
        return
    for each in _AMOUNTS:
        value = values.get(each, b"")
        if not is_packed(value):
            yield _note(situation, "accepted.amount-not-bcd", "n 12", value, name=_NAMES[each])
    day, time = values.get(_DATE, b""), values.get(_TIME, b"")
    if time and not is_time(time):
        yield _note(situation, "accepted.no-date", "hhmmss", time, name=_NAMES[_TIME])
    if day and not is_short_date(day):
        yield _note(situation, "accepted.no-date", "YYMMDD", day, name=_NAMES[_DATE])
    elif day:
        results = values.get(_RESULTS, bytes(5))
        begins, ends = (situation.at.dates.get(each, b"") for each in (_EFFECTIVE_FROM, _EXPIRES_ON))
        known = results[1] if len(results) > 1 else 0
        yield from _against(situation, day, b"" if known & _NOT_YET else begins, b"" if known & _EXPIRED else ends)


# --- the one door -----------------------------------------------------------------------------------------------------

Look = Callable[[Situation], Iterator[Diagnosis]]
_LOOKS: Mapping[tuple[str, int], Look] = MappingProxyType(
    {
        ("ssse", _INTERNAL): _internal_authentication,
        ("ssse", _UPDATE): _update_record,
        ("ssse", _STARTING_DAY): _starting_day,
        ("ssse", _CREDIT): _credit,
        ("ssse", _DEBIT): _debit,
        ("pse", _GPO): _processing_options,
        ("pse", _GENERATE_AC): _generate_ac,
        ("psam", _DELIVER): _delivered,
        ("psam", _CIPHER): _cipher_data,
        ("psam", _INIT_SAM): _init_sam,
    }
)


INSTRUCTIONS = frozenset(ins for _, ins in _LOOKS)
"""Of those that are looked at."""


def accepted_but(situation: Situation) -> Iterable[Diagnosis]:
    """What is strange about a command that was carried out."""
    look = _LOOKS.get((situation.spot.environment, situation.command.ins))
    return tuple(look(situation)) if look is not None and situation.accepted and not situation.hidden else ()


_LEAVES_COUNTERS = frozenset((0x84, 0xA4, 0xB0, 0xB2, 0xC0, 0xCA))
"""What may come between two failures without filling the counter."""
_VERSION = 16


def tries_never_lock(situation: Situation) -> Iterable[Diagnosis]:
    """The card says that a failure cost no try; or the same number is left after two in a row."""
    sw, command = situation.sw, situation.command
    if sw & 0xFFF0 != 0x63C0 or not command.data:
        return ()
    if situation.reason is not None and situation.reason.about.get("counts") is False:
        return (_note(situation, "accepted.tries-never-lock", None, sw & 0x0F),)
    here = situation.spot[:2], command.header, command.data[_VERSION:]
    for past in situation.history.since_reset():
        if (past.spot[:2], past.command.header, past.command.data[_VERSION:]) == here and past.command.data:
            same = past.sw == sw
            return (_note(situation, "accepted.tries-never-lock", None, sw & 0x0F),) if same else ()
        if past.done and past.command.ins not in _LEAVES_COUNTERS:
            return ()
    return ()
