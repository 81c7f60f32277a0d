"""A card that misbehaves is, inside, the card it would be: what was carried out stays, what was cut is old or new."""

from __future__ import annotations

import pytest

from dualcos.reader.silent_card import CardGone, CardMute
from firewall.hardware.power import PowerLoss
from tests.dualcos.lab.faults.faulty_lab import (
    ASK_PIN,
    CHALLENGE,
    CHANGE_PIN,
    FETCH,
    NAME,
    NEW_PIN,
    OLD_PIN,
    READ,
    SELECT,
    WRONG_PIN,
    Lab,
)


def test_an_answer_lost_after_the_work_was_done(made):
    lab = Lab(made, 'kind = "mute"', command='"805E????"')
    with pytest.raises(CardMute):
        lab.send(CHANGE_PIN)
    with pytest.raises(CardMute):
        lab.send(CHALLENGE)
    assert lab.told == [
        "FAULT injected: r: no answer; it was 9000 and 0 bytes of data",
        "FAULT injected: r: still mute, until the next reset",
    ]
    assert lab.again(NEW_PIN) == ["9000"]


def test_a_command_the_card_never_saw(made):
    lab = Lab(made, 'kind = "mute", executed = false', command='"805E????"')
    before = lab.card.dump()
    with pytest.raises(CardMute):
        lab.send(CHANGE_PIN)
    assert lab.card.dump() == before
    assert lab.told == ["FAULT injected: r: no answer; the card never saw the command"]
    assert lab.again(OLD_PIN) == ["9000"]


@pytest.mark.parametrize("kind", ["power-cut", "remove"])
def test_cut_while_programming_is_old_or_new(made, kind):
    """Every place: the same as the card's own rail cut there, without any script."""
    plain = Lab(made, 'kind = "mute"', command='"FFFFFFFF"')
    start = plain.card.rail.ticks
    plain.send(CHANGE_PIN)
    needed, new = plain.card.rail.ticks - start, plain.card.dump()
    seen = set()
    for place in range(needed):
        lab = Lab(made, f'kind = "{kind}", bytes = {place}', command='"805E????"')
        old = lab.card.dump()
        with pytest.raises(CardMute if kind == "power-cut" else CardGone):
            lab.send(CHANGE_PIN)
        assert lab.slot.present == (kind == "power-cut")
        assert not lab.card.powered
        assert f"lost after {place} programmed bytes" in lab.told[0]
        lab.hand.put_back()
        is_old = lab.again(OLD_PIN) == ["9000"]
        seen.add(is_old)
        if is_old:
            assert lab.card.dump() == old
        else:
            assert lab.send(NEW_PIN) == ["9000"]
            assert lab.card.dump() == new
    assert seen == {True, False}


def test_a_command_too_short_to_be_cut_says_so(made):
    lab = Lab(made, 'kind = "power-cut", bytes = 1000', command='"805E????"')
    assert lab.send(CHANGE_PIN) == ["9000"]
    assert lab.told[0].startswith("FAULT not injected: r: the command programmed only ")
    assert not lab.card.rail.armed
    assert [tally.injected for tally in lab.faulty.tally] == [0]


def test_removal_is_a_loss_of_power(made):
    lab = Lab(made, 'kind = "remove"', command='"0084????"')
    assert lab.send(OLD_PIN) == ["9000"]
    with pytest.raises(CardGone):
        lab.send(CHALLENGE)
    assert (lab.slot.present, lab.card.powered, lab.card.environment) == (False, False, "")
    with pytest.raises(CardGone):
        lab.slot.power_on()
    lab.hand.put_back()
    lab.slot.power_on()
    lab.send(SELECT)
    assert lab.send(ASK_PIN) == ["63C3"]  # not presented any more


def test_a_card_put_back_by_the_script(made):
    lab = Lab(made, 'kind = "remove", back = 0.01', command='"0084????"')
    came = []
    lab.slot.watch(came.append)
    with pytest.raises(CardGone):
        lab.send(CHALLENGE)
    for timer in lab.hand._timers:
        timer.join(10)
    assert came == [False, True]
    lab.slot.power_on()
    assert lab.send(SELECT)[0] == "6118"


def test_a_wrong_presentation_counts_whatever_the_terminal_is_told(made):
    lab = Lab(made, 'kind = "answer", sw = "9000"', command='"0020????"')
    assert lab.send(WRONG_PIN, ASK_PIN) == ["9000", "63C2"]
    assert lab.told == ["FAULT injected: r: 9000 instead of 63C2"]


def test_delay(made):
    lab = Lab(made, 'kind = "delay", seconds = 7.5', command='"0084????"')
    assert len(lab.send(CHALLENGE)[0]) == 20
    assert lab.slept == [7.5]
    assert lab.told == ["FAULT injected: r: answered 7.5 s late"]


def test_fetched_data_and_not_the_command(made):
    lab = Lab(made, 'kind = "malformed-tlv", shape = "length-indefinite"', command='"00A404??"', fetched="true")
    assert lab.send(FETCH)[0].startswith("6F80840F")
    assert lab.send(NAME, READ)[0] == "9000"


def test_occurrences_and_environment(made):
    lab = Lab(made, 'kind = "answer", sw = "6F00", data = ""', command='"0084????"', nth="[2, 4]", environment='"ssse"')
    answers = lab.send(*[CHALLENGE] * 5)
    assert [answer == "6F00" for answer in answers] == [False, True, False, True, False]
    assert [(each.seen, each.injected) for each in lab.faulty.tally] == [(5, 2)]
    other = Lab(made, 'kind = "answer", sw = "6F00"', command='"0084????"', environment='"pse"')
    assert other.send(CHALLENGE)[0].endswith("9000")


def test_mute_at_a_reset_and_back_at_the_next(made):
    lab = Lab(made, 'kind = "mute", executed = false', event='"reset"', nth="2")
    with pytest.raises(CardMute):
        lab.slot.reset()
    assert lab.slot.power_on()
    assert lab.send(SELECT) == ["6118"]


def test_chance_is_drawn_from_the_seed(made):
    def run(seed: int) -> tuple[list[str], int]:
        lab = Lab(made, 'kind = "flip", bits = 1', seed, command='"0084????"', nth='"every"', chance="0.5")
        return lab.send(*[CHALLENGE] * 40), lab.faulty.tally[0].injected

    assert run(1) == run(1)
    assert run(1)[0] != run(2)[0]
    assert 5 < run(1)[1] < 35


def test_without_a_rule_that_fits_nothing_is_touched(made):
    card, trace, start = made
    lab = Lab(made, 'kind = "mute"', command='"FFFFFFFF"')
    commands = [NAME, READ, CHALLENGE, WRONG_PIN, ASK_PIN, b"", b"\x00", bytes(300)]
    through = lab.send(*commands)
    assert lab.told == []
    card.restore(start)
    card.power_on()
    card.exchange(SELECT)
    trace.take()
    assert through == [card.exchange(command).hex().upper() for command in commands]


def test_power_cut_leaves_by_the_card_s_own_way(made):
    lab = Lab(made, 'kind = "power-cut", bytes = 0', command='"805E????"')
    with pytest.raises(PowerLoss):
        lab.faulty.exchange(CHANGE_PIN)
