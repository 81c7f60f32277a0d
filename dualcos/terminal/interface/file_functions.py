"""“通用读卡” and “通用写卡”: iReadCard, iWriteCard, and their steps with an HSM (SC §2, §3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apdu.status import SW
from apdu.tlv import SimpleTlv
from cos.ssse.tables.item_encoding import encode_transparent
from cos.ssse.tables.table_model import AccessKind, File, FileForm, KeyRow
from dualcos.dialogue.social import update_header
from dualcos.terminal.interface.card_device import CardDevice, demand_same_card
from dualcos.terminal.interface.file_addresses import (
    FileAddress,
    WantedItem,
    place_of,
    record_numbers,
    values_for,
    wanted_items,
)
from dualcos.terminal.interface.function_inputs import CardInfo, ProofGiven, hex_bytes, ill_formed
from dualcos.terminal.interface.item_texts import item_bytes, item_text, record_bytes, record_text
from dualcos.terminal.interface.step_pairs import Outcome, StepPair, proof_fields
from dualcos.terminal.interface.text_charset import TextCharset
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, PlaceOfFile, asks_for_key, asks_for_pin
from dualcos.terminal.social.security_path import HSM_AFTER
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, refused_by

READ, WRITE = "iReadCard", "iWriteCard"
_BY_PIN, _BY_KEY = 1, 2
_CLOSED = (AccessKind.NEVER, AccessKind.MASTER)
_MOST_WRITTEN = 0xF0


class FilesAsked(NamedTuple):
    """Whose card, and which files of it."""

    card: CardInfo
    files: list[FileAddress]


class WriteGiven(NamedTuple):
    """What the second step of writing takes."""

    proof: ProofGiven
    data: str


def _by_key(iAuthType: int) -> bool:
    """True for the key. Asked only where a file leaves the choice, as nothing else is said of iAuthType (SC §2.1.2)."""
    if iAuthType not in (_BY_PIN, _BY_KEY):
        raise ill_formed("iAuthType应为1或2", "iAuthType is 1 or 2")
    return iAuthType == _BY_KEY


# --- reading ---------------------------------------------------------------------------------------------------------


def read_files(device: CardDevice, pad: PinPad, wanted: FilesAsked, iAuthType: int) -> Outcome:
    """iReadCard: of "PIN and key" the key first (SC §2.1.3 step 6)."""
    at = device.at_psam(pad)
    demand_same_card(at.environment, wanted.card)
    said = ""
    for address, place in _places(at, wanted.files):
        _earn_reading(device, at, place, iAuthType)
        said += file_text(at, address, place)
    return Outcome(said)


def _places(at: CardAtTerminal, files: Sequence[FileAddress]) -> list[tuple[FileAddress, PlaceOfFile]]:
    """All of them, before the card is asked for the first."""
    return [(each, place_of(at, each)) for each in files]


def _earn_reading(device: CardDevice, at: CardAtTerminal, place: PlaceOfFile, iAuthType: int) -> None:
    rule = place.file.read
    by_key = rule.kind is not AccessKind.PIN_OR_KEY or _by_key(iAuthType)
    if asks_for_key(rule, by_key=by_key):
        device.ready_psam(at)
    at.earn(place, rule, by_key=by_key, key_first=True, pin_once=True)


def file_text(at: CardAtTerminal, address: FileAddress, place: PlaceOfFile) -> str:
    """What was asked for, in the shape of the question."""
    structure = place.file.structure
    if structure is FileForm.TRANSPARENT:
        values = [at.read_bytes(place).hex().upper()]
    elif structure is FileForm.CYCLIC:
        values = [record_text(place.file.items, each) for each in _records(at, address, place)]
    else:
        values = [
            item_text(place.file.item(wanted.tag), at.read_item(place, wanted.tag, wanted.number))
            for wanted in wanted_items(address)
        ]
    return f"{address.text}|{''.join(f'{value}|' for value in values)}$"


def _records(at: CardAtTerminal, address: FileAddress, place: PlaceOfFile) -> list[bytes]:
    numbers = record_numbers(address)
    found: list[bytes] = []
    for number in numbers or range(1, 0xFF):
        record = at.read_record(place, number)
        if record is None:
            if numbers:
                raise refused_by(SW.RECORD_NOT_FOUND, f"第{number}条记录", f"record {number}")
            break
        found.append(record)
    return found


def begin_reading(device: CardDevice, pad: PinPad, wanted: FilesAsked) -> Outcome:
    """iReadCard_HSM_Step1, of one file; of "PIN and key" the PIN first (SC §2.2.3 step 6)."""
    at = device.at_hsm(pad, device.read())
    demand_same_card(at.environment, wanted.card)
    ((address, place),) = _places(at, wanted.files)
    rule = place.file.read
    if not asks_for_key(rule):
        raise TerminalStopped(StopCause.HSM_NOT_NEEDED)
    at.enter(place.directory)
    if asks_for_pin(rule, by_key=True):
        at.demand_pin(once=True)
    text, key = proof_fields(at, at.key(place.directory, rule.key))

    def go_on(given: ProofGiven) -> Outcome:
        """iReadCard_HSM_Step2."""
        key.present(at, given)
        return Outcome(file_text(at, address, place))

    return Outcome(text, StepPair(READ, 2, at, go_on))


# --- writing ---------------------------------------------------------------------------------------------------------


def write_files(device: CardDevice, pad: PinPad, wanted: FilesAsked, data: str, charset: TextCharset) -> Outcome:
    """iWriteCard: every value and every key is looked at before the first is written. What stops it then is no code
    behind which a caller writes all once more with an HSM: a record of a cyclic file would be there twice.
    """
    at, path = device.at_both(pad, wanted.card)
    prepared = _prepared(at, wanted.files, data, charset)
    for place, _ in prepared:
        path.demand_key(_update_key(at, place))
    device.ready_psam(at)
    begun = False
    try:
        for place, values in prepared:
            at.enter(place.directory)
            at.prove(_update_key(at, place))
            begun = True
            _write(at, place, values)
    except TerminalStopped as stopped:
        if begun and stopped.code in HSM_AFTER:
            said = f"已写入一部分：{stopped.zh}", f"a part is written: {stopped.en}"
            raise refused_by(SW.SECURITY_NOT_SATISFIED, *said) from None
        raise
    return Outcome("")


def _update_key(at: CardAtTerminal, place: PlaceOfFile) -> KeyRow:
    return at.key(place.directory, place.file.update.key)


def begin_writing(device: CardDevice, pad: PinPad, wanted: FilesAsked, charset: TextCharset) -> Outcome:
    """iWriteCard_HSM_Step1, of one file."""
    at = device.at_hsm(pad, device.read())
    demand_same_card(at.environment, wanted.card)
    ((address, place),) = _places(at, wanted.files)
    _demand_writable(place)
    at.enter(place.directory)
    text, key = proof_fields(at, _update_key(at, place))

    def go_on(given: WriteGiven) -> Outcome:
        """iWriteCard_HSM_Step2."""
        ((_, values),) = _prepared(at, [address], given.data, charset)
        key.present(at, given.proof)
        _write(at, place, values)
        return Outcome("")

    return Outcome(text, StepPair(WRITE, 2, at, go_on))


def _demand_writable(place: PlaceOfFile) -> None:
    if place.file.update.kind in _CLOSED:
        raise refused_by(
            SW.SECURITY_NOT_SATISFIED, f"{place.file.name_zh}不允许写入", f"{place.file.name_en} is closed"
        )


_Values = list[tuple[str | None, bytes]]
"""The command that writes it, its header; None for all of a transparent file."""


def _prepared(
    at: CardAtTerminal, files: Sequence[FileAddress], data: str, charset: TextCharset
) -> list[tuple[PlaceOfFile, _Values]]:
    places = _places(at, files)
    for _, place in places:
        _demand_writable(place)
    texts = values_for(list(files), data)
    return [
        (place, _values(address, place, given, charset)) for (address, place), given in zip(places, texts, strict=True)
    ]


def _values(address: FileAddress, place: PlaceOfFile, texts: Sequence[str], charset: TextCharset) -> _Values:
    file = place.file
    if file.structure is FileForm.TRANSPARENT:
        return [(None, encode_transparent(file, hex_bytes(texts[0], *range(file.size + 1))))]
    if file.structure is FileForm.CYCLIC:
        if address.items:
            raise ill_formed("循环文件只能新增记录", "a cyclic file takes a new record only")
        return [(update_header(file), record_bytes(file.items, texts[0], charset))]
    return [_item(file, wanted, text, charset) for wanted, text in zip(wanted_items(address), texts, strict=True)]


def _item(file: File, wanted: WantedItem, text: str, charset: TextCharset) -> tuple[str, bytes]:
    """By its tag; one of several with the same tag by its place in the file, as "next" would have to be read first."""
    places = [number for number, item in enumerate(file.items, start=1) if item.tag == wanted.tag]
    if wanted.number > len(places):
        raise refused_by(SW.RECORD_NOT_FOUND, f"数据项{wanted.tag:02X}", f"item {wanted.tag:02X}")
    number = places[wanted.number - 1]
    value = item_bytes(file.items[number - 1], text, charset)
    header = f"DC{wanted.tag:02X}00" if len(places) == 1 else f"DC{number:02X}04"
    return header, SimpleTlv(wanted.tag, value).encode()


def _write(at: CardAtTerminal, place: PlaceOfFile, values: _Values) -> None:
    at.make_current(place)
    for target, value in values:
        if target is None:
            for offset in range(0, len(value), _MOST_WRITTEN):
                at.write(f"D6{offset:04X}", value[offset : offset + _MOST_WRITTEN])
        else:
            at.write(target, value)
