"""What the personaliser refuses before and behind making: rows, chips, registers, folders, addresses, each check with a
case of its own.
"""

from __future__ import annotations

import sqlite3
import sys
from concurrent.futures import Future
from contextlib import closing
from types import SimpleNamespace
from typing import Self

import pytest
from issuance_world import build, make_all, orders
from msgspec import structs
from test_issuance_sides_apart import BATCH, ROWS, batch, outcome

from dualcos.cardfile.card_file_format import CardFileError, journal_of
from dualcos.cardfile.card_in_file import write_card
from dualcos.dialogue.personalise_birth import maker_bytes
from dualcos.issuance.bank.bank_order_service import BankService
from dualcos.issuance.exchange.order_services import KeyServiceError
from dualcos.issuance.parties_together import invented_stores
from dualcos.issuance.personaliser import job_pool, making_steps, workshop
from dualcos.issuance.personaliser.batch_runs import BatchReport, Way, first_step, note, only, run, second_step
from dualcos.issuance.personaliser.cards_in_readers import run_in_readers
from dualcos.issuance.personaliser.check_after_making import NotRight
from dualcos.issuance.personaliser.folder_in_use import alone_in
from dualcos.issuance.personaliser.job_pool import JobPoolError, trusted
from dualcos.issuance.personaliser.linking import Linked, LinkError, read_bank, read_social
from dualcos.issuance.personaliser.making_steps import AlreadyMade, OtherChip
from dualcos.issuance.personaliser.report_folder import REPORTS, ReportFolder, ReportTaken, demand_no_reports
from dualcos.issuance.personaliser.row_desk import BatchError, RowDesk, RowRefused, demand_same_people
from dualcos.issuance.personaliser.stock_register import RegisterError, StockRegister
from dualcos.issuance.personaliser.unfinished_card_files import move, part_of
from dualcos.issuance.personaliser.workshop import Job, JobOutcome, Workshop
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys.algorithms import TDES
from keys.key_handle import KeyHandle

AID = bytes.fromhex("A000000333010101")


@pytest.fixture
def register(tmp_path):
    """Row 1 is made in chip 1, 2 half made in 2, 3 rejected, 4 spoiled with chip 4, 5 of another batch in chip 5."""
    with StockRegister(tmp_path / "stock.db", "bank") as register:
        for record, verdict in zip(ROWS, ("made", "unfinished", "rejected", "spoiled"), strict=False):
            register.claim(BATCH, [record], serial=record.seq)
            note(register, outcome(record.seq, verdict))
        register.claim("B2", [ROWS[4]], serial=5)
        yield register


def test_which_chip_is_taken_up(register):
    desk = RowDesk(batch(ROWS[:4]), register, 0)
    assert desk.known(2).seq == 2
    assert desk.known(9) is None
    for serial, code in ((1, "ALREADY_MADE"), (4, "SPOILED"), (5, "OTHER_BATCH")):
        with pytest.raises(RowRefused, match=code):
            desk.known(serial)
    with pytest.raises(RowRefused, match="OTHER_BATCH"):
        RowDesk(batch(ROWS[:1]), register, 0).known(2)
    with pytest.raises(RowRefused, match="OTHER_BATCH"):
        RowDesk(batch(ROWS[:5]), register, 0).known(5)  # the other batch's row has a number that this one has, too


def test_which_rows_wait(register):
    desk = RowDesk(batch(ROWS[:2]), register, 0)
    assert not desk.complete
    with pytest.raises(RowRefused, match=r"NO_ROW: only half-made cards are left: chip 00000002 of card 2"):
        desk.next()
    note(register, outcome(2, "made"))
    assert RowDesk(batch(ROWS[:2]), register, 0).complete
    assert not RowDesk(batch(ROWS[:3]), register, 0).complete
    assert not RowDesk(batch((*ROWS[:2], ROWS[5])), register, 0).complete
    with pytest.raises(RowRefused, match="NO_ROW: no card is left"):
        RowDesk(batch(ROWS[:2]), register, 0).next()


