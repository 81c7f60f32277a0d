"""The check behind making (制卡后检查): a card counts as made only after it answered like one.

Everything by ordinary commands. Each half is checked with its own side's key service, as in the field.
"""

from __future__ import annotations

from apdu import atr, tlv
from apdu.link import SmartCard
from apdu.status import SW
from apdu.tlv import TlvError
from cos.kernel.directory_headers import MF_FID
from cos.pse.data.aip_afl_ada import AflError, listed_records, parse_afl
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import AccessKind
from dualcos.dialogue.bank import PSE, BankSession
from dualcos.dialogue.directory_reading import read_directory
from dualcos.dialogue.driver import Dialogue, Reply, perform, perform_anew, send
from dualcos.dialogue.iso_commands import record
from dualcos.dialogue.making import SELECT_MF, SOCIAL_FORM, Deleted, create, delete, directory
from dualcos.dialogue.personalise_bank import ASK_CHANNEL, ENDED, BankOrder
from dualcos.dialogue.personalise_social import SocialOrder
from dualcos.dialogue.social import SSSE, SocialKeys, SocialSession, internal_authentication
from dualcos.issuance.exchange.personalisation_file import BankData
from keys.custody.bank_key_service import BankCard
from keys.key_handle import KeyHandle

_FACTOR = bytes.fromhex("9F4C21E07B3A58D6")
_ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")
_GOOD_VERSION = 1
_FILES = (0xEF05, 0xEF06)
_AAC = 0x00
_LOCATORS, _RECORDS_BELOW = 0x9104, 0x1F00
_SECOND_ENVIRONMENT = directory(0xDDF3, b"1PAY.SYS.DDF02")._replace(fci_sfi=0x23)
_TERMINAL = {
    0x9F02: bytes.fromhex("000000000100"),
    0x9F1A: bytes.fromhex("0156"),
    0x5F2A: bytes.fromhex("0156"),
    0x9A: bytes.fromhex("260101"),
    0x9F37: bytes.fromhex("0F1E2D3C"),
}
"""What is not here is zeros."""


class NotRight(Exception):
    """The card does not answer like a made one. Says what was read and what was wanted, never a secret."""


def check_social(card: SmartCard, order: SocialOrder) -> None:
    """Issuer and holder data as ordered, PIN set with all tries, the card proves itself by its IRK. Raises NotRight."""
    shown = card.power_on()
    if atr.parse(shown).historical != order.card.historical:
        raise NotRight(f"the ATR is {shown.hex().upper()}")
    perform(card, _social(order))


def _social(order: SocialOrder) -> Dialogue[None]:
    session = SocialSession(SocialKeys(order.service, order.card), order.plan.directories)
    yield from _accepted("SELECT of SSSE", session.select())
    for file in filter(None, map(session.home.file, _FILES)):
        # As a terminal's PSAM does before it reads the holder's data (3.0).
        row = session.home.key(file.read.key) if file.read.kind is AccessKind.KEY else None
        if row is not None:
            yield from _accepted(row.name, session.authenticate(row, original=_ORIGINAL))
        wanted = order.contents[ssse_holder.FID, file.fid]
        for number in range(1, len(file.items) + 1):
            got = yield from record(file.sfi, number)
            _demand(got == wanted[number - 1], f"record {number} of {file.fid:04X} differs from the order")
    if order.pin:
        full = 0x63C0 | order.plan.pin_tries
        sw = (yield from session.verify(b"")).sw
        _demand(sw in (full, SW.OK), f"VERIFY without data was answered {sw}, {full:04X} is wanted")
    answer = yield from internal_authentication(_FACTOR, _ORIGINAL)
    proved = order.service.proves(order.card, _FACTOR, _ORIGINAL, answer.data, _GOOD_VERSION)
    _demand(proved, f"INTERNAL AUTHENTICATION was answered {answer.sw}, and not with the city's IRK")


def check_bank(card: SmartCard, order: BankOrder, data: BankData) -> None:
    """All records of the AFL, an AAC under the issuer's key, no channel any more. Raises NotRight, StepRefused."""
    try:
        perform_anew(card, _bank(order, BankCard(data.pan, data.psn, data.dki)))
    except (TlvError, AflError) as error:
        raise NotRight(f"what the debit application says of itself: {error}") from None


def _bank(order: BankOrder, bank_card: BankCard) -> Dialogue[None]:
    session = BankSession(order.aid, _TERMINAL, order.service.card_keys(bank_card))
    yield from _accepted("the debit application", session.select())
    sw = (yield from send(ASK_CHANNEL)).sw
    _demand(sw in ENDED, f"INITIALIZE UPDATE was answered {sw}: the application is not finished")
    stored = dict(order.data.groups)
    records = yield from session.read()
    listed = listed_records(parse_afl(tlv.find(stored[_LOCATORS], 0x94) or b""))
    wanted = {sfi << 8 | number: stored[sfi << 8 | number] for sfi, number, _ in listed}
    _demand(records == wanted, "records differ from the order")
    # One declined transaction: the cryptogram must be this card's (PBOC-5 B.6, annex D).
    yield from _accepted("GENERATE AC", session.generate(_AAC))
    aip = tlv.find(stored[_LOCATORS], 0x82) or b""
    right = session.first is not None and session.proves(session.first, aip)
    _demand(right, "the cryptogram is not one under the issuer's keys")
    directory = yield from read_directory()
    _demand(directory is not None, "SELECT of 1PAY.SYS.DDF01 was refused")
    assert directory is not None  # noqa: S101 - demanded
    read = {directory.sfi << 8 | at: value for at, value in enumerate(directory.records, 1)}
    ordered = {dgi: value for dgi, value in order.entries if dgi < _RECORDS_BELOW}
    _demand(read == ordered, "the payment directory differs from the order")


def check_master_key_is_powerless(card: SmartCard, master: KeyHandle) -> None:
    """With the card master key proved, its three ways back are shut (总体方案 一（四）). Raises NotRight.

    No further environment can be made, none deleted, the MF not erased around them.
    """
    perform_anew(card, _powerless(master))


def _powerless(master: KeyHandle) -> Dialogue[None]:
    for what, command, wanted in (
        ("CREATE FILE in the MF", create(_SECOND_ENVIRONMENT.frame()), SW.CONDITIONS_NOT_SATISFIED),
        ("DELETE FILE of SSSE", delete(SSSE.fid, Deleted.ENVIRONMENT), SW.SECURITY_NOT_SATISFIED),
        ("DELETE FILE of PSE", delete(PSE.fid, Deleted.ENVIRONMENT), SW.SECURITY_NOT_SATISFIED),
        ("DELETE FILE of the MF", delete(MF_FID, Deleted.ENVIRONMENT), SW.CONDITIONS_NOT_SATISFIED),
    ):
        yield from send(SELECT_MF)
        yield from _accepted(f"the card master key {master!r}", SOCIAL_FORM.prove(master))
        sw = (yield from send(command)).sw
        _demand(sw == wanted, f"{what} under the card master key was answered {sw}, {wanted} is wanted")


def _accepted(what: str, asked: Reply) -> Dialogue[None]:
    sw = (yield from asked).sw
    _demand(sw == SW.OK, f"{what} was answered {sw}")


def _demand(right: bool, text: str) -> None:
    if not right:
        raise NotRight(text)
