"""终端风险管理: exception file, forced on line, floor limit, random selection, velocity, new card (PBOC-6 §7.8)."""

from __future__ import annotations

from cos.pse.data.aip_afl_ada import Aip
from cos.pse.data.data_elements import from_n
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from dualcos.terminal.terminal_forms import TerminalReach

_AMOUNT, _ATC, _LAST_ONLINE = 0x9F02, 0x9F36, 0x9F13
_LOWER, _UPPER, _COUNTER_LENGTH = 0x9F14, 0x9F23, 2
_HERE = KernelStep.RISK
_MOST_RANDOM = 99


def manage_risk(
    card: CardOfPayment,
    record: KernelRecord,
    settings: KernelSettings,
    parameters: AidParameters,
    *,
    forced_online: bool = False,
) -> None:
    """Sets TVR byte 4, 1.5, 1.6, 2.4 and TSI 1.4. Where the card's AIP does not ask for it, that is done all the same
    which a terminal always does: exception file and the merchant's key (PBOC-6 §7.8.4, §7.8.5; EMV book 4 §6.3.5).
    """
    risk = settings.risk
    if risk.is_excepted is not None and risk.is_excepted(record.pan, record.sequence):
        record.set(Tvr.EXCEPTION_FILE, _HERE)
    if forced_online and settings.data.reach is not TerminalReach.OFFLINE_ONLY:
        record.set(Tvr.FORCED_ONLINE, _HERE)
    if not record.aip & Aip.TERMINAL_RISK_MANAGEMENT:
        record.note(_HERE, "卡片不要求终端风险管理", "the card does not ask for terminal risk management")
        return
    amount = from_n(record.terminal[_AMOUNT])
    before = risk.spent_before(record.pan, record.sequence) if risk.spent_before is not None else 0
    if amount + before >= parameters.floor_limit:
        both = f"{amount + before} ≥ {parameters.floor_limit}"
        record.set(Tvr.FLOOR_LIMIT, _HERE, (both, both))
    elif risk.random_selection and settings.data.reach is TerminalReach.BOTH:
        _select_randomly(record, settings, parameters, amount)
    _check_velocity(card, record)
    record.set(Tsi.TERMINAL_RISK_MANAGEMENT, _HERE)


def target_percentage(parameters: AidParameters, amount: int) -> int:
    """How many of a hundred transactions of ``amount`` below the floor limit go on line (PBOC-6 §7.8.7)."""
    lowest, most = parameters.target_percent, parameters.most_target_percent
    if amount < parameters.threshold:
        return lowest
    span = parameters.floor_limit - parameters.threshold
    return lowest + (most - lowest) * (amount - parameters.threshold) // span


def _select_randomly(record: KernelRecord, settings: KernelSettings, parameters: AidParameters, amount: int) -> None:
    drawn = 1 + int.from_bytes(settings.random(4), "big") % _MOST_RANDOM
    target = target_percentage(parameters, amount)
    said = f"{drawn} ≤ {target}"
    if drawn <= target:
        record.set(Tvr.RANDOMLY_SELECTED, _HERE, (said, said))
    else:
        record.note(_HERE, f"未被随机选中：{drawn} > {target}", f"not selected randomly: {drawn} > {target}", "§7.8.7")


def _check_velocity(card: CardOfPayment, record: KernelRecord) -> None:
    """Velocity and new card, where the card's records have both limits (PBOC-6 §7.8.8, §7.8.9)."""
    lower, upper = record.card.get(_LOWER), record.card.get(_UPPER)
    if lower is None or upper is None:
        return
    counter, last = _counter(card, _ATC), _counter(card, _LAST_ONLINE)
    if counter is None or last is None:
        record.set(Tvr.DATA_MISSING, _HERE, ("ATC、上次联机ATC", "transaction counters"))  # PBOC-6 figure 19
        _exceed_both(record, ("ATC不可读", "the counters cannot be read"))
    elif counter <= last:  # EMV book 3 §10.6.3
        _exceed_both(record, (f"{counter} ≤ {last}", f"{counter} ≤ {last}"))
    else:
        for limit, bit in ((lower, Tvr.LOWER_LIMIT), (upper, Tvr.UPPER_LIMIT)):
            if counter - last > int.from_bytes(limit, "big"):
                said = f"{counter - last} > {int.from_bytes(limit, 'big')}"
                record.set(bit, _HERE, (said, said))
    if last == 0:
        record.set(Tvr.NEW_CARD, _HERE)


def _counter(card: CardOfPayment, tag: int) -> int | None:
    """What GET DATA gives, None for what is no counter of two bytes."""
    value = card.get_data(tag)
    return int.from_bytes(value, "big") if value is not None and len(value) == _COUNTER_LENGTH else None


def _exceed_both(record: KernelRecord, why: tuple[str, str]) -> None:
    record.set(Tvr.LOWER_LIMIT, _HERE, why)
    record.set(Tvr.UPPER_LIMIT, _HERE, why)
