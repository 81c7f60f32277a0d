"""The check behind making (制卡后检查): a card counts as made only after it answered like one.

Everything by ordinary commands. Each half is checked with its own side's key service, as in the field.
"""

from __future__ import annotations

from collections.abc import Iterator

from apdu import atr, tlv
from apdu.link import SmartCard
from apdu.status import SW
from apdu.tlv import TlvError
from cos.pse.data.aip_afl_ada import AflError, parse_afl
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import Version
from dualcos.issuance.exchange.personalisation_file import BankData
from dualcos.issuance.personaliser.reading_back import CardReader
from dualcos.profile.personalise.bank import PSE_NAME, BankOrder
from dualcos.profile.personalise.social import SocialOrder
from dualcos.profile.personalise.social_plan import directories, version_of
from keys import bank_cryptography as mechanism
from keys import key_wrapping
from keys.custody.bank_key_service import BankCard
from keys.key_handle import KeyHandle

_FACTOR = bytes.fromhex("9F4C21E07B3A58D6")
_ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")
_GOOD_VERSION = 1
_AAC = 0x00
_SECOND_ENVIRONMENT = "80E001001E000000FF01DDF3010000230000800000315041592E5359532E4444463032"
_TERMINAL = {
    0x9F02: "000000000100",
    0x9F03: "000000000000",
    0x9F1A: "0156",
    0x95: "0000000000",
    0x5F2A: "0156",
    0x9A: "260101",
    0x9C: "00",
    0x9F37: "0F1E2D3C",
}


class NotRight(Exception):
    """The card does not answer like a made one. Says what was read and what was wanted, never a secret."""


def check_social(card: SmartCard, order: SocialOrder) -> None:
    """Issuer and holder data as ordered, PIN set with all tries, the card proves itself by its IRK. Raises NotRight."""
    reader = CardReader(card)
    if atr.parse(reader.atr).historical != order.card.historical:
        raise NotRight(f"the ATR is {reader.atr.hex().upper()}")
    _demand(reader.select(ssse_holder.NAME), "SSSE cannot be selected")
    for fid, count, protected in _files_to_read(order):
        if protected:
            _open_holder_data(reader, order)
        _compare(reader, order, fid, count)
    if order.pin:
        wanted = 0x63C0 | order.social.pin_tries
        got = reader.sw(bytes.fromhex("0020000000"))
        _demand(got in (wanted, SW.OK), f"VERIFY without data was answered {got}, {wanted:04X} is wanted")
    answer = reader.send(bytes.fromhex("0088000010") + _FACTOR + _ORIGINAL)
    proved = order.service.proves(order.card, _FACTOR, _ORIGINAL, answer.data, _GOOD_VERSION)
    _demand(proved, f"INTERNAL AUTHENTICATION was answered {answer.sw}, and not with the city's IRK")


def _files_to_read(order: SocialOrder) -> Iterator[tuple[int, int, bool]]:
    home = directories(order.social)[0]
    for fid in (0xEF05, 0xEF06):
        file = home.file(fid)
        count = len(file.items) if file else 0
        yield fid, count, fid == 0xEF06 and version_of(order.social) is Version.V3


def _open_holder_data(reader: CardReader, order: SocialOrder) -> None:
    """External authentication with RKSSSE, as a terminal's PSAM does before it reads the holder's data (3.0)."""
    random = reader.challenge()
    data = order.service.external_authentication("RKSSSE", order.card, random, _ORIGINAL, _GOOD_VERSION)
    sw = reader.sw(bytes.fromhex("0082000A10") + data)
    _demand(sw == SW.OK, f"RKSSSE was answered {sw}")


def _compare(reader: CardReader, order: SocialOrder, fid: int, count: int) -> None:
    wanted = order.contents[ssse_holder.FID, fid]
    for number in range(1, count + 1):
        got = reader.record(fid & 0xFF, number)
        _demand(got == wanted[number - 1], f"record {number} of {fid:04X} differs from the order")


def check_bank(card: SmartCard, order: BankOrder, data: BankData) -> None:
    """All records of the AFL, an AAC under the issuer's key, no channel any more. Raises NotRight."""
    reader = CardReader(card)
    aid = bytes.fromhex(order.bank.aid)
    answer = reader.send(bytes((0x00, 0xA4, 0x04, 0x00, len(aid))) + aid)
    _demand(answer.sw == SW.OK, f"the debit application was answered {answer.sw}")
    sw = reader.sw(bytes.fromhex("8050000008") + bytes(8))
    made = (SW.CONDITIONS_NOT_SATISFIED, SW.INS_NOT_SUPPORTED)
    _demand(sw in made, f"INITIALIZE UPDATE was answered {sw}: the application is not finished")
    records = _transaction_records(reader, answer.data)
    stored = {dgi: value for dgi, value in order.data.groups if dgi >> 8 <= 10}
    _demand(records == stored, "records differ from the order")
    _check_cryptogram(reader, order, data)
    _demand(reader.select(PSE_NAME), "1PAY.SYS.DDF01 cannot be selected")
    entry = reader.record(1, 1)
    _demand(entry is not None and aid in entry, "the payment directory does not name the application")


