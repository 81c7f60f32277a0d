"""Plants one fault in every Python process that has this folder on PYTHONPATH and a fault named in PLANTED.

The module is compiled from its text with the fault in it. No file is changed, no compiled one is read or kept.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).parents[3]


class PlantedLoader(SourceFileLoader):
    """Loads a module with ``old`` replaced by ``new``."""

    def __init__(self, fullname: str, path: str, old: str, new: str) -> None:
        super().__init__(fullname, path)
        self.old, self.new = old, new

    def get_code(self, fullname: str):
        text = Path(self.get_filename(fullname)).read_text("utf-8")
        return compile(text.replace(self.old, self.new), self.get_filename(fullname), "exec", dont_inherit=True)


class PlantedFinder:
    """Finds the module whose file is ``file``, wherever else a namesake lies; all others are left to Python."""

    def __init__(self, file: str, old: str, new: str) -> None:
        self.file, self.old, self.new = (ROOT / file).resolve(), old, new

    def find_spec(self, fullname: str, path=None, target=None) -> ModuleSpec | None:
        if fullname.rpartition(".")[2] not in (self.file.stem, self.file.parent.name):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None or Path(spec.origin).resolve() != self.file:
            return None
        spec.loader = PlantedLoader(fullname, spec.origin, self.old, self.new)
        return spec


def plant(planted: str) -> None:
    """From now on the module comes with the fault: ``planted`` is its table and its number there."""
    import tomllib  # noqa: PLC0415 - every process that starts would wait for it

    kind, _, number = planted.rpartition("#")
    row = tomllib.loads((ROOT / "tests/planted/faults" / f"{kind}.toml").read_text("utf-8"))["fault"][int(number)]
    sys.meta_path.insert(0, PlantedFinder(row["file"], row["old"], row["new"]))


if os.environ.get("PLANTED"):
    plant(os.environ["PLANTED"])
