"""The stepwise mode: both orders, both ways of linking, and every card that belongs in the reject bin."""

import shutil

import pytest
from issuance_world import MAC, read_back, wanted

from dualcos.dialogue.driver import StepRefused
from dualcos.issuance.exchange import feedback_file
from dualcos.issuance.personaliser import batch_runs, handover_files, workshop
from dualcos.issuance.personaliser.batch_runs import Way, first_step, second_step
from dualcos.issuance.personaliser.cards_in_folder import card_files
from dualcos.issuance.personaliser.linking import MixedUp
from dualcos.issuance.personaliser.row_desk import BatchError
from dualcos.issuance.personaliser.stock_register import StockRegister


def first(world, folder, mode, batch):
    with StockRegister(folder / f"{mode}.db", mode) as register:
        report = first_step(world.setting(folder / "cards", mode), batch, register, card_files(folder / "cards")).report
    rows = tuple(handover_files.feedback_rows(report, batch, {}, handover_files.MadeBy()))
    return report, rows


def second(world, folder, mode, batch, way):
    with StockRegister(folder / f"{mode}.db", mode) as register:
        setting = world.setting(folder / "cards", mode)
        return second_step(setting, batch, register, card_files(folder / "cards"), way)


@pytest.mark.parametrize("link", ["card", "feedback", "both"])
@pytest.mark.parametrize(("one", "other"), [("social", "bank"), ("bank", "social")])
def test_fifty_citizens_step_by_step(world, chips, tmp_path, one, other, link):
    """Both orders, both ways of linking. The second body has its data in another order and more people."""
    count = 50 if link == "card" else 12
    (tmp_path / "cards").mkdir()
    for path in card_files(chips)[:count]:
        shutil.copy(path, tmp_path / "cards")
    batch = world.some(getattr(world, one), count)
    report, rows = first(world, tmp_path, one, batch)
    assert report.counts == {"made": count}
    feedback_file.write(tmp_path / "feedback.csv", rows, MAC)
    way = Way(
        read_card=link != "feedback",
        feedback=() if link == "card" else feedback_file.read(tmp_path / "feedback.csv", [MAC]),
    )
    ending = second(world, tmp_path, other, getattr(world, other), way)
    assert ending.report.counts == {"made": count}
    assert not ending.rejects
    found = {read_back(path) for path in card_files(tmp_path / "cards")}
    numbers = {each.paper.ssn for each in batch.records}
    assert found == {wanted(person) for person in world.people if person.social["ssn"] in numbers}


@pytest.fixture
def half(world, chips, tmp_path):
    """Three cards with their social side, one chip without."""
    (tmp_path / "cards").mkdir()
    for path in card_files(chips)[:4]:
        shutil.copy(path, tmp_path / "cards")
    report, rows = first(world, tmp_path, "social", world.some(world.social, 3))
    assert report.counts == {"made": 3}
    return tmp_path, rows


def test_an_open_first_side_and_missing_data_are_rejected(world, half):
    folder, _ = half
    known = {each.paper.ssn for each in world.social.records[:2]}
    few = world.bank.records
    batch = world.some(world.bank, 0)
    batch = batch_runs.Batch(header=batch.header, records=tuple(r for r in few if r.paper.ssn in known))
    ending = second(world, folder, "bank", batch, Way())
    assert ending.report.counts == {"made": 2}
    assert [reject.reason.split(":")[0] for reject in ending.rejects] == ["NO_DATA", "FIRST_SIDE_OPEN"]


def test_a_card_the_feedback_does_not_name(world, half):
    folder, rows = half
    spoiled = rows[1]._replace(result="spoiled")
    ending = second(world, folder, "bank", world.bank, Way(read_card=False, feedback=(rows[0], spoiled)))
    assert ending.report.counts == {"made": 1}
    assert [reject.reason.split(":")[0] for reject in ending.rejects] == ["NO_LINK", "NO_LINK", "FIRST_SIDE_OPEN"]


def test_cards_and_file_mixed_up_stop_the_batch(world, half):
    folder, rows = half
    swapped = (rows[0]._replace(atr=rows[1].atr), rows[1]._replace(atr=rows[0].atr), rows[2])
    before = {path: path.read_bytes() for path in card_files(folder / "cards")}
    with pytest.raises(MixedUp):
        second(world, folder, "bank", world.bank, Way(feedback=swapped))
    assert before == {path: path.read_bytes() for path in card_files(folder / "cards")}


def test_a_card_is_finished_once(world, half):
    folder, _ = half
    assert second(world, folder, "bank", world.bank, Way()).report.counts == {"made": 3}
    shutil.copy(folder / "bank.db", folder / "kept.db")
    (folder / "bank.db").unlink()
    ending = second(world, folder, "bank", world.bank, Way())
    assert ending.report.counts == {"rejected": 3}
    assert all("ALREADY_MADE" in outcome.reason for outcome in ending.report.outcomes)
    assert len(list((folder / "cards").glob("*.card"))) == 4


def test_a_card_the_second_body_spoiled_is_reported_and_the_others_go_on(world, half, monkeypatch):
    folder, _ = half
    real, failing = workshop.bank_step, iter((True, False, False))

    def first_one_fails(*args, **kwargs):
        if next(failing):
            raise StepRefused("test fault")
        real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(workshop, "bank_step", first_one_fails)
        ending = second(world, folder, "bank", world.bank, Way())
    assert ending.report.counts == {"made": 2, "spoiled": 1}
    again = second(world, folder, "bank", world.bank, Way())
    assert again.report.counts == {"made": 2, "spoiled": 1}
    assert [reject.reason.split(":")[0] for reject in again.rejects] == ["FIRST_SIDE_OPEN", "SPOILED"]


def test_too_few_chips(world, tmp_path):
    with StockRegister(tmp_path / "s.db", "social") as register, pytest.raises(BatchError, match="no more"):
        first_step(world.setting(tmp_path, "social"), world.some(world.social, 1), register, ())
