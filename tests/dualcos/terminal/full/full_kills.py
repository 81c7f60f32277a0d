"""Histories of a full-function terminal that is killed, again and again, with its card and its PSAM in it: all of them
real processes with files, the back end and the bank's host over TCP, and killed, too.

A cashier settles, has premiums paid, takes payments back, cancels. SIGKILL comes at any time, or at a moment that is
counted (``killed_programs``); then the terminal is started again, the card is in it, and work goes on. In the end
nobody is killed any more, what was cut off is resumed, uploaded, paid, the batch is settled, and money is counted from
the files in three places that share no code: books of bank, acquirer and bureau (and what ``dualcos host ledger`` and
``dualcos backend ledger`` say of them), the card file, the slips on stdout.

``python -m tests.dualcos.terminal.full.full_kills 200`` (``make full-kills``).
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, NamedTuple

from tests.dualcos.terminal.full.full_money import PaperMoney, on_paper
from tests.dualcos.terminal.full.killed_counts import OPENING, demand_files, demand_told
from tests.dualcos.terminal.full.killed_programs import KILLED, Programs, Running

PROFILES = (("dual-2.0-3des", "psam-3des"), ("dual-3.0-sm4", "psam-sm4"))
SOCIAL_PIN, BANK_PIN = "123456", "1234"
SITTINGS = 6
_PATIENCE = 240
_AT_ONCE = 10
_OVER = ("paid", "covered", "elsewhere", "not-settled", "cancelled")
_STEPS = (
    ("settle {yuan}5 --own {own}1{mode}", 6), ("settle {yuan}5{mode}", 4), ("settle {yuan}5{mode} --later", 1),
    ("settle 0 --own {own}1", 1), ("premium", 3), ("pay {bill}", 2), ("take-back {bill}", 4), ("cancel {bill}", 3),
    ("cash {bill}", 1), ("other-card {bill}", 1), ("resume", 2), ("upload", 2), ("bank purchase {own}7", 2),
    ("bank settle", 1), ("bills", 1), ("social load {own}0", 1),
)  # fmt: skip
"""What is paid for no bill ends in 7 fen (``bill_rules``)."""
_ONLINE = ("", "", " --mode 1")
_OFFLINE = (" --mode 3 --pooled 3.2", " --mode 3 --account 2.1 --pooled 1.3")
_WAYS = {"moment": 14, "time": 6, "loaded": 1, "host": 3, "backend": 3, "none": 1}
"""Of the terminal at a counted moment, at any time, while it may still be loading; of a host at any time; nobody."""


class KilledHost(NamedTuple):
    """One of the two: how it is called, its file, how long its own life may last at most, in moments."""

    name: str
    store: str
    moments: int


HOSTS = (KilledHost("host", "bank.db", 40), KilledHost("backend", "bureau.db", 30))


class KillShows(AssertionError):
    """What no history may come to, with its seed."""


class KilledHistory:
    """One of them, in ``folder``, by its seed; ``made``: where cards and PSAMs lie. ``seen``: what happened."""

    def __init__(self, seed: int, programs: Programs, folder: Path, made: Path) -> None:
        self.draw = Random(seed)  # noqa: S311 - repeatable, not secret
        self.programs, self.folder = programs, folder
        self.seen: Counter[str] = Counter()
        self.profile, sam = PROFILES[seed % len(PROFILES)]
        self.offline = seed % 5 == 4
        self.modes = _OFFLINE if self.offline else _ONLINE
        shutil.copy(made / f"{self.profile}.card", folder / "a.card")
        shutil.copy(made / f"{sam}.card", folder / "sam.card")
        (folder / "social.pins").write_text(f"{SOCIAL_PIN}\n" * 60, encoding="utf-8")
        (folder / "bank.pins").write_text(f"{BANK_PIN}\n" * 60, encoding="utf-8")
        self.hosts: dict[str, Running] = {}
        self.ports: dict[str, int] = {}
        self.turn = 0
        self.typical = 0.5

    def run(self) -> None:
        """All of it, and what must be true in the end."""
        try:
            for each in HOSTS:
                self.stand(each)
            begin = ("social update DF04EF05 8F=2", "try social load 20") if self.offline else ("try settle 20",)
            self.sit("sign-on", *begin, killing="moment" if self.draw.random() < 0.3 and not self.offline else "none")
            for _ in range(SITTINGS):
                self.sit(*self.steps(), killing=self.draw.choices(*zip(*_WAYS.items(), strict=True))[0])
                for each in HOSTS:
                    if self.hosts[each.name].over(0) is not None:
                        self.seen[f"{each.name} killed"] += 1
                        self.stand(each)
            self.put_together()
        finally:
            for running in self.hosts.values():
                running.kill()
                running.over(_PATIENCE)

    # --- programs ----------------------------------------------------------------------------------------------------

    def stand(self, host: KilledHost, *, lasting: bool = False) -> None:
        """Started, on its file and any port; unless it is ``lasting`` it may die at some moment."""
        dies_at = None if lasting or self.draw.random() < 0.6 else self.draw.randrange(4, host.moments)
        out = f"{host.name}{self.turn}.out"
        self.turn += 1
        words = f"{host.name} serve --json --store {host.store}"
        if host.name == "host":
            more = f"--card {self.profile} --opening {OPENING}"
        else:
            more = f"--card {self.profile} --opening 6000 --mode {3 if self.offline else 2}"
        self.hosts[host.name] = running = self.programs.fork(f"{words} {more}".split(), self.folder, out, dies_at)
        end = time.monotonic() + _PATIENCE
        while "\n" not in (first := _text(self.folder / out)):
            code = running.over(0)
            if code == KILLED:
                return self.stand(host, lasting=True)
            if code is not None or time.monotonic() > end:
                raise KillShows(f"{host.name} does not start: {code} {_text(self.folder / f'{out}.err')}")
            time.sleep(0.01)
        self.ports[host.name] = json.loads(first.splitlines()[0])["port"]
        return None

    def steps(self) -> list[str]:
        """What the cashier does in one sitting."""
        drawn = self.draw.choices(*zip(*_STEPS, strict=True), k=self.draw.randrange(1, 4))
        names = {
            "yuan": f"{self.draw.randrange(100, 900) / 10:.1f}",
            "own": f"{self.draw.randrange(10, 300) / 10:.1f}",
            "bill": self.draw.randrange(1, 5),
            "mode": self.draw.choice(self.modes),
        }
        first = [step for step, chance in (("sign-on", 0.2), ("resume", 0.6)) if self.draw.random() < chance]
        return [f"try {step.format(**names)}" for step in (*first, *drawn)]

    def sit(self, *steps: str, killing: str = "none") -> list[dict[str, Any]]:
        """The terminal is started and does these; ``killing``: see ``_WAYS``. What it has told, a step each."""
        out = f"terminal{self.turn:03}.out"
        self.turn += 1
        (self.folder / f"{out}.steps").write_text("\n".join(steps), encoding="utf-8")
        parts = "--card a.card --sam sam.card --storage terminal.db --pin-file social.pins --bank-pin-file bank.pins"
        lines = f"--host 127.0.0.1:{self.ports['host']} --backend 127.0.0.1:{self.ports['backend']} --patience 20"
        words = f"terminal full --json --script {out}.steps {parts} {lines}".split()
        begun = time.monotonic()
        if killing == "loaded":
            program = self.programs.execute(words, self.folder, out)
        else:
            program = self.programs.fork(words, self.folder, out, self.moment() if killing == "moment" else None)
        if killing in ("time", "loaded", "host", "backend"):
            program.over(self.draw.random() * self.typical * (4 if killing == "loaded" else 1))
            self.hosts.get(killing, program).kill()
        code = program.over(_PATIENCE)
        self.demand_sound(code, out, killing)
        self.seen[f"terminal, {killing}: {'killed' if code == KILLED else 'worked on'}"] += 1
        if code != KILLED:
            self.typical = time.monotonic() - begun
        return _sheets(self.folder / out)

    def moment(self) -> int:
        """Drawn from all of a sitting, more often from its beginning, which is in every one."""
        return self.draw.randrange(self.draw.choice((25, 60, 120)))

    def demand_sound(self, code: int | None, out: str, killing: str) -> None:
        """It ended as it may, and has said nothing that it should not."""
        complaint = _text(self.folder / f"{out}.err")
        allowed = (0, 1, KILLED) if killing in ("moment", "time", "loaded") else (0, 1)
        if code not in allowed or "Traceback" in complaint or SOCIAL_PIN in complaint:
            raise KillShows(f"{out} ended with {code}: {complaint}")

    # --- the end -----------------------------------------------------------------------------------------------------

    def put_together(self) -> None:
        """Nobody is killed any more."""
        for each in HOSTS:
            self.hosts[each.name].kill()
            self.hosts[each.name].over(_PATIENCE)
            self.stand(each, lasting=True)
        *_, found = self.whole("try sign-on", "try resume", "try upload", "try bank upload", "bills")
        bills, payments = self.paid(found["bills"])
        if any(each["state"] == "due" for each in bills):  # its batch is half settled: that goes first
            bills, payments = self.paid(bills, "bank settle")
        before = on_paper(self.printed())
        again = [f"slip {each['number']}" for each in bills]
        self.whole(*again, *(f"try bank slip {each['voucher']}" for each in payments), "bills")
        *_, last = self.whole("bank settle", "bills --all")
        paper = on_paper(self.printed())
        self.demand_over(last["bills"])
        if lost := _lost(before, paper):
            raise KillShows(f"no slip told how they ended, until it was asked for: {lost}")
        self.count(paper)

    def paid(self, bills: list[dict[str, Any]], *first: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Whatever of them is due. All bills then, and the batch's payments."""
        due = [each["number"] for each in bills if each["state"] == "due"]
        paying = [f"try {'pay' if self.draw.random() < 0.5 else 'cash'} {number}" for number in due]
        steps = *first, *paying, "try resume", "upload", "bank upload", "bills --all", "bank journal"
        *_, found, journal = self.whole(*steps)
        return found["bills"], journal["payments"]

    def whole(self, *steps: str) -> list[dict[str, Any]]:
        """A sitting that has to come to its end: what was told of each step."""
        *told, end = self.sit(*steps)
        if end["stop"] is not None or end["left"]:
            raise KillShows(f"stopped when nobody was killed any more: {told[-1]['step']}: {end['stop']}")
        return told

    def printed(self) -> list[list[str]]:
        """All slips, in order."""
        sheets = (_sheets(each) for each in sorted(self.folder.glob("terminal*.out")))
        return [slip["lines"] for each in sheets for sheet in each for slip in sheet.get("slips", [])]

    def demand_over(self, bills: list[dict[str, Any]]) -> None:
        """Nothing of them is open."""
        for each in bills:
            self.seen[f"bill {each['kind']} {each['state']}"] += 1
            if each["state"] not in _OVER or each["waiting"]:
                raise KillShows(f"left open: {each}")

    def count(self, paper: PaperMoney) -> None:
        """In the three places."""
        for each in HOSTS:
            self.hosts[each.name].kill()
            self.hosts[each.name].over(_PATIENCE)
        hosts = demand_files(self.folder, self.profile, paper, offline=self.offline)
        demand_told(hosts, *map(self.ledger, HOSTS))

    def ledger(self, host: KilledHost) -> Any:
        """``dualcos host ledger --json`` or ``backend ledger``."""
        out = f"{host.name}-ledger.out"
        code = self.programs.fork([host.name, "ledger", "--store", host.store, "--json"], self.folder, out).over(
            _PATIENCE
        )
        if code:
            raise KillShows(f"{host.name} ledger ended with {code}")
        return json.loads(_text(self.folder / out))


