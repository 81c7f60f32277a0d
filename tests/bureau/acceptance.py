"""The run itself: rows in, cards out, every card read back in a PC/SC reader and compared with the rows it came from.

Everything is done by ``dualcos`` command lines, as a bureau would type them. The comparison knows the input columns
and where the card keeps them, not how the card was made.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import dualcos
from apdu.link import SmartCard
from dualcos.cli.main import run
from dualcos.issuance.invented_citizens import citizens, write_csv
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from tests.bureau import planted
from tests.bureau.planted import Planted, Row

ROOT = Path(__file__).parents[2]
TEMPLATE = "dual-2.0-3des"
READER = "Acceptance 00 00"
LOCK = ("--lock", "file:lock")
ALL_STORES = ("--maker", "k/maker.keys", "--social", "k/social.keys", "--bank", "k/bank.keys", *LOCK)

# Column of the bureau's row: directory, file, tag (the columns of the input format; V2.0 §8).
SOCIAL_PLACES = {
    "ssn": "DDF1/06/08",
    "sex": "DDF1/06/0A",
    "ethnic": "DDF1/06/0B",
    "birth_place": "DDF1/06/0C",
    "birth_date": "DDF1/06/0D",
    "card_class": "DDF1/05/02",
    "spec_version": "DDF1/05/03",
    "init_org": "DDF1/05/04",
    "issue_date": "DDF1/05/05",
    "expiry_date": "DDF1/05/06",
    "card_no": "DDF1/05/07",
    "reg_type": "DF01/05/20",
    "reg_addr": "DF01/05/21",
    "reg_region": "DF01/05/0E",
    "phone": "DF01/06/28",
    "marital": "DF01/08/2B",
    "identity_class": "DF01/09/32",
    "medical_scheme": "DF04/05/81",
    "medical_region": "DF04/05/84",
}
# Column of the bank's row: tag, and how the element shows it (PBOC-5 annex A).
BANK_PLACES: dict[str, tuple[str, Callable[[Row], str]]] = {
    "pan": ("5A", lambda row: _even(row["pan"])),
    "psn": ("5F34", lambda row: row["psn"]),
    "expiry": ("5F24", lambda row: row["expiry"] + "31"),
    "effective": ("5F25", lambda row: row["effective"]),
    "service_code": ("5F30", lambda row: "0" + row["service_code"]),
    "name_latin": ("5F20", lambda row: row["name_latin"].encode().hex().upper()),
    "id_type": ("9F62", lambda row: row["id_type"]),
    "id_no": ("9F61", lambda row: row["id_no"].encode().hex().upper()),
}


def _even(digits: str) -> str:
    return digits + "F" * (len(digits) % 2)


class Person(NamedTuple):
    """One citizen's rows."""

    social: Row
    bank: Row


