"""Properties as functions: asked of a specimen, silent where they hold, else a Violation that tells the dialogue."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hypothesis import Phase, currently_in_test_context, event, find, settings
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy

from dualcos.lab.fuzzing.told_violation import told_of
from dualcos.lab.fuzzing.what_each_needs import CannotAsk, demand, sight_of
from dualcos.lab.properties import list_of_properties, properties_not_asked
from dualcos.lab.properties.property_and_violation import Property
from dualcos.lab.properties.sight_needed import Sight
from dualcos.lab.properties.specimen import Specimen
from dualcos.lab.search.search_for_violation import violation_of

_TRIED = 100


class _Askable:
    """What both kinds have: ``identity`` (``F1``), ``sentence`` (what it says), ``clause`` (who says so)."""

    __slots__ = ("_claim", "clause", "identity", "sentence")

    def __init__(self, identity: str) -> None:
        self._claim = list_of_properties.find(identity)
        self.identity, self.sentence, self.clause = self._claim[:3]

    def __repr__(self) -> str:
        return f"<{self.identity}: {self.sentence}>"

    def _ask(self, specimen: Specimen, case: object) -> bool:
        """False if nothing was judged."""
        __tracebackhide__ = True  # pytest shows the test, and not what is in here
        before = demand(self.identity, specimen).tally.now()
        found = violation_of(self._claim, specimen, case)
        if found is not None:
            whose_error = found.__cause__ if sight_of(specimen) is Sight.ANSWERS else None
            raise told_of(found, specimen) from whose_error
        return bool(specimen.tally.since(before).judged)


class DrawnProperty(_Askable):
    """A property that is asked of drawn cases: ``F1.cases(card)`` draws them, ``F1(card, case)`` judges one."""

    __slots__ = ()

    def cases(self, specimen: Specimen) -> SearchStrategy[Any]:
        """What it judges, each property its own kind of case. Raises CannotAsk, also if there is nothing to draw, or
        none of what is drawn at first is judged.
        """
        assert self._claim.cases is not None  # noqa: S101 - that is what makes it one of these
        found = self._claim.cases(demand(self.identity, specimen))
        if found.is_empty:
            raise CannotAsk(_nothing(self.identity, specimen))
        # Within a test Hypothesis draws for that one only: there every case says for itself if it came to nothing.
        if not currently_in_test_context() and not _ever_judged(self._claim, specimen):
            raise CannotAsk(f"{_nothing(self.identity, specimen)}; none of {_TRIED} cases was judged")
        return found

    def __call__(self, specimen: Specimen, case: Any) -> None:  # noqa: ANN401 - each property draws its own kind
        """Judge one case that ``cases`` has drawn from the same specimen. Raises Violation; CannotAsk.

        One case alone may come to nothing that can be judged: Hypothesis' statistics count these.
        """
        __tracebackhide__ = True
        if not self._ask(specimen, case) and currently_in_test_context():
            event(f"{self.identity} had nothing to judge")


class EnumeratedProperty(_Askable):
    """A property that tries every case there is, and takes none: ``F5a(card)``."""

    __slots__ = ()

    def __call__(self, specimen: Specimen) -> None:
        """Try them all. Raises Violation; CannotAsk, also if there was nothing to judge."""
        __tracebackhide__ = True
        if not self._ask(specimen, None):
            raise CannotAsk(_nothing(self.identity, specimen))


@lru_cache(maxsize=64)
def _ever_judged(claim: Property, specimen: Specimen) -> bool:
    """True if among the first cases one is judged. Those of most properties all are."""
    assert claim.cases is not None  # noqa: S101 - as above

    def is_judged(case: object) -> bool:
        before = specimen.tally.now()
        return violation_of(claim, specimen, case) is not None or bool(specimen.tally.since(before).judged)

    once = settings(max_examples=_TRIED, database=None, deadline=None, derandomize=True, phases=(Phase.generate,))
    try:
        find(claim.cases(specimen), is_judged, settings=once)
    except NoSuchExample:
        return False
    except Flaky:  # it was judged, and came out differently: F18's affair
        pass
    return True


def _nothing(identity: str, specimen: Specimen) -> str:
    sides = {label: side.stack or label for label, side in specimen.bench().sides.items()}
    reasons = dict.fromkeys(filter(None, (properties_not_asked.why(identity, label, sides) for label in sides)))
    return f"{identity} asks nothing of {specimen.name}" + "".join(f"; {reason}" for reason in reasons)
