"""What two kinds of environment do alike stands once, in the kernel or in making: no six lines stand in two of them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from cos.stacks import STACKS

COS = Path(__file__).parents[2] / "cos"
RUN = 6
FOLDERS = {stack.label: COS / stack.label for stack in STACKS}


def runs(source: str) -> set[tuple[str, ...]]:
    """Six lines of code that follow each other, without blank lines and imports."""
    lines = [line.strip() for line in source.splitlines()]
    code = [line for line in lines if line and not line.startswith(("from ", "import ", "#"))]
    return {tuple(code[at : at + RUN]) for at in range(len(code) - RUN + 1)}


def of_folder(folder: Path) -> set[tuple[str, ...]]:
    files = [path for path in folder.rglob("*.py") if "tables" not in path.parts]
    return set().union(*(runs(path.read_text("utf-8")) for path in files))


@pytest.mark.parametrize(("one", "other"), [*combinations(FOLDERS, 2)])
def test_no_six_lines_stand_in_two_stacks(one, other):
    assert of_folder(FOLDERS[one]) & of_folder(FOLDERS[other]) == set()


def test_every_stack_is_looked_at_and_a_copy_would_be_seen():
    assert all(of_folder(folder) for folder in FOLDERS.values())
    source = (FOLDERS["pki"] / "files.py").read_text("utf-8")
    assert runs(source) & runs("import struct\n\n" + source.replace("\n", "\n\n")) == runs(source)