class Tally:
    """Lines of the final report; ``wrong`` everything that is not as it should be."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.wrong: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def demand(self, right: bool, line: str) -> None:
        if not right:
            self.wrong.append(line)


def people_of(count: int) -> list[Person]:
    """Invented citizens, each with a PIN of his own on either side."""
    found = []
    for at, one in enumerate(citizens(count)):
        pin = f"{at * 7919 % 1000000:06d}"
        found.append(Person({**one.social, "pin": pin}, dict(one.bank)))
    return found


def command(*words: str) -> int:
    print("$ dualcos", *words, flush=True)
    return run(words)


# --- rows ----------------------------------------------------------------------------------------------------------


def match_planted(tally: Tally, people: list[Person], each: int) -> tuple[list[Person], Planted]:
    """Both files with their faults; every row must end in the class of its fault. Returns who is to get a card."""
    files = planted.plant(((p.social, p.bank) for p in people), each)
    write_csv(Path("social.csv"), files.social)
    write_csv(Path("bank.csv"), reversed(files.bank))
    inputs = ("--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--keys", "k/bank.keys", *LOCK)
    command("match", *inputs, "-o", "central.perso", "--report", "match.csv")
    rows = {"social": files.social, "bank": list(reversed(files.bank))}
    found: dict[str, tuple[str, str]] = {}
    with Path("match.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            for side, given in rows.items():
                if line[f"{side}_row"]:
                    row_id = given[int(line[f"{side}_row"]) - 1]["row_id"]
                    tally.demand(row_id not in found, f"{row_id} is in two classes")
                    found[row_id] = line["class"], line["columns"]
    right: Counter[str] = Counter()
    for row_id, (name, outcome, column) in files.expected.items():
        got, columns = found.get(row_id, ("nowhere", ""))
        as_planted = got == outcome and (not got.startswith(("INVALID", "CONFLICT")) or column in columns.split())
        right[name] += as_planted
        tally.demand(as_planted, f"row {row_id} ({name}): {got} {columns}, wanted {outcome} {column}")
    tally.say("planted faults, rows found as planted:")
    for name, total in Counter(name for name, _, _ in files.expected.values()).items():
        tally.say(f"  {right[name]:5} of {total:5}  {name}")
    good = {row_id for row_id, (_, outcome, _) in files.expected.items() if outcome == "MATCHED"}
    return [p for p in people if p.social["row_id"] in good], files


# --- making --------------------------------------------------------------------------------------------------------


def central(tally: Tally, people: list[Person], jobs: int) -> None:
    command("personalise", "central.perso", "-o", "central", "--jobs", str(jobs), *ALL_STORES)
    made = len(list(Path("central/cards").glob("*.card")))
    tally.say(f"centralised: {made} cards of {len(people)} people")
    tally.demand(made == len(people), f"{made} cards in the centralised mode, {len(people)} people")


def stepwise(tally: Tally, name: str, people: list[Person], order: tuple[str, str], link: str, jobs: int) -> None:
    """One order, one way of linking; the second body has its rows in another order."""
    one, other = order
    folder = Path(name)
    folder.mkdir()
    write_csv(folder / "social.csv", (p.social for p in people))
    write_csv(folder / "bank.csv", (p.bank for p in reversed(people)))
    for side in order:
        keys = ("--keys", f"k/{side}.keys", *LOCK, "-o", f"{name}/{side}.perso", "--batch", f"{name}-{side}")
        command("prepare", f"--{side}", f"{name}/{side}.csv", "--synthetic", *keys)
    common = ("--jobs", str(jobs), *LOCK)
    maker = ("--maker", "k/maker.keys", "--stock", "chips.db", "-o", f"{name}/chips-{name}")
    command("personalise", "--mode", "chips", "--count", str(len(people)), *maker, *common)
    common = ("--cards", f"{name}/chips-{name}/cards", *common)
    first = ("--mode", one, f"--{one}", f"k/{one}.keys", "-o", f"{name}/one")
    command("personalise", f"{name}/{one}.perso", *first, *common)
    given = ("--link", "card") if link == "card" else ("--link", "feedback", "--feedback", f"{name}/one/feedback.csv")
    second = ("--mode", other, f"--{other}", f"k/{other}.keys", "-o", f"{name}/two")
    code = command("personalise", f"{name}/{other}.perso", *second, *given, *common)
    tally.say(f"stepwise, {one} first, linked by {link}: {len(people)} people")
    tally.demand(code == 0, f"{name}: the second body's run ended with {code}")


# --- reading -------------------------------------------------------------------------------------------------------


class Terminal:
    """A PC/SC program in a process of its own, and the hand that puts cards into its reader."""

    def __init__(self, service: Mapping[str, str], slot: Slot) -> None:
        self._slot = slot
        environment = {**os.environ, **service, "PYTHONPATH": str(ROOT)}
        self._program = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "tests.bureau.terminal", slot.name],
            env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, card: SmartCard, question: dict[str, object]) -> dict[str, str]:
        """Put the card in, let the program do it, take it out."""
        self._slot.insert(card)
        answer = self._told(question)
        self._slot.remove()
        self._told({"out": True})
        return answer

    def _told(self, question: dict[str, object]) -> dict[str, str]:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps(question) + "\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        assert answer, "the terminal died"
        return dict(json.loads(answer))

    def close(self) -> None:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.close()
        self._program.wait(10)
        self._program.stdout.close()


def read_all(tally: Tally, terminal: Terminal, what: str, folder: Path, feedback: Path, people: list[Person]) -> None:
    """Every card file of a folder, which stays as it is."""
    cards = [dualcos.open_card(path, detached=True) for path in sorted(folder.glob("*.card"))]
    compare(tally, terminal, what, cards, feedback, people)


def compare(
    tally: Tally, terminal: Terminal, what: str, cards: Iterable[SmartCard], feedback: Path, people: list[Person]
) -> None:
    """Each card against its person's rows, item by item; each person exactly once."""
    by_ssn = {p.social["ssn"].upper(): p for p in people}
    with feedback.open(encoding="utf-8-sig", newline="") as file:
        owner = {row["atr"]: row["ssn"] for row in csv.DictReader(file) if row["ssn"] and row["result"] == "made"}
    seen: Counter[str] = Counter()
    items = 0
    for card in cards:
        atr = card.atr.hex().upper()
        person = by_ssn[owner[atr]]
        found = terminal.ask(card, {"read": (person.social["pin"], person.bank["offline_pin"])})
        wrong, compared = differences(person, found)
        items += compared
        seen[person.social["ssn"]] += not wrong
        for line in wrong:
            tally.demand(False, f"{what} {atr}: {line}")
    tally.demand(
        len(seen) == len(people) and set(seen.values()) <= {1},
        f"{what}: {len(seen)} people have a card, {len(people)} should",
    )
    tally.say(f"{what}: {sum(seen.values())} cards read, {items} items compared")


