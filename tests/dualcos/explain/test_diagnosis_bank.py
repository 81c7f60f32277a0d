"""What the diagnosis holds to be right of the bank's and the certificate side's hosts is what the card takes, and each
way to get it wrong is found as what it is.

Every honest dialogue is held twice with one seed: once its last command is accepted, once a bit of it is turned on its
way, and the card says why. The refusal's own data lead to the right inputs, and these must make the honest bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import EnumType
from itertools import islice
from typing import Any

import pytest
from bank_host_scenes import (
    SCENES,
    at_the_refusal,
    explaining,
    speaks,
)

from apdu.command import CommandAPDU
from dualcos.explain.diagnosis.computation import Computation, Situation, tried
from dualcos.explain.diagnosis.finding import Certainty
from dualcos.explain.diagnosis.findings import COMPUTATIONS
from dualcos.explain.finding_texts import CHINESE
from dualcos.explain.finding_words import FINDINGS

# --- right is what the card takes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_what_is_held_to_be_right_makes_what_was_sent(scene, monkeypatch):
    def look(refused: Situation, honest: CommandAPDU) -> None:
        computation = explaining(refused)
        gathered = computation.gather(refused._replace(command=honest))
        assert computation.agreeing(gathered.values, gathered.came) >= 24
        gathered = computation.gather(refused)
        assert computation.agreeing(gathered.values, gathered.came) == 0

    at_the_refusal(scene, monkeypatch, look)


# --- each way is found ------------------------------------------------------------------------------------------------

_A_FEW = 2
_CUT = frozenset(("mac.eight-bytes", "mac.three-bytes"))
"""Of another length than what was sent: tried where the row takes them (below)."""


PROVOKED = frozenset(way.kind for computation in COMPUTATIONS for one in computation.inputs for way in one.ways)
"""Of computations whose scenes lie elsewhere (``test_diagnosis_social``) too."""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_each_way_to_get_an_input_wrong_is_found(scene, monkeypatch):
    found_kinds: list[str] = []

    def look(refused: Situation, honest: CommandAPDU) -> None:
        computation = explaining(refused)
        situation = refused._replace(command=honest)
        gathered = computation.gather(situation)
        right = computation.formula(gathered.values)
        for one, kind, value in trials(computation, situation, gathered.values):
            if (made := made_by(computation, {**gathered.values, one: value})) in (None, right) or kind in _CUT:
                continue
            data = replaced(honest.data, right, made)
            found = tried(computation, refused._replace(command=honest._replace(data=data)))
            assert found, (kind, one)
            if found[0].kind != kind:
                assert found[0].kind in same_bytes(computation, situation, gathered.values, made), (one, kind)
            assert found[0].certainty in (Certainty.CERTAIN, Certainty.LIKELY)
            speaks(found[0])
            found_kinds.append(found[0].kind)

    at_the_refusal(scene, monkeypatch, look)
    assert len(set(found_kinds)) > 5


def trials(computation: Computation, situation: Situation, right: Any) -> Iterator[tuple[str, str, Any]]:
    for one in computation.inputs:
        for way in one.ways:
            for value in islice(way.wrong(right[one.name], right, situation), _A_FEW):
                yield one.name, way.kind, value


def made_by(computation: Computation, values: Any) -> bytes | None:
    try:
        return computation.formula(values)
    except (ValueError, KeyError, IndexError):
        return None


def same_bytes(computation: Computation, situation: Situation, right: Any, made: bytes) -> list[str]:
    """Other ways to the same bytes: of two keys with one value, of a number that is the same turned round."""
    return [
        kind
        for one, kind, value in trials(computation, situation, right)
        if made_by(computation, {**right, one: value}) == made
    ]


def replaced(data: bytes, right: bytes, made: bytes) -> bytes:
    at = data.rfind(right)
    assert at >= 0
    return data[:at] + made + data[at + len(right) :]


def test_computations_inputs_and_ways_have_chinese_names():
    rooms = [sys.modules[name] for name in sorted(sys.modules) if name.startswith("dualcos.explain.diagnosis.")]
    kinds = {each for room in rooms for each in vars(room).values() if isinstance(each, EnumType)}
    ours = [each for each in kinds if each.__module__.startswith("dualcos.explain.diagnosis.")]
    own = [each for each in ours if each is not Certainty]  # no way of an input
    ways = {member.value for each in own for member in each if member.value.isascii() or "‖" in member.value}
    names = {each.name for each in COMPUTATIONS} | {one.name for each in COMPUTATIONS for one in each.inputs}
    assert sorted((ways | names) - CHINESE.keys()) == []


def test_every_way_has_words():
    kinds = {way.kind for computation in COMPUTATIONS for one in computation.inputs for way in one.ways}
    assert kinds - FINDINGS.keys() == set()