def _transaction_records(reader: CardReader, fci: bytes) -> dict[int, bytes]:
    """GET PROCESSING OPTIONS and every record of the AFL, by SFI and number."""
    try:
        asked = tlv.parse_dol(tlv.find(fci, 0x6F, 0xA5, 0x9F38) or b"")
    except TlvError as error:
        raise NotRight(f"9F38 of the FCI: {error}") from None
    options = b"".join(_value(entry.tag, entry.length) for entry in asked)
    body = tlv.encode(0x83, options)
    answer = reader.send(bytes((0x80, 0xA8, 0x00, 0x00, len(body))) + body + b"\0")
    _demand(answer.sw == SW.OK, f"GET PROCESSING OPTIONS was answered {answer.sw}")
    found: dict[int, bytes] = {}
    try:
        locator = answer.data[4:] if answer.data[:1] == b"\x80" else tlv.find(answer.data, 0x77, 0x94) or b""
        entries = parse_afl(locator)
    except (TlvError, AflError) as error:
        raise NotRight(f"the answer to GET PROCESSING OPTIONS: {error}") from None
    for entry in entries:
        for number in range(entry.first, entry.last + 1):
            record = reader.record(entry.sfi, number)
            _demand(record is not None, f"record {number} of SFI {entry.sfi:02X} cannot be read")
            found[entry.sfi << 8 | number] = record or b""
    return found


def _value(tag: int, length: int) -> bytes:
    return bytes.fromhex(_TERMINAL.get(tag, "")).rjust(length, b"\0")[-length:]


def _check_cryptogram(reader: CardReader, order: BankOrder, data: BankData) -> None:
    """One declined transaction: the cryptogram must be this card's (PBOC-5 B.6, annex D)."""
    asked = tlv.parse_dol(bytes.fromhex(order.bank.elements["8C"]))
    values = {entry.tag: _value(entry.tag, entry.length) for entry in asked}
    body = b"".join(values[entry.tag] for entry in asked)
    answer = reader.send(bytes((0x80, 0xAE, _AAC, 0x00, len(body))) + body + b"\0")
    _demand(answer.sw == SW.OK, f"GENERATE AC was answered {answer.sw}")
    try:
        atc, cryptogram, issued = _parts(answer.data)
    except TlvError as error:
        raise NotRight(f"the answer to GENERATE AC: {error}") from None
    shown = bytes.fromhex(order.bank.elements["82"])
    text = mechanism.cryptogram_input(values, shown, atc, issued[3:7])
    right = order.service.verifies(BankCard(data.pan, data.psn, data.dki), atc, text, cryptogram)
    _demand(right, "the cryptogram is not one under the issuer's keys")


def _parts(answer: bytes) -> tuple[bytes, bytes, bytes]:
    """ATC, cryptogram, issuer application data of either format of the answer."""
    if answer[:1] == b"\x80":
        return answer[3:5], answer[5:13], answer[13:]
    values = [tlv.find(answer, 0x77, tag) or b"" for tag in (0x9F36, 0x9F26, 0x9F10)]
    return values[0], values[1], values[2]


def check_master_key_is_powerless(card: SmartCard, master: KeyHandle) -> None:
    """With the card master key proved, its three ways back are shut (总体方案 一（四）). Raises NotRight.

    No further environment can be made, none deleted, the MF not erased around them.
    """
    reader = CardReader(card)
    for what, command, wanted in (
        ("CREATE FILE in the MF", _SECOND_ENVIRONMENT, SW.CONDITIONS_NOT_SATISFIED),
        ("DELETE FILE of SSSE", "80E1000102DDF1", SW.SECURITY_NOT_SATISFIED),
        ("DELETE FILE of PSE", "80E1000102DDF2", SW.SECURITY_NOT_SATISFIED),
        ("DELETE FILE of the MF", "80E10001023F00", SW.CONDITIONS_NOT_SATISFIED),
    ):
        reader.sw(bytes.fromhex("00A40000023F00"))
        proof = key_wrapping.master_authentication(master, reader.challenge())
        sw = reader.sw(bytes.fromhex("0082000010") + proof)
        _demand(sw == SW.OK, f"the card master key {master!r} was answered {sw}")
        sw = reader.sw(bytes.fromhex(command))
        _demand(sw == wanted, f"{what} under the card master key was answered {sw}, {wanted} is wanted")


def _demand(right: bool, text: str) -> None:
    if not right:
        raise NotRight(text)
