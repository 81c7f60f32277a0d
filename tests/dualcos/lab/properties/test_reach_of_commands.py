"""What F23 asks is found in the declarations: the options that widen a command, and how far each row reaches."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec import Struct

from cos.cos_options import CosOptions
from cos.kernel.command_rows import Reach
from cos.stacks import STACKS
from dualcos.lab.properties.profile_specimens import specimen
from dualcos.lab.properties.reach_of_commands import changed_options, readings


class Inner(Struct, frozen=True):
    far: bool = False


class Options(Struct, frozen=True):
    """Of an invented stack: two settings widen, one of them deep inside."""

    order: Literal["first", "last"] = "first"
    scope: Literal["application", "card"] = "application"
    inner: Inner = Inner()
    word: int = 3


def test_every_value_of_every_setting_is_tried_once():
    names = [name for name, _ in changed_options(Options())]
    assert names == ["order = last", "scope = card", "inner.far = True"]
    assert all(options != Options() for _, options in changed_options(Options()))


def test_an_option_that_widens_is_found_by_the_stacks_own_word():
    """A stack whose command is made wider by two settings: both are asked, and nothing else is called wide."""
    card = specimen("social-2.0").bench().card.card
    stacks = tuple(
        each._replace(options=Options, card_wide=lambda options: options.scope == "card" or options.inner.far)
        if each.label == "ssse"
        else each
        for each in card.stacks
    )

    class Widened:
        options = CosOptions(card.options.transmission, {**card.options.stacks, "ssse": Options()})

    Widened.stacks = stacks
    found = {reading.name: reading.wide for reading in readings(specimen("social-2.0"), Widened())}
    assert {name for name, wide in found.items() if wide} == {"ssse: scope = card", "ssse: inner.far = True"}


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.label)
def test_a_stack_that_can_silence_the_card_has_one_command_that_does(stack):
    """Both are declared or neither: an option that widens no row, or a wide row that no option widens, is a gap."""
    every = (stack.options(), *(options for _, options in changed_options(stack.options())))
    reaching = [row.name for row in stack.rows if row.reach is Reach.CARD]
    assert (len(reaching), any(map(stack.card_wide, every))) in ((0, False), (1, True))
