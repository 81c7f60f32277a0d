"""The guided pull-out (防拔): our cards stand it whenever they are taken out, cards that are not right do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

import dualcos
from cos.pse.session import PseSession
from cos.ssse.medical import load_and_purchase
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.card_on_bench import ReaderBench
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict, play
from dualcos.lab.conformance.vector_file import Case, load
from tests.dualcos.lab.operator_steps.card_in_hand import (
    ANSWER_LOST,
    CardInHand,
    ForgetfulCard,
    Moment,
    Robot,
    at_random,
    desk_of,
)
from tests.properties.assurance_seeds.counting import reset_restores_tries, transaction_number_in_memory
from tests.properties.assurance_seeds.remembering import not_atomic

FOLDER = Path(__file__).parents[4] / "vectors" / "operator"
PULLS = tuple(case for case in load(FOLDER) if any(step.pull for step in case.vector.steps))
CARDS = ("social-1.0", "social-2.0", "social-3.0", "dual-2.0-3des", "dual-3.0-sm4")
DUAL = CARDS[3:]
TIMES = 20


def by_id(name: str) -> Case:
    return next(case for case in PULLS if case.id == name)


class Contacts:
    """The reader's: whatever hand has the card."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __getattr__(self, name: str):
        return getattr(self._bench.hand, name)


class Bench:
    """One card of a profile, as it has become by what was played on it."""

    def __init__(self, name: str) -> None:
        self.card = dualcos.card(name, seed=3)
        self.notes = []
        self.robot = Robot(CardInHand(self.card), at_random(Random(crc32(name.encode()))))  # noqa: S311 - no secrets
        self.desk = desk_of(self.robot, self.notes)
        self.reader = ReaderBench(Contacts(self), name, destructive=True, operator=self.desk)
        self._first = self.card.snapshot()

    @property
    def hand(self) -> CardInHand:
        return self.robot.hand

    def fresh(self, hand: type[CardInHand] = CardInHand) -> None:
        """The card as it was made, in another hand."""
        self.card.restore(self._first)
        self.robot.hand = hand(self.card)

    def play(self, case: Case) -> VectorResult:
        return play(case, self.reader)

    def has(self, case: Case) -> bool:
        try:
            self.reader.target(case)
        except NotForThisCard:
            return False
        return True

    def found_out(self, case: Case, times: int = 80) -> str:
        """Where the first of so many pulls went wrong; empty if none did. First those within the first commands that
        a hand does not hit easily, then others.
        """
        drawn = at_random(Random(crc32(case.id.encode())))  # noqa: S311 - moments, no secrets
        chosen = iter([Moment(commands, tick) for tick in range(4, 18, 2) for commands in range(3)])
        self.robot.moments = lambda: next(chosen, None) or drawn()
        for _ in range(times):
            result = self.play(case)
            if result.verdict is VectorVerdict.FAIL:
                return result.where
            assert result.verdict is VectorVerdict.PASS, result
        return ""


@pytest.fixture(scope="module")
def benches():
    return {name: Bench(name) for name in CARDS}


@pytest.mark.parametrize("name", CARDS)
def test_our_cards_stand_twenty_pulls_of_each(name, benches):
    bench = benches[name]
    # A dual card's social side is that of the social card of its edition.
    fit = [case for case in PULLS if bench.has(case) and (case.profile in DUAL or name not in DUAL)]
    assert len(fit) >= (3 if name == "social-1.0" else 5)
    wrong = [
        result for case in fit for _ in range(TIMES) if (result := bench.play(case)).verdict is not VectorVerdict.PASS
    ]
    assert [(result.case.id, result.where, result.text) for result in wrong] == []
    assert len(bench.notes) == TIMES * len(fit)
    assert {note.answer for note in bench.notes} == {"taken out"}
    assert max(note.measured for note in bench.notes) > 8  # some go in mid-course, and not at the first command


def test_every_pull_vector_is_played_on_some_card(benches):
    assert [case.id for case in PULLS if not any(bench.has(case) for bench in benches.values())] == []
    assert len(PULLS) == 15


@pytest.mark.parametrize("case", PULLS, ids=lambda case: case.id)
def test_an_answer_on_its_way_when_the_card_goes(case, benches):
    """Chosen, not drawn: done, and its answer lost."""
    bench = next(each for each in reversed(benches.values()) if each.has(case))
    bench.fresh()
    for commands in (1, 2, 4, 5, 7):
        bench.robot.moments = lambda: Moment(commands, ANSWER_LOST)  # noqa: B023 - called within this turn only
        result = bench.play(case)
        assert result.verdict is VectorVerdict.PASS, (commands, result.where, result.text)


# --- cards that are not right --------------------------------------------------------------------------------------

FORGETFUL = [case.id for case in PULLS if "WALL" not in case.id]


