"""``make mutate``: every mutant of the firewall, the kernel and the key store is killed by a test or has a reason.

Works in a copy below ``.mutate``; without arguments all of it anew, with patterns (``firewall.mint.*``) only those
mutants, and then nothing is compared or written. With ``--keep`` the results of the run before stay, the mutants
named are tried again, and all are judged: for a new test or a new reason. Exit status 1 if the score is below the
aim, a survivor has no reason, or a reason has no survivor.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

from tests.mutation import results
from tests.mutation.plain import plain

try:
    from mutmut.mutation.diff_apply import get_diff_for_mutant
except ImportError:
    sys.exit("mutmut is missing: run make mutate, or pip install -e '.[dev,mutate]'")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COPY = ROOT / ".mutate"
IN_PARTS = COPY / "in-parts"  # there when mutants were tried again after a whole run
SCORE = HERE / "score.json"
PAGE = HERE / "score.md"  # the same for a person; `make assure` attaches it
SURVIVORS = HERE / "survivors.toml"


def configuration() -> dict[str, list[str]]:
    """What ``pyproject.toml`` says to mutmut: the one place that names the mutated files."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]


def mutated() -> list[Path]:
    """The files that are mutated, relative to the root."""
    return sorted({path.relative_to(ROOT) for glob in configuration()["only_mutate"] for path in _matching(glob)})


def _matching(glob: str) -> list[Path]:
    # mutmut's patterns are fnmatch's, where * also crosses folders.
    return list((ROOT / glob.removesuffix("*")).rglob("*.py")) if glob.endswith("*") else [ROOT / glob]


def prepare() -> None:
    """A fresh copy of everything the tests need, its decorated functions spelled out."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir()
    for name in (*configuration()["source_paths"], "tests"):
        shutil.copytree(ROOT / name, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", COPY)
    for path in mutated():
        (COPY / path).write_text(plain((ROOT / path).read_text("utf-8")), "utf-8")


def keep() -> None:
    """The copy of the run before with the tests of today. Ends the program where the sources are others by now."""
    for path in mutated():
        if not (COPY / path).exists() or (COPY / path).read_text("utf-8") != plain((ROOT / path).read_text("utf-8")):
            sys.exit(f"{path} is not what the run before has mutated: run without --keep")
    shutil.copytree(ROOT / "tests", COPY / "tests", dirs_exist_ok=True)


def mutmut(*arguments: str, quiet: bool = True) -> str:
    """Run mutmut in the copy; what it printed if ``quiet``. Ends the program where mutmut cannot work."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    run = subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE if quiet else None, text=True, check=False)  # noqa: S603 - our own tool, our own arguments
    if run.returncode:
        sys.exit(f"mutmut {' '.join(arguments)} ended with {run.returncode}: {run.stdout or 'see above'}")
    return run.stdout or ""


def show(survivor: results.Mutant) -> str:
    """An entry for ``survivors.toml``; the reason is left to a person."""
    fields = ((name, json.dumps(value, ensure_ascii=False)) for name, value in survivor._asdict().items())
    return "[[survivor]]\n" + "\n".join(f"{name} = {value}" for name, value in fields) + '\nreason = ""\n'


def digest() -> str:
    """SHA-256 over the mutated files: tells whether a score is about the sources of today."""
    together = b"".join(path.as_posix().encode() + b"\0" + (ROOT / path).read_bytes() for path in mutated())
    return hashlib.sha256(together).hexdigest()


def known_survivors() -> dict[results.Mutant, str]:
    """The survivors that have a reason. Ends the program where the list cannot be used."""
    try:
        return results.reasons(tomllib.loads(SURVIVORS.read_text("utf-8")))
    except ValueError as error:
        sys.exit(f"{SURVIVORS.relative_to(ROOT)}: {error}")


def found(*, some: bool) -> dict[str, str]:
    """Status of every mutant; of ``some`` those that were tried. Ends the program where a whole run is not whole."""
    status_of = results.statuses(mutmut("results", "--all", "true"))
    unfinished = [name for name, status in status_of.items() if status in results.UNFINISHED]
    if some:
        return {name: status for name, status in status_of.items() if name not in unfinished}
    if unfinished:
        sys.exit(f"interrupted: {len(unfinished)} of {len(status_of)} mutants were not tried, nothing is written")
    return status_of


def survivors_of(status_of: dict[str, str]) -> dict[results.Mutant, str]:
    """What nobody noticed, and how mutmut calls that."""
    with contextlib.chdir(COPY):
        return {
            results.mutant(name, get_diff_for_mutant(name)): status
            for name, status in status_of.items()
            if status not in results.CAUGHT
        }


def write_score(status_of: dict[str, str], explained: int, sources: str) -> None:
    """Keep the score where a report can read it."""
    parts = results.scores(status_of)
    rows = [
        {"module": p.module, "mutants": p.mutants, "killed": p.killed, "survived": p.survived, "percent": p.percent}
        for p in (*parts, results.total(parts))
    ]
    table = {
        "tool": f"mutmut {importlib.metadata.version('mutmut')}",
        "python": platform.python_version(),
        "wanted": results.WANTED,
        "sources_sha256": sources,
        "in_parts": IN_PARTS.exists(),
        "statuses": dict(sorted(Counter(status_of.values()).items())),
        "survivors_with_reason": explained,
        "modules": rows[:-1],
        "all": rows[-1],
    }
    SCORE.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    PAGE.write_text(results.page(table), "utf-8")
    print(f"written: {SCORE.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("patterns", nargs="*", help="mutants by name, for example 'firewall.mint.*'")
    parser.add_argument("--children", type=int, default=1, help="processes at a time (default 1)")
    parser.add_argument("--keep", action="store_true", help="keep the other results of the run before, judge all")
    options = parser.parse_args()
    some = bool(options.patterns) and not options.keep
    known, sources = known_survivors(), digest()
    keep() if options.keep else prepare()
    if options.keep and options.patterns:
        IN_PARTS.touch()
    if options.patterns or not options.keep:
        mutmut("run", "--max-children", str(options.children), *options.patterns, quiet=False)
    status_of = found(some=some)
    parts = results.scores(status_of)
    for part in (*parts, results.total(parts)):
        print(f"{part.module:32} {part.mutants:5} mutants {part.killed:5} killed {part.percent:6.1f} %")
    survivors = survivors_of(status_of)
    verdict = results.compare(survivors, known)
    for unexplained in verdict.unexplained:
        print(f"\n# {survivors[unexplained]}: kill it by a test, or say why not in {SURVIVORS.relative_to(ROOT)}")
        print(show(unexplained))
    if some:
        return 0
    for stale in verdict.stale:
        print(f"killed or gone, take it out of {SURVIVORS.relative_to(ROOT)}: {stale.where}: {stale.now!r}")
    write_score(status_of, len(survivors) - len(verdict.unexplained), sources)
    return int(bool(verdict.unexplained or verdict.stale) or results.total(parts).percent < results.WANTED)


if __name__ == "__main__":
    sys.exit(main())
