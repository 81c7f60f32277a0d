"""The matrix without sockets: each stack's rules × each setting of the card × each command whose answer waits.

And that it bites: cards with a mistake of this kind (``planted``) are seen by it, and by the vectors.
"""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec import structs

from cos.kernel.transmission import TransmissionOptions
from cos.pse.commands import order_of_checks
from cos.pse.commands.command_table import MADE
from dualcos.lab.conformance.coverage import named, tables
from dualcos.lab.conformance.playing import VectorVerdict, play_all
from tests.dualcos.clients.conversations import of_the_class
from tests.dualcos.clients.matrix import MANNERS, differences, probed
from tests.dualcos.clients.planted import BUGS, class_00_alone
from tests.dualcos.clients.stacks import JAVA, NPM, OPENSC, RAW, SETTINGS, STACKS, TABLE, Model


def played(cards, said, stack, setting):
    """Everything in which the matrix is not as the table has it."""
    options, wanted = SETTINGS[setting], TABLE[stack.name, setting]
    t0 = options.get("protocol", "T=0") == "T=0"
    social = next(each for each in said if each.name == "SSC-CLASS-SELECT-00")
    for conversation in said:
        for le in (False, True):
            for manner in MANNERS if wanted.plain == "61" else MANNERS[:1]:
                terminal = Model(stack, cards.of(conversation, options), t0=t0)
                yield from differences(terminal, conversation, wanted, le=le, manner=manner)
    yield from probed(Model(stack, cards.of(social, options), t0=t0), wanted)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_every_program_gets_what_the_table_says(stack, setting, cards, said):
    assert list(played(cards, said, stack, setting)) == []


def test_the_table_is_whole():
    assert TABLE.keys() == {(stack.name, setting) for stack in STACKS for setting in SETTINGS}


def test_every_value_of_every_setting_is_a_row():
    """A new setting, or a new value of one, has no column yet: its maker says here what it does to programs."""
    used = {pair for setting in SETTINGS.values() for pair in setting.items()}
    options = structs.fields(TransmissionOptions)
    assert used == {(each.name, value) for each in options for value in get_args(each.type) if value != each.default}


def test_every_command_that_can_answer_61xx_is_played(said):
    """It takes data and answers with data. A new row needs vectors in ``vectors/*/response-class.json``."""
    never = {
        row for row in MADE if row.handler is order_of_checks.personalised
    }  # the application is made: always refused
    can = {
        str(name)
        for environment, rows in tables()
        for name, row in named(environment, rows)
        if row.answers and any(row.lc) and not row.fetches and row not in never
    }
    assert {str(row) for each in said for row in each.rows} == can


def test_the_classes_are_those_of_the_cards(said):
    """Not by chance all the same: 00, 80 and B0 are the classes whose answers wait."""
    assert {exchange.command[0] for each in said for exchange in each.exchanges if exchange.waits} == {0, 0x80, 0xB0}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_seen_by_a_program(bug, cards, said, monkeypatch):
    bug(monkeypatch)
    assert any(
        next(played(cards, said, stack, setting), "")
        for setting in ("as it comes", "class 00")
        for stack in (JAVA, RAW)
    )


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_seen_by_a_vector(bug, cards, monkeypatch):
    bug(monkeypatch)
    assert any(result.verdict is VectorVerdict.FAIL for result in play_all(of_the_class(), cards.bench))


def test_java_loses_answers_where_the_fault_of_today_is_planted(cards, said, monkeypatch):
    """And nobody else does: whoever fetches under class 00 never noticed."""
    class_00_alone(monkeypatch)
    lost = list(played(cards, said, JAVA, "as it comes"))
    assert {line.split(",")[0] for line in lost} == {
        each.name for each in said if any(one.waits and one.command[0] for one in each.exchanges)
    }
    assert not list(played(cards, said, OPENSC, "as it comes"))
    assert not list(played(cards, said, NPM, "as it comes"))
