"""One planted mistake: an honest dialogue, the same with one step done wrongly, and what the trace must say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.erring_terminal.explained_card import ExplainedCard

NONE_FITS = "inputs.none-fits"
CERTAIN, LIKELY, NOTE = "certain", "likely", "note"
ANY: Any = object()


class Scene(NamedTuple):
    """An honest dialogue with a card of ``profile``, the command in question last.

    ``play`` takes the card and the host's ways, plays it and returns what the host knows afterwards; ``honest``: the
    ways that make every step right. ``answer``: the status word of the honest command. ``blank``: on a chip that is
    not personalised yet. Only refusals that the dialogue expects may stand before the last command.
    """

    name: str
    profile: str
    play: Callable[[ExplainedCard, Any], Any]
    honest: Any
    answer: int = 0x9000
    blank: bool = False


class Expected(NamedTuple):
    """What a finding must say: ``right`` is its ``expected``, as text if that is text, ``wrong`` its ``received``; ANY:
    not looked at.

    ``inputs``: right inputs that ``about["inputs"]`` must hold, by the host's names for them.
    """

    input: str = ""
    right: Any = ANY
    wrong: Any = ANY
    next_step: str = ""
    inputs: Mapping[str, Any] = MappingProxyType({})


def nothing_said(_: Any) -> Expected:
    """The id alone is looked at."""
    return Expected()


class MistakeCase(NamedTuple):
    """A mistake in a scene: ``ways`` as the host does it wrongly, ``sw`` what the card answers to that.

    ``finding``: the id that must come first; ``certainty``: its, not looked at if empty. ``expected``: what else it
    says, from what the host knows after playing. ``seen``: whether the reader may look into the card. ``among``: the
    finding may be second or third, where several say something true of equal certainty.
    """

    name: str
    scene: Scene
    ways: Any
    sw: int
    finding: str
    certainty: str = CERTAIN
    expected: Callable[[Any], Expected] = nothing_said
    seen: bool = True
    among: bool = False


def check_honest(scene: Scene) -> None:
    """The scene without a mistake is accepted, and nothing at all is found."""
    card = ExplainedCard(scene.profile, blank=scene.blank)
    scene.play(card, scene.honest)
    assert card.answered == scene.answer, f"{card.last.name} {card.last.sw}: {card.last.reasons}"
    assert [found for each in card.exchanges for found in each.findings] == []


def check_mistake(case: MistakeCase) -> None:
    """The card refuses (or accepts) as it must; the mistake is found, at its command alone, as data."""
    card = ExplainedCard(case.scene.profile, seen=case.seen, blank=case.scene.blank)
    expected = case.expected(case.scene.play(card, case.ways))
    last = card.last
    assert card.answered == case.sw, f"{last.name} {last.sw}: {last.reasons}"
    assert [found for each in card.exchanges if each is not last for found in each.findings] == []
    findings = last.findings
    no_secret_in(findings, card)
    assert 0 < len(findings) <= 3, last.reasons
    kinds = [found.kind for found in findings]
    assert case.finding in (kinds if case.among else kinds[:1]), kinds
    found = findings[kinds.index(case.finding)]
    assert not case.certainty or found.certainty.value == case.certainty
    if case.finding == NONE_FITS:
        assert "certain" not in {each.certainty.value for each in findings}
    if expected.input:
        assert found.about["input"] == expected.input
    if expected.right is not ANY:
        as_text = isinstance(expected.right, str)
        assert (str(found.expected) if as_text else _plain(found.expected)) == _plain(expected.right)
    if expected.wrong is not ANY:
        assert _plain(found.received) == _plain(expected.wrong)
    if expected.next_step:
        assert found.next_step == expected.next_step
    if expected.inputs:
        told = found.about["inputs"]
        assert len({each.name for each in told}) == len(told)
        values = {_plain(each.value) for each in told}
        assert {name: value for name, value in expected.inputs.items() if _plain(value) not in values} == {}


def _plain(value: Any) -> Any:
    return tuple(_plain(each) for each in value) if isinstance(value, tuple) else value


def provoked(cases: Iterable[MistakeCase]) -> frozenset[str]:
    """The ids of findings that ``cases`` provoke."""
    return frozenset(case.finding for case in cases)


# --- nothing secret -------------------------------------------------------------------------------------------------

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2} ?){4,}")


def values_in(value: Any) -> Iterator[Any]:
    """Every value in findings, however deep."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield name
            yield from values_in(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from values_in(each)
    elif isinstance(value, Enum):
        yield from values_in(value.value)
    else:
        yield value


def no_secret_in(findings: Any, card: ExplainedCard) -> None:
    """No piece of four bytes of any key, no PIN; where it is about a PIN no bytes at all and no two of its digits."""
    for value in values_in(tuple(findings)):
        for data in (value,) if isinstance(value, bytes) else _hex_in(value) if isinstance(value, str) else ():
            assert not card.secret_in(data), "a piece of a key is in a finding"
            assert not any(bytes.fromhex(pin[: len(pin) & ~1]) in data or pin.encode() in data for pin in card.pins)
        assert not (isinstance(value, str) and any(pin in value for pin in card.pins))
    for found in findings:
        if found.kind.startswith("pin."):
            told = [each for each in values_in((found.about, found.expected, found.received)) if each is not None]
            assert not any(isinstance(each, bytes) for each in told), "a PIN finding shows bytes"
            pairs = {pin[at : at + 2] for pin in card.pins for at in range(len(pin) - 1)}
            assert not any(isinstance(each, str) and any(pair in each for pair in pairs) for each in told)


def _hex_in(text: str) -> Iterator[bytes]:
    for run in _HEX.findall(text):
        yield bytes.fromhex(run.replace(" ", ""))
