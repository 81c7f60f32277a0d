"""处理限制: versions, usage control, dates (PBOC-6 §7.6)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from dualcos.messages.terminal_parameters import AidParameters
from dualcos.messages.terminal_results import Tvr
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import TerminalData

_VERSION, _USAGE, _ISSUER_COUNTRY, _EFFECTIVE, _EXPIRY = 0x9F08, 0x9F07, 0x5F28, 0x5F25, 0x5F24
_HERE = KernelStep.RESTRICTIONS


class Service(NamedTuple):
    """``domestic``, ``international``: bits of 9F07 in a number of two bytes, any of which allows it (PBOC-5 A.1)."""

    zh: str
    en: str
    domestic: int
    international: int


class Requested(NamedTuple):
    """What a transaction asks a card for. ``cash``: at an ATM, or over a counter; ``purchase``: goods or services. An
    inquiry or a transfer is neither: the card is asked only whether it goes with ATMs, or with others.
    """

    cash: bool = False
    cashback: bool = False
    purchase: bool = True


GOODS_AND_SERVICES, CASH_ALONE = Requested(), Requested(cash=True, purchase=False)
NEITHER_CASH_NOR_PURCHASE = Requested(purchase=False)


class UsageControl(IntEnum):
    """Bits of 9F07 (PBOC-5 A.1)."""

    DOMESTIC_CASH = 0x8000
    INTERNATIONAL_CASH = 0x4000
    DOMESTIC_GOODS = 0x2000
    INTERNATIONAL_GOODS = 0x1000
    DOMESTIC_SERVICES = 0x0800
    INTERNATIONAL_SERVICES = 0x0400
    AT_ATMS = 0x0200
    ELSEWHERE = 0x0100
    DOMESTIC_CASHBACK = 0x0080
    INTERNATIONAL_CASHBACK = 0x0040


CASH = Service("现金", "cash", UsageControl.DOMESTIC_CASH, UsageControl.INTERNATIONAL_CASH)
GOODS_OR_SERVICES = Service(
    "商品或服务",
    "goods or services",
    UsageControl.DOMESTIC_GOODS | UsageControl.DOMESTIC_SERVICES,
    UsageControl.INTERNATIONAL_GOODS | UsageControl.INTERNATIONAL_SERVICES,
)
CASHBACK = Service("返现", "cashback", UsageControl.DOMESTIC_CASHBACK, UsageControl.INTERNATIONAL_CASHBACK)


def check_restrictions(
    record: KernelRecord, parameters: AidParameters, data: TerminalData, requested: Requested, today: str
) -> None:
    """Sets TVR 2.8 to 2.5. ``today``: YYMMDD."""
    version = record.card.get(_VERSION)
    if version is not None and version != parameters.version:
        both = f"{version.hex().upper()}, {parameters.version.hex().upper()}"
        record.set(Tvr.VERSIONS_DIFFER, _HERE, (both, both))
    if (refused := _not_allowed(record, data, requested)) is not None:
        record.set(Tvr.SERVICE_NOT_ALLOWED, _HERE, refused)
    effective, expiry = record.card.get(_EFFECTIVE), record.card[_EXPIRY]
    if effective is not None and day_of(effective.hex()) > day_of(today):
        record.set(Tvr.NOT_YET_EFFECTIVE, _HERE, (effective.hex(), effective.hex()))
    if day_of(expiry.hex()) < day_of(today):
        record.set(Tvr.EXPIRED, _HERE, (expiry.hex(), expiry.hex()))
    record.note(_HERE, "处理限制检查完毕", "restrictions were checked")


def day_of(digits: str) -> str:
    """YYMMDD with its century, to compare days: years from 50 on are of the last century (EMV book 4 §6.7.3)."""
    return ("19" if digits[:2] >= "50" else "20") + digits


def is_day(digits: str) -> bool:
    """YYMMDD. The 31st of any month is one: cards expire on it (seen in the field)."""
    return digits.isdecimal() and "01" <= digits[2:4] <= "12" and "01" <= digits[4:] <= "31"


def _services(requested: Requested) -> Iterator[Service]:
    """Rows of PBOC-6 table 17. Cash is no purchase."""
    if requested.cash:
        yield CASH
    elif requested.purchase:
        yield GOODS_OR_SERVICES
    if requested.cashback:
        yield CASHBACK


def _not_allowed(record: KernelRecord, data: TerminalData, requested: Requested) -> tuple[str, str] | None:
    raw = record.card.get(_USAGE)
    if raw is None:
        return None
    usage = int.from_bytes(raw, "big")
    if not usage & (UsageControl.AT_ATMS if data.is_atm else UsageControl.ELSEWHERE):
        return ("ATM", "at ATMs") if data.is_atm else ("非ATM终端", "at terminals other than ATMs")
    country = record.card.get(_ISSUER_COUNTRY)
    if country is None:
        return None
    domestic = country == data.country
    for each in _services(requested):
        if not usage & (each.domestic if domestic else each.international):
            return (
                f"{'境内' if domestic else '境外'}{each.zh}",
                f"{'domestic' if domestic else 'international'} {each.en}",
            )
    return None
