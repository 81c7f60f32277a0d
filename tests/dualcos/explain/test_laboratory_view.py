"""The laboratory's view of a card that goes on working: seen by another thread, keys replaced, a mark that ends it."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

import dualcos
from cos.card import Snapshot
from dualcos.cardfile.card_file_format import NOT_MARKED
from dualcos.explain import Exchange, Explainer, RawRecord, TracedCard
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView, Memory, SeenKey
from dualcos.profile.keys_around_card import view_of
from firewall.trace import TraceBuffer
from keys.social_cryptography import authentication_data

SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
CHALLENGE = bytes.fromhex("0084000008")
KIND, NUMBER = 0x0D, 0x0A
FOUND = "random.older"


class World:
    """A card, and what passed it: a terminal proved a key with the random number before the last one."""

    def __init__(self) -> None:
        events = TraceBuffer()
        self.card = dualcos.card("social-2.0", 3, trace=events)
        self.records: list[RawRecord] = []
        traced = TracedCard(self.card, events, self.records.append)
        traced.power_on()
        traced.exchange(SELECT_SSSE)
        older, _ = traced.exchange(CHALLENGE)[:8], traced.exchange(CHALLENGE)
        proof = authentication_data(key_in(view_of(self.card)).handle, older, bytes(8))
        assert traced.exchange(bytes((0, 0x82, 0, NUMBER, 16)) + proof + bytes(8))[0] == 0x63

    def told(self, view: LaboratoryView) -> list[str]:
        """Which mistakes the last exchange shows."""
        explainer = Explainer(view=view)
        last = [explainer.explain(record) for record in self.records][-1]
        assert isinstance(last, Exchange)
        assert last.reasons
        return [found.kind for found in last.findings]

    def replace(self, value: bytes) -> None:
        """Another value under the key's own header, by hand."""
        old = key_in(view_of(self.card)).value
        ((cell, held),) = ((cell, held) for cell, held in self.card.dump()["ssse"].items() if held[8:] == old)
        self.card.overwrite("ssse", cell, held[:8] + value)


def key_in(view: LaboratoryView) -> SeenKey:
    """The key RKSSSE of SSSE."""
    name = ("SSSE", KIND, NUMBER, 1)
    return next(each.key for each in view.card_keys() if each.key.name[:4] == name)


@pytest.fixture(scope="module")
def made() -> tuple[World, Snapshot]:
    world = World()
    return world, world.card.snapshot()


@pytest.fixture
def world(made) -> World:
    """Whatever the test before did to the card."""
    world, snapshot = made
    world.card.restore(snapshot)
    return world


def test_what_is_found_and_with_which_keys(world):
    assert world.told(view_of(world.card)) == [FOUND]
    assert world.told(NO_VIEW) == []
    world.card.provenance = NOT_MARKED
    assert view_of(world.card) is NO_VIEW


def test_a_key_that_was_replaced_since_is_not_tried(world):
    """The refusal names its key by check value: one that lies there now is another."""
    view = view_of(world.card)
    world.replace(bytes(range(16)))
    assert world.told(view) == []
    world.replace(bytes(range(1, 17)))
    assert world.told(view_of(world.card)) == []


def test_nothing_is_kept_of_a_key_that_has_gone(world):
    view = view_of(world.card)
    assert world.told(view) == [FOUND]
    value = key_in(view).value
    world.replace(bytes(range(16)))
    assert world.told(view) == []
    assert value not in {named[2][8:] for named in view._seen}
    assert key_in(view).value == bytes(range(16))


def test_two_cards_are_two_views(world):
    """What was seen of one card is never tried at another, though it was explained just before."""
    other = dualcos.card("social-1.0", 3)
    assert world.told(view_of(world.card)) == [FOUND]
    assert world.told(view_of(other)) == []


def test_a_card_that_grows_while_it_is_looked_at(world):
    """A region comes to be in the middle of a look: the look is taken again."""
    looks = iter((RuntimeError("dictionary changed size during iteration"), RuntimeError(), None))

    def memory() -> Memory:
        if (failure := next(looks)) is not None:
            raise failure
        return world.card.dump()

    assert world.told(LaboratoryView(memory, test=True)) == [FOUND]
    assert world.told(LaboratoryView(grown, test=True)) == []


def grown() -> Memory:
    raise RuntimeError("dictionary changed size during iteration")


def test_a_card_at_work_is_looked_at_by_another_thread(world):
    """Cells change, environments are born and forgotten; whoever looks sees the key and no error."""
    stop, seen, wrong = threading.Event(), [], []

    def look() -> None:
        view = view_of(world.card)
        try:
            while not stop.is_set() or len(seen) < 3:
                with view.opened():
                    seen.append(key_in(view).name)
        except Exception as error:
            wrong.append(error)

    looking = threading.Thread(target=look)
    looking.start()
    birth = dualcos.card("blank", 3)
    for number in range(300):
        world.card.overwrite("ssse", b"Z" + number.to_bytes(2, "big"), bytes(number % 7))
        world.card._chip.region(f"born {number}", 16)
        birth.power_on()
    stop.set()
    looking.join(60)
    assert (len(set(seen)), wrong) == (1, [])


def test_a_card_that_nobody_listens_to_loads_nothing_that_explains():
    """In a process of its own: imports stay."""
    script = (
        "import sys, dualcos\n"
        "card = dualcos.card('social-2.0'); card.power_on(); card.exchange(bytes.fromhex('0084000008'))\n"
        "print([name for name in sys.modules if 'diagnosis' in name or 'explainer' in name or 'finding' in name])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)  # noqa: S603 - the line above
    assert ran.stdout == "[]\n"
