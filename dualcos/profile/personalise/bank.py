"""The body of the bank side by commands: skeleton under the environment's master key, contents over the channel.

What the card maker does (application, log file, channel keys, KEYDATA) needs the bank's PMK and KMC; what the bureau
does needs KMC and the prepared data. Nothing here touches the social side (PBOC-10 §4-8, EMV CPS 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from apdu import tlv
from apdu.status import SW
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind, frame_file
from cos.kernel.files import Descriptor, Structure
from dualcos.profile.personalise.bank_data import DEFAULT_ENTRY, CardData, prepare, record_length
from dualcos.profile.personalise.bank_sm import SmData, prepare_sm
from dualcos.profile.personalise.manager import master_header
from dualcos.profile.personalise.talk import Host, PersonalisationError, PersonalisingStep
from dualcos.profile.schema import BankProfile, Profile
from keys import cps_channel, key_wrapping
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.cps_channel import CpsKeys, Opening
from keys.custody.bank_key_service import BankCard, BankKeyService, KeyTriple
from keys.key_handle import KeyHandle

PSE_NAME = b"1PAY.SYS.DDF01"
APPLICATION_FID = 0xDFB1
KMC_VERSION = 1
_LOG_FID = 0xEF0B
_DIRECTORY_SFI = 1
_ENDED = (SW.CONDITIONS_NOT_SATISFIED, SW.INS_NOT_SUPPORTED)
_CHANNEL_KEY = KeyHeader(0x10, 0x01, KMC_VERSION, 0xEF, 0x33, TDES.social, 0x00, 16)
_ENCIPHERED, _LAST = 0x60, 0x80
_HOST_RANDOM = bytes.fromhex("0F1E2D3C4B5A6978")  # fixed: the same profile makes the same card
_ROOM = 247  # data of one STORE DATA beside its C-MAC


class GroupOrder(NamedTuple):
    """A data group as it is sent; a ``secret`` value is enciphered already."""

    dgi: int
    value: bytes
    secret: bool = False

    def pieces(self) -> Iterator[bytes]:
        """DGI ‖ length ‖ value, cut where a STORE DATA is full: the rest goes on without a new head."""
        size = len(self.value)
        length = bytes((size,)) if size < 0xFF else b"\xff" + size.to_bytes(2, "big")
        raw = self.dgi.to_bytes(2, "big") + length + self.value
        for at in range(0, len(raw), _ROOM):
            yield raw[at : at + _ROOM]


class BankOrder(NamedTuple):
    """What the bank's body needs for one card. A profile is one producer of it, an issuer's data another.

    ``bank`` is the template (application, log, FCI); ``data`` what is stored, ``second`` what SM algorithms add.
    ``first`` is the master key the environment was handed over with, ``master`` the one that stays.
    """

    bank: BankProfile
    first: KeyHandle
    master: KeyHandle
    service: BankKeyService
    key_data: bytes
    data: CardData
    second: SmData | None = None


class _Issue(NamedTuple):
    """One card in the making."""

    host: Host
    bank: BankProfile
    service: BankKeyService
    first: KeyHandle
    master: KeyHandle
    key_data: bytes


def key_service(profile: Profile) -> BankKeyService:
    """The bank's key service of the profile: its issuer masters under the profile's DKI, its KMC as version 01."""
    masters = KeyTriple(*(KeyHandle(TDES, profile.bank_key(name)) for name in ("ac", "mac", "enc")))
    kmc = KeyHandle(TDES, profile.bank_key("kmc"))
    return BankKeyService({bank_card(profile).dki: masters}, {KMC_VERSION: kmc})


def sm_key_service(profile: Profile) -> BankKeyService:
    """The same for the SM algorithms: SM4 masters, no KMC of their own."""
    masters = KeyTriple(*(KeyHandle(SM4, profile.bank_sm_key(name)) for name in ("ac", "mac", "enc")))
    return BankKeyService({bank_card(profile).dki: masters}, {})


def bank_card(profile: Profile) -> BankCard:
    """Which card the profile makes: PAN, sequence number, derivation key index."""
    assert profile.pse is not None  # noqa: S101 - callers ask only where the section exists
    elements = profile.pse.elements
    dki = int(elements["9F10"][2:4], 16) if "9F10" in elements else 1
    return BankCard(elements["5A"].rstrip("Ff"), elements.get("5F34", "00"), dki)


def card_keys(profile: Profile) -> KeyTriple:
    """The card's own AC, MAC and ENC keys: derived from the issuer's masters, or given as they are."""
    assert profile.pse is not None  # noqa: S101 - callers ask only where the section exists
    if profile.pse.keys.ready:
        return KeyTriple(*(KeyHandle(TDES, profile.bank_key(name)) for name in ("ac", "mac", "enc")))
    return key_service(profile).card_keys(bank_card(profile))


def key_data(profile: Profile, bank: BankProfile) -> bytes:
    """KEYDATA: KMC identifier 6 ‖ chip serial number 4, the last historical bytes of the ATR."""
    return bytes.fromhex(bank.kmc_id) + profile.chip.historical[9:]


def bank_order(profile: Profile, bank: BankProfile) -> BankOrder:
    """The profile's own card: its elements, its test keys."""
    master, service = KeyHandle(TDES, profile.bank_key("master")), key_service(profile)
    data = prepare(bank, card_keys(profile))
    second = prepare_sm(bank, sm_key_service(profile).card_keys(bank_card(profile))) if bank.sm is not None else None
    return BankOrder(bank, master, master, service, key_data(profile, bank), data, second)


