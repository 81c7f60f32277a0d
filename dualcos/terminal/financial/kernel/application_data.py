"""应用初始化 and 读应用数据: GET PROCESSING OPTIONS, then every record of the AFL (PBOC-6 §7.3, §7.4)."""

from __future__ import annotations

from apdu import tlv
from apdu.status import SW
from apdu.tlv import TlvError
from cos.pse.data.aip_afl_ada import AflEntry, AflError, listed_records, parse_afl
from cos.pse.data.data_elements import BY_TAG, may_be
from dualcos.dialogue.bank import PDOL, read_record
from dualcos.dialogue.driver import apdu
from dualcos.terminal.financial.kernel.application_selection import SelectedApplication
from dualcos.terminal.financial.kernel.card_objects import once, only, primitives
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_record import TERMINAL_TAGS, KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.processing_restrictions import is_day
from dualcos.terminal.financial.kernel.transaction_ended import ApplicationLeft, EndCause, TransactionEnded

_AIP, _AFL, _NAME, _PAN, _TRACK_2, _EXPIRY = 0x82, 0x94, 0x84, 0x5A, 0x57, 0x5F24
_EFFECTIVE = 0x5F25
_TEMPLATE, _FORMAT_1, _FORMAT_2 = 0x70, 0x80, 0x77
_LAST_TEMPLATE_FILE = 10
_LEAST_DIGITS, _MOST_DIGITS = 11, 19
_MOST_RECORDS = 255
"""In all: no issued card has thirty, and a holder waits for each."""
MANDATORY = (_PAN, _EXPIRY, 0x8C, 0x8D)
"""Without one of them a transaction ends (PBOC-6 §7.4.4)."""
OF_SELECTION = frozenset((0x50, 0x87, PDOL, 0x5F2D, 0x9F11, 0x9F12))
"""What an application's FCI says (PBOC-3 table 44). Records say the rest, and nothing of this anew."""
_OF_ANSWERS = frozenset((_NAME, 0x9F10, 0x9F13, 0x9F17, 0x9F26, 0x9F27, 0x9F36, 0x9F45, 0x9F4B, 0x9F4C))
NOT_OF_RECORDS = TERMINAL_TAGS | _OF_ANSWERS
"""In a record they are passed over: the terminal's own, and what a card answers to other commands."""


def initiate(card: CardOfPayment, selected: SelectedApplication, record: KernelRecord) -> tuple[AflEntry, ...]:
    """GET PROCESSING OPTIONS; where the records are. TVR and TSI begin at zero. Raises ApplicationLeft for 6985,
    TransactionEnded for all else that is not as it should be.
    """
    record.clear_results()
    record.card.update({tag: item for tag, item in selected.proprietary.items() if tag in OF_SELECTION})
    record.card[_NAME] = selected.name
    try:
        data = record.asked_for(selected.proprietary.get(PDOL, b""))
    except TlvError as error:
        raise TransactionEnded(EndCause.FORMAT, detail=("PDOL", f"PDOL: {error}")) from None
    record.pdol_data = data
    answer = card.send(apdu("80A80000", tlv.encode(0x83, data)), answered=True)
    if answer.sw == SW.CONDITIONS_NOT_SATISFIED:
        raise ApplicationLeft("6985：另选应用", "6985: another application is to be chosen", "§7.3.4")
    if answer.sw != SW.OK:
        raise TransactionEnded(EndCause.NOT_INITIATED, answer.sw)
    aip, locator = _options(answer.data)
    record.card[_AIP], record.card[_AFL] = aip, locator
    try:
        return parse_afl(locator)
    except AflError as error:
        raise TransactionEnded(EndCause.FORMAT, detail=("AFL", str(error))) from None


def _options(data: bytes) -> tuple[bytes, bytes]:
    """AIP and AFL, format 1 or 2."""
    try:
        template = only(data, _FORMAT_1, _FORMAT_2)
        if template.tag == _FORMAT_1:
            aip, locator = template.value[:2], template.value[2:]
        else:
            found = once(template.value)
            aip, locator = found.get(_AIP, b""), found.get(_AFL, b"")
    except TlvError:
        aip = locator = b""
    if len(aip) != 2:
        raise TransactionEnded(EndCause.FORMAT, detail=("GPO应答", "answer of GET PROCESSING OPTIONS"))
    return aip, locator


