"""``make models``: learn every model again, say what changed, write the files and the page."""

from __future__ import annotations

import sys
import time

from tests.models.learn import facts_of, learn
from tests.models.machine import difference, read, write
from tests.models.page import page
from tests.models.table import FOLDER, PAGE, SUBJECTS, path_of


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    models, wrong = [], 0
    for subject in SUBJECTS:
        began, path = time.monotonic(), path_of(subject)
        machine = learn(subject)
        words = facts_of(subject, machine)
        print(f"{subject.name}: {machine.count()} states, {time.monotonic() - began:.1f} s", flush=True)
        if path.exists():
            known, _ = read(path.read_text(encoding="utf-8"))
            if known.letters == machine.letters and (word := difference(known, machine)) is not None:
                print(f"  was {known.count()}; differs first on: {' / '.join(word)}")
        if machine.count() != subject.states:
            wrong += 1
            print(f"  declared are {subject.states}: give the new number and its reason where the subject is declared")
        path.write_text(write(subject.name, machine, [words[n][0] for n in range(machine.count())]), "utf-8")
        models.append((subject, machine, words))
    PAGE.write_text(page(models), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
