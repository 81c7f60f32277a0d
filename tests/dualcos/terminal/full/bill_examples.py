"""Bills made up for slips: every state that has one, with amounts that belong together, as a model has them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from dualcos.messages.social_services import PremiumDue, ReadCard, ServiceRefused
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord, ValueAdded
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import InsuredPerson, MedicalRecord, SettlementMode

CARD = ReadCard(region="990000", historical="00" * 13, algorithm="01", identification="AB" * 16, number="T0000001X")
PERSON = InsuredPerson(social_number="990000199001011234", name="张三丰", insured_at="990000")
ACCOUNT = "6299990123456789019"
DECIDED = tuple(state for state in BillState if state.is_decided)
FAILED = (
    PaymentState.DECLINED,
    PaymentState.REVERSING,
    PaymentState.REVERSED,
    PaymentState.MANUAL,
    PaymentState.NOT_SENT,
    PaymentState.VOIDED,
    PaymentState.APPROVED,
)
"""How payments stand that do not pay a bill, or do so no more: what was refunded stays approved."""
_RECORD_STATES = {
    BillState.NOT_SETTLED: RecordState.GIVEN_UP,
    BillState.SUSPICIOUS: RecordState.SUSPICIOUS,
    BillState.UNKNOWN: RecordState.UNKNOWN,
}
_MOST = 4_294_967_295


class Example(NamedTuple):
    """A bill, and what it is about in plain numbers, fen."""

    whole: WholeBill
    shares: tuple[int, int, int]
    own: int
    due: int
    discount: int


def payment(state: PaymentState, voucher: int, amount: int, **changed: object) -> PaymentRecord:
    """A purchase by the holder's card."""
    codes = {PaymentState.DECLINED: "51", PaymentState.APPROVED: "00"}
    reason = "98" if state in (PaymentState.REVERSING, PaymentState.REVERSED, PaymentState.MANUAL) else ""
    fields: dict[str, object] = {
        "business": "PURCHASE",
        "batch": "000001",
        "voucher": f"{voucher:06d}",
        "moment": f"20260115{9 + voucher % 9:02d}3007",
        "terminal": "12345678",
        "merchant": "123456789012345",
        "pan": ACCOUNT,
        "amount": amount,
        "code": codes.get(state, ""),
        "reason": reason,
        "reference": "011500000001",
        "issuer": "62000000   00010000   ",
        "chip": ChipFacts(aid="A000000333010101", cryptogram="330243D29CA8D2B0", kind="ARQC", issuer_data="07" * 32),
    }
    return PaymentRecord(state=state, **{**fields, **changed})  # type: ignore[arg-type]


def settlement(state: BillState, shares: tuple[int, int, int], **changed: object) -> MedicalRecord:
    """The settlement of a bill that stands so."""
    fields: dict[str, object] = {
        "mode": SettlementMode.ONLINE,
        "total": sum(shares),
        "shares": shares,
        "voucher": "S0000000001-C458E60B",
        "sequence": "0001",
        "terminal_sequence": "0000000A",
        "time": "20260115093005",
        "tac": "" if state is BillState.NOT_SETTLED else "3ABDFBB8",
    }
    found = _RECORD_STATES.get(state, RecordState.COMPLETE)
    return MedicalRecord(state=found, card=CARD, terminal="990000000009", **{**fields, **changed})  # type: ignore[arg-type]


def bill(state: BillState, **changed: object) -> Bill:
    """One of a settlement, unless ``changed`` says otherwise."""
    fields: dict[str, object] = {"kind": BillKind.SETTLEMENT, "moment": "20260115093002", "record": 1}
    return Bill(state=state, card=CARD, terminal="990000000009", **{**fields, **changed})  # type: ignore[arg-type]


def premium(amount: int = 40_000, period: str = "202601") -> PremiumDue:
    """What the fund wants."""
    return PremiumDue(
        running=1,
        voucher="P0000000001-C458E60B",
        amount=amount,
        scheme="390",
        scheme_zh="城乡居民基本医疗保险",
        scheme_en="medical insurance, residents",
        period=period,
        payee="社会保险基金收入户",
    )


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """A settlement's bill that is decided."""
    state = draw(st.sampled_from(DECIDED))
    rest = st.just(0) if state is BillState.COVERED else st.integers(0, _MOST // 4)
    shares = draw(st.tuples(st.integers(0, _MOST // 4), st.integers(0, _MOST // 4), rest))
    own = draw(rest)
    settled = state not in _RECORD_STATES
    if settled and state is not BillState.COVERED:
        own += not own + shares[2]
    due = shares[2] + own if settled else 0
    mode, voucher = draw(
        st.sampled_from(
            [
                (SettlementMode.ONLINE, "S0000000001-C458E60B"),
                (SettlementMode.ONLINE_OR_OFFLINE, ""),
                (SettlementMode.OFFLINE, ""),
            ]
        )
    )
    record = settlement(state, shares, mode=mode, voucher=voucher, person=draw(st.sampled_from([None, PERSON])))
    tries = [
        payment(each, number, due) for number, each in enumerate(draw(st.lists(st.sampled_from(FAILED), max_size=3)), 1)
    ]
    tries = tries if due else []
    discount = 0
    standing = 0
    if state is BillState.PAID:
        discount, standing = draw(st.integers(0, due - 1)), len(tries) + 1
        added = ValueAdded(member="M", before=due) if discount else None
        stood = draw(st.sampled_from([PaymentState.APPROVED, PaymentState.NOT_TAKEN]))
        tries.append(payment(stood, standing, due - discount, value_added=added))
    made = bill(
        state,
        total=sum(shares),
        own=own,
        due=due,
        tries=tuple(range(1, len(tries) + 1)),
        payment=standing,
        elsewhere="cash"
        if state is BillState.ELSEWHERE
        else draw(st.sampled_from(["", "other-card"]))
        if state is BillState.CANCELLED
        else "",
        refusal=draw(st.sampled_from([None, REFUSED])) if state is BillState.DUE else None,
    )
    return Example(
        WholeBill(draw(st.integers(1, 999_999)), made, record, tuple(enumerate(tries, 1))), shares, own, due, discount
    )


REFUSED = ServiceRefused(running=1, code="settled-with-fund", zh="已与基金清算", en="cleared with the fund")
