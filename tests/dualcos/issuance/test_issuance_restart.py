"""A batch, or a card, interrupted anywhere: it goes on, and nothing is made twice or lost."""

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from issuance_world import TEMPLATE, make_all, orders, read_back, wanted

from apdu.status import SW
from dualcos.cardfile.card_file_format import CardNotKept
from dualcos.cli.main import run as cli
from dualcos.dialogue.driver import StepRefused, done, perform
from dualcos.issuance.personaliser import batch_runs, check_after_making, handover_files, workshop
from dualcos.issuance.personaliser.batch_runs import BatchReport, first_step, run
from dualcos.issuance.personaliser.cards_in_folder import card_files
from dualcos.issuance.personaliser.linking import LinkError
from dualcos.issuance.personaliser.row_desk import BatchError, RowDesk
from dualcos.issuance.personaliser.stock_register import RegisterError, RowClaim, StockRegister, StockState
from dualcos.issuance.personaliser.workshop import Job, JobOutcome, Workshop
from firewall.hardware.power import PowerLoss
from firewall.trace import Reason, Refused, TraceBuffer


class Stopped(BaseException):
    """The process is killed: nobody cleans up."""


class StoppedPool:
    """Makes ``count`` cards and dies before anybody notes the last one."""

    def __init__(self, count):
        self.count = count

    def run(self, work, jobs):
        for number, job in enumerate(jobs, 1):
            outcome = work(job)
            if number == self.count:
                raise Stopped
            yield outcome


@pytest.mark.filterwarnings("ignore:an observer:RuntimeWarning")
@pytest.mark.parametrize("failure", [OSError(28, "full"), ValueError(), PowerLoss()])
def test_whoever_is_told_of_progress_stops_no_batch(failure, world, tmp_path):
    told = []

    def progress(outcome: JobOutcome) -> None:
        told.append(outcome)
        raise failure

    with StockRegister(tmp_path / "stock.db") as register:
        report = run(world.setting(tmp_path / "cards"), world.some(world.both, 2), register, progress=progress)
    assert (report.counts, len(told)) == ({"made": 2}, 2)


def test_an_interrupted_batch_goes_on(world, tmp_path):
    setting, batch = world.setting(tmp_path / "cards"), world.some(world.both, 8)
    with StockRegister(tmp_path / "stock.db") as register, pytest.raises(Stopped):
        run(setting, batch, register, StoppedPool(3))
    before = {path.name: read_back(path)[0] for path in card_files(tmp_path / "cards")}
    assert len(before) == 3
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(setting, batch, register)
    assert (report.counts, report.earlier) == ({"made": 8}, 2)
    after = {path.name: read_back(path)[0] for path in card_files(tmp_path / "cards")}
    assert len(after) == len(set(after.values())) == 8
    assert before.items() <= after.items()


class Cut:
    """A card whose power goes at the ``at``-th command, before or after it took effect."""

    def __init__(self, card, at, *, after):
        self.card, self.left, self.after = card, at, after

    def __getattr__(self, name):
        return getattr(self.card, name)

    def exchange(self, command):
        self.left -= 1
        if self.left == 0:
            if self.after:
                self.card.exchange(command)
            self.card.power_off()
            raise PowerLoss
        return self.card.exchange(command)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [*range(1, 40), *range(40, 735, 29)])
def test_a_card_cut_at_any_command_is_taken_up(world, at, after):
    _, card, *wanted_orders = orders(world)
    with pytest.raises(PowerLoss):
        make_all(Cut(card, at, after=after), *wanted_orders)
    make_all(card, *wanted_orders, resuming=True)
    workshop._check(card, wanted_orders[1], wanted_orders[2], world.both.records[0])


