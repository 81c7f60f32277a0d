"""脱机数据认证: SDA, DDA, CDA, with RSA and SHA-1 or SM2 and SM3 (PBOC-6 §7.5, PBOC-7 §5).

A card that has both answers in SM2 if the terminal asks so by DF69 in the PDOL (``KernelSettings.sm_algorithms``);
which it did shows in the authority's key that its index names. CDA with SM2 is not laid down in any text that was at
hand (see ``keys.sm2_certificates``): DDA takes its place.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from apdu import tlv
from apdu.status import SW
from apdu.tlv import DolEntry, TlvError
from cos.pse.data.aip_afl_ada import Aip
from dualcos.dialogue.bank import DDOL
from dualcos.dialogue.driver import apdu
from dualcos.messages.terminal_parameters import AuthorityKey, AuthorityKeyName
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.card_objects import once, only
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.certificate_chain import (
    Certified,
    KeyChain,
    MissingForAuthentication,
    RsaChain,
    Sm2Chain,
)
from dualcos.terminal.financial.kernel.cryptogram_answer import FORMAT_1, FORMAT_2, SIGNATURE, CryptogramAnswer
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import Capability, KernelSettings, RevokedCertificate
from dualcos.terminal.financial.kernel.processing_restrictions import day_of
from keys import rsa_certificates
from keys.rsa import RsaPublic
from keys.rsa_certificates import BadCertificate

_INDEX, _TAG_LIST, _AIP = 0x8F, 0x9F4A, 0x82
_STATIC_CODE, _DYNAMIC_NUMBER = 0x9F45, 0x9F4C
_AID, _TODAY, _UNPREDICTABLE = 0x9F06, 0x9A, 0x9F37
_UNPREDICTABLE_WHOLE = DolEntry(_UNPREDICTABLE, 4)
"""As it is asked for: fewer bytes leave the card a few answers, which can be recorded (PBOC-6 §7.5.5.4 step 4)."""
_RID_LENGTH, _LEAST_DIGITS = 5, 3
_HERE = KernelStep.AUTHENTICATION


class MethodRow(NamedTuple):
    """``card``: the bit of 82, ``terminal``: of 9F33; ``failed``: what TVR says then."""

    card: Aip
    terminal: Capability
    failed: Tvr


class Method(Enum):
    """The methods; the first that both sides have is used, and no other (PBOC-6 §7.5.3.3)."""

    CDA = MethodRow(Aip.CDA, Capability.CDA, Tvr.CDA_FAILED)
    DDA = MethodRow(Aip.DDA, Capability.DDA, Tvr.DDA_FAILED)
    SDA = MethodRow(Aip.SDA, Capability.SDA, Tvr.SDA_FAILED)


class _Failed(Exception):
    """Authentication fails for a reason that no certificate gives: said in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def authenticate_data(
    card: CardOfPayment, record: KernelRecord, settings: KernelSettings, default_ddol: bytes
) -> RsaPublic | None:
    """Which method, and SDA or DDA done; for CDA the card's key, with which ``combined_cryptogram`` checks its answers.

    Sets TVR 1.8, 1.7, 1.6, 1.4, 1.3 and TSI 1.8. Never raises for a card whose certificates or signatures do not
    hold; TransactionEnded where it does not answer at all. A CDA that fails here is not asked for (PBOC-7 §5.3.6).
    """
    authority = _authority(record, settings)
    method = _method(record, settings.data.capabilities, authority)
    if method is None:
        record.set(Tvr.NOT_AUTHENTICATED, _HERE)
        return None
    record.note(_HERE, f"采用{method.name}", f"{method.name} is used", "§7.5.3.3")
    try:
        combined = _carried_out(method, card, record, settings, authority, default_ddol)
    except MissingForAuthentication as error:
        record.set(Tvr.DATA_MISSING, _HERE, (str(error), str(error)))
        record.set(method.value.failed, _HERE)
    except _Failed as error:
        record.set(method.value.failed, _HERE, (error.zh, error.en))
    except BadCertificate as error:
        record.set(method.value.failed, _HERE, ("证书或签名无效", str(error)))
    else:
        if combined is not None:
            return combined  # carried out with the cryptogram: TSI 1.8 waits for it
        record.note(_HERE, f"{method.name}成功", f"{method.name} succeeded")
    record.set(Tsi.OFFLINE_AUTHENTICATION, _HERE)
    return None


def _authority(record: KernelRecord, settings: KernelSettings) -> AuthorityKey | None:
    """The key that RID and 8F name; None where the terminal does not have it or cannot compute with it."""
    index = record.card.get(_INDEX, b"")
    if len(index) != 1:
        return None
    key = settings.keys.get(AuthorityKeyName(record.terminal[_AID][:_RID_LENGTH], index[0]))
    return None if key is not None and key.is_sm2 and not settings.sm_algorithms else key


def _method(record: KernelRecord, terminal: Capability, authority: AuthorityKey | None) -> Method | None:
    shared = [each for each in Method if record.aip & each.value.card and terminal & each.value.terminal]
    if authority is not None and authority.is_sm2 and Method.CDA in shared:
        record.note(_HERE, "SM2未规定CDA", "CDA is not laid down for SM2", "§7.5.3.3")
        shared.remove(Method.CDA)
    return shared[0] if shared else None


