"""Specimens for every test of properties."""

from __future__ import annotations

import pytest
from commit_budget import PROFILES, TOY, made

from dualcos.lab.properties.specimen import Specimen


@pytest.fixture(scope="session", params=(TOY, *PROFILES))
def specimen(request) -> Specimen:
    """Each profile that comes with the package, and the toy card."""
    return made(request.param)
