"""What a run finds in a folder of card files, held against what the register remembers: every state in every mode.

A batch of three was stopped: card 1 is made, card 2 too, but nobody has entered it, card 3 is to come. Whatever has
become of card 2's file by then, its row has one clear outcome, the others have their cards, and no card is made twice.
"""

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from issuance_world import TEMPLATE, build, read_back

import dualcos
from dualcos.cardfile.card_in_file import write_card
from dualcos.issuance.personaliser import batch_runs
from dualcos.issuance.personaliser.batch_runs import Way, first_step, run, second_step
from dualcos.issuance.personaliser.cards_in_folder import card_files
from dualcos.issuance.personaliser.row_desk import BatchError
from dualcos.issuance.personaliser.stock_register import RegisterError, StockRegister, StockState
from dualcos.issuance.personaliser.workshop import workshop
from tests.mishaps import mishaps

SECOND = "00000002.card"
COPY = "a copy.card"


class Killed(BaseException):
    """The process is gone."""


class Dies:
    """Makes cards, and is killed when the ``count``-th lies there and nobody has entered it."""

    def __init__(self, count):
        self.left = count

    def run(self, work, jobs):
        for job in jobs:
            outcome = work(job)
            self.left -= 1
            if not self.left:
                raise Killed
            yield outcome


class Stopped(NamedTuple):
    """A folder with ``cards``, the stopped run's ``stock.db`` and ``older.db``, which remembers card 1 only."""

    world: object
    mode: str
    folder: Path

    @property
    def side(self):
        return "bank" if self.mode in ("first", "second") else self.mode

    @property
    def batch(self):
        if self.mode == "chips":
            return batch_runs.chips(3, "CHIPS", TEMPLATE)
        if self.mode == "social":
            return self.world.some(self.world.social, 3)
        # The bank's side takes a tenth of the commands.
        return bank_batch(self.world, "BANK")

    def step(self, pool=None, stock="stock.db"):
        """The same command once more: its report, and cards that stay as they are."""
        # What is read back here is read by the test.
        os.chdir(self.folder)  # with one setting for all folders the stores are opened once
        setting = self.world.setting("cards", self.side)._replace(check=False)
        with StockRegister(self.folder / stock, self.side) as register:
            if self.mode in ("central", "chips"):
                return run(setting, self.batch, register, pool), ()
            cards = card_files(self.folder / "cards")
            if self.mode != "second":
                return first_step(setting, self.batch, register, cards, pool)
            return second_step(setting, self.batch, register, cards, Way(), pool)


def bank_batch(world, name):
    """The first three people in the order of their cards, so that card 2 is in chip 2."""
    own = {record.paper.ssn: record for record in world.bank.records}
    people = [own[record.paper.ssn] for record in world.social.records[:3]]
    records = tuple(msgspec.structs.replace(record, seq=seq) for seq, record in enumerate(people, 1))
    return msgspec.structs.replace(world.some(world.bank, 3, name), records=records)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Each mode's folder as its stopped run has left it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(".")
        patch.setattr(batch_runs, "Workshop", workshop)
        yield folders_of(tmp_path_factory)


def folders_of(tmp_path_factory):
    world = build(tmp_path_factory.mktemp("people"), 4)
    folders = {}
    chips = tmp_path_factory.mktemp("chips")
    with StockRegister(chips / "stock.db", "chips") as register:
        run(world.setting(chips / "cards", "chips"), batch_runs.chips(4, "CHIPS", TEMPLATE), register)
    for mode in ("chips", "central", "first", "social", "second"):
        folder = tmp_path_factory.mktemp(mode)
        if mode in ("first", "social", "second"):
            shutil.copytree(chips / "cards", folder / "cards")
        if mode == "second":
            assert Stopped(world, "social", folder).step()[0].complete
            (folder / "stock.db").unlink()
        (folder / "before").mkdir()
        if (folder / "cards").exists():
            shutil.copy(folder / "cards" / SECOND, folder / "before")
        here = Stopped(world, mode, folder)
        with pytest.raises(Killed):
            here.step(Dies(2), "stock.db")
        with StockRegister(folder / "stock.db", here.side) as register:
            (claim,) = (each for each in register.history(here.batch.header.batch) if each.seq == 2)
            assert claim.state is StockState.CLAIMED
            assert claim.serial == 2
        shutil.copy(folder / "stock.db", folder / "older.db")
        with StockRegister(folder / "older.db", here.side) as register:
            register.release(2)
        folders[mode] = here
    return folders


# --- what becomes of card 2's file -------------------------------------------------------------------------------


def nothing(card):
    pass