def test_the_second_side_is_of_the_same_chip(register):
    desk = RowDesk(batch(ROWS[:4]), register, 0)
    assert desk.second(ROWS[0], 1) is None
    assert desk.second(ROWS[1], 2).seq == 2
    for record, serial, code in (
        (ROWS[0], 2, "ALREADY_MADE"),
        (ROWS[1], 1, "ALREADY_MADE"),
        (ROWS[3], 4, "SPOILED"),
        (ROWS[2], 5, "OTHER_BATCH"),
        (ROWS[2], 1, "OTHER_BATCH"),
    ):
        with pytest.raises(RowRefused, match=code):
            desk.second(record, serial)
    assert desk.second(ROWS[2], 9).serial == 9


def test_a_number_is_of_the_person_it_was_begun_for(register):
    demand_same_people(batch(ROWS), register)
    with pytest.raises(BatchError, match="card 2 of batch B1 was begun for another person"):
        demand_same_people(batch((ROWS[0], structs.replace(ROWS[1], person="p"))), register)


@pytest.mark.parametrize(
    ("verdicts", "waiting", "complete"),
    [(["made"], 0, True), (["made"], 1, False), (["made", "spoiled"], 0, False), ([], 0, True)],
)
def test_when_a_batch_is_complete(verdicts, waiting, complete):
    outcomes = tuple(outcome(number, verdict) for number, verdict in enumerate(verdicts))
    assert BatchReport("B", outcomes, (), 0, 0.0, waiting).complete is complete


def test_only_cards_that_the_batch_has():
    assert only(batch(ROWS), [2]).records == ROWS[1:2]
    for wanted in ([8], [1, 8]):
        with pytest.raises(BatchError, match="batch B1 has no card 8"):
            only(batch(ROWS), wanted)


# --- registers, folders, addresses -----------------------------------------------------------------------------------


TABLE = "CREATE TABLE card (side, serial, batch, rsa)"


def marked(path, statements):
    with closing(sqlite3.connect(path)) as db:
        db.executescript(statements)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b""), "is no register"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(83)), "is no register"),
        (lambda path: path.write_bytes(b"SQLite format 4\0" + bytes(84)), "is no register"),
        (lambda path: marked(path, "CREATE TABLE a (b)"), "is no register"),
        (lambda path: marked(path, "CREATE TABLE card (side, serial, batch)"), "is no register"),
        (
            lambda path: marked(path, f"PRAGMA application_id = 1; {TABLE}"),
            "is no register",
        ),
        (lambda path: path.mkdir(), "register"),
    ],
)
def test_what_is_nearly_a_register(tmp_path, make, said):
    path = tmp_path / "stock.db"
    make(path)
    with pytest.raises(RegisterError, match=said):
        StockRegister(path)


def test_a_register_of_another_format_and_none(tmp_path):
    path = tmp_path / "stock.db"
    with pytest.raises(RegisterError, match="does not exist"):
        StockRegister.existing(path)
    with StockRegister(path):
        pass
    with StockRegister.existing(path):
        pass
    for version in (0, 2):
        marked(path, f"PRAGMA user_version = {version}")
        with pytest.raises(RegisterError, match=f"format {version}, this program reads 1"):
            StockRegister(path)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_nobody_knows_is_in_the_way(register, tmp_path, name):
    folder = tmp_path / "reports"
    folder.mkdir()
    demand_no_reports(folder)
    ReportFolder(folder, register, BATCH)
    (folder / name).write_bytes(b"x")
    with pytest.raises(ReportTaken, match=name.replace(".", r"\.")):
        demand_no_reports(folder)
    with pytest.raises(ReportTaken, match=name.replace(".", r"\.")):
        ReportFolder(folder, register, BATCH)
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(ReportTaken, match=name.replace(".", r"\.")):
        ReportFolder(folder, register, BATCH)


def test_one_run_at_a_time_in_a_folder(tmp_path):
    with alone_in(tmp_path), pytest.raises(BatchError, match="another run is making cards"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("tls://host:8786", True),
        ("tcp://localhost:8786", True),
        ("tcp://127.0.0.1:8786", True),
        ("tcp://[::1]:8786", True),
        ("tcp://host:8786", False),
        ("tcp://localhos:8786", False),
        ("tcp://128.0.0.1:8786", False),
        ("tls://host", False),
        ("tls://:8786", False),
        ("tl://host:8786", False),
        ("host:8786", False),
        ("", False),
    ],
)
def test_keys_go_to_no_address_that_anybody_reads(address, good):
    if good:
        trusted(address)
    else:
        with pytest.raises(JobPoolError):
            trusted(address)


