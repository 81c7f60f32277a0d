"""``python -m tests.bureau.many_people [PEOPLE]``: that many rows of both sides prepared and matched, within 500 MB.

Exit code 0 if every person is matched and no process needed more. The rows are written first, then ``dualcos match``
runs as a bureau types it; memory is the most that the operating system saw in use.
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from dualcos.issuance.invented_citizens import Citizen, citizens

MOST_KILOBYTES = 500_000
PEOPLE_OF_A_CITY = 400


def people(count: int) -> Iterator[Citizen]:
    """Nobody shares a number: every city has few people."""
    for first in range(1, count + 1, PEOPLE_OF_A_CITY):
        few = min(PEOPLE_OF_A_CITY, count + 1 - first)
        yield from citizens(few, first, first=first, city=f"99{first // PEOPLE_OF_A_CITY:04d}")


def write_rows(folder: Path, count: int) -> None:
    with ExitStack() as files:
        writers = []
        for side, row in zip(("social", "bank"), next(people(1)), strict=True):
            file = files.enter_context((folder / f"{side}.csv").open("w", encoding="utf-8", newline=""))
            writers.append(csv.DictWriter(file, list(row)))
            writers[-1].writeheader()
        for person in people(count):
            for writer, row in zip(writers, person, strict=True):
                writer.writerow(row)


def dualcos(folder: Path, *words: str) -> int:
    """Run a command in a folder; its exit code."""
    command = [sys.executable, "-m", "dualcos", *words]
    return subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603 - our own program


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(passing)
        write_rows(folder, count)
        for words in (["key-file", "lock"], ["invent", "keys", "--lock", "file:lock"]):
            dualcos(folder, "keys", *words)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.monotonic()
        rows = ["--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--report", "report.csv"]
        made = ["-o", "batch.perso", "--keys", "keys/social.keys", "--lock", "file:lock"]
        code = dualcos(folder, "match", *rows, *made)
        seconds, most = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        size = (folder / "batch.perso").stat().st_size
    used = f"{max(most, before) // 1000} MB of memory, a file of {size // 1_000_000} MB"
    print(f"{count} people in {seconds:.0f} s, at most {used}")
    return 0 if code == 0 and most <= MOST_KILOBYTES else 1


if __name__ == "__main__":
    sys.exit(main())