def differences(person: Person, found: dict[str, str]) -> tuple[list[str], int]:
    """Columns the card shows otherwise, never their values; and how many were compared."""
    wrong = []
    compared = 0
    for column, place in SOCIAL_PLACES.items():
        compared += 1
        if not _same(person.social[column].upper(), bytes.fromhex(found.get(place, ""))):
            wrong.append(f"{column} ({place})")
    name = bytes.fromhex(found.get("DDF1/06/09", "") + found.get("DDF1/06/4E", "")).replace(b"\0", b"")
    if name != person.social["name"].encode("gbk"):
        wrong.append("name")
    for column, (tag, shown) in BANK_PLACES.items():
        compared += 1
        if found.get(f"bank/{tag}", "") != shown(person.bank):
            wrong.append(f"bank {column} ({tag})")
    track = f"{person.bank['pan']}D{person.bank['expiry']}{person.bank['service_code']}"
    checks = {
        "pin": found.get("pin") == "9000",
        "offline pin": found.get("bank/pin") == "9000",
        "track 2 (57)": found.get("bank/57", "").startswith(track),
    }
    wrong += [column for column, right in checks.items() if not right]
    return wrong, compared + len(checks) + 1


def _same(value: str, raw: bytes) -> bool:
    """As characters padded with 00, or as digits two a byte padded with F: an item is one or the other."""
    return raw.rstrip(b"\0") == value.encode("gbk") or raw.hex().upper().rstrip("F") == value


def try_master_keys(tally: Tally, terminal: Terminal, paths: Iterable[Path]) -> None:
    """The card master key, proved on the card, can do nothing any more."""
    paths = tuple(paths)
    for path in paths:
        answer = terminal.ask(dualcos.open_card(path, detached=True), {"master": ("k/maker.keys", "lock", TEMPLATE)})
        tally.demand(not answer["wrong"], f"{path.name}: {answer['wrong']}")
    tally.say(f"card master key tried on {len(paths)} cards: proved, and refused everything else")


# --- all of it -----------------------------------------------------------------------------------------------------


def acceptance(count: int, each: int, jobs: int) -> Tally:
    """The whole run in the current folder. ``count`` citizens, ``each`` spoiled by every kind of fault."""
    tally, started = Tally(), time.perf_counter()
    command("keys", "key-file", "lock")
    command("keys", "invent", "k", *LOCK)
    everybody = people_of(count)
    people, files = match_planted(tally, everybody, each)
    tally.say(f"{len(files.social)} rows of the bureau, {len(files.bank)} of the bank, {len(people)} people matched")
    central(tally, people, jobs)
    ways = [(order, link) for order in (("social", "bank"), ("bank", "social")) for link in ("card", "feedback")]
    for at, (order, link) in enumerate(ways):
        stepwise(tally, f"step{at + 1}", people[at :: len(ways)], order, link, jobs)
    command(
        "match",
        "--social",
        "social.csv",
        "--bank",
        "bank.csv",
        "--synthetic",
        "--stock",
        "central/stock.db",
        "--report",
        "again.csv",
    )
    again = Path("again.csv").read_text(encoding="utf-8").count("ALREADY_MADE,")
    tally.demand(again == len(people), f"{again} people found in the stock, {len(people)} have a card")
    tally.say(f"matched again against the stock register: {again} people already have a card")
    slot = Slot(READER)
    with EmbeddedService([slot]) as service:
        terminal = Terminal(service.environment, slot)
        try:
            read_all(tally, terminal, "centralised", Path("central/cards"), Path("central/feedback.csv"), people)
            for at in range(len(ways)):
                folder = Path(f"step{at + 1}")
                mine = people[at :: len(ways)]
                read_all(
                    tally,
                    terminal,
                    folder.name,
                    folder / f"chips-{folder.name}/cards",
                    folder / "two/feedback.csv",
                    mine,
                )
            try_master_keys(tally, terminal, sorted(Path().glob("**/cards/*.card"))[:: max(1, len(people) // 20)])
        finally:
            terminal.close()
    tally.say(f"{time.perf_counter() - started:.0f} s in all")
    return tally
