"""One side's act on what several share changes nothing of another side, also when it fails midway.

Shared are the register of chips and cards (one file for every hand a chip passes through), the folder of reports, and
the card itself. Acts × sides × the point where the disk, or the process, ends: the rows of every other side are the
same bytes, and what was begun is undone or whole (总体方案 五（二）: two bodies, one card).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from issuance_world import build, orders

from cos.card import Card
from dualcos.issuance.exchange.personalisation_file import BankData, Batch, CardRecord, Header, Paper
from dualcos.issuance.personaliser import batch_runs, making_steps
from dualcos.issuance.personaliser.report_folder import REPORTS, ReportFolder, ReportTaken
from dualcos.issuance.personaliser.row_desk import RowDesk, RowRefused
from dualcos.issuance.personaliser.stock_register import RegisterError, StockRegister, StockState
from dualcos.issuance.personaliser.workshop import JobOutcome

SIDES = ("central", "chips", "social", "bank")
BATCH = "B1"  # every side calls its batch so: a name separates nobody


def records(count: int = 7) -> tuple[CardRecord, ...]:
    return tuple(
        CardRecord(
            seq=seq,
            person=f"p{seq}",
            paper=Paper(ssn=f"{seq}", name="测试", card_no=f"T{seq}"),
            bank=BankData(row=seq, template="t", pan=f"62{seq}", psn="01", dki=1, elements={}),
        )
        for seq in range(1, count + 1)
    )


ROWS = records()


def batch(rows: tuple[CardRecord, ...] = ROWS) -> Batch:
    header = Header(format=1, batch=BATCH, template="t", sides="both", count=len(rows), mac_kcv="")
    return Batch(header=header, records=rows)


def outcome(serial: int, verdict: str) -> JobOutcome:
    return JobOutcome(serial, serial, verdict, "card", "why")


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    """A register in which every side has the same chips, rows, people and numbers in every state, and a report."""
    path = tmp_path_factory.mktemp("shared") / "stock.db"
    for side in SIDES:
        with StockRegister(path, side) as register:
            for record, state in zip(ROWS, ("CLAIMED", "MADE", "REJECTED", "SPOILED", "CLAIMED"), strict=False):
                register.claim(BATCH, [record], serial=record.seq)
                if state != "CLAIMED":
                    batch_runs.note(register, outcome(record.seq, state.lower()))
            register.note_report(BATCH, "feedback.csv", f"digest of {side}")
    return path


ACTS: dict[str, Callable[[StockRegister], object]] = {
    "claim fresh rows": lambda register: register.claim(BATCH, ROWS[5:]),
    "claim with RSA keys": lambda register: register.claim(BATCH, ROWS[5:], rsa_keys=50),
    "claim with too few RSA keys": lambda register: register.claim(BATCH, ROWS[5:], rsa_keys=1),
    "claim a chip in hand": lambda register: register.claim(BATCH, ROWS[5:6], serial=9),
    "claim a chip that is another row's": lambda register: register.claim(BATCH, ROWS[5:6], serial=2),
    "claim a rejected row again": lambda register: register.claim(BATCH, ROWS[2:3]),
    "claim a spoiled row again": lambda register: register.claim(BATCH, ROWS[3:4]),
    "claim a made row again": lambda register: register.claim(BATCH, ROWS[1:2]),
    "claim in another batch": lambda register: register.claim("B2", ROWS[:1]),
    **{
        f"a card is {verdict}": lambda register, verdict=verdict: batch_runs.note(register, outcome(1, verdict))
        for verdict in ("made", "rejected", "spoiled", "unfinished")
    },
    "a chip goes back": lambda register: register.release(1),
    "a made chip goes back": lambda register: register.release(2),
    "a chip is written off": lambda register: register.write_off(1),
    "a made chip is written off": lambda register: register.write_off(2),
    "a report is noted": lambda register: register.note_report(BATCH, "feedback.csv", "another"),
    "the report of another is noted": lambda register: register.note_report(BATCH, "feedback.csv", "digest of bank"),
    "the next row": lambda register: RowDesk(batch(), register, 0).next(),
    "the next row for a chip": lambda register: RowDesk(batch(), register, 0).next(9),
    "a row back": lambda register: (desk := RowDesk(batch(), register, 0)).back(desk.next(9)),
    "the second side of a card": lambda register: RowDesk(batch(), register, 0).second(ROWS[5], 9),
    "people who have a card": lambda register: register.made_for("p1", "T1", "621/01"),
    "what is known": lambda register: (
        register.claims(BATCH),
        register.chip(1),
        register.knows(7),
        register.row("B", 1),
    ),
    "a report is made": lambda register: batch_runs.report_of(batch(), register, 0, 0.0),
}


def rows_of_others(path: Path, side: str) -> list[tuple[object, ...]]:
    """Every row of every table that is not ``side``'s, with its place."""
    connection = sqlite3.connect(path)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        asked = (f"SELECT '{table}', rowid, * FROM {table} WHERE side != ? ORDER BY rowid" for table in sorted(tables))  # noqa: S608 - its own tables
        return [row for each in asked for row in connection.execute(each, (side,))]
    finally:
        connection.close()


class Ends(BaseException):
    """The process is gone, or the disk."""


def acted(path: Path, side: str, act: Callable[[StockRegister], object], ending: int, kind: type[BaseException]) -> int:
    """``act``, but the statement numbered ``ending`` never comes to pass; how many there were."""
    asked = 0
    with StockRegister(path, side) as register:
        really = register._ask

        def ask(statement: str, *values: object) -> list[object]:
            nonlocal asked
            asked += 1
            if asked == ending:
                raise kind("here it ends")
            return really(statement, *values)

        register._ask = ask
        with suppress(RegisterError, RowRefused, Ends):
            act(register)
    return asked


