"""How fast complete cards are made: both sides, by commands, checked, on one core (制卡速度).

Run: ``python -m issuance.benchmark [CARDS]``. Nothing is asserted; the figure is the machine's and the card's.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from cos.profile import load
from firewall.hardware.randomness import SeededRng
from issuance.batch import run
from issuance.ceremony import invented_stores
from issuance.citizens import citizens, write_inputs
from issuance.data import bank, social
from issuance.data.bank import BankTerms
from issuance.data.columns import Policy
from issuance.data.matching import match
from issuance.data.record import Batch, Header, from_pair
from issuance.making.workshop import Setting, StoreAt, bank_templates
from issuance.pool import Cores, Here
from issuance.register import StockRegister
from keys.host.sealing import LockSource, new_key_file


class Rate(NamedTuple):
    """Cards a second over ``workers`` processes, with the time data preparation took apart."""

    cards: int
    workers: int
    per_second: float
    preparation: float

    def __str__(self) -> str:
        each = self.per_second / self.workers
        return (
            f"{self.cards} dual cards, {self.workers} process(es): {self.per_second:.1f} cards/s, {each:.1f} per core; "
            f"checking and matching the rows {self.preparation * 1000 / self.cards:.2f} ms a card"
        )


def benchmark(cards: int = 50, workers: int = 1, template: str = "dual-2.0-3des", *, check: bool = True) -> Rate:
    """Make ``cards`` invented citizens' cards in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = folder / "lock"
        key.write_text(new_key_file(), encoding="utf-8")
        lock = LockSource(file=str(key))
        for owner, store in invented_stores(load(template), SeededRng(b"benchmark"))._asdict().items():
            store.save(folder / owner, lock.lock({}))
        maker, people_keys, bank_keys = (StoreAt(str(folder / owner), lock) for owner in ("maker", "social", "bank"))
        setting = Setting(
            template,
            str(folder / "cards"),
            maker=maker,
            social=people_keys,
            bank=bank_keys,
            seed="benchmark",
            check=check,
        )
        write_inputs(folder, citizens(cards))
        started = time.perf_counter()
        policy = Policy(synthetic=True)
        people = social.load(folder / "social.csv", policy)
        accounts = bank.load(folder / "bank.csv", BankTerms(bank_templates(setting), plain_pins=True), policy)
        records = tuple(from_pair(seq, pair) for seq, pair in enumerate(match(people, accounts).pairs, 1))
        preparation = time.perf_counter() - started
        header = Header(format=1, batch="BENCH", template=template, sides="both", count=len(records), mac_kcv="")
        pool = Here() if workers == 1 else Cores(workers)
        with StockRegister(folder / "stock.db") as register:
            report = run(setting, Batch(header=header, records=records), register, pool)
        return Rate(report.counts["made"], workers, report.counts["made"] / report.seconds, preparation)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(benchmark(count))
    print(benchmark(count, workers=2))
