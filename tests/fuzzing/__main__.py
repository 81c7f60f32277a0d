"""``python -m tests.fuzzing``: look for inputs that break a parser, replay one, keep one, tidy up what is kept."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".fuzzing"
PACKAGES = ("apdu", "firewall", "keys", "cos", "dualcos")
_MOST, _MOST_SLOW = 40, 24
_LOOKED_AT = 500  # of what was found, the shortest


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help="targets by name; default all")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (default 60)")
    parser.add_argument("--list", action="store_true", help="the targets and what must hold")
    parser.add_argument("--file", type=Path, help="replay this input (one target)")
    parser.add_argument("--keep", metavar="WHY", help="with --file: put it into the stored corpus")
    parser.add_argument("--reduce", action="store_true", help="store of all that was found the few that reach the most")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        return inside(args.target[0], args.seconds)
    from tests.fuzzing import corpus, table  # noqa: PLC0415 - inside, atheris must come before the packages

    known = [target.name for target in table.TARGETS]
    for name in args.target:
        if name not in known:
            parser.error(f"no target {name}; there are {', '.join(known)}")
    names = args.target or known
    if args.list:
        for target in table.TARGETS:
            print(f"{target.name:22} {target.holds}")
        return 0
    if args.file is not None:
        (name,) = names if len(names) == 1 else parser.error("--file wants one target")
        if args.keep:
            corpus.keep(name, args.file.read_bytes(), args.keep)
        print("accepted" if table.find(name).accepts(args.file.read_bytes()) else "refused, properly")
        return 0
    return tidy(names) if args.reduce else search(names, args.seconds)


def search(names: list[str], seconds: int) -> int:
    """Each target in a process of its own: the fuzzer never comes back, and a crash must not end the others."""
    from tests.fuzzing import corpus, table  # noqa: PLC0415 - as above

    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: pip install 'dualcos[fuzz]' (the stored corpus is replayed without it)")
        return 2
    broken = []
    for name in names:
        target, found = table.find(name), WORK / name
        (found / "inputs").mkdir(parents=True, exist_ok=True)
        for data in (*target.seeds(), *(entry.data for entry in corpus.load(name))):
            (found / "inputs" / hashlib.sha1(data).hexdigest()).write_bytes(data)  # noqa: S324 - a name
        print(f"{name}: {target.holds} ({seconds} s)", flush=True)
        command = [sys.executable, "-m", "tests.fuzzing", name, "--inside", "--seconds", str(seconds)]
        with (found / "log").open("wb") as log:
            code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False).returncode  # noqa: S603
        if code:
            broken.append(name)
            text = (found / "log").read_text("utf-8", "replace").splitlines()
            print("\n".join(f"  {line}" for line in text[-25:]))
            print(f"  replay with: make fuzz ARGS='{name} --file {WORK.name}/{name}/crash-…'", flush=True)
    print(f"{len(names)} targets, {len(broken)} broken{': ' + ', '.join(broken) if broken else ''}")
    return 1 if broken else 0


def inside(name: str, seconds: int) -> int:
    """Under atheris: never comes back."""
    import atheris  # noqa: PLC0415 - only here

    with atheris.instrument_imports(include=list(PACKAGES), enable_loader_override=False):
        from tests.fuzzing import table  # noqa: PLC0415 - while imports are watched
    target, found = table.find(name), WORK / name
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={target.longest}",
        f"-artifact_prefix={found}{os.sep}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    atheris.Setup([name, *options, str(found / "inputs")], lambda data: target.accepts(bytes(data)))
    atheris.Fuzz()
    return 0


def tidy(names: list[str]) -> int:
    from tests.fuzzing import corpus, reduce, table  # noqa: PLC0415 - as above

    for name in names:
        target, old = table.find(name), corpus.load(name)
        inputs = {entry.data for entry in old} | set(target.seeds())
        found = (path.read_bytes() for path in (WORK / name / "inputs").glob("*"))
        inputs |= set(sorted(found, key=lambda data: (len(data), data))[:_LOOKED_AT])
        reasons = tuple(entry for entry in old if entry.why)
        few = reduce.reduced(target, sorted(inputs), _MOST_SLOW if target.slow else _MOST)
        corpus.save(name, (*reasons, *(entry for entry in few if entry.data not in {each.data for each in reasons})))
        print(f"{name}: {len(inputs)} inputs, {len(corpus.load(name))} stored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