def _carried_out(
    method: Method,
    card: CardOfPayment,
    record: KernelRecord,
    settings: KernelSettings,
    authority: AuthorityKey | None,
    default_ddol: bytes,
) -> RsaPublic | None:
    """Raises MissingForAuthentication, BadCertificate, _Failed."""
    if _INDEX not in record.card:
        raise MissingForAuthentication(_INDEX)
    if authority is None:
        index = record.card[_INDEX].hex().upper()
        raise _Failed(f"终端无此认证中心公钥 {index}", f"the terminal has no authority's key {index}")
    chain: RsaChain | Sm2Chain = (Sm2Chain if authority.is_sm2 else RsaChain)(authority, record.card)
    _check_issuer(chain.issuer(), record, authority.name, settings)
    if method is Method.SDA:
        record.card[_STATIC_CODE] = chain.static_code(_static(record))
        return None
    _check_card(chain.card(_static(record)), record)
    if method is Method.CDA and isinstance(chain, RsaChain):
        return chain.card_key
    _authenticate_dynamically(card, record, chain, default_ddol)
    return None


def _static(record: KernelRecord) -> bytes:
    """What is signed beside the certificate (PBOC-7 §5.2.1)."""
    if record.static_faulty:
        raise _Failed("签名记录格式错", "a signed record is no template 70")
    listed = record.card.get(_TAG_LIST)
    if listed is None:
        return record.static_data
    if listed != bytes((_AIP,)):
        raise _Failed("9F4A不只含82", "9F4A names more than 82, or something else")
    return record.static_data + record.card[_AIP]


def _check_issuer(told: Certified, record: KernelRecord, name: AuthorityKeyName, settings: KernelSettings) -> None:
    digits = told.subject.hex().upper().rstrip("F")
    if len(digits) < _LEAST_DIGITS or not record.pan.startswith(digits):
        raise _Failed("发卡行标识与主账号不符", "the issuer identifier is not the account number's beginning")
    _check_expiry(told.expiry, record, ("发卡行公钥证书", "issuer certificate"))
    if RevokedCertificate(name, told.serial) in settings.revoked:
        raise _Failed("发卡行公钥证书已回收", "the issuer certificate was revoked")


def _check_card(told: Certified, record: KernelRecord) -> None:
    if told.subject.hex().upper().rstrip("F") != record.pan:
        raise _Failed("IC卡公钥证书的主账号不符", "the card's certificate is for another account number")
    _check_expiry(told.expiry, record, ("IC卡公钥证书", "card's certificate"))


def _check_expiry(expiry: bytes, record: KernelRecord, which: tuple[str, str]) -> None:
    """``expiry``: MMYY; good to the end of its month."""
    month, year = expiry.hex()[:2], expiry.hex()[2:]
    if not (month + year).isdecimal() or not "01" <= month <= "12":
        raise _Failed(f"{which[0]}有效期格式错", f"the {which[1]}'s expiry is no date")
    if day_of(f"{year}{month}31") < day_of(record.terminal[_TODAY].hex()):
        raise _Failed(f"{which[0]}已过期 {month}/{year}", f"the {which[1]} expired {month}/{year}")


def _authenticate_dynamically(card: CardOfPayment, record: KernelRecord, chain: KeyChain, default_ddol: bytes) -> None:
    """INTERNAL AUTHENTICATE and its signature (PBOC-7 §5.3.5). What the standard does not say of an answer that is
    not 9000: DDA has failed, and the transaction goes on (inferred).
    """
    wanted = record.card.get(DDOL, default_ddol)
    try:
        asks = _UNPREDICTABLE_WHOLE in tlv.parse_dol(wanted)
        data = record.asked_for(wanted)
    except TlvError:
        asks, data = False, b""
    if not asks:
        raise _Failed("DDOL未要求4字节不可预知数", "the DDOL does not ask for the 4 bytes of 9F37")
    answer = card.send(apdu("00880000", data), answered=True)
    if answer.sw != SW.OK:
        raise _Failed(f"内部认证 {answer.sw}", f"INTERNAL AUTHENTICATE was answered {answer.sw}")
    told = chain.dynamic(_signature(answer.data), data)
    _keep_number(record, told)


def _signature(data: bytes) -> bytes:
    """9F4B, format 1 or 2."""
    try:
        template = only(data, FORMAT_1, FORMAT_2)
        found = template.value if template.tag == FORMAT_1 else once(template.value).get(SIGNATURE)
    except TlvError:
        found = None
    if not found:
        raise _Failed("内部认证应答格式错", "the answer of INTERNAL AUTHENTICATE is malformed")
    return found


def _keep_number(record: KernelRecord, dynamic_data: bytes) -> None:
    """9F4C, where the dynamic data begin with its length (PBOC-7 table 14)."""
    length = dynamic_data[0] if dynamic_data else 0
    if 0 < length < len(dynamic_data):
        record.card[_DYNAMIC_NUMBER] = dynamic_data[1 : 1 + length]


# --- CDA, with each GENERATE AC -------------------------------------------------------------------------------------


def combined_cryptogram(
    key: RsaPublic, told: CryptogramAnswer, record: KernelRecord, sent: tuple[bytes, ...]
) -> CryptogramAnswer | None:
    """What the card has signed of its answer to GENERATE AC; None where the signature does not hold: CDA has failed.
    ``key``: the card's; ``sent``: data of CDOL1, and of CDOL2 for the second one. ``record.pdol_data`` is hashed, too.
    Sets TSI 1.8; keeps 9F4C.
    """
    if not record.has(Tsi.OFFLINE_AUTHENTICATION):
        record.set(Tsi.OFFLINE_AUTHENTICATION, _HERE)
    try:
        dynamic = rsa_certificates.recover_dynamic(key, told.signature, record.terminal[_UNPREDICTABLE])
        proved = rsa_certificates.parse_cda_data(dynamic)
    except BadCertificate:
        return None
    hashed = rsa_certificates.transaction_hash(record.pdol_data, *sent, told.signed)
    if proved.cid != told.cid or hashed != proved.transaction_hash:
        return None
    record.card[_DYNAMIC_NUMBER] = proved.number
    return told._replace(cid=proved.cid, ac=proved.cryptogram)
