"""How fast complete cards are made: both sides, by commands, checked, into card files (制卡速度).

Run: ``python -m tests.benchmarks.issuance [CARDS]``. Nothing is asserted; the figure is the machine's and the card's.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.personalisation_file import Batch, Header
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.issuance.parties_together import PartiesAt, StoreAt, bank_templates, invented_stores, prepare_both
from dualcos.issuance.personaliser.batch_runs import run
from dualcos.issuance.personaliser.job_pool import Cores, Here
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.issuance.personaliser.workshop import WorkshopSetting
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys.custody.sealing import LockSource, new_key_file

_WARM = 8  # cards a process makes before it is measured


class Rate(NamedTuple):
    """Cards a second over ``workers`` processes once they all work, and what it took until then, in seconds.

    ``computing``: seconds this process's core worked, which other programs on the machine do not change; the rest of
    the time it waited for its disk or its turn. ``apdus`` of one card; ``preparation``: checking and matching all rows.
    """

    cards: int
    workers: int
    per_second: float
    start: float
    computing: float
    apdus: float
    preparation: float

    @property
    def each(self) -> float:
        """Cards a second and process."""
        return self.per_second / self.workers

    def __str__(self) -> str:
        return (
            f"{self.workers} process(es) {self.per_second:>8.1f} cards/s {self.each:>8.1f} per process   "
            f"{self.cards} cards, first of them after {self.start:.1f} s"
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
        parties = PartiesAt(template, maker, people_keys, bank_keys, seed="benchmark")
        setting = WorkshopSetting(parties, str(folder / "cards"), check=check)
        write_inputs(folder, citizens(cards))
        started = time.perf_counter()
        policy = Policy(synthetic=True)
        terms = BankTerms(bank_templates(template), plain_pins=True)
        both = prepare_both(folder / "social.csv", folder / "bank.csv", terms, policy)
        records = tuple(both.matched().records)
        preparation = time.perf_counter() - started
        header = Header(format=1, batch="BENCH", template=template, sides="both", count=len(records), mac_kcv="")
        pool = Here() if workers == 1 else Cores(workers)
        ready: list[float] = []
        started, worked = time.perf_counter(), time.process_time()
        with StockRegister(folder / "stock.db") as register:
            batch = Batch(header=header, records=records)
            report = run(setting, batch, register, pool, lambda _: ready.append(time.perf_counter()))
        made = report.outcomes
        # Until the last process has its first card, some still start: the rate counts from there.
        warm = min(workers * _WARM, len(ready) - 2)
        return Rate(
            report.counts["made"],
            workers,
            (len(ready) - 1 - warm) / (ready[-1] - ready[warm]),
            ready[0] - started,
            time.process_time() - worked,
            sum(outcome.commands for outcome in made) / len(made),
            preparation,
        )


def main(cards: int = 200) -> None:
    """One process, then one for each core, and how linear that is."""
    alone = benchmark(cards)
    print(f"  {alone}")
    print(f"  {cards / alone.computing:.1f} cards for each second its core computes")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores > 1:
        together = benchmark(cards * cores, cores)
        print(f"  {together}")
        print(f"  linear: {together.each / alone.each:.2f} of the lone process's rate in each of {cores}")
    print(f"  {alone.apdus:.0f} APDUs a card; checking and matching the rows {alone.preparation * 1000 / cards:.2f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
