"""Mistakes planted in the bank's dialogues and in an issuing program's at the certificate side: each is found, as data."""

from __future__ import annotations

import pytest

from tests.erring_terminal import (
    bank_mistakes,
    bank_scenes,
    certificate_mistakes,
    certificate_scenes,
    making_mistakes,
    making_scenes,
    terminal_mistakes,
    terminal_scenes,
)
from tests.erring_terminal.mistake_case import NONE_FITS, MistakeCase, Scene, check_honest, check_mistake, provoked

CASES: tuple[MistakeCase, ...] = (
    *bank_mistakes.CASES,
    *making_mistakes.CASES,
    *certificate_mistakes.CASES,
    *terminal_mistakes.CASES,
)
SCENES: tuple[Scene, ...] = (
    *bank_scenes.SCENES,
    *making_scenes.SCENES,
    *certificate_scenes.SCENES,
    *terminal_scenes.SCENES,
)
PROVOKED = provoked(CASES)
"""Ids of findings that these cases provoke, for the catalogue."""


def _name(each: MistakeCase | Scene) -> str:
    return each.name


@pytest.mark.parametrize("scene", SCENES, ids=_name)
def test_an_honest_dialogue_has_no_finding(scene):
    check_honest(scene)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_mistake_is_found(case):
    check_mistake(case)


def test_they_are_as_many_as_asked_for():
    """Each by a name of its own, in a scene whose honest way is tried; kinds that nobody lists among them."""
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(CASES) >= 160
    assert sum(case.finding == NONE_FITS for case in CASES) >= 30
    assert {case.scene.name for case in CASES} <= {scene.name for scene in SCENES}
