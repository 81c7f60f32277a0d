"""``make holders``: the whole product of profiles and invented holders, every card made, read and inspected."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec

from tests.holders.card_read_back import faults, pairings


def main() -> int:
    """A line for each profile, one for each fault. 0 if there is none."""
    began, wrong, counts = time.monotonic(), 0, dict[str, int]()
    for pairing in pairings():
        if pairing.profile == "pboc-sm" and find_spec("gmssl") is None:
            continue
        counts[pairing.profile] = counts.get(pairing.profile, 0) + 1
        for line in faults(pairing):
            wrong += 1
            print(f"{pairing}: {line}")
    for profile, count in counts.items():
        print(f"{profile:20} {count:3} holders")
    print(f"{sum(counts.values())} cards made, read and inspected, {wrong} faults, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