def personalise_bank(host: Host, order: BankOrder) -> None:
    """Application and environment, skeleton first, then contents. Raises PersonalisationError naming the step."""
    issue = _Issue(host, order.bank, order.service, order.first, order.master, order.key_data)
    try:
        pre_personalise(issue)
    except PersonalisationError as error:
        if not (host.resuming and error.sw in _ENDED):
            raise  # After END the master key creates and loads nothing any more: the skeleton stands.
    aid = bytes.fromhex(order.bank.aid)
    _contents(issue, aid, lambda session: _application_groups(order.data, order.second, session))
    _contents(issue, PSE_NAME, lambda _: _directory_groups(order.bank))


def pre_personalise(issue: _Issue) -> None:
    """The card maker's part: application, log file, channel keys and KEYDATA of both directories, END."""
    host, bank = issue.host, issue.bank
    host.apdu("select PSE", "00A40400", PSE_NAME)
    under = host.prove_one_of((issue.first, issue.master), key_wrapping.bank_master_authentication)
    if not under.equals(issue.master):
        host.load_key(under, master_header(TDES.social), issue.master)
        _prove(issue)
    _channel_keys(issue)
    header = DirectoryHeader(
        APPLICATION_FID,
        DirectoryKind.ADF,
        0,
        0,
        card_block_reaches_mf=False,
        name=bytes.fromhex(bank.aid),
    )
    host.create("create application", header.frame(), APPLICATION_FID, PersonalisingStep.APPLICATION)
    if bank.log:
        length = record_length(bytes.fromhex(bank.log))
        log = Descriptor(
            _LOG_FID,
            Structure.CYCLIC,
            DEFAULT_ENTRY[0],
            bank.log_records * length + 2,
            length,
            bytes.fromhex("000000EFEF"),
        )
        host.apdu("create log file", "80E00100", frame_file(log))
    _channel_keys(issue)
    _prove(issue)
    host.apdu("END in PSE", "80E00200")


def _prove(issue: _Issue) -> None:
    """Select the environment and prove its master key, the bank's form of 8 bytes."""
    issue.host.apdu("select PSE", "00A40400", PSE_NAME)
    cryptogram = key_wrapping.bank_master_authentication(issue.master, issue.host.challenge())
    issue.host.apdu("master key authentication", "00820000", cryptogram)


def _channel_keys(issue: _Issue) -> None:
    """KENC, KMAC, KDEK and KEYDATA into the current directory."""
    for at, key in enumerate(issue.service.personalisation_keys(issue.key_data, KMC_VERSION)):
        issue.host.load_key(issue.master, _CHANNEL_KEY._replace(kind=0x10 + at), key)
    issue.host.apdu("KEYDATA", "80E00600", issue.key_data)