def test_a_durable_card_is_taken_up_by_the_next_run(world, tmp_path, monkeypatch):
    setting, batch = world.setting(tmp_path / "cards", durable=True), world.some(world.both, 1)

    class Dying(workshop.Logged):
        def exchange(self, command):
            if self.commands == 400:
                raise Stopped
            return super().exchange(command)

    with monkeypatch.context() as patch, StockRegister(tmp_path / "stock.db") as register:
        patch.setattr(workshop, "Logged", Dying)
        with pytest.raises(Stopped):
            run(setting, batch, register)
    assert [path.name for path in (tmp_path / "cards").glob("*.card*") if "journal" not in path.name] == [
        "00000001.card.part"
    ]
    with StockRegister(tmp_path / "stock.db") as register:
        assert run(setting, batch, register).counts == {"made": 1}
    assert read_back(tmp_path / "cards" / "00000001.card") == wanted(world.people[0])
    assert [path.name for path in (tmp_path / "cards").iterdir()] == ["00000001.card"]


def test_a_spoiled_chip_is_burnt_and_the_row_gets_another(world, tmp_path, monkeypatch):
    setting, batch = world.setting(tmp_path / "cards"), world.some(world.both, 2)

    def refuse(*_, **__):
        raise StepRefused("test fault")

    with monkeypatch.context() as patch, StockRegister(tmp_path / "stock.db") as register:
        patch.setattr(workshop, "bank_step", refuse)
        report = run(setting, batch, register)
    assert report.counts == {"spoiled": 2}
    assert not card_files(tmp_path / "cards")
    assert "card 1 (chip 00000001) spoiled at bank: test fault" in handover_files.summary(report)
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(setting, batch, register)
    assert report.counts == {"made": 2}
    assert [outcome.serial for outcome in report.outcomes] == [3, 4]
    rows = tuple(handover_files.feedback_rows(report, batch, {}, handover_files.MadeBy()))
    assert [(row.seq, row.csn, row.result) for row in rows] == [
        (1, "00000003", "made"),
        (2, "00000004", "made"),
        (1, "00000001", "spoiled"),
        (2, "00000002", "spoiled"),
    ]


def test_a_step_that_a_card_refuses_is_reported_with_its_reason(world, tmp_path, monkeypatch):
    """A card in this process tells why; a card in a reader has nobody to tell."""

    def refused_step(card, *_, **__):
        perform(card, done("test step", bytes.fromhex("00A4000002EEEE")))

    monkeypatch.setattr(workshop, "bank_step", refused_step)
    outcome = Workshop(world.setting(tmp_path)).make(Job(world.both.records[0], 1))
    assert outcome.verdict == "spoiled"
    said = r"test step \(00A40000\) was answered 6A82: .+; target: there is no .+ \[SSC-5 §6\.11\]"
    assert re.fullmatch(said, outcome.reason), outcome.reason


def test_a_card_that_cannot_be_read_is_rejected_with_its_reason():
    events = TraceBuffer()
    reason = Reason("target", "no further record", "PBOC-5 B.12", {"count": 3})
    events.writer("pse").note(Refused("READ RECORD", SW.RECORD_NOT_FOUND, reason))
    error = LinkError("NO_LINK", "it cannot be read")
    error.__cause__ = StepRefused("READ RECORD was answered 6A83", SW.RECORD_NOT_FOUND)
    said = "it cannot be read; target: the file holds 3 records, which is all it can [PBOC-5 B.12]"
    assert str(error.because(events)) == f"NO_LINK: {said}"
    assert error.because(TraceBuffer()) is error


def test_a_card_that_answers_wrongly_is_not_delivered(world, tmp_path, monkeypatch):
    def lose(*_):
        raise check_after_making.NotRight("test fault")

    monkeypatch.setattr(workshop, "check_bank", lose)
    outcome = Workshop(world.setting(tmp_path)).make(Job(world.both.records[0], 1))
    assert (outcome.verdict, outcome.stage) == ("spoiled", "check")
    assert not list(tmp_path.iterdir())


def test_a_register_gives_a_serial_number_once(world, tmp_path):
    with StockRegister(tmp_path / "stock.db") as register:
        (claim,) = register.claim("A", world.both.records[:1])
        with pytest.raises(RegisterError, match="claimed already"):
            register.claim("B", world.both.records[1:2], serial=claim.serial)
        register.finish(claim.serial, StockState.SPOILED, "test", "")
        (again,) = register.claim("A", world.both.records[:1])
        assert again.serial == claim.serial + 1


