"""Mistakes at the social side, planted one at a time: the trace names each, and nothing where there is none."""

from __future__ import annotations

import pytest

from tests.erring_terminal.mistake_case import MistakeCase, Scene, check_honest, check_mistake, provoked
from tests.erring_terminal.social_side_mistakes import CASES

SCENES = tuple(dict.fromkeys(case.scene for case in CASES))
PROVOKED = provoked(CASES)


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_the_honest_terminal_hears_nothing(scene: Scene):
    check_honest(scene)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_mistake_is_named(case: MistakeCase):
    check_mistake(case)
