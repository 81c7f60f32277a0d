"""``python -m tests.bureau [--citizens N]``: the acceptance run. Exit code 0 if everything was as it should be."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.bureau.acceptance import acceptance
from tests.bureau.planted import FAULTS
from tests.bureau.readers import WAYS, in_readers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bureau", description=__doc__)
    parser.add_argument("--citizens", type=int, default=1000, metavar="N")
    parser.add_argument(
        "--each", type=int, default=0, metavar="N", help="people spoiled by each kind of fault (1 in 100)"
    )
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 one per core (default)")
    parser.add_argument(
        "--readers",
        choices=("embedded", "vpcd", "all"),
        help="cards made in readers by a hand that errs, and read back",
    )
    parser.add_argument("--folder", help="a new folder that stays, for a look at cards and files")
    args = parser.parse_args()
    each = args.each or max(1, args.citizens // 100)
    if not args.readers and each * len(FAULTS) + 4 > args.citizens:
        parser.error(f"{len(FAULTS)} kinds of faults want {each * len(FAULTS) + 4} citizens at least")
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(args.folder or passing)
        folder.mkdir(parents=True, exist_ok=True)
        os.chdir(folder)
        ways = WAYS if args.readers == "all" else (args.readers,)
        tally = in_readers(args.citizens, ways) if args.readers else acceptance(args.citizens, each, args.jobs)
        os.chdir("/")
    print("\n".join(["", *tally.lines, *(f"WRONG: {line}" for line in tally.wrong)]))
    print(f"{len(tally.wrong)} things wrong" if tally.wrong else "everything as it should be")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