def test_a_corrected_row_goes_into_the_same_batch(world, tmp_path):
    """A row without keys, and one without a free account, are rejected; corrected, they get their cards."""
    good, bad, clash = world.both.records[:3]
    spoilt = (
        good,
        msgspec.structs.replace(bad, bank=msgspec.structs.replace(bad.bank, dki=9)),
        msgspec.structs.replace(clash, bank=msgspec.structs.replace(clash.bank, pan=good.bank.pan)),
    )
    header = world.some(world.both, 3).header
    setting = world.setting(tmp_path / "cards")
    with StockRegister(tmp_path / "stock.db") as register:
        first = run(setting, batch_runs.Batch(header=header, records=spoilt), register)
    assert first.counts == {"made": 1, "rejected": 2}
    assert [handover_files.state(outcome, "central") for outcome in first.outcomes] == [
        "CHECKED",
        "REJECTED",
        "REJECTED",
    ]
    before = (tmp_path / "cards" / "00000001.card").read_bytes()
    with StockRegister(tmp_path / "stock.db") as register:
        again = run(setting, batch_runs.Batch(header=header, records=(good, bad, clash)), register)
    assert (again.counts, again.earlier) == ({"made": 3}, 1)
    assert [outcome.serial for outcome in again.outcomes] == [1, 2, 3]
    assert {read_back(path) for path in card_files(tmp_path / "cards")} == set(map(wanted, world.people[:3]))
    assert (tmp_path / "cards" / "00000001.card").read_bytes() == before


def test_a_file_with_other_people_under_the_same_numbers_is_refused(world, tmp_path):
    """As if a bad row had been put right in front of others, and the file prepared anew."""
    one, two = world.both.records[:2]
    header = world.some(world.both, 1).header
    setting = world.setting(tmp_path / "cards")
    with StockRegister(tmp_path / "stock.db") as register:
        assert run(setting, batch_runs.Batch(header=header, records=(one,)), register).counts == {"made": 1}
        moved = msgspec.structs.replace(two, seq=1), msgspec.structs.replace(one, seq=2)
        with pytest.raises(BatchError, match=r"card 1 of batch BOTH was begun for another person.*--amend"):
            run(setting, batch_runs.Batch(header=header, records=moved), register)


def test_a_rejected_row_leaves_the_chip_in_hand_to_another(world, tmp_path):
    """Chips that came from the maker keep their numbers: a rejected row must not use one up."""
    (tmp_path / "chips").mkdir()
    with StockRegister(tmp_path / "stock.db", "chips") as register:
        run(world.setting(tmp_path / "cards", "chips"), batch_runs.chips(1, "CHIPS", TEMPLATE), register)
    one, two = world.social.records[:2]
    bad = msgspec.structs.replace(one, social=msgspec.structs.replace(one.social, version="3.00"))
    header = world.some(world.social, 1).header
    with StockRegister(tmp_path / "stock.db", "social") as register:
        setting, cards = world.setting(tmp_path / "cards", "social"), card_files(tmp_path / "cards")
        first = first_step(setting, batch_runs.Batch(header=header, records=(bad,)), register, cards).report
        assert first.counts == {"rejected": 1}
        second = first_step(setting, batch_runs.Batch(header=header, records=(bad, two)), register, cards).report
        assert sorted((o.seq, o.verdict) for o in second.outcomes) == [(1, "rejected")]
        third = first_step(setting, batch_runs.Batch(header=header, records=(two,)), register, cards).report
        assert third.counts == {"made": 1}


def test_a_chip_spoiled_after_a_row_it_was_meant_for_was_rejected_is_reported(world):
    """Row 1 was rejected with the chip in hand, row 2 spoiled it and got another."""
    batch = world.some(world.social, 2)
    outcomes = (JobOutcome(1, 7, "rejected", "social", "test"), JobOutcome(2, 8, "made"))
    spoiled = (RowClaim(2, 7, None, StockState.SPOILED, "test"),)
    rows = handover_files.feedback_rows(BatchReport("B", outcomes, spoiled, 0, 0.0), batch, {}, handover_files.MadeBy())
    assert [(row.seq, row.csn, row.result) for row in rows] == [
        (1, "", "failed"),
        (2, "00000008", "made"),
        (2, "00000007", "spoiled"),
    ]