@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_the_register_leaves_other_sides_rows(shared, tmp_path, act):
    """Whole, and cut before each of its statements by a full disk and by the end of the process."""
    for side in SIDES:
        before = rows_of_others(shared, side)
        assert {row[2] for row in before} == set(SIDES) - {side}
        ending, asked = 0, 1
        while ending <= asked:
            for kind in (RegisterError, Ends) if ending else (RegisterError,):
                path = tmp_path / "stock.db"
                shutil.copy(shared, path)
                asked = acted(path, side, ACTS[act], ending, kind)
                assert rows_of_others(path, side) == before, f"{side} before statement {ending}"
                path.unlink()
            ending += 1


@pytest.mark.parametrize(("mine", "theirs"), [(one, other) for one in SIDES for other in SIDES if one != other])
def test_a_report_of_another_side_is_never_taken_for_an_older_one_of_ones_own(tmp_path, mine, theirs):
    """The same folder, batch and register, and not one byte of the other's reports changed."""
    stock = tmp_path / "stock.db"
    with StockRegister(stock, theirs) as register:
        reports = ReportFolder(tmp_path, register, BATCH)
        for name in REPORTS:
            reports.write(name, f"{theirs} {name}".encode())
    for name in REPORTS:
        kept = tmp_path / "kept" / name
        kept.parent.mkdir(exist_ok=True)
        shutil.copy(tmp_path / name, kept)
    with StockRegister(stock, mine) as register, pytest.raises(ReportTaken, match=r"feedback\.csv"):
        ReportFolder(tmp_path, register, BATCH)
    for name in REPORTS:
        assert (tmp_path / name).read_bytes() == (tmp_path / "kept" / name).read_bytes()
    with StockRegister(stock, theirs) as register:
        ReportFolder(tmp_path, register, BATCH)


def test_whoever_made_the_card_the_person_has_one(tmp_path):
    """And a chip that is nobody's yet gives nobody a card."""
    for side in SIDES:
        path = tmp_path / side
        with StockRegister(path, side) as register:
            register.claim(BATCH, ROWS[:1], serial=1)
            register.finish(1, StockState.MADE, "", "")
        with StockRegister(path) as register:
            told = [register.made_for(*asked) for asked in (("p1", "", ""), ("", "T1", ""), ("", "", "621/01"))]
            assert [text.partition(":")[0] for text in told] == ["" if side == "chips" else "ALREADY_MADE"] * 3
            assert register.made_for("p", "T", "621/0") == register.made_for("", "", "") == ""


# --- the card ----------------------------------------------------------------------------------------------------


class Cut:
    """A card in a hand that takes it away before command number ``ending``."""

    def __init__(self, card: Card, ending: int) -> None:
        self.card, self.left = card, ending

    def exchange(self, command: bytes) -> bytes:
        self.left -= 1
        if not self.left:
            raise Ends
        return self.card.exchange(command)

    def __getattr__(self, name: str) -> object:
        return getattr(self.card, name)


@pytest.fixture(scope="module")
def two_sides(tmp_path_factory):
    """An initialised card, and what each body does on it."""
    _, card, birth, social, bank = orders(build(tmp_path_factory.mktemp("world"), 1))
    making_steps.initialise(card, birth)
    return card, {
        "ssse": lambda link: making_steps.social_step(link, social),
        "pse": lambda link: making_steps.bank_step(link, bank),
    }


def cells(card: Card) -> dict[str, dict[bytes, bytes]]:
    return {label: dict(region.cells) for label, region in card.snapshot().chip.regions.items()}


@pytest.mark.parametrize("order", [("ssse", "pse"), ("pse", "ssse")])
def test_a_body_changes_its_own_side_of_the_card_only(two_sides, order):
    """First or second, whole or with the card pulled out midway."""
    card, steps = two_sides
    initialised = card.snapshot()
    for side in order:
        fresh, before = card.snapshot(), cells(card)
        for ending in (2, 5, 12, 60, 120, 0):
            card.restore(fresh)
            with suppress(Ends):
                steps[side](Cut(card, ending) if ending else card)
            changed = {label for label, held in cells(card).items() if held != before.get(label)}
            assert changed <= {side}
        assert changed == {side}
    card.restore(initialised)


def test_a_register_with_an_outcome_that_nobody_can_read_is_told(shared, tmp_path):
    for damaged in ("{}", "{", '{"seq": 1, "serial": 1, "verdict": "made", "colour": "red"}'):
        path = tmp_path / "stock.db"
        shutil.copy(shared, path)
        with StockRegister(path, "bank") as register:
            register.finish(2, StockState.MADE, "", damaged)
            with pytest.raises(RegisterError, match="what became of card 2 of batch B1 cannot be read"):
                batch_runs.report_of(batch(), register, 0, 0.0)


def test_only_a_half_made_chip_of_ones_own_is_written_off(shared, tmp_path):
    path = tmp_path / "stock.db"
    shutil.copy(shared, path)
    with StockRegister(path, "bank") as register:
        for serial, said in (
            (2, "is made"),
            (3, "is not in"),
            (4, "is spoiled"),
            (6, "is not in"),
            (-1, "is rejected|is not in"),
        ):
            with pytest.raises(RegisterError, match=said):
                register.write_off(serial)
        register.write_off(1)
        assert register.chip(1).state is StockState.SPOILED
        assert [register.knows(serial) for serial in (1, 2, 8, 0)] == [True, True, False, False]
