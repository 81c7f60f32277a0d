"""What a vector says, as a digest: the same as long as nothing about it is changed, whatever becomes of its file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import UNSET, structs

from dualcos.lab.conformance.command_template import called
from dualcos.lab.conformance.vector_file import Case, routines_of
from dualcos.lab.conformance.vector_schema import VectorStep

_ENCODER = msgspec.json.Encoder(order="deterministic")


class VectorDigests:
    """Digests of vectors; what a file says for all of its vectors, and each routine, is looked at once."""

    def __init__(self) -> None:
        self._units: dict[Path, bytes] = {}
        self._routines: dict[tuple[Path | None, str], bytes] = {}
        self._files: dict[Path, Path | None] = {}

    def of(self, case: Case) -> str:
        """Digest of all that a vector says: itself, what its file says for all, the routines that it calls."""
        hasher = hashlib.sha256(self._unit(case))
        hasher.update(_ENCODER.encode(case.vector))
        folder = case.path.parent
        if folder not in self._files:
            self._files[folder] = routines_of(case.path)
        file = self._files[folder]
        todo, seen = [*self._called((*case.setup, *case.vector.steps, *case.vector.after))], set[str]()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self._called(case.routines[name].steps)
        for name in sorted(seen):
            hasher.update(self._routine(case, file, name))
        return hasher.hexdigest()

    def _unit(self, case: Case) -> bytes:
        if case.path not in self._units:
            self._units[case.path] = _ENCODER.encode(structs.replace(case.unit, vectors=[], editor_schema=UNSET))
        return self._units[case.path]

    def _routine(self, case: Case, file: Path | None, name: str) -> bytes:
        if (file, name) not in self._routines:
            self._routines[file, name] = _ENCODER.encode((name, case.routines[name]))
        return self._routines[file, name]

    def _called(self, steps: Iterable[VectorStep]) -> Iterator[str]:
        for step in steps:
            if step.routine is not None:
                yield called(step.routine)[0]