def test_a_disk_that_fails_once_stops_the_batch_and_spoils_no_chip(world, tmp_path, monkeypatch):
    """A thousand cards are not made for a disk that takes none."""
    setting, batch = world.setting(tmp_path / "cards", "chips"), batch_runs.chips(3, "CHIPS", TEMPLATE)

    def full(_card, path):
        raise CardNotKept(f"{path} cannot be written: no room")

    with StockRegister(tmp_path / "stock.db", "chips") as register:
        with monkeypatch.context() as patch:
            patch.setattr(workshop, "write_card", full)
            told = []
            with pytest.raises(BatchError, match=r"00000001.card.part cannot be written: no room; mend that, then"):
                run(setting, batch, register, progress=told.append)
        assert [(outcome.verdict, outcome.stage) for outcome in told] == [("unfinished", "disk")]
        report = run(setting, batch, register)
    assert [(each.serial, each.verdict) for each in report.outcomes] == [(1, "made"), (2, "made"), (3, "made")]
    assert not report.spoiled


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not show its processes")
def test_a_killed_run_leaves_nobody_at_work_and_the_next_goes_on(world, tmp_path, capsys):
    """Its worker processes end with it: they must not make the cards that the next run makes."""
    stores = ["--maker", str(world.folder / "maker"), "--lock", f"file:{world.folder / 'lock'}"]
    words = ["personalise", "--mode", "chips", "--count", "24", "-o", str(tmp_path / "out"), *stores, "--jobs"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "dualcos", *words, "2"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:  # noqa: S603 - ourselves
        _until(lambda: len(card_files(tmp_path / "out" / "cards")) > 2)
        assert cli([*words, "1"]) == 2
        assert "another run is making cards in" in capsys.readouterr().err
        workers = _children(program.pid)
        program.kill()
    assert len(workers) > 1
    _until(lambda: not any(map(_runs, workers)))
    begun = len(card_files(tmp_path / "out" / "cards"))
    assert begun < 24, "nothing was left to make: the test shows nothing"
    assert cli([*words, "1"]) == 0
    assert {path.name for path in (tmp_path / "out" / "cards").glob("*.card")} == {
        f"{serial:08X}.card" for serial in range(1, 25)
    }


def _until(happened):
    for _ in range(1500):
        if happened():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


def _children(pid):
    """Processes that this one started, and theirs."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    direct = [child for child, parent in parents.items() if parent == pid]
    return direct + [child for child, parent in parents.items() if parent in direct]


def _runs(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] != "Z"
    return False


def test_half_made_rows_of_others_are_not_waited_for(world, tmp_path):
    """With a selection of rows, a chip begun for another row is not asked for: it would be refused."""
    both = world.both
    with StockRegister(tmp_path / "stock.db") as register:
        (claim,) = register.claim(both.header.batch, both.records[:1])
        assert [each.serial for each in RowDesk(both, register, 0).half_made] == [claim.serial]
        assert RowDesk(msgspec.structs.replace(both, records=both.records[1:]), register, 0).half_made == ()


def test_a_register_whose_log_was_half_taken_over_is_whole(world, tmp_path):
    """As a full disk leaves it: the first page is of the new state, the others are in the log still."""
    path = tmp_path / "stock.db"
    with StockRegister(path) as register:
        before = path.read_bytes()
        register.claim("A", world.both.records)
        log = Path(f"{path}-wal").read_bytes()
        known = register.claims("A")
    after = path.read_bytes()
    page = int.from_bytes(after[16:18], "big")
    assert len(after) > len(before) > page
    path.write_bytes(after[:page] + before[page:])
    Path(f"{path}-wal").write_bytes(log)
    with StockRegister.existing(path) as register:
        assert register.claims("A") == known
        assert len(known) == len(world.both.records)