def read_records(card: CardOfPayment, files: tuple[AflEntry, ...], record: KernelRecord) -> None:
    """All of them, in the AFL's order. Raises TransactionEnded (PBOC-6 §7.4.4)."""
    seen, listed = {_AIP, _AFL}, tuple(listed_records(files))
    if len(listed) > _MOST_RECORDS:
        raise TransactionEnded(EndCause.FORMAT, detail=("AFL", f"AFL: {len(listed)} records"))
    for sfi, number, signed in listed:
        answer = card.send(read_record(sfi, number))
        where = f"SFI {sfi}, {number}"
        if answer.sw != SW.OK:
            raise TransactionEnded(EndCause.RECORD, answer.sw, (where, where))
        content = _content(answer.data)
        if sfi <= _LAST_TEMPLATE_FILE:
            _keep(content, where, record, seen)
        if signed:
            _keep_signed(sfi, answer.data, content, record)
    _demand_mandatory(record)


def _content(data: bytes) -> bytes | None:
    """What is in a record's template 70; None for a record that is none."""
    try:
        return only(data, _TEMPLATE).value
    except TlvError:
        return None


def _keep(content: bytes | None, where: str, record: KernelRecord, seen: set[int]) -> None:
    """The data objects of a record. What the terminal or another command says is not taken from one; what nobody knows
    is passed over, however often it comes (PBOC-6 §7.4.4).
    """
    try:
        items = None if content is None else tuple(primitives(content))
    except TlvError:
        items = None
    if items is None:
        raise TransactionEnded(EndCause.FORMAT, detail=(where, where))
    for item in items:
        if item.tag in seen and (item.tag in BY_TAG or item.tag in NOT_OF_RECORDS):
            raise TransactionEnded(EndCause.DUPLICATE, detail=(f"{item.tag:X}", f"{item.tag:X}"))
        seen.add(item.tag)
        if item.tag in NOT_OF_RECORDS:
            continue
        if not may_be(item.tag, len(item.value)):
            length = f"{item.tag:X}: {len(item.value)}"
            raise TransactionEnded(EndCause.FORMAT, detail=(length, f"{length} bytes"))
        record.card.setdefault(item.tag, item.value)


def _keep_signed(sfi: int, data: bytes, content: bytes | None, record: KernelRecord) -> None:
    """What of a record is signed: of files 1 to 10 the contents of its template, of others all (PBOC-7 §5). Of files
    11 to 30 nothing else is known (PBOC-3).
    """
    if content is None:
        record.static_faulty = True
    else:
        record.static_data += content if sfi <= _LAST_TEMPLATE_FILE else data


def _demand_mandatory(record: KernelRecord) -> None:
    for tag in MANDATORY:
        if tag not in record.card:
            raise TransactionEnded(EndCause.MISSING, detail=(BY_TAG[tag].chinese, f"{tag:X} {BY_TAG[tag].name}"))
    named = record.pan, record.sequence
    if not _LEAST_DIGITS <= len(record.pan) <= _MOST_DIGITS or not all(each.isdecimal() for each in named):
        words = "主账号、主账号序列号", "account number, its sequence number"
        raise TransactionEnded(EndCause.FORMAT, detail=words)
    for tag in (_EXPIRY, _EFFECTIVE):
        if tag in record.card and not is_day(record.card[tag].hex()):
            raise TransactionEnded(EndCause.FORMAT, detail=(BY_TAG[tag].chinese, f"{tag:X} {BY_TAG[tag].name}"))
    track = record.card.get(_TRACK_2, b"").hex().upper()
    if track and track.partition("D")[0] != record.pan:
        raise TransactionEnded(EndCause.ACCOUNT)
    record.note(KernelStep.READING, "应用数据已读", "application data were read")
