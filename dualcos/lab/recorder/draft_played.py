"""A draft vector held against the schema and played on its card, before anybody gets it.

It is in no file meanwhile: with a record that keeps secrets, PINs stand in it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorResult, VectorTable, play
from dualcos.lab.conformance.vector_file import load_text

_STEP = "\x00step "
_HELD = re.compile(r'"\\u0000step (\d+)"')  # as JSON writes it


def played(text: str, path: Path, bench: VectorTable | None = None) -> VectorResult:
    """What its card says to the one vector of ``text``; ``path``: where it will lie, from where its profile is seen.
    Raises VectorError if it could be no vector file, ProfileError.
    """
    (case,) = load_text(text, path)
    return play(case, bench or Bench())


def as_text(content: dict[str, Any]) -> str:
    """The file: each step in a line."""
    steps: list[str] = []

    def held(step: object) -> str:
        steps.append(json.dumps(step, ensure_ascii=False))
        return f"{_STEP}{len(steps) - 1}"

    vectors = [{**vector, "steps": [held(step) for step in vector["steps"]]} for vector in content["vectors"]]
    text = json.dumps({**content, "vectors": vectors}, indent=2, ensure_ascii=False)
    return _HELD.sub(lambda found: steps[int(found[1])], text) + "\n"
