"""A profile, a card file, a card in the hand, a stack of one's own: what each is asked, and what it is not."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import Phase, given, seed, settings

import dualcos
from apdu.response import ResponseAPDU
from cos.kernel.engine import Engine, always, standard_gates
from cos.stacks import STACKS
from dualcos.cardfile.card_file_format import CardFileError
from dualcos.lab.fuzzing import (
    F1,
    F3,
    F6,
    PROPERTIES,
    CannotAsk,
    DrawnProperty,
    F7b,
    F27c,
    Violation,
    play,
    specimen_of,
)
from dualcos.lab.fuzzing.told_violation import told_of
from dualcos.lab.fuzzing.what_each_needs import need
from dualcos.lab.properties.counters_only_go_down import CountedStay
from dualcos.lab.properties.isolation import IsolationCase
from dualcos.lab.properties.sight_needed import Sight
from dualcos.lab.properties.traffic_steps import Raw
from dualcos.profile.schema import PlainSection, Profile, ProfileError, load
from tests.toy_stack.session import FIRST_WORD
from tests.toy_stack.stack import TOY

VERIFY_WRONGLY = bytes.fromhex("0020000003999999")
SHOW = bytes.fromhex("802A000008") + FIRST_WORD


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A card file, used once: its PIN has one try fewer."""
    path, card = tmp_path_factory.mktemp("cards") / "used.card", dualcos.card("social-1.0", seed=1)
    card.power_on()
    card.exchange(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    assert card.exchange(VERIFY_WRONGLY)[-2:].hex()[:3] == "63c"
    dualcos.keep_card(card, path)
    card.close()
    return path


def drawn(claim, card, examples=10):
    test = given(claim.cases(card))(lambda case: claim(card, case))
    seed(2)(settings(max_examples=examples, database=None, phases=(Phase.generate,))(test))()


def test_a_card_file_is_asked_as_it_is_and_stays_so(kept):
    before = kept.read_bytes()
    card = specimen_of(kept)
    assert card.name == "used.card"
    assert set(card.bench().sides) == {"manager", "ssse"}
    drawn(F1, card)
    drawn(F3, card)
    F6(card)
    tries = card.bench().sides["ssse"].memory.counters(card.bench().card.dump()["ssse"])
    fresh = specimen_of("social-1.0").bench()
    assert sum(fresh.sides["ssse"].memory.counters(fresh.card.dump()["ssse"]).values()) == sum(tries.values()) + 1
    assert kept.read_bytes() == before


def test_a_card_in_the_hand_is_copied():
    card = dualcos.card("social-1.0", seed=5)
    before = card.dump()
    asked = specimen_of(card, name="in the hand")
    assert play(asked, CountedStay([("ssse", [Raw(VERIFY_WRONGLY)])]))[-1].sw >> 4 == 0x63C
    assert card.dump() == before


def test_it_is_copied_as_it_was_when_it_was_taken():
    card = dualcos.card("social-1.0", seed=5)
    asked, before = specimen_of(card), card.dump()
    card.power_on()
    card.exchange(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    assert card.exchange(VERIFY_WRONGLY)[-2:].hex()[:3] == "63c"
    assert asked.bench().card.dump() == before != card.dump()
    play(asked, CountedStay([("ssse", [Raw(VERIFY_WRONGLY)])]))
    assert asked.bench("twin").card.dump() == before


@pytest.mark.parametrize("identity", [each for each in PROPERTIES if need(each).sight is Sight.SIBLINGS])
def test_of_one_card_nothing_is_asked_that_takes_its_siblings(kept, identity):
    card, claim = specimen_of(kept), PROPERTIES[identity]
    with pytest.raises(
        CannotAsk, match=f"{identity} looks at other cards of the same profile, and used.card shows its"
    ):
        claim.cases(card) if isinstance(claim, DrawnProperty) else claim(card)


def test_without_its_profile_a_card_is_asked_what_needs_no_key():
    card = dualcos.card("social-1.0", seed=5)
    card.provenance = MappingProxyType({})
    asked = specimen_of(card)
    assert set(asked.bench().sides) == {"manager", "ssse"}
    drawn(F1, asked)
    with pytest.raises(CannotAsk, match="F6 plays dialogues that are marked `earns`, and the card has none"):
        F6(asked)


def test_what_is_neither_profile_nor_card_file_is_said_in_a_line(tmp_path):
    path = tmp_path / "notes"
    path.write_text("no card", encoding="utf-8")
    with pytest.raises(ProfileError, match="notes: not TOML"):
        specimen_of(path)
    path.write_bytes(bytes(100))
    with pytest.raises(CardFileError, match="notes"):
        specimen_of(path)
    with pytest.raises(ProfileError, match="No such file"):
        specimen_of(tmp_path / "nothing")


def test_a_profile_is_called_by_its_title_unless_it_has_a_name():
    profile = load("social-1.0")
    assert specimen_of(profile).name == profile.title
    assert specimen_of(profile, name="mine").name == specimen_of("social-1.0", name="mine").name == "mine"


def test_what_asks_nothing_of_a_card_says_why():
    with pytest.raises(CannotAsk, match="F27c asks nothing of bank-sda; makes no applications that could be deleted"):
        F27c(specimen_of("bank-sda"))
    with pytest.raises(CannotAsk, match=r"F7b asks nothing of social-1\.0; "):
        F7b.cases(specimen_of("social-1.0"))


# --- a stack of one's own ---------------------------------------------------------------------------------------------


def with_toy(stack=TOY):
    stacks = (*STACKS, stack)
    profile: Profile = load("social-1.0", stacks).having(TOY.label, PlainSection())
    return specimen_of(profile, stacks=stacks)


def test_a_stack_of_ones_own_holds():
    card = with_toy()
    drawn(F1, card, 30)
    assert card.tally.now().judged["toy"]


class Numbers:
    """Where no number of a card should be: outside of all cards."""

    last = 0


def numbered(_session, _command):
    """A ticket for everybody who asks, wherever he stands."""
    Numbers.last += 1
    return ResponseAPDU(Numbers.last.to_bytes(2))


def test_a_mistake_in_it_is_found_and_told_with_its_names():
    rows = tuple(row._replace(handler=numbered) if row.name == "TICKET" else row for row in TOY.rows)
    engines = lambda _options, transmission: Engine(rows, always, standard_gates(transmission))  # noqa: E731 - one use
    card = with_toy(TOY._replace(rows=rows, engines=engines))
    with pytest.raises(Violation) as found:
        drawn(F1, card, 400)
    assert "toy behaves differently after traffic in " in str(found.value)
    assert "TICKET 取号" in str(found.value)


def test_its_secret_is_hidden_in_what_is_told():
    case = IsolationCase("toy", "manager", [Raw(SHOW)], [Raw(SHOW)], [])
    shown = told_of(Violation("F1", "asked only for its words", played(case)), with_toy())
    assert "SHOW WORD 出示口令" in str(shown)
    assert FIRST_WORD.hex().upper() not in (str(shown) + repr(shown) + repr(case)).replace(" ", "")


def played(case):
    return play(with_toy(), CountedStay([(case.f, case.prefix), (case.e, case.rest)]))