def as_before(card):
    """The stopped run had not come to it."""
    before = card.parent.parent / "before" / SECOND
    card.unlink()
    if before.exists():
        shutil.copy(before, card)


def removed(card):
    card.unlink()


def renamed(card):
    card.rename(card.with_name("Zhang San.card"))


def part_only(card):
    card.rename(card.with_name(SECOND + ".part"))


def another_card(card):
    card.unlink()
    write_card(dualcos.card(TEMPLATE), card)


def blank_chip(card):
    card.unlink()
    write_card(dualcos.card("blank"), card)


def cut_off(card):
    card.write_bytes(card.read_bytes()[:9000])


def empty(card):
    card.write_bytes(b"")


def no_card(card):
    card.write_text("no card at all", encoding="utf-8")


def damaged(card):
    raw = card.read_bytes()
    at = raw.rindex(b"sse") + 40
    card.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])


def open_to_others(card):
    card.chmod(0o644)


def folder_instead(card):
    card.unlink()
    card.mkdir()


def folder_as_part(card):
    card.unlink()
    card.with_name(SECOND + ".part").mkdir()


def link_to_nothing(card):
    card.unlink()
    card.symlink_to("nowhere")


def copied(card):
    shutil.copy(card, card.with_name(COPY))


def copied_under_a_number(card):
    shutil.copy(card, card.with_name("00000009.card"))


def in_use(card):
    return dualcos.open_card(card)


def older_register(card):
    home = card.parent.parent
    (home / "stock.db").unlink()
    (home / "older.db").rename(home / "stock.db")


def no_register(card):
    (card.parent.parent / "stock.db").unlink()


def foreign_register(card):
    (card.parent.parent / "stock.db").write_text("no register", encoding="utf-8")


MADE = "made"
UNKNOWN = "is a card that the register does not know"
LOST = r"unfinished at file: chip 00000002 is in none of the card files given; put it back"
TWICE = "unfinished at file: TWICE: chip 00000002 lies there as"
DAMAGED = "(damaged|no card file)"


def at_file(why):
    return f"unfinished at file: .*{why}"


# State: what becomes of card 2 where chips are born, at the first body, at the second; ! stops the run.
STATES = {
    nothing: (MADE, MADE, MADE),
    as_before: (MADE, MADE, MADE),
    removed: (MADE, LOST, LOST),
    renamed: (at_file("it is called Zhang San.card"), MADE, MADE),
    part_only: (MADE, MADE, MADE),
    another_card: (at_file("is chip 0000A1C2"), LOST, LOST),
    blank_chip: (at_file("is a blank chip"), LOST, LOST),
    cut_off: (at_file(DAMAGED), at_file(DAMAGED), at_file(DAMAGED)),
    empty: (at_file("is empty"), at_file("is empty"), at_file("is empty")),
    no_card: (at_file(DAMAGED), at_file(DAMAGED), at_file(DAMAGED)),
    damaged: (at_file(DAMAGED), at_file(DAMAGED), at_file(DAMAGED)),
    open_to_others: (at_file("others may use it"), at_file("others may use it"), at_file("others may use it")),
    folder_instead: (at_file("is a folder"), at_file("is a folder"), at_file("is a folder")),
    folder_as_part: (at_file("Is a directory"), at_file("is a folder"), at_file("is a folder")),
    link_to_nothing: (MADE, at_file("does not exist"), at_file("does not exist")),
    copied: (MADE, TWICE, TWICE),
    copied_under_a_number: ("!" + UNKNOWN, TWICE, TWICE),
    in_use: (at_file("in use by another"), at_file("in use by another"), at_file("in use by another")),
    older_register: (
        "!" + UNKNOWN,
        f"!{SECOND} is made and has the data of card 2, and the register knows nothing of it",
        "rejected at bank: ALREADY_MADE",
    ),
    no_register: (
        "!" + UNKNOWN,
        "!00000001.card is made and has the data of card 1, and the register knows nothing of it",
        "rejected at bank: ALREADY_MADE",
    ),
    foreign_register: ("!is no register", "!is no register", "!is no register"),
}
PUT_BACK = {removed, cut_off, folder_as_part, copied}
COLUMN = {"chips": 0, "central": 0, "first": 1, "second": 2}
TABLE = [
    *((mode, state) for state in STATES for mode in COLUMN),
    # Whose a card is, its social side says otherwise.
    *(("social", state) for state in (older_register, no_register)),
]


def ended(here):
    """Report and rejects, or what stopped the run."""
    try:
        return *here.step(), ""
    except (BatchError, RegisterError) as error:
        return None, (), str(error)


