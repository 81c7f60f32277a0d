"""What the rows of the bank side say beside the bytes of a command, and the sentences of its refusals."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

from cos.kernel.command_rows import Secured
from cos.pse.commands.command_table import BANK, COMMON, MADE, MAKING, ROWS, existing
from cos.pse.options import BankOptions
from cos.pse.security.issuer_scripts import IssuerScript
from cos.pse.session import Stage
from cos.pse.transaction.transaction_states import TABLE, Command
from dualcos.explain.refusal_sentences import BY_PHRASE, pse_channel, pse_commands, pse_data_groups, pse_transactions

MASKED = BankOptions(personalised_word=0x6D00)
NO_OWNER = BankOptions(master_key_in_use=False)
FOLDER = Path(__file__).parents[3] / "cos/pse"
SAYS = {
    "Refusal": 2, "BadGroup": 0, "FileNotFound": 0, "RecordNotFound": 0, "KeyNotFound": 0, "_closed": 1, "_of": 1,
    "_demand": 0, "_incomplete": 0,
}  # fmt: skip
"""Calls that give a reason its phrase, and at which place. What command it was is told with every reason."""


def names(rows):
    return {(row.cla, row.ins, row.name) for row in rows}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.cla:02X}{row.ins:02X}")
def test_the_class_announces_the_form(row):
    """PBOC-5 B, EMV CPS 3.2.7, SSC-9 §7.1: low nibble 4, a MAC stands behind the data."""
    assert (row.cla & 0x0F == 4) == (row.secured in (Secured.MAC, Secured.BOTH))


def test_scripts_are_the_script_commands_of_the_state_table():
    assert {row for row in ROWS if isinstance(row.handler, IssuerScript)} == {
        r for r in ROWS if r.event is Command.SCRIPT
    }


def test_every_command_of_the_state_table_has_a_row():
    """But SELECT, which no state refuses; EXTERNAL AUTHENTICATE is one row for the first and the second."""
    asked = {command for _, command in TABLE} - {row.event for row in ROWS}
    assert asked == {Command.SELECT_ADF, Command.SELECT_PSE, Command.EXTERNAL_AUTHENTICATE_AGAIN}


def test_what_exists_where():
    assert {row for stage in Stage for row in existing(stage, BankOptions())} == set(ROWS)
    assert existing(Stage.APPLICATION, BankOptions()) == (*COMMON, *BANK, *MADE)
    assert existing(Stage.APPLICATION, MASKED) == (*COMMON, *BANK)
    assert existing(Stage.SKELETON, MASKED) == (*COMMON, *MAKING)
    assert existing(Stage.DIRECTORY, NO_OWNER) == COMMON
    owner = names(existing(Stage.DIRECTORY, BankOptions())) - names(COMMON)
    assert {(cla, ins) for cla, ins, _ in owner} == {(0x00, 0x84), (0x00, 0x82), (0x84, 0xD4), (0x80, 0xE1)}


def phrases():
    """Every phrase that a reason of the bank side is given in its source."""
    for path in sorted(FOLDER.rglob("*.py")):
        if path.name == "prepersonalisation.py":
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            place = SAYS.get(call.func.id) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else None
            if place is not None and isinstance(said := call.args[place], ast.Constant):
                yield said.value, {keyword.arg for keyword in call.keywords}


def test_every_phrase_has_a_sentence_made_of_its_data():
    found = list(phrases())
    assert len(found) > 50
    for phrase, data in found:
        fields = {field.split(".")[0] for _, field, _, _ in Formatter().parse(BY_PHRASE[phrase].says.en) if field}
        assert fields <= {*data, "command", "group", "missing"} or None in data, phrase


def test_every_sentence_has_its_phrase():
    sources = "".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py"))
    entries = (
        entry for room in (pse_commands, pse_transactions, pse_channel, pse_data_groups) for entry in room.REASONS
    )
    assert [entry.name for entry in entries if f'"{entry.name}"' not in sources] == []
