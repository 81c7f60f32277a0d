"""Whatever stops either side of a full-function terminal, the steps that are advised are steps of that terminal, in
Chinese as in English; and a card is only to be put back for what waits for it.
"""

from __future__ import annotations

import re

import pytest

from apdu.status import StatusWord
from dualcos.cli.cashier.bill_advice import advice_on_bank_side, advice_on_social_side
from dualcos.cli.cashier.full_table import FULL_STEPS
from dualcos.cli.cashier.steps_named_here import of_bank_side
from dualcos.cli.counter.step_table import STEPS
from dualcos.cli.till.till_advice import advice_at_end
from dualcos.cli.till.till_stops import told_stop
from dualcos.cli.till.till_table import TILL_STEPS
from dualcos.messages.response_codes import RESPONSE_CODES
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.cli.full_desk import lines, said, told

__all__ = ["lines", "said", "told"]  # fixtures
IN_ENGLISH = re.compile("`([a-z][^`]*)`")
IN_CHINESE = re.compile(r"(?<![-\w`])([a-z][a-z-]*(?: [a-z][a-z-]*)*)(?![\w`])", re.ASCII)
OF_SIDE = {"social": {each.name for each in STEPS}, "bank": {each.name for each in TILL_STEPS}}
HERE = {each.name for each in FULL_STEPS}
OF_BOTH = {"read", "upload", "sign-on"}
"""Which a side has too, and does alone."""


def is_step_here(line: str) -> bool:
    first, *rest = line.split()
    if first in OF_SIDE:
        return rest[0] in OF_SIDE[first]
    return first in HERE and (first in OF_BOTH or not any(first in names for names in OF_SIDE.values()))


def demand_steps_of_here(advice: PartText) -> None:
    english = [line for line in IN_ENGLISH.findall(advice.en) if not line.startswith("dualcos ")]
    assert all(map(is_step_here, english)), advice.en
    assert "dualcos terminal" not in advice.en
    known = {name for names in OF_SIDE.values() for name in names} | HERE
    chinese = [line for line in IN_CHINESE.findall(advice.zh) if line.split()[0] in known]
    assert all(any(line.startswith(named) for line in english) for named in chinese), (chinese, english)
    assert advice.zh
    assert advice.en


@pytest.mark.parametrize("open_bill", [True, False])
@pytest.mark.parametrize("open_record", [True, False])
@pytest.mark.parametrize("cause", StopCause)
def test_what_stops_the_social_side(cause, open_bill, open_record):
    stopped = TerminalStopped(cause, sw=StatusWord(0x6A82)) if cause is StopCause.REFUSED else TerminalStopped(cause)
    demand_steps_of_here(advice_on_social_side(stopped, open_bill=open_bill, open_record=open_record))


@pytest.mark.parametrize("cause", EndCause)
def test_what_ends_a_transaction(cause):
    demand_steps_of_here(of_bank_side(advice_at_end(TransactionEnded(cause))))


@pytest.mark.parametrize("cause", PaymentRefusal)
def test_what_is_refused_at_the_bank_side(cause):
    demand_steps_of_here(advice_on_bank_side(PaymentRefused(cause)))


@pytest.mark.parametrize("code", RESPONSE_CODES)
def test_what_the_acquirer_answers(code):
    demand_steps_of_here(of_bank_side(told_stop(PaymentRefused(PaymentRefusal.REFUSED, code)).todo))


@pytest.mark.parametrize(
    ("alone", "here"),
    [
        (
            ("先 settle", "`settle` first; settle without it"),
            ("先 bank settle", "`bank settle` first; settle without it"),
        ),
        (("先upload再journal", "`dualcos terminal financial upload`"), ("先upload再bank journal", "`upload`")),
        (("用--slip，SLIP", "`--slip FILE`, `dualcos doctor`"), ("用--slip，SLIP", "`--slip FILE`, `dualcos doctor`")),
    ],
)
def test_steps_have_a_side_and_other_words_have_none(alone, here):
    assert of_bank_side(PartText(*alone)) == here


def test_a_card_is_put_back_for_what_waits_for_it(told):
    """Nothing does at first; then a settlement alone; then a bill."""
    settle = "try settle 10 --later"
    begun = ("pull", "try read", settle, "insert", "pull B02C", "try social settle 1", "try read")
    code, sheets = told(*begun, "insert", "social recover", "pull B02C", settle, "try read")
    advised = {at: sheet["stop"]["advice"] for at, sheet in enumerate(sheets[:-1]) if sheet["stop"]}
    assert code == 0
    assert "`" not in advised[1] + advised[2]
    assert "`social recover`" in advised[5]
    assert "`social recover`" in advised[6]
    assert "`resume`" in advised[10]
    assert "`resume`" in advised[11]