@pytest.mark.parametrize(("mode", "state"), TABLE, ids=[f"{mode}-{state.__name__}" for mode, state in TABLE])
def test_one_clear_outcome_and_nothing_twice(stopped, tmp_path, mode, state):
    here = stopped[mode]._replace(folder=tmp_path)
    shutil.copytree(stopped[mode].folder, tmp_path, dirs_exist_ok=True)
    cards = tmp_path / "cards"
    first = (cards / "00000001.card").read_bytes()
    holding = state(cards / SECOND)
    wanted = STATES[state][COLUMN.get(mode, 1)]
    try:
        report, rejects, stopped_by = ended(here)
    finally:
        if holding is not None:
            holding.close()
    if report is None:
        assert wanted.startswith("!"), stopped_by
        assert re.search(wanted[1:], stopped_by)
        assert not mishaps(stopped_by)
    else:
        outcomes = {outcome.seq: outcome for outcome in report.outcomes}
        found = outcomes[2]
        said = MADE if found.verdict == MADE else f"{found.verdict} at {found.stage}: {found.reason}"
        assert re.match(wanted, said), said
        assert said == MADE or not mishaps(said)
        assert not any(mishaps(reject.reason) for reject in rejects)
        others = {outcomes[1].verdict, outcomes[3].verdict}
        # A second body whose register is gone cannot know card 1 of its own.
        assert others == {MADE} or (state is no_register and others == {MADE, "rejected"})
        if found.verdict == "unfinished":
            assert "--write-off 00000002" in said
    assert (cards / "00000001.card").read_bytes() == first
    if wanted == MADE:
        assert made_once(cards, mode)
    elif state in PUT_BACK:
        for name in (SECOND, f"{SECOND}.part"):
            shutil.rmtree(cards / name) if (cards / name).is_dir() else (cards / name).unlink(missing_ok=True)
        shutil.copy(stopped[mode].folder / "cards" / SECOND, cards)
        (cards / COPY).unlink(missing_ok=True)
        assert here.step()[0].counts == {MADE: 3}
        assert made_once(cards, mode)


def made_once(cards, mode):
    """Three people with a card each, or three chips."""
    paths = [path for path in card_files(cards) if path.name != COPY]
    people = [read_back(path) for path in paths if mode != "chips"]
    numbers = [each[0] or each[3] for each in people if any(each)]
    return len(numbers) == len(set(numbers)) == 3 if people else len(paths) == 3


def test_a_second_batch_takes_the_chips_that_are_left(stopped, tmp_path):
    """Same folder, same register or its own; half-made and made chips of the first batch are not free."""
    here = stopped["social"]
    shutil.copytree(here.folder, tmp_path, dirs_exist_ok=True)
    again = {path.name: path.read_bytes() for path in card_files(tmp_path / "cards")[:2]}
    records = here.world.social.records
    header = here.world.some(here.world.social, 1, "SECOND").header
    setting, cards = here.world.setting(tmp_path / "cards", "social"), card_files(tmp_path / "cards")
    for stock, record, chip in (("stock.db", records[2], 3), ("own.db", records[3], 4)):
        with StockRegister(tmp_path / stock, "social") as register:
            report = first_step(setting, batch_runs.Batch(header=header, records=(record,)), register, cards).report
            assert [(each.verdict, each.serial) for each in report.outcomes] == [(MADE, chip)]
    assert again == {path.name: path.read_bytes() for path in card_files(tmp_path / "cards")[:2]}
    with (
        StockRegister(tmp_path / "stock.db", "social") as register,
        pytest.raises(BatchError, match=r"no more initialised chips: card 1 .* wait; none of the 4 there is free"),
    ):
        first_step(setting, here.world.some(here.world.social, 3, "THIRD"), register, cards)


def test_two_bodies_of_one_side_do_not_take_each_others_cards(stopped, tmp_path):
    """A card that another batch of this register has begun is for its own run."""
    here = stopped["second"]
    shutil.copytree(here.folder, tmp_path, dirs_exist_ok=True)
    setting, cards = here.world.setting(tmp_path / "cards", "bank"), card_files(tmp_path / "cards")
    with StockRegister(tmp_path / "stock.db", "bank") as register:
        report, rejects = second_step(setting, bank_batch(here.world, "OTHER"), register, cards, Way())
    assert {reject.card: reject.reason for reject in rejects if "OTHER_BATCH" in reject.reason} == {
        "00000001.card": "OTHER_BATCH: chip 00000001 is card 1 of batch BANK, made",
        SECOND: "OTHER_BATCH: chip 00000002 is card 2 of batch BANK, half made",
    }
    assert report.counts == {MADE: 1}
