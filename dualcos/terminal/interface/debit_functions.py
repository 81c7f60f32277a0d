"""“消费交易” and “读消费交易记录”: iDoDebit, its steps with an HSM, iReadDebitRecord (SC §8, §9).

The card's account amount is 0; the holder's part is the whole settlement, the pooled part account and fund (人社信息函
〔2012〕38号). Which key an address means beside a TAC the standard does not say: here DTK, which makes it (inferred).
"""

from __future__ import annotations

from apdu.status import SW
from dualcos.terminal.interface.card_device import CardDevice, demand_same_card
from dualcos.terminal.interface.function_inputs import CardInfo, PayInfo, yuan
from dualcos.terminal.interface.item_texts import bar_fields
from dualcos.terminal.interface.step_pairs import Outcome, StepPair, hexed
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import key_address, purchase_address
from dualcos.terminal.social.purchase_steps import (
    ACCOUNT,
    LOG,
    Debited,
    OrderAmounts,
    begin_settlement,
    debit,
    logged,
    purchase_key,
    sequence_of,
)
from dualcos.terminal.social.security_path import PurchaseBegun, SettlementAsked
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, refused_by
from keys.medical_macs import TYPE_SETTLEMENT

DEBIT = "iDoDebit"
_HSM_INDEX = 1
LONGEST = 128
"""Of what is told of a settlement, with room to spare: a caller without it would learn no TAC, so nothing is done."""


def settle(device: CardDevice, pad: PinPad, info: CardInfo, pay: PayInfo) -> Outcome:
    """IDoDebit."""
    at, path = device.at_both(pad, info)
    index = path.purchase_index()
    path.demand_key(purchase_key(at, index))
    at.demand_pin(once=True)
    settlement = _begun(at, pay, path.terminal, index)
    begun = path.begin_purchase(settlement)
    debited = debit(at, begun)
    try:
        right = path.check_purchase(settlement, begun, debited.mac2)
        text = _tac_fields(at, settlement, begun, debited)
    except TerminalStopped as stopped:  # no code behind which a caller settles once more with an HSM
        said = f"卡已扣款，MAC2未核对：{stopped.zh}", f"the card was debited, MAC2 is not checked: {stopped.en}"
        raise refused_by(SW.MAC_NOT_AVAILABLE, *said) from None
    if not right:
        raise TerminalStopped(StopCause.MAC2_WRONG, SW.MAC_INVALID)
    return Outcome(text)


def first_step(device: CardDevice, pad: PinPad, info: CardInfo, pay: PayInfo) -> Outcome:
    """iDoDebit_HSM_Step1: what MAC1 is made of."""
    environment = device.read()
    demand_same_card(environment, info)
    terminal = device.terminal_number(environment)
    at = device.at_hsm(pad, environment)
    at.demand_pin(once=True)
    settlement = _begun(at, pay, terminal, _HSM_INDEX)
    order = settlement.order
    text = bar_fields(
        f"{environment.algorithm:02d}",
        purchase_address(settlement),
        *(hexed(settlement.begun[18:22]), hexed(sequence_of(settlement)), _amounts(settlement), f"{order.kind:02X}"),
        *(terminal.hex(), order.time.hex()),
    )

    def go_on(begun: PurchaseBegun) -> Outcome:
        """iDoDebit_HSM_Step2."""
        debited = debit(at, begun)
        return Outcome(bar_fields(hexed(debited.mac2)) + _tac_fields(at, settlement, begun, debited))

    return Outcome(text, StepPair(DEBIT, 2, at, go_on))


def records(device: CardDevice, pad: PinPad) -> Outcome:
    """iReadDebitRecord: the card's settlements, the newest first; its loads are none."""
    at = device.at_psam(pad)
    at.demand_pin(once=True)
    said = ""
    for entry in logged(at):
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
    return bar_fields(
        f"{at.environment.algorithm:02d}",
        key_address(at.key(directory, "DTK")),
        _amounts(settlement),
        f"{order.kind:02X}",
        *(order.terminal.hex(), hexed(begun.terminal_sequence), begun.time.hex(), hexed(debited.tac)),
    )
