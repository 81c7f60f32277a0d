"""Searching for a violation of one property on one card; the counterexample is shrunk."""

from __future__ import annotations

import time
import warnings
from typing import Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky, HypothesisDeprecationWarning

from dualcos.lab.properties.counted_card import Counts
from dualcos.lab.properties.property_and_violation import Property, Violation
from dualcos.lab.properties.specimen import CardDied, Specimen
from dualcos.lab.search.case_in_words import in_words


class SearchOutcome(NamedTuple):
    """What came of one property on one specimen.

    ``counts``: what its cards were put through meanwhile. ``seconds`` is wall time. ``case``
    is the smallest one that shows the violation.
    """

    identity: str
    specimen: str
    examples: int
    seed: int
    counts: Counts
    seconds: float
    violation: Violation | None = None
    case: str = ""

    @property
    def held(self) -> bool:
        """True if no counterexample was found."""
        return self.violation is None


def search(
    claim: Property, specimen: Specimen, examples: int = 50, seed: int = 0, *, shrunk: bool = True
) -> SearchOutcome:
    """Try ``examples`` cases drawn from ``seed``, or all there are where the property enumerates by itself.

    A counterexample is ``shrunk``, or ends the search as it is. Nothing is raised for one.
    """
    began, before = time.monotonic(), specimen.tally.now()
    if claim.cases is None:
        count, violation, last = 1, violation_of(claim, specimen, None), ""
    elif claim.cases(specimen).is_empty:  # nothing to draw from: no pair of environments, say
        count, violation, last = 0, None, ""
    else:
        count, violation, last = _generate(
            claim, specimen, examples, seed, (Phase.generate, Phase.shrink)[: 1 + shrunk]
        )
    seconds = time.monotonic() - began
    return SearchOutcome(
        claim.identity, specimen.name, count, seed, specimen.tally.since(before), seconds, violation, last
    )


def _generate(
    claim: Property, specimen: Specimen, examples: int, seed: int, phases: tuple[Phase, ...]
) -> tuple[int, Violation | None, str]:
    assert claim.cases is not None  # noqa: S101 - asked above
    count, last = 0, ""
    found_last: Violation | None = None

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @given(case=claim.cases(specimen))
    def run(case: Any) -> None:  # noqa: ANN401 - each property draws its own kind of case
        nonlocal count, last, found_last
        count += 1
        found = violation_of(claim, specimen, case)
        if found is not None:
            last, found_last = in_words(case), found
            raise found

    violation = None
    try:
        with warnings.catch_warnings():
            # Drawing does not use `random`; other threads of a cluster's worker do, and hypothesis cannot tell.
            warnings.filterwarnings("ignore", "Do not use the `random` module", HypothesisDeprecationWarning)
            run()
    except Violation as found:
        violation = found
    except Flaky:
        # Something outside the card's memory remembers: the same case came out differently. A violation all the same.
        violation = found_last
    return count, violation, last


def violation_of(claim: Property, specimen: Specimen, case: Any) -> Violation | None:  # noqa: ANN401 - as above
    """What one case shows; None if it shows nothing wrong. A card whose code raises something violates F17."""
    try:
        claim.check(specimen, case)
    except Violation as found:
        return found
    except CardDied as death:
        meanwhile = "" if claim.identity == "F17" else f" (seen while looking for {claim.identity})"
        died = Violation("F17", f"{death}{meanwhile}", death.record)
        died.__cause__ = death.__cause__
        return died
    return None
