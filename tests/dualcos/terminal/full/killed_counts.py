"""What must be true of the files that killed processes have left, when everything was brought to its end.

Bank's, acquirer's and bureau's books and the terminal's storage by SQL, the card by APDUs out of its file, the slips as
text, and the hosts' own ledgers as ``--json`` tells them: rules and counts are those of histories without processes.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from dualcos.cardfile.card_in_file import open_card
from dualcos.profile.bank_order import bank_card
from dualcos.profile.schema import load
from tests.dualcos.terminal.full.advice_rules import demand_advice
from tests.dualcos.terminal.full.bill_rules import (
    cash_in,
    demand_card,
    demand_ends,
    demand_ledger,
    demand_payments,
    demand_premiums,
    demand_settlements,
    files_of,
    purchases_at,
)
from tests.dualcos.terminal.full.card_money import on_card
from tests.dualcos.terminal.full.full_money import HostMoney, PaperMoney, at_hosts, demand_agreement

TERMINAL = "12345678"
OPENING = 1_000_000
"""Fen on the account at the bank."""


def demand_files(folder: Path, profile: str, paper: PaperMoney, *, offline: bool) -> HostMoney:
    """Raises AssertionError. ``profile``: of the card; ``offline``: the region settles off line (模式3)."""
    with ExitStack() as stack:
        bank, acquirer, bureau, terminal = (
            stack.enter_context(closing(sqlite3.connect(folder / name)))
            for name in ("bank.db", "bank.db-acquirer", "bureau.db", "terminal.db")
        )
        card = stack.enter_context(closing(open_card(folder / "a.card", detached=True)))
        files = [files_of(TERMINAL, terminal)]
        cards = {bill["card"]["identification"]: bill["card"]["number"] for bill in files[0].bills.values()}
        standing, pan = purchases_at(bank), bank_card(load(profile)).pan
        demand_ends(files[0], 0)
        demand_payments(files, standing, dict.fromkeys(cards, pan))
        demand_premiums(files, standing, bureau)
        demand_settlements(files, bureau)
        for identification in cards:
            assert not demand_card(card, identification, [terminal], bureau, in_parts=offline), "a settlement in doubt"
        demand_ledger(files, bureau)
        hosts = at_hosts(bank, acquirer, bureau, OPENING, in_parts=offline)
        demand_advice(files[0], paper.bills, standing)
        demand_agreement(hosts, [on_card(card)], paper, cash_in(files))
        return hosts


def demand_told(hosts: HostMoney, bank: Any, bureau: Any) -> None:
    """What the hosts' own tools say of their files is the same. Raises AssertionError. ``bank``, ``bureau``: what
    ``host ledger`` and ``backend ledger`` have told.
    """
    accounts = {each["account"]: each["amount"] for each in (*bank["accounts"], *bank["merchants"])}
    assert _sum(accounts, "acquirer/") == _sum(accounts, "merchant/") == hosts.taken
    assert all(each["balanced"] and each["ended"] for each in bank["batches"]), bank["batches"]
    settled = [each for each in bureau["settlements"] if each["state"] in ("settled", "found")]
    fens = {each["account"]: each["fen"] for each in bureau["accounts"]}
    assert len(settled) == len(hosts.standing)
    assert _sum(fens, "provider/") == sum(each["account"] + each["pooled"] + each["self_paid"] for each in settled)
    assert -fens.get("collected", 0) == hosts.collected
    assert not any(each["held"] for each in (*bureau["settlements"], *bureau["accounts"]))
    assert bank["sum"] == bureau["sum"] == 0


def _sum(accounts: dict[str, int], kind: str) -> int:
    return sum(fen for name, fen in accounts.items() if name.startswith(kind))
