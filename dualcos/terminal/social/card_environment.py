"""Pre-processing (交易预处理), first half: power, environment, algorithm, issuer data (SSC-7 §5.1 to §5.4; SC §10)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from apdu import atr as reset_answer
from apdu.link import SmartCard
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.ssse.tables import card_numbers, file_structure, ssse_holder
from cos.ssse.tables.item_encoding import EncodingError, decode_cn, decode_text
from cos.ssse.tables.table_model import Directory, SocialAlgorithm, Version
from dualcos.dialogue.driver import Reply, apdu, perform, send
from dualcos.dialogue.iso_commands import select_file, select_name
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.terminal.card_contacts import AnsweringCard, powerless_behind_faults, started
from dualcos.terminal.social.card_factors import CardFactors, card_cipher
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, refused_by

ISSUER_TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07)
_IDENTIFICATION, _CLASS, _VERSION, _INSTITUTION, _ISSUED, _EXPIRES, _NUMBER = ISSUER_TAGS
_HISTORICAL = 13
_PROTOCOLS = MappingProxyType({"TD1": (0, 1), "TD2": (1, 15)})
"""Lower halves of what names protocols (SSC-8 §5.1.3.3.4, §5.1.3.3.8)."""
_RESET_ANSWER = "复位应答", "answer to reset"
_NUMBER_LENGTH = 9
T = TypeVar("T")


class CardEnvironment(NamedTuple):
    """What a terminal knows of a card whose environment it has read (读取社保应用环境). ``issuer``: values of EF05 by
    tag, as the card has them; ``fci``: what the card answered to the selection of SSSE.
    """

    atr: bytes
    historical: bytes
    algorithm: SocialAlgorithm
    version: Version
    issuer: dict[int, bytes]
    fci: bytes = b""

    @property
    def identification(self) -> bytes:
        """卡的识别码, 16 bytes."""
        return self.issuer[_IDENTIFICATION]

    @property
    def region(self) -> str:
        """发卡地区行政区划代码: the first six digits of the identification code."""
        return self.identification[:3].hex()

    @property
    def factors(self) -> CardFactors:
        """What keys are derived with."""
        return CardFactors(self.region, self.historical[5:], self.algorithm)

    @property
    def directories(self) -> tuple[Directory, ...]:
        """What cards of this edition may have, the environment first."""
        return file_structure.structure(self.version)

    @property
    def number(self) -> str:
        """卡号: nine characters, whatever the item holds (SC §10.4)."""
        return _text(self.issuer.get(_NUMBER, b""))[:_NUMBER_LENGTH]

    @property
    def card_class(self) -> str:
        """卡的类别, one character."""
        return _text(self.issuer.get(_CLASS, b""))

    @property
    def version_text(self) -> str:
        """规范版本 as the card has it."""
        return _text(self.issuer.get(_VERSION, b""))

    @property
    def institution(self) -> str:
        """初始化机构编号, 24 digits."""
        return self.issuer.get(_INSTITUTION, b"").hex().upper()

    @property
    def issued(self) -> str:
        """发卡日期, YYYYMMDD."""
        return _date(self.issuer.get(_ISSUED, b""))

    @property
    def expires(self) -> str:
        """卡有效期, YYYYMMDD."""
        return _date(self.issuer.get(_EXPIRES, b""))


def _text(raw: bytes) -> str:
    """Empty for what is no GBK."""
    try:
        return decode_text(raw).rstrip(" ")
    except EncodingError:
        return ""


def _date(raw: bytes) -> str:
    """Packed digits; some issued cards carry a year in four characters."""
    return _text(raw) if raw.isdigit() else decode_cn(raw)


def carried_out(act: Callable[[], T]) -> T:
    """``act`` on a card in a reader; what becomes of card and reader as the terminal's failures."""
    try:
        return act()
    except CardGone:
        raise TerminalStopped(StopCause.NO_CARD) from None
    except CardMute:
        raise TerminalStopped(StopCause.NO_ANSWER) from None
    except PcscError as error:
        raise TerminalStopped(StopCause.READER, detail=("", str(error))) from None


def asked(card: SmartCard, reply: Reply) -> ResponseAPDU:
    """One command's whole answer. Raises TerminalStopped where no answer came."""
    return carried_out(lambda: perform(AnsweringCard(card), reply))


