"""Properties as functions: asked of a specimen, silent where they hold, else a Violation that tells the dialogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from hypothesis import Phase, currently_in_test_context, event, find, settings
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy

from dualcos.explain import Explainer, RawExchange
from dualcos.explain.command_names import INS_GET_RESPONSE
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import dotted
from dualcos.lab.fuzzing.what_each_needs import CannotAsk, demand, sight_of
from dualcos.lab.properties import list_of_properties, properties_not_asked
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Pairs, Property, Violation
from dualcos.lab.properties.sight_needed import Sight
from dualcos.lab.properties.specimen import Specimen
from dualcos.lab.search.dialogue_in_words import explainer_of, told
from dualcos.lab.search.search_for_violation import violation_of

_SW = 2
_WAITS = 0x61
_FETCH = bytes((INS_GET_RESPONSE,))
_TRIED = 100


class ToldViolation(Violation):
    """A violation whose text is its dialogue in words, as ``dualcos fuzz`` tells it; put into words when it is read.

    Secrets are masked. ``sentence`` and ``clause``: what the property says, and by which document. A copy, and what is
    pickled, has the words and no longer the card; its ``record`` has all commands and answers as they were.
    """

    def __init__(self, found: Violation, words: Callable[[Violation], list[str]]) -> None:
        super().__init__(found.identity, found.text, found.record, found.expected)
        claim = list_of_properties.find(found.identity)
        self.sentence, self.clause = claim.sentence, claim.clause
        self._words = words

    def __str__(self) -> str:
        return "\n".join((f"{self.identity}: {self.text}", f"{self.sentence} ({self.clause})", *self._words(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        """What an exception is made anew of is ``args`` unless it says otherwise, and these are not what made it."""
        found = Violation(self.identity, self.text, self.record, self.expected)
        notes = {"__notes__": list(self.__notes__)} if hasattr(self, "__notes__") else None
        return type(self), (found, _Said(self._words(self))), notes


class _Said(NamedTuple):
    """Words that have been found."""

    lines: list[str]

    def __call__(self, _found: Violation) -> list[str]:
        """They."""
        return self.lines


def told_of(found: Violation, specimen: Specimen) -> ToldViolation:
    """A violation as it is told to whoever asked the property of this specimen."""
    played = [(exchange.command, exchange.answer) for exchange in found.record]
    in_record, in_expected = _secret_answers((played, found.expected), specimen)
    answers = [played[at][1] for at in in_record] + [found.expected[at][1] for at in in_expected]
    text = found.text
    for answer in answers:
        text = text.replace(answer.hex().upper(), dotted(answer, ((0, len(answer) - _SW),)))
    return ToldViolation(
        Violation(found.identity, text, found.record, found.expected),
        lambda violation: told(violation, _explainer(specimen), in_record),
    )


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
        before = specimen.tally.now()
        found = violation_of(self._claim, demand(self.identity, specimen), case)
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


# --- what a violation says --------------------------------------------------------------------------------------------


def _secret_answers(runs: Sequence[Pairs], specimen: Specimen) -> list[set[int]]:
    """In each run the places of answers whose data nobody may be shown.

    Those that a trace would hide; and all that was fetched after one of them had waited, however long ago and in
    whichever run: a card that violates a property may well keep it for longer than it should.
    """
    hidden: list[set[int]] = [set() for _ in runs]
    for known in [side.known for side in specimen.bench().sides.values()]:
        waited = False
        for places, run in zip(hidden, runs, strict=True):
            masking = SecretMasking(known)
            for at, (command, answer) in enumerate(run):
                if len(answer) < _SW:
                    continue
                secret = secret_parts(None, command, known).answer
                masked = masking.masked(RawExchange(command, answer))
                cut = isinstance(masked, RawExchange) and masked.answer_hidden
                if len(answer) > _SW and (secret or cut or (waited and command[1:2] == _FETCH)):
                    places.add(at)
                waited = waited or (secret and answer[-2] == _WAITS)
    return hidden


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
