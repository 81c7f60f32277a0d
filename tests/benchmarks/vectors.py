"""How long all conformance vectors take, each on its own card: read, cards made, played. Nothing here is asserted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from dualcos.lab.conformance import card_on_bench
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorVerdict, play_all
from dualcos.lab.conformance.vector_file import load
from tests.benchmarks.card import Figure

VECTORS = Path(__file__).parents[2] / "vectors"


class _Watched(card_on_bench._Prepared):
    """A card on the bench; how long making it took, and all before it, in ``seconds``."""

    seconds: list[float] = []  # noqa: RUF012 - of all of them

    def __init__(self, *told: object) -> None:
        begun = time.process_time()
        super().__init__(*told)
        self.seconds.append(time.process_time() - begun)


def figures() -> Iterator[Figure]:
    """In one process, as ``dualcos conform`` plays them; seconds of the processor."""
    begun = time.process_time()
    cases = load(VECTORS)
    read = time.process_time() - begun
    usual, card_on_bench._Prepared = card_on_bench._Prepared, _Watched
    try:
        begun = time.process_time()
        results = list(play_all(cases, Bench()))
        whole = time.process_time() - begun
    finally:
        card_on_bench._Prepared = usual
    made = sum(_Watched.seconds)
    passed = sum(result.verdict is VectorVerdict.PASS for result in results)
    number = len(_Watched.seconds)
    yield Figure("vectors read and checked", len(cases) / read, f"{read:.2f} s")
    yield Figure("their cards made", number / made, f"{made:.2f} s for {number} cards")
    yield Figure("vectors played and judged", passed / (whole - made), f"{whole - made:.2f} s, {passed} passed")
    yield Figure("all of it", passed / (read + whole), f"{read + whole:.2f} s")


def main() -> None:
    """Print the table."""
    for figure in figures():
        print(f"  {figure.what:<46}{figure.rate:>12,.0f} /s   {figure.note}")
