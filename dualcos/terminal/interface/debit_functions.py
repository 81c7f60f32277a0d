"""“消费交易” and “读消费交易记录”: iDoDebit, its steps with an HSM, iReadDebitRecord (SC §8, §9).

The card's account amount is 0; the holder's part is the whole settlement, the pooled part account and fund (人社信息函
〔2012〕38号). Which key an address means beside a TAC the standard does not say: here DTK, which makes it (inferred).
"""

from __future__ import annotations

from apdu.status import SW
from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.card_device import CardDevice, demand_same_card
from dualcos.terminal.interface.function_inputs import CardInfo, PayInfo, yuan
from dualcos.terminal.interface.pin_functions import demand_pin_once
from dualcos.terminal.interface.step_pairs import Outcome, StepPair, hexed
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import key_address
from dualcos.terminal.social.purchase_steps import (
    ACCOUNT,
    LOG,
    Debited,
    OrderAmounts,
    begin_settlement,
    debit,
    log_entry,
    purchase_key,
    sequence_of,
)
from dualcos.terminal.social.security_path import PurchaseBegun, SettlementAsked
from dualcos.terminal.social.terminal_parts import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.medical_macs import TYPE_SETTLEMENT

DEBIT = "iDoDebit"
_HSM_INDEX = 1
_LONGEST = 128
"""Of what is told of a settlement, with room to spare: a caller without it would learn no TAC, so nothing is done."""


def demand_room(out: CharBuffer) -> None:
    """-42 if the caller's memory cannot take what a settlement gives, before anything is done."""
    if out.size < _LONGEST:
        raise TerminalStopped(StopCause.LENGTH, detail=("输出缓冲区太小", "the caller's memory is too small"))


def settle(device: CardDevice, pad: PinPad, info: CardInfo, pay: PayInfo) -> Outcome:
    """IDoDebit."""
    device.card.power_on()
    device.demand_sam()
    at = device.at_psam(pad)
    path = device.ready_psam(at)
    demand_same_card(at.environment, info)
    index = path.purchase_index()
    path.demand_key(purchase_key(at, index))
    demand_pin_once(at)
    settlement = _begun(at, pay, path.terminal, index)
    begun = path.begin_purchase(settlement)
    debited = debit(at, settlement, begun)
    if not path.check_purchase(settlement, begun, debited.mac2):
        raise TerminalStopped(StopCause.MAC2_WRONG, SW.MAC_INVALID)
    return Outcome(_tac_fields(at, settlement, begun, debited))


def first_step(device: CardDevice, pad: PinPad, info: CardInfo, pay: PayInfo) -> Outcome:
    """iDoDebit_HSM_Step1: what MAC1 is made of."""
    environment = device.read()
    demand_same_card(environment, info)
    terminal = device.terminal_number(environment)
    at = device.at_hsm(pad, environment)
    demand_pin_once(at)
    settlement = _begun(at, pay, terminal, _HSM_INDEX)
    begun = settlement.begun
    text = (
        f"{environment.algorithm:02d}|{key_address(settlement.row)}|{hexed(begun[18:22])}|{hexed(sequence_of(settlement))}|"
        f"{_amounts(settlement)}|{settlement.order.kind:02X}|{terminal.hex()}|{settlement.order.time.hex()}|"
    )
    return Outcome(text, StepPair(DEBIT, 2, device, at, settlement=settlement))


def second_step(pair: StepPair, begun: PurchaseBegun) -> Outcome:
    """iDoDebit_HSM_Step2."""
    debited = debit(pair.at, pair.purchase, begun)
    return Outcome(f"{hexed(debited.mac2)}|{_tac_fields(pair.at, pair.purchase, begun, debited)}")


def records(device: CardDevice, pad: PinPad) -> Outcome:
    """iReadDebitRecord: the card's settlements, the newest first; its loads are none."""
    at = device.at_psam(pad)
    demand_pin_once(at)
    place = at.place(ACCOUNT, LOG)
    said = ""
    for number in range(1, place.file.records + 1):
        raw = at.read_record(place, number)
        if raw is None or not any(raw):
            break
        entry = log_entry(raw)
        if entry.kind == f"{TYPE_SETTLEMENT:02X}":
            amounts = yuan(entry.self_paid or 0), yuan(entry.pooled or 0)
            said += "".join(f"{each}^" for each in (entry.sequence, entry.terminal, entry.time, *amounts)) + "|"
    return Outcome(said)


def _begun(at: CardAtTerminal, pay: PayInfo, terminal: bytes, index: int) -> SettlementAsked:
    return begin_settlement(at, OrderAmounts(0, pay.total, pay.account_and_pooled), terminal, pay.time, index)


def _amounts(settlement: SettlementAsked) -> str:
    """The last two amounts as the card got them."""
    return f"{settlement.order.self_paid:08X}{settlement.order.pooled:08X}"


def _tac_fields(at: CardAtTerminal, settlement: SettlementAsked, begun: PurchaseBegun, debited: Debited) -> str:
    directory = at.place(ACCOUNT, LOG).directory
    order = settlement.order
    return "".join(
        f"{each}|"
        for each in (
            f"{at.environment.algorithm:02d}",
            key_address(at.key(directory, "DTK")),
            _amounts(settlement),
            f"{order.kind:02X}",
            *(order.terminal.hex(), hexed(begun.terminal_sequence), begun.time.hex(), hexed(debited.tac)),
        )
    )
