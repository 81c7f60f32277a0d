"""A profile as the order for its bank side: its elements, its test keys."""

from __future__ import annotations

from cos.kernel.files import Structure
from dualcos.dialogue.making import file_frame
from dualcos.dialogue.personalise_bank import KMC_VERSION, BankOrder
from dualcos.profile.bank_data_groups import DEFAULT_ENTRY, prepare, prepare_sm, record_length
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.payment_directory import directory_groups
from dualcos.profile.schema import Profile
from keys.algorithms import SM4, TDES
from keys.custody.bank_key_service import BankCard, BankKeyService, KeyTriple
from keys.key_handle import KeyHandle

_LOG_FID = 0xEF0B


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
    aid, log = bytes.fromhex(bank.aid), log_file(bank)
    return BankOrder(aid, log, master, master, service, key_data(profile, bank), data, second, directory_groups(bank))


def log_file(bank: BankProfile) -> bytes:
    """Creation data of the application's log file; empty if it keeps none."""
    if not bank.log:
        return b""
    length = record_length(bytes.fromhex(bank.log))
    return file_frame(_LOG_FID, Structure.CYCLIC, bank.log_records * length + 2, "0000EFEF", length, DEFAULT_ENTRY[0])
