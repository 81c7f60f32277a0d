"""Properties as functions: asked of a specimen, silent where they hold, else a Violation that tells the dialogue."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from dualcos.explain import Explainer
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import dotted
from dualcos.lab.fuzzing.what_each_needs import CannotAsk, Sight, demand, sight_of
from dualcos.lab.properties import list_of_properties, properties_not_asked
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import Specimen
from dualcos.lab.search.dialogue_in_words import explainer_of, told
from dualcos.lab.search.search_for_violation import violation_of


class ToldViolation(Violation):
    """A violation whose text is its dialogue in words, as ``dualcos fuzz`` tells it; put into words when it is read.

    Secrets are masked. ``sentence`` and ``clause``: what the property says, and by which document.
    """

    def __init__(self, found: Violation, specimen: Specimen) -> None:
        super().__init__(found.identity, _without_secret_answers(found, specimen), found.record, found.expected)
        claim = list_of_properties.find(found.identity)
        self.sentence, self.clause = claim.sentence, claim.clause
        self._specimen = specimen

    def __str__(self) -> str:
        words = told(self, _explainer(self._specimen))
        return "\n".join((f"{self.identity}: {self.text}", f"{self.sentence} ({self.clause})", *words))


class _Askable:
    """What both kinds have: ``identity`` (``F1``), ``sentence`` (what it says), ``clause`` (who says so)."""

    __slots__ = ("_claim", "clause", "identity", "sentence")

    def __init__(self, identity: str) -> None:
        self._claim = list_of_properties.find(identity)
        self.identity, self.sentence, self.clause = self._claim[:3]

    def __repr__(self) -> str:
        return f"<{self.identity}: {self.sentence}>"

    def _ask(self, specimen: Specimen, case: object) -> None:
        __tracebackhide__ = True  # pytest shows the test, and not what is in here
        found = violation_of(self._claim, demand(self.identity, specimen), case)
        if found is not None:
            whose_error = found.__cause__ if sight_of(specimen) is Sight.ANSWERS else None
            raise ToldViolation(found, specimen) from whose_error


class DrawnProperty(_Askable):
    """A property that is asked of drawn cases: ``F1.cases(card)`` draws them, ``F1(card, case)`` judges one."""

    __slots__ = ()

    def cases(self, specimen: Specimen) -> SearchStrategy[Any]:
        """What it judges, each property its own kind of case. Raises CannotAsk, also if there is nothing to draw."""
        assert self._claim.cases is not None  # noqa: S101 - that is what makes it one of these
        found = self._claim.cases(demand(self.identity, specimen))
        if found.is_empty:
            raise CannotAsk(_nothing(self.identity, specimen))
        return found

    def __call__(self, specimen: Specimen, case: Any) -> None:  # noqa: ANN401 - each property draws its own kind
        """Judge one case that ``cases`` has drawn from the same specimen. Raises Violation; CannotAsk."""
        __tracebackhide__ = True
        self._ask(specimen, case)


class EnumeratedProperty(_Askable):
    """A property that tries every case there is, and takes none: ``F5a(card)``."""

    __slots__ = ()

    def __call__(self, specimen: Specimen) -> None:
        """Try them all. Raises Violation; CannotAsk, also if there was nothing to judge."""
        __tracebackhide__ = True
        before = demand(self.identity, specimen).tally.now()
        self._ask(specimen, None)
        if not specimen.tally.since(before).judged:
            raise CannotAsk(_nothing(self.identity, specimen))


def _without_secret_answers(found: Violation, specimen: Specimen) -> str:
    """What it says, with dots for answers of commands whose data nobody may be shown."""
    text, sides = found.text, specimen.bench().sides.values()
    both = [*((exchange.command, exchange.answer) for exchange in found.record), *found.expected]
    for command, answer in both:
        if len(answer) > 2 and any(secret_parts(None, command, side.known).answer for side in sides):
            text = text.replace(answer.hex().upper(), dotted(answer, ((0, len(answer) - 2),)))
    return text


def _explainer(specimen: Specimen) -> Explainer:
    """Who puts its dialogues into words: its own if it has one."""
    if isinstance(specimen, ProfileSpecimen):
        return explainer_of(specimen.profile, specimen.made_with)
    made = getattr(specimen, "explainer", None)
    return made() if made is not None else Explainer()


def _nothing(identity: str, specimen: Specimen) -> str:
    sides = {label: side.stack or label for label, side in specimen.bench().sides.items()}
    reasons = dict.fromkeys(filter(None, (properties_not_asked.why(identity, label, sides) for label in sides)))
    return f"{identity} asks nothing of {specimen.name}" + "".join(f"; {reason}" for reason in reasons)