@pytest.mark.parametrize("name", FORGETFUL)
def test_a_card_that_answers_before_it_has_written_is_found_out(name, benches):
    case = by_id(name)
    bench = benches[case.profile]
    bench.fresh(ForgetfulCard)
    assert bench.found_out(case).startswith("steps[")


def proof_not_kept(patch: pytest.MonkeyPatch) -> None:
    """Money moves, and what proves it is not written."""
    booked = load_and_purchase.book
    patch.setattr(
        load_and_purchase,
        "book",
        lambda session, own, amounts, proof, record: booked(session, own, amounts, amounts.proof, record),  # noqa: ARG005
    )


def log_apart(patch: pytest.MonkeyPatch) -> None:
    """The log is written in a transaction of its own, before the amounts."""
    booked = load_and_purchase.book

    def twice(session, own, amounts, proof, record):
        class Kept:
            descriptor = own.log.descriptor

            @staticmethod
            def append(_record):
                pass

        own.log.append(record.ljust(own.log.descriptor.record_length, b"\0"))
        booked(session, own._replace(log=Kept), amounts, proof, record)

    patch.setattr(load_and_purchase, "book", twice)


def money_before_its_number(patch: pytest.MonkeyPatch) -> None:
    """Amounts first, then the sequence number, each for itself."""
    booked = load_and_purchase.book

    def twice(session, own, amounts, proof, record):
        before = load_and_purchase.sound_amounts(session, own)
        own.store(amounts._replace(loads=before.loads, purchases=before.purchases, proof=proof))
        booked(session, own, amounts, proof, record)

    patch.setattr(load_and_purchase, "book", twice)


def atc_of_the_session(patch: pytest.MonkeyPatch) -> None:
    transaction_number_in_memory(patch)
    assert PseSession.commit.__name__ == "forgetful"


PLANTED: tuple[tuple[Callable[[pytest.MonkeyPatch], None], str], ...] = (
    (not_atomic, "OPERATOR-PULL-BINARY"),
    (not_atomic, "OPERATOR-PULL-RECORD"),
    (not_atomic, "OPERATOR-PULL-CHANGE-PIN"),
    (not_atomic, "OPERATOR-PULL-LOAD"),
    (not_atomic, "OPERATOR-PULL-PURCHASE"),
    (reset_restores_tries, "OPERATOR-PULL-TRIES"),
    (proof_not_kept, "OPERATOR-PULL-LOAD"),
    (proof_not_kept, "OPERATOR-PULL-PURCHASE"),
    (money_before_its_number, "OPERATOR-PULL-LOAD"),
    (money_before_its_number, "OPERATOR-PULL-PURCHASE"),
    (atc_of_the_session, "OPERATOR-PULL-GPO"),
    (atc_of_the_session, "OPERATOR-PULL-AC"),
)


@pytest.mark.parametrize(("bug", "name"), PLANTED, ids=lambda each: getattr(each, "__name__", each))
def test_a_card_that_breaks_the_contract_is_found_out(bug, name, benches, monkeypatch):
    case = by_id(name)
    bench = benches[case.profile]
    bench.fresh()
    with monkeypatch.context() as patch:
        bug(patch)
        assert bench.found_out(case).startswith(("steps[", "after["))


@pytest.mark.parametrize("name", ["OPERATOR-PULL-WALL-SOCIAL", "OPERATOR-PULL-WALL-BANK"])
def test_a_tear_that_reaches_the_other_side_is_found_out(name, benches):
    """Whatever is done to one side, a loss of power costs the other something."""
    bench = benches["dual-2.0-3des"]
    bench.fresh()
    bench.hand.on_take = lambda: other_side_pays(bench.hand.card, bank=name.endswith("SOCIAL"))
    assert bench.found_out(by_id(name), times=1)


def other_side_pays(card, *, bank):
    card.power_on()
    commands = (
        ("00A4040008A000000333010101", "80A800000B8309000000000123450156")
        if bank
        else ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "0020000003999999")
    )
    for command in commands:
        card.exchange(bytes.fromhex(command))


def test_the_card_is_where_it_was_when_a_vector_is_over(benches):
    """Nothing but counters and logs has moved: what is written was restored."""
    bench = benches["social-2.0"]
    bench.fresh()
    bench.robot.moments = lambda: Moment(7, ANSWER_LOST)
    bench.play(by_id("OPERATOR-PULL-BINARY"))  # a file that was never written to has no cell yet
    before = bench.hand.card.dump()
    for name in ("OPERATOR-PULL-BINARY", "OPERATOR-PULL-RECORD", "OPERATOR-PULL-CHANGE-PIN", "OPERATOR-PULL-TRIES"):
        assert bench.play(by_id(name)).verdict is VectorVerdict.PASS
    assert bench.hand.card.dump() == before
