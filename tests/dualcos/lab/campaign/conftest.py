"""Vectors of the tests' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dualcos.lab.campaign.spoiling_vectors import write_vectors


@pytest.fixture(scope="session")
def vectors(tmp_path_factory) -> Path:
    """A file with six vectors that spoil a card and six that do not, in turn."""
    return write_vectors(tmp_path_factory.mktemp("vectors") / "spoil.json")
