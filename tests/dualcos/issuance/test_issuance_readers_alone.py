"""What a body checks of the cards that a hand puts into its readers, each with a card or a wait that it alone refuses.

No reader and no card is real here, and no clock: the hand does what the case says.
"""

from __future__ import annotations

import msgspec
import pytest
from issuance_world import TEMPLATE
from test_issuance_cards_alone import OURS, Stranger
from test_issuance_sides_apart import BATCH, ROWS, batch, outcome

import dualcos
from dualcos.issuance.maker.birth_order_service import MakerService
from dualcos.issuance.parties_together import PartiesAt, invented_stores
from dualcos.issuance.personaliser import cards_in_readers
from dualcos.issuance.personaliser.batch_runs import note
from dualcos.issuance.personaliser.cards_in_readers import _Room
from dualcos.issuance.personaliser.row_desk import RowDesk
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.issuance.personaliser.workshop import CardLost, Job, JobOutcome, WorkshopSetting
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng

NUMBER = 0xA1C2
"""Of the chip in ``OURS``."""


class Clock:
    """A second passes with each wait; whoever waits longer than anybody would is told so."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self) -> None:
        self.now += 1
        assert self.now < 20, "it waits for ever"


class Hand:
    """A reader: what ``wait`` says each time, nothing happens behind those; and the card that lies in it."""

    name = "Desk"

    def __init__(self, clock: Clock, says: tuple[bool, ...] = (), card: object = None) -> None:
        self._clock, self._says, self._card = clock, list(says), card

    def wait(self, **_: bool) -> bool:
        self._clock.wait()
        return bool(self._says) and self._says.pop(0)

    def card(self) -> object:
        return self._card

    def leave(self) -> None:
        pass


class Bench:
    """What a room asks of its workshop; cards made here are none."""

    rsa_keys = 0

    def __init__(self, mode: str = "social", maker: object = None) -> None:
        self.births, self.maker = mode == "central", maker
        self.setting = WorkshopSetting(PartiesAt(TEMPLATE), "", mode)
        self.kind = self.setting.parties.open().kind

    def make_in_reader(self, job: Job, _: object) -> JobOutcome:
        return outcome(job.serial, "made")


class Linked:
    """A linker to whom every card is one person's."""

    def record(self, _: object) -> object:
        return ROWS[0]


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(cards_in_readers, "time", clock)
    return clock


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def room_of(tmp_path, said):
    """A room over rows, of which the first have become what is said, each in the chip of its number."""
    with StockRegister(tmp_path / "stock.db", "social") as register:

        def room(
            rows=ROWS[:2], states=(), *, linker=None, patience=None, bench=None, known=(), register=register
        ) -> _Room:
            for record, state in zip(rows, states, strict=False):
                register.claim(BATCH, [record], serial=record.seq)
                note(register, outcome(record.seq, state))
            for name, record, serial, state in known:
                register.claim(name, [record], serial=serial)
                note(register, outcome(serial, state))
            tell = lambda _, line: said.append(line)  # noqa: E731
            return _Room(bench, RowDesk(batch(rows), register, 0), linker, tell, patience)

        yield room


@pytest.mark.parametrize(
    ("states", "linked", "finished"),
    [
        (("made", "made"), False, True),
        (("made",), False, False),
        (("made", "spoiled"), False, False),
        (("made", "unfinished"), False, False),
        ((), False, False),
        (("made", "made"), True, True),
        (("made",), True, False),
        (("made", "unfinished"), True, False),
        (("made", "rejected"), True, False),
    ],
)
def test_when_a_reader_has_no_more_to_do(room_of, states, linked, finished):
    assert room_of(states=states, linker=Linked() if linked else None)._finished() is finished


@pytest.mark.parametrize(
    ("says", "present", "given", "ends"),
    [
        ((True,), True, {}, (True, 1)),
        ((False, False, True), True, {}, (True, 3)),
        ((), True, {"states": ("made", "made"), "patience": 9}, (False, 1)),  # the last row was made in another reader
        ((False, True), False, {"states": ("made", "made"), "patience": 9}, (True, 2)),  # and this card is taken out
        ((), True, {"patience": 2}, (False, 3)),
        ((), False, {"patience": 2}, (False, 3)),
        ((False, False, True), True, {"patience": 2}, (True, 3)),
    ],
)
def test_how_long_a_hand_is_waited_for(room_of, clock, said, says, present, given, ends):
    told = room_of(**given)._until(Hand(clock, says), present=present)
    assert (told, clock.now) == ends
    gave_up = not told and "states" not in given
    assert said == (["nothing happened for 2 s, this reader ends"] if gave_up else [])


class Lost(Stranger):
    """A card that is taken out before it has answered."""

    def exchange(self, _: bytes) -> bytes:
        raise CardLost("the card was taken out")


def refused(room: _Room, clock: Clock, card: object) -> list[str]:
    """Why the card in hand is; that it is told to the person, too, is looked at here."""
    room._card(Hand(clock, card=card))
    return [reject.reason for reject in room.rejects]


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (Stranger(OURS, 0x6D00), "WRONG_CARD"),
        (Lost(OURS, 0x9000), "CARD_LOST: the card was taken out; nothing was written"),
        (Stranger(OURS, 0x6A82), "NOT_INITIALISED: chip 0000A1C2 has no environment for this side yet"),
    ],
)
def test_a_card_that_stays_as_it_is_is_told_and_reported(room_of, clock, said, card, why):
    room = room_of(bench=Bench())
    (told,) = refused(room, clock, card)
    assert told.startswith(why)
    assert said == [f"{told}; take it out"]
    assert not room._desk.register.claims(BATCH)


def test_a_person_who_has_another_card_gets_no_second_side(room_of, clock):
    other = msgspec.structs.replace(ROWS[0], person="other")
    room = room_of(bench=Bench("bank"), linker=Linked(), known=[("B2", other, 9, "made")])
    (told,) = refused(room, clock, Stranger(OURS, 0x9000))
    assert told.startswith("REJECTED: card 1: ALREADY_MADE: the ")
    (claim,) = room._desk.register.claims(BATCH).values()
    assert claim.state.value == "REJECTED"


@pytest.mark.parametrize("state", ["", "rejected", "made"])
def test_where_chips_are_blank_one_with_an_mf_is_gone_on_with_if_it_was_begun_here(tmp_path, room_of, clock, state):
    with StockRegister(tmp_path / "central.db") as register:
        room = room_of(bench=Bench("central"), register=register)
        if state:
            register.claim(BATCH, ROWS[:1], serial=NUMBER)
            note(register, outcome(NUMBER, state)._replace(seq=1))
        (told,) = refused(room, clock, Stranger(OURS, 0x9000))
        assert told.startswith("ALREADY_MADE")


def test_a_blank_chip_of_another_maker(tmp_path, room_of, clock, said):
    blank = load("blank")
    other = msgspec.structs.replace(blank, keys=msgspec.structs.replace(blank.keys, label="x"))
    template = load(TEMPLATE)
    maker = MakerService(invented_stores(template, SeededRng(b"maker")).maker, template, "test")
    with StockRegister(tmp_path / "central.db") as register:
        room = room_of(bench=Bench("central", maker), register=register)
        (told,) = refused(room, clock, dualcos.card(other))
        assert told.startswith("WRONG_CARD: this blank chip does not take the transport key")
        room._card(Hand(clock, card=dualcos.card(blank)))
        assert said[1] == "making card 1 in chip 00000001, leave it in"
        assert len(room.rejects) == 1