def _sheets(out: Path) -> list[dict[str, Any]]:
    """What a terminal has told, the line that it was killed in left out."""
    return [json.loads(line) for line in _text(out).split("\n")[:-1]]


def _text(file: Path) -> str:
    """Of what a program has printed, nothing if it was killed before it had the file."""
    return file.read_text("utf-8") if file.exists() else ""


def _lost(before: PaperMoney, after: PaperMoney) -> list[object]:
    """Bills of which no slip had told how they ended, and payments of which none had that they moved money."""
    told = {name: each.state for name, each in before.bills.items()}
    bills = [name for name, each in after.bills.items() if told.get(name) != each.state]
    moved = {name: each.moved for name, each in before.payments.items()}
    return [*bills, *(name for name, each in after.payments.items() if moved.get(name, 0) != each.moved)]


def make_cards(programs: Programs, folder: Path) -> None:
    """Once, for all histories."""
    for profile in (each for pair in PROFILES for each in pair):
        code = programs.fork(["issue", profile, "-o", f"{profile}.card"], folder, "issue.out").over(_PATIENCE)
        if code:
            raise KillShows((folder / "issue.out.err").read_text("utf-8"))


def histories(count: int, first: int = 0) -> tuple[Counter[str], list[str]]:
    """So many of them, from that seed; what happened in them, and what was wrong with which, whose folder is kept."""
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    with Programs() as programs, TemporaryDirectory() as made:
        make_cards(programs, Path(made))
        for seed in range(first, first + count):
            folder = Path(mkdtemp(prefix=f"full-kills-{seed}-"))
            history = KilledHistory(seed, programs, folder, Path(made))
            try:
                history.run()
            except (AssertionError, LookupError, ValueError) as error:
                wrong.append(f"seed {seed}, kept in {folder}: {error!r}")
            else:
                shutil.rmtree(folder)
            seen += history.seen
    return seen, wrong


def main() -> None:
    """``COUNT [FIRST SEED]``. Exits with 1 if one of them came to what none may come to."""
    parser = ArgumentParser(prog="make full-kills")
    parser.add_argument("count", type=int, nargs="?", default=200)
    parser.add_argument("first", type=int, nargs="?", default=0)
    asked = parser.parse_args()
    begun, seen, failed = time.monotonic(), Counter[str](), 0
    end = asked.first + asked.count
    for seed in range(asked.first, end, _AT_ONCE):
        found, wrong = histories(min(_AT_ONCE, end - seed), seed)
        seen += found
        failed += len(wrong)
        for each in wrong:
            print(each, flush=True)
        print(f"from seed {seed}: done, {failed} wrong so far, {time.monotonic() - begun:.0f} s", flush=True)
    for name, number in sorted(seen.items()):
        print(f"{number:6}  {name}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
