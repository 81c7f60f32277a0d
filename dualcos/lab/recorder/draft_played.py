"""A draft vector held against the schema and played on its card, before anybody gets it."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorResult, VectorTable, play
from dualcos.lab.conformance.vector_file import load

_FILE, _STEP = "draft.json", "\x00step "
_HELD = re.compile(r'"\\u0000step (\d+)"')  # as JSON writes it


def played(content: dict[str, Any], bench: VectorTable | None = None) -> VectorResult:
    """What its card says to the one vector of ``content``; the profile that it names lies where it says, seen from the
    working directory. Raises VectorError if the file could not be one, ProfileError.
    """
    profile = Path(content["profile"])
    named = str(profile.resolve()) if profile.is_file() else content["profile"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _FILE
        path.write_bytes(as_text({**content, "profile": named}))
        (case,) = load(path)
        return play(case, bench or Bench())


def as_text(content: dict[str, Any]) -> bytes:
    """The file: each step in a line."""
    steps: list[str] = []

    def held(step: object) -> str:
        steps.append(json.dumps(step, ensure_ascii=False))
        return f"{_STEP}{len(steps) - 1}"

    vectors = [{**vector, "steps": [held(step) for step in vector["steps"]]} for vector in content["vectors"]]
    text = json.dumps({**content, "vectors": vectors}, indent=2, ensure_ascii=False)
    return (_HELD.sub(lambda found: steps[int(found[1])], text) + "\n").encode()
