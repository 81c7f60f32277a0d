"""Every vector of ``vectors/`` is played; what the card does not yet do as it must is known by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest

import dualcos
from dualcos.lab.conformance import coverage, run_report
from dualcos.lab.conformance.card_on_bench import ReaderBench
from dualcos.lab.conformance.playing import VectorVerdict, play_all
from dualcos.lab.conformance.vector_file import Case, load, vector_files
from vectors.generate import interrupted, malformed, powerless, responses, rights, social, tearing, tries
from vectors.generate.vector_layout import layout

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"
FILES = vector_files(VECTORS)

# Vectors that are right and a card that is not yet. Whoever mends the card takes the line out.
KNOWN: Mapping[str, str] = MappingProxyType({})

# Stacks whose every word has a vector or a reason.
COUNTED = ("manager", "ssse", "pse", "pse-making", "psam", "pki")


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    return load(VECTORS)


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(VECTORS)))
def test_the_card_answers_as_it_must(file, played):
    active = [result for result in played.of(file) if result.case.vector.status == "active"]
    results = [result for result in active if not result.case.attended]  # a robot plays those: lab/operator_steps
    wrong = [run_report.line(r) for r in results if r.verdict is not VectorVerdict.PASS and r.case.id not in KNOWN]
    assert not wrong, "\n".join(wrong)
    mended = [r.case.id for r in results if r.verdict is VectorVerdict.PASS and r.case.id in KNOWN]
    assert not mended, "these pass now: take them out of KNOWN"
    for_hands = [result for result in active if result.case.attended]
    assert {(result.verdict, result.kind) for result in for_hands} <= {
        (VectorVerdict.NOT_APPLICABLE, "needs a card in a reader, and an operator")
    }


def test_known_failures_exist(cases):
    assert KNOWN.keys() <= {case.id for case in cases}


def test_no_vector_is_a_draft(cases):
    """What a card answered is held against a document before it judges any."""
    assert [case.id for case in cases if case.provenance.kind == "recorded"] == []


UNCHANGED = {"social-1.0": 50, "social-2.0": 400, "social-3.0": 50, "psam-3des": 30, "psam-sm4": 3}


@pytest.mark.parametrize("name", UNCHANGED)
def test_vectors_for_real_cards_need_nothing_but_a_reader(name, cases):
    """Without the laboratory's hand, one after the other on one card, which is the same afterwards."""
    card = dualcos.card(name, seed=5)
    before = card.dump()
    results = list(play_all(cases, ReaderBench(card, name)))
    assert not [run_report.line(r) for r in results if r.verdict in (VectorVerdict.FAIL, VectorVerdict.INCONCLUSIVE)]
    assert sum(r.verdict is VectorVerdict.PASS for r in results) >= UNCHANGED[name]
    assert card.dump() == before


WORN = {str(VECTORS / "pse/profiles/lab.toml"): 420, "bank-value-added": 5, "bank-pboc-3": 5, "bank-dual-currency": 3}


@pytest.mark.parametrize("name", WORN, ids=lambda name: Path(name).stem)
@pytest.mark.parametrize("seed", range(3))
def test_vectors_for_real_bank_cards_bear_any_order(name, seed, cases):
    """A bank card's counters move with every transaction; what is played live does not mind, and harms no other."""
    mixed = list(cases)
    Random(seed).shuffle(mixed)  # noqa: S311 - an order, not a secret
    results = list(play_all(mixed, ReaderBench(dualcos.card(name, seed=5), name)))
    assert not [run_report.line(r) for r in results if r.verdict in (VectorVerdict.FAIL, VectorVerdict.INCONCLUSIVE)]
    assert sum(r.verdict is VectorVerdict.PASS for r in results) >= WORN[name]


def test_no_hole_without_a_reason(played):
    played.all(FILES)
    cells = [cell for cell in played.counter.cells(coverage.read_holes(VECTORS)) if cell.row.environment in COUNTED]
    assert [f"{cell.row} {cell.word:04X}" for cell in cells if not cell.vectors and not cell.reason] == []
    explained = [cell for cell in cells if cell.reason]
    stale = {cell.reason for cell in explained} - {cell.reason for cell in explained if not cell.vectors}
    assert not stale, "every word these holes explain has a vector by now"


def test_generated_files_are_what_the_generator_writes():
    ours = (social, powerless, interrupted, malformed, tries, rights)
    for name, unit in {name: unit for each in ours for name, unit in each.units().items()}.items():
        assert (VECTORS / "generated" / f"{name}.json").read_text("utf-8") == layout(unit), "python -m vectors.generate"
    for name, unit in {**responses.units(), **tearing.units()}.items():
        assert (VECTORS / name).read_text("utf-8") == layout(unit), "python -m vectors.generate"