def power_up(card: SmartCard) -> bytes:
    """The ATR, by a cold or a warm reset (SSC-8 A1.3). Raises TerminalStopped."""
    return carried_out(lambda: started(card))


def historical_bytes(raw: bytes) -> bytes:
    """The 13 historical bytes. Raises TerminalStopped for an ATR that no social card has: none, other lengths, a TCK
    with T=0 only, or protocols that a terminal has to reject (SSC-8 §5.1.3). What the bytes say is not judged.
    """
    try:
        parsed = reset_answer.parse(raw)
    except reset_answer.AtrError:
        raise TerminalStopped(StopCause.WRONG_CARD, detail=_RESET_ANSWER) from None
    if any(parsed.interface.get(name, allowed[0]) & 0xF not in allowed for name, allowed in _PROTOCOLS.items()):
        raise TerminalStopped(StopCause.WRONG_CARD, detail=_RESET_ANSWER)
    if len(parsed.historical) != _HISTORICAL:
        raise TerminalStopped(StopCause.WRONG_CARD, detail=("历史字节", "historical bytes"))
    return parsed.historical


def select_environment(card: SmartCard) -> bytes:
    """SELECT SSSE; its FCI. Raises TerminalStopped."""
    answer = asked(card, select_name(ssse_holder.NAME))
    if answer.sw == SW.FILE_NOT_FOUND:
        raise TerminalStopped(StopCause.WRONG_CARD, answer.sw)
    if answer.sw != SW.OK:
        raise refused_by(answer.sw, "选择社会保障系统环境", "selecting the environment")
    return answer.data


def read_tag(card: SmartCard, tag: int, length: int, mode: int = 0) -> ResponseAPDU:
    """READ RECORD of the current file by identifier: 0 the first that has the tag, 2 the next (SSC-5 §6.10).

    ``length``: of the value; the whole record is asked for.
    """
    return asked(card, send(apdu(f"00B2{tag:02X}{mode:02X}", le=length + 2)))


def value_in(record: bytes, tag: int) -> bytes:
    """The value in a record of one tagged item. Raises TerminalStopped if it is another's, or none."""
    if len(record) < 2 or record[0] != tag or record[1] != len(record) - 2:
        raise TerminalStopped(StopCause.LENGTH, detail=(f"数据项{tag:02X}", f"item {tag:02X}"))
    return record[2:]


def read_environment(card: SmartCard, tags: Collection[int] = ISSUER_TAGS) -> CardEnvironment:
    """Power the card, select SSSE and read EF05, or only ``tags`` of it, identification code and version among them.
    Whatever ends it leaves the card without power (SSC-7 §5.5).

    Raises TerminalStopped.
    """
    with powerless_behind_faults(card):
        return _environment(card, power_up(card), tags)


def _environment(card: SmartCard, raw: bytes, tags: Collection[int]) -> CardEnvironment:
    historical = historical_bytes(raw)
    fci = select_environment(card)
    issuer = read_issuer_data(card, tags)
    identification = issuer.get(_IDENTIFICATION, b"")
    if len(identification) != 16 or not identification[:3].hex().isdecimal():
        raise TerminalStopped(StopCause.IDENTIFICATION)
    try:
        version = card_numbers.version_of(_text(issuer.get(_VERSION, b"")))
    except card_numbers.NumberError:
        raise TerminalStopped(StopCause.VERSION) from None
    algorithm = card_cipher(fci, identification[:3].hex())
    return CardEnvironment(raw, historical, algorithm, version, issuer, fci)


def read_issuer_data(card: SmartCard, tags: Collection[int] = ISSUER_TAGS) -> dict[int, bytes]:
    """The items of EF05 in the current environment, by tag; of a card that lacks one, without it."""
    answer = asked(card, select_file(ssse_holder.EF05.fid))
    if answer.sw != SW.OK:
        raise refused_by(answer.sw, "选择发卡机构数据文件", "selecting the issuer data")
    found: dict[int, bytes] = {}
    for item in ssse_holder.EF05.items:
        if item.tag is None or item.tag not in tags:
            continue
        read = read_tag(card, item.tag, item.length)
        if read.sw == SW.RECORD_NOT_FOUND and item.tag != _IDENTIFICATION:
            continue
        if read.sw != SW.OK:
            raise refused_by(read.sw, item.name_zh, item.name_en)
        found[item.tag] = value_in(read.data, item.tag)
    return found