def _application_groups(data: CardData, second: SmData | None, session: CpsKeys) -> Iterator[GroupOrder]:
    """The application's groups in the order bureaus send them, the try counter last; secrets under SKUDEK."""
    if second is not None:
        yield from _sm_groups(second, session)
    yield from (GroupOrder(dgi, value) for dgi, value in data.groups)
    yield GroupOrder(0x8000, b"".join(session.dek.wrap(key) for key in data.keys), secret=True)
    yield GroupOrder(0x9000, b"".join(key.check_value for key in data.keys))
    if data.private is not None:
        parts = data.private.wrap_parts(session.dek)
        yield from (GroupOrder(dgi, parts[dgi], secret=True) for dgi in sorted(parts, reverse=True))
    if data.pin_block:
        yield GroupOrder(0x8010, cps_channel.encipher_dgi(session, data.pin_block), secret=True)
        yield GroupOrder(0x9010, data.tries)


def _sm_groups(data: SmData, session: CpsKeys) -> Iterator[GroupOrder]:
    """What the SM algorithms add."""
    yield from (GroupOrder(dgi, value) for dgi, value in data.groups)
    yield GroupOrder(0x8400, b"".join(session.dek.wrap(key) for key in data.keys), secret=True)
    yield GroupOrder(0x9400, b"".join(key.check_value for key in data.keys))
    parts = data.private.wrap_parts(session.dek)
    yield from (GroupOrder(dgi, parts[dgi], secret=True) for dgi in sorted(parts))


def _directory_groups(bank: BankProfile) -> Iterator[GroupOrder]:
    """The directory file with its one entry, and the environment's FCI (PBOC-3 §12.2)."""
    priority = tlv.encode(0x87, bytes.fromhex(bank.elements["87"])) if "87" in bank.elements else b""
    name, label = tlv.encode(0x4F, bytes.fromhex(bank.aid)), tlv.encode(0x50, bank.label.encode())
    yield GroupOrder(_DIRECTORY_SFI << 8 | 1, tlv.encode(0x70, tlv.encode(0x61, name, label, priority)))
    yield GroupOrder(0x9102, tlv.encode(0xA5, tlv.encode(0x88, bytes((_DIRECTORY_SFI,))), tlv.encode(0x5F2D, b"zh")))


def _contents(issue: _Issue, name: bytes, groups: Callable[[CpsKeys], Iterator[GroupOrder]]) -> None:
    """Open a channel at level 01 and store ``groups``, one a command; the last one ends personalisation."""
    issue.host.apdu(f"select {name.hex().upper()}", "00A40400", name)
    try:
        session, previous = _open(issue)
    except PersonalisationError as error:
        if issue.host.resuming and error.sw in _ENDED:
            return  # Made already: the channel is gone with the last STORE DATA (PBOC-10 §6.3).
        raise
    pieces = [(group, piece) for group in groups(session) for piece in group.pieces()]
    for number, (group, piece) in enumerate(pieces):
        p1 = (_LAST if number == len(pieces) - 1 else 0) | (_ENCIPHERED if group.secret else 0)
        header = bytes((0x84, 0xE2, p1, number & 0xFF))
        command, previous = cps_channel.secured(session, previous, header, piece, cps_channel.LEVEL_MAC)
        issue.host.do(f"STORE DATA {group.dgi:04X}", command)


def _open(issue: _Issue) -> tuple[CpsKeys, bytes]:
    """INITIALIZE UPDATE and EXTERNAL AUTHENTICATE: session keys and the first C-MAC."""
    host = issue.host
    answer = host.apdu("INITIALIZE UPDATE", "80500000", _HOST_RANDOM, 256)
    data, version, counter, challenge, proof = answer[:10], answer[10], answer[12:14], answer[14:20], answer[20:28]
    session = cps_channel.session_keys(issue.service.personalisation_keys(data, version), counter)
    opening = Opening(_HOST_RANDOM, counter, challenge)
    if cps_channel.card_cryptogram(session, opening) != proof:
        raise PersonalisationError("INITIALIZE UPDATE: the card's cryptogram is wrong: another KMC, or another card")
    header = bytes((0x84, 0x82, cps_channel.LEVEL_MAC, 0x00))
    command, previous = cps_channel.secured(
        session, b"", header, cps_channel.host_cryptogram(session, opening), cps_channel.LEVEL_MAC
    )
    host.do("EXTERNAL AUTHENTICATE (channel)", command)
    return session, previous
