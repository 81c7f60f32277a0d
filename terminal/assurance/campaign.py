"""Searching for violations: one property with a number of examples, or all of them for some hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky

from terminal.assurance.bench import CardDied, Specimen
from terminal.assurance.verdict import Property, Violation


class Outcome(NamedTuple):
    """What came of one property on one specimen. ``seconds`` is wall time."""

    identity: str
    specimen: str
    examples: int
    seed: int
    seconds: float
    violation: Violation | None = None
    case: str = ""

    @property
    def held(self) -> bool:
        """True if no counterexample was found."""
        return self.violation is None


def search(claim: Property, specimen: Specimen, examples: int = 50, seed: int = 0) -> Outcome:
    """Try ``examples`` cases drawn from ``seed``; a counterexample is shrunk. Nothing is raised for one."""
    began = time.monotonic()
    if claim.cases is None:
        violation = _judge(claim, specimen, None)
        return Outcome(claim.identity, specimen.name, 1, seed, time.monotonic() - began, violation)
    count, last = 0, ""
    found_last: Violation | None = None

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @given(case=claim.cases(specimen))
    def run(case: Any) -> None:  # noqa: ANN401 - each property draws its own kind of case
        nonlocal count, last, found_last
        count += 1
        found = _judge(claim, specimen, case)
        if found is not None:
            last, found_last = repr(case), found
            raise found

    violation = None
    try:
        run()
    except Violation as found:
        violation = found
    except Flaky:
        # Something outside the card's memory remembers: the same case came out differently. A violation all the same.
        violation = found_last
    return Outcome(claim.identity, specimen.name, count, seed, time.monotonic() - began, violation, last)


def _judge(claim: Property, specimen: Specimen, case: Any) -> Violation | None:  # noqa: ANN401 - as above
    try:
        claim.check(specimen, case)
    except Violation as found:
        return found
    except CardDied as death:
        return Violation("F17", f"{death} (seen while looking for {claim.identity})", death.record)
    return None


Progress = Callable[[Outcome], None]


def run(
    claims: Iterable[Property],
    specimen: Specimen,
    *,
    examples: int = 50,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Each property once."""
    outcomes = []
    for claim in claims:
        outcome = search(claim, specimen, examples, seed)
        outcomes.append(outcome)
        if progress is not None:
            progress(outcome)
    return outcomes


def run_for(
    claims: Iterable[Property],
    specimen: Specimen,
    *,
    hours: float,
    seed: int = 0,
    examples: int = 1000,
    progress: Progress | None = None,
) -> list[Outcome]:
    """All properties again and again with new seeds, until the time is up; enumerations once. Stops at a violation
    of a property only for that property.
    """
    end = time.monotonic() + hours * 3600
    open_claims, outcomes, round_ = list(claims), [], 0
    while open_claims and (time.monotonic() < end or not round_):
        for claim in tuple(open_claims):
            outcome = search(claim, specimen, examples, seed + round_)
            outcomes.append(outcome)
            if progress is not None:
                progress(outcome)
            if claim.cases is None or not outcome.held:
                open_claims.remove(claim)
            if time.monotonic() >= end and round_:
                break
        round_ += 1
    return outcomes
