"""A good row of the bank as its half of a card's record in the personalisation file."""

from __future__ import annotations

from dualcos.issuance.bank.bank_rows import BankRow
from dualcos.issuance.exchange.personalisation_file import BankData, CardRecord, Paper, person_hash


def bank_record(seq: int, row: BankRow) -> CardRecord:
    """Card number ``seq`` of a batch, its bank side."""
    values = row.values
    data = BankData(
        row=row.number,
        template=values["profile"],
        pan=row.pan,
        psn=values["psn"],
        dki=int(values["dki"]),
        elements=dict(row.elements),
        pin=values.get("offline_pin", ""),
        tries=int(values.get("ptl", "0")),
        account=values.get("account_no", ""),
    )
    paper = Paper(ssn=row.ssn, name=values["name"])
    return CardRecord(seq=seq, person=person_hash(row.ssn), paper=paper, bank=data)