def nobody_works(_: Job) -> Future[JobOutcome]:
    return Future()


def test_workers_that_are_gone_are_waited_for_no_longer(monkeypatch):
    """One that lives may take long: it is asked after each silence, and here lives through two."""
    monkeypatch.setattr(job_pool, "_SILENCE", 0.01)
    lives = [True, True, False]
    with pytest.raises(JobPoolError, match="all workers are gone"):
        next(job_pool._as_ready(nobody_works, [Job(ROWS[0], 1)], 1, lambda: lives.pop(0)))
    assert not lives


class Idle:
    """A cluster's client, of a scheduler that nobody works for."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ncores(self) -> dict[str, int]:
        return {}

    def get_executor(self, **_: object) -> None:
        return None


def test_a_cluster_has_workers(monkeypatch):
    there = SimpleNamespace(Client=Idle, KilledWorker=type("KilledWorker", (Exception,), {}))
    monkeypatch.setitem(sys.modules, "distributed", there)
    with pytest.raises(JobPoolError, match="has no workers; start some"), job_pool.cluster("tcp://127.0.0.1:8786"):
        pass
    monkeypatch.setattr(Idle, "ncores", lambda _: {"tcp://127.0.0.1:1": 2})
    with job_pool.cluster("tcp://127.0.0.1:8786") as (_, cores):
        assert cores() == 2


# --- cards and benches -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    world = build(tmp_path_factory.mktemp("world"), 1)
    bench, card, birth, social, bank = orders(world)
    blank = card.snapshot()
    make_all(card, birth, social, bank)
    return world, bench, card, card.snapshot(), blank, (birth, social, bank)


def test_whose_a_card_is_and_a_card_that_has_no_side(made):
    world, _, card, done, blank, _ = made
    record = world.both.records[0]
    card.restore(done)
    assert read_social(card) == Linked(record.paper.ssn)
    assert read_bank(card, AID) == Linked(record.paper.ssn, record.bank.pan)
    with pytest.raises(LinkError, match="no debit application"):
        read_bank(card, AID[:-1] + b"\x02")
    card.restore(blank)
    card.power_on()
    with pytest.raises(LinkError, match="no social side"):
        read_social(card)
    making_steps.initialise(card, made[5][0])
    with pytest.raises(LinkError, match="cannot be read"):
        read_social(card)


def test_a_step_is_for_the_chip_in_hand_and_done_once(made):
    _, _, card, done, blank, (birth, social, bank) = made
    card.restore(done)
    with pytest.raises(AlreadyMade):
        making_steps.social_step(card, social)
    with pytest.raises(AlreadyMade):
        making_steps.bank_step(card, bank)
    other = birth.historical[:-1] + bytes((birth.historical[-1] ^ 1,))
    with pytest.raises(OtherChip):
        making_steps.initialise(card, birth._replace(historical=other), resuming=True)
    card.restore(blank)
    maker_bytes(card, birth.historical)
    assert making_steps.takes_transport_key(card, birth.transport)
    assert not making_steps.takes_transport_key(card, KeyHandle(TDES, bytes(range(16))))


@pytest.mark.parametrize("check", ["check_social", "check_bank", "check_master_key_is_powerless"])
def test_a_card_is_made_when_every_check_of_it_has_passed(made, tmp_path, monkeypatch, check):
    world = made[0]
    bench = Workshop(world.setting(tmp_path))
    job = Job(world.both.records[0], 1)

    def not_right(*_: object) -> None:
        raise NotRight(f"{check} says no")

    monkeypatch.setattr(workshop, check, not_right)
    outcome = bench.make(job)
    assert (outcome.verdict, outcome.stage) == ("spoiled", "check")
    assert f"{check} says no" in outcome.reason
    assert not list(tmp_path.glob("*.card"))


def test_a_card_in_a_reader_is_checked_as_one_in_a_file(made, monkeypatch):
    world, _, card, _, blank, (birth, _, _) = made
    card.restore(blank)
    making_steps.initialise(card, birth)
    bench = Workshop(world.setting(world.folder / "none", "social"))

    def not_right(*_: object) -> None:
        raise NotRight("it says no")

    monkeypatch.setattr(workshop, "check_social", not_right)
    outcome = bench.make_in_reader(Job(world.social.records[0], 1), card)
    assert (outcome.verdict, outcome.stage) == ("spoiled", "check")
    assert "it says no" in outcome.reason


def test_a_blank_chip_needs_its_maker(made):
    world = made[0]
    bench = Workshop(world.setting(world.folder / "none", "social"))
    assert not bench.births
    for ask in (bench._new_historical, bench._blank):
        with pytest.raises(KeyServiceError, match="needs the card maker"):
            ask(Job(world.both.records[0], 1))


def test_an_issuer_of_its_own_takes_keys_from_a_pool_that_has_some():
    stores = invented_stores(load("bank-dda"), SeededRng(b"own"), own_rsa=True)
    service = BankService(stores.bank, {"debit": load("bank-dda").pse})
    with pytest.raises(KeyServiceError, match="keys pool"):
        service.rsa_keys  # noqa: B018 - it refuses


# --- what lies in a folder --------------------------------------------------------------------------------------------


@pytest.fixture
def chip(made, tmp_path):
    """An initialised chip with neither side, in a card file; its number is 1."""
    _, _, card, _, blank, (birth, _, _) = made
    card.restore(blank)
    making_steps.initialise(card, birth)
    path = tmp_path / "00000001.card"
    write_card(card, path)
    return path


@pytest.mark.parametrize(
    ("step", "template", "mode", "said"),
    [
        (run, "social-2.0", "central", "card 1 has bank data, template social-2.0 no bank side"),
        (first_step, "bank-sda", "social", "card 1 has social data, template bank-sda no social side"),
        (second_step, "social-2.0", "bank", "card 1 has bank data, template social-2.0 no bank side"),
        (run_in_readers, "social-2.0", "central", "card 1 has bank data, template social-2.0 no bank side"),
    ],
)
def test_a_template_that_does_not_make_these_cards(made, tmp_path, step, template, mode, said):
    world = made[0]
    batch = {"central": world.both, "social": world.social, "bank": world.bank}[mode]
    further = {run: (), first_step: ((),), second_step: ((), Way()), run_in_readers: ((), print)}[step]
    with StockRegister(tmp_path / "stock.db", mode) as register, pytest.raises(BatchError, match=said):
        step(world.setting(tmp_path, mode, template=template), batch, register, *further)


def test_blank_chips_in_readers_want_the_makers_keys(made, tmp_path):
    world = made[0]
    with (
        StockRegister(tmp_path / "stock.db") as register,
        pytest.raises(BatchError, match="blank chips need the card maker's key store"),
    ):
        run_in_readers(world.setting(tmp_path, maker=None), world.both, register, [], print)


def test_a_chip_that_another_run_began_is_left_alone(made, chip, tmp_path):
    """Taken from its place before the first command: nothing on it says so, only that it lies under another name."""
    world = made[0]
    setting = world.setting(tmp_path, "social")
    chip.rename(part_of(chip))
    with StockRegister(tmp_path / "stock.db", "social") as register:
        with pytest.raises(BatchError, match="HALF_MADE: chip 00000001 was begun by a run that is not in this"):
            first_step(setting, world.social, register, [chip])
        assert not register.claims(world.social.header.batch)
        part_of(chip).rename(chip)
        assert first_step(setting, world.social, register, [chip]).report.counts == {"made": 1}


def test_a_card_file_that_is_another_chips_by_now(made, chip):
    world = made[0]
    bench = Workshop(world.setting(chip.parent, "social"))
    before = chip.read_bytes()
    outcome = bench.make(Job(world.social.records[0], 2, card=str(chip)))
    assert (outcome.verdict, outcome.stage, outcome.commands) == ("unfinished", "file", 0)
    assert "is chip 00000001 now" in outcome.reason
    assert chip.read_bytes() == before


def test_a_card_file_with_a_journal_keeps_its_name(tmp_path):
    """What the journal holds belongs to that name; an empty one is what a closed file leaves."""
    old, new = tmp_path / "a.card", tmp_path / "b.card"
    old.write_bytes(b"x")
    journal_of(old).write_bytes(b"x")
    with pytest.raises(CardFileError, match="was not closed"):
        move(old, new)
    assert old.exists()
    assert not new.exists()
    journal_of(old).write_bytes(b"")
    move(old, new)
    assert new.exists()
    assert not journal_of(old).exists()
