"""A violation as whoever asked is told it: its dialogue in words, and in none of them what is secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from apdu.command import MalformedAPDU, parse
from cos.kernel.command_rows import Secret
from dualcos.explain import Explainer, RawExchange
from dualcos.explain.command_names import INS_GET_RESPONSE, Familiar
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import dotted
from dualcos.lab.properties import list_of_properties
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Pairs, Violation
from dualcos.lab.properties.specimen import Specimen
from dualcos.lab.search.dialogue_in_words import explainer_of, told

_SW = 2
_WAITS = 0x61
_FETCH = bytes((INS_GET_RESPONSE,))


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


def _secret_answers(runs: Sequence[Pairs], specimen: Specimen) -> list[set[int]]:
    """In each run the places of answers whose data nobody may be shown.

    Those that a trace would hide; and all that was fetched after one of them had waited, however long ago and in
    whichever run: a card that violates a property may well keep it for longer than it should.
    """
    hidden: list[set[int]] = [set() for _ in runs]
    for known in {id(side.known): side.known for side in specimen.bench().sides.values()}.values():
        waited = False
        for places, run in zip(hidden, runs, strict=True):
            masking = SecretMasking(known)
            for at, (command, answer) in enumerate(run):
                if len(answer) < _SW:
                    continue
                secret = secret_parts(None, command, known).answer or _asks_for_secret(command, known)
                masked = masking.masked(RawExchange(command, answer))
                cut = isinstance(masked, RawExchange) and masked.answer_hidden
                if len(answer) > _SW and (secret or cut or (waited and command[1:2] == _FETCH)):
                    places.add(at)
                waited = waited or (secret and answer[-2] == _WAITS)
    return hidden


def _asks_for_secret(command: bytes, known: Familiar) -> bool:
    """True if a command is declared as a secret one, or as none of those whose instruction it has, and one of these is
    secret. Where such a command has no data, a trace hides nothing.
    """
    try:
        sent = parse(command)
    except MalformedAPDU:
        return False
    rows = [row for _, row in known.fitting(None, sent)] or known.everywhere.get(sent.ins, ())
    return any(row.secret is Secret.DATA for row in rows)


def _explainer(specimen: Specimen) -> Explainer:
    """Who puts its dialogues into words: its own if it has one."""
    if isinstance(specimen, ProfileSpecimen):
        return explainer_of(specimen.profile, specimen.made_with)
    made = getattr(specimen, "explainer", None)
    return made() if made is not None else Explainer()
