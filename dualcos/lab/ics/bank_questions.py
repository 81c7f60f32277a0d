"""What is asked of the bank's side: what its application offers (金融应用), and how it reads the standard."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dualcos.lab.ics.bank_readings import BANK_READINGS
from dualcos.lab.ics.question import TRUE_OR_FALSE, Answer, FieldOptions, NamedAnswer, Question, Words
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.schema import Profile

PSE = "pse"
_AIP, _INDICATOR = "82", "9F56"
_SDA, _DDA, _ISSUER_AUTHENTICATION, _CDA = 0x40, 0x20, 0x04, 0x01
_MANDATORY = 0x80
_ISSUER: Mapping[Answer, Words] = {
    "mandatory": ("必须执行", "mandatory"),
    "optional": ("可选", "optional"),
    "none": ("不支持", "not supported"),
}
_SIDE = FieldOptions("pse", PSE)


def _first_byte(bank: BankProfile, tag: str) -> int:
    return int(bank.elements.get(tag, "")[:2] or "0", 16)


def _supports(bit: int) -> Callable[[BankProfile], Answer]:
    return lambda bank: bool(_first_byte(bank, _AIP) & bit)


def _issuer_authentication(bank: BankProfile) -> Answer:
    if not _first_byte(bank, _AIP) & _ISSUER_AUTHENTICATION:
        return "none"
    return "mandatory" if _first_byte(bank, _INDICATOR) & _MANDATORY else "optional"


def _present(bank: BankProfile, tag: str) -> bool:
    """True if the card holds the element, not only the profile's list of values."""
    return any(tag in tags for groups in (bank.records, bank.internal) for tags in groups.values())


def _offers(
    name: str,
    zh: str,
    en: str,
    clause: str,
    about: tuple[str, ...],
    said: Callable[[BankProfile], Answer],
    words: Mapping[Answer, Words] = TRUE_OR_FALSE,
) -> Question:
    """A question that the application's data answer: no field sets it."""

    def of_profile(profile: Profile) -> Answer | None:
        return said(profile.pse) if profile.pse is not None else None

    answers = tuple(NamedAnswer(value, *both) for value, both in words.items())
    return Question(f"pse.{name}", zh, en, clause, PSE, about, of_profile, answers, sets=False)


_ABOUT_AIP = (f"pse.elements.{_AIP}",)

BANK_QUESTIONS: tuple[Question, ...] = (
    _offers(
        "certificates",
        "卡上有脱机数据认证用的证书（RSA）",
        "there are certificates for offline data authentication (RSA)",
        "PBOC-5 §9; PBOC-7 §5",
        ("pse.rsa",),
        lambda bank: bool(bank.rsa) or _present(bank, "8F") or _present(bank, "90"),
    ),
    _offers(
        "sda", "支持静态数据认证（SDA）", "static data authentication (SDA)", "PBOC-5 §9.3", _ABOUT_AIP, _supports(_SDA)
    ),
    _offers(
        "dda",
        "支持动态数据认证（DDA）",
        "dynamic data authentication (DDA)",
        "PBOC-5 §9.4",
        _ABOUT_AIP,
        _supports(_DDA),
    ),
    _offers(
        "cda",
        "支持复合动态数据认证（CDA）",
        "combined data authentication (CDA)",
        "PBOC-5 §9.5",
        _ABOUT_AIP,
        _supports(_CDA),
    ),
    _offers(
        "issuer_authentication",
        "发卡行认证",
        "issuer authentication",
        "PBOC-5 §16.4",
        (*_ABOUT_AIP, f"pse.elements.{_INDICATOR}"),
        _issuer_authentication,
        _ISSUER,
    ),
    _offers(
        "offline_pin",
        "支持脱机密码",
        "there is an offline PIN",
        "PBOC-5 §11",
        ("pse.pin",),
        lambda bank: bool(bank.pin),
    ),
    _SIDE.asks("pin_tries", "脱机密码的最大错误次数", "wrong offline PINs until the PIN is blocked", "PBOC-5 §11.4.2"),
    _offers(
        "second_currency",
        "双货币：有第二货币（9F76）",
        "dual currency: there is a second one (9F76)",
        "PBOC-5 §14.4.3.10",
        ("pse.elements.9F76", "pse.internal.0E01"),
        lambda bank: _present(bank, "9F76"),
    ),
    _offers(
        "transaction_log",
        "有交易日志",
        "there is a transaction log",
        "PBOC-5 §18",
        ("pse.log",),
        lambda bank: bool(bank.log),
    ),
    _offers(
        "pdol",
        "应用初始化要求终端数据（PDOL）",
        "GET PROCESSING OPTIONS asks for the terminal's data (PDOL)",
        "PBOC-5 §7",
        ("pse.elements.9F38", "pse.fci"),
        lambda bank: "9F38" in bank.fci,
    ),
    *BANK_READINGS,
)
