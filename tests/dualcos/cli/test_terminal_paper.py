"""Paper of ``dualcos terminal full`` and ``financial``: what was printed in a step that nobody was told of comes at the
next start, once, and says that it is printed again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dualcos.cli.main import run
from dualcos.cli.standing import step_teller
from tests.dualcos.cli.full_desk import CARD, NOW, lines, said, told

__all__ = ["lines", "said", "told"]  # fixtures
IN_STORE = "--storage full.db"
SETTLE = "settle 200 --own 15"
AGAIN = "重打印"


@contextmanager
def dying(*, told_first: bool = False) -> Iterator[None]:
    """The program dies where it is to tell of a step; ``told_first``: right behind that."""
    real = step_teller.tell

    def tell(*what):
        if told_first:
            real(*what)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(step_teller, "tell", tell)
        yield


def slips(sheets):
    return [slip["lines"] for each in sheets for slip in each.get("slips", [])]


def without_mark(slip):
    return [line for line in slip if line.strip() != AGAIN]


@pytest.mark.parametrize("told_first", [False, True])
def test_what_was_printed_in_a_step_that_was_not_told_of_comes_again_once(said, told, told_first):
    said("sign-on", more=IN_STORE)
    with dying(told_first=told_first):
        said(SETTLE, more=IN_STORE)
    code, sheets = told("slip 1", more=IN_STORE)
    assert (code, [each.get("step") for each in sheets]) == (0, ["power-up", "slip 1", None])
    late, again = slips(sheets[:1]), slips(sheets[1:])
    assert len(late) == 2
    assert [slip[1].strip() for slip in late] == [AGAIN] * 2
    assert late == again
    code, sheets = told("bills --all", more=IN_STORE)
    assert (code, slips(sheets), sheets[0]["bills"][0]["state"]) == (0, [], "paid")


def test_who_dies_again_before_he_tells_of_it_has_it_marked_once(said, told):
    said("sign-on", more=IN_STORE)
    for step in (SETTLE, "bills"):
        with dying():
            said(step, more=IN_STORE)
    _, sheets = told("bills", more=IN_STORE)
    assert [sum(line.strip() == AGAIN for line in slip) for slip in slips(sheets)] == [1, 1]


def test_what_was_told_is_not_printed_again(said, told):
    _, sheets = told("sign-on", SETTLE, more=IN_STORE)
    assert len(slips(sheets)) == 2
    with dying():
        said("bills", more=IN_STORE)
    _, sheets = told("bills", more=IN_STORE)
    assert not slips(sheets)


def test_a_slip_that_the_storage_does_not_take_is_printed_later(said, told):
    said("sign-on", "settle 200 --own 15 --later", more=IN_STORE)
    with closing(sqlite3.connect("full.db")) as db, db:
        db.execute(
            "CREATE TRIGGER jam BEFORE INSERT ON setting WHEN new.name LIKE 'slips%' BEGIN SELECT RAISE(FAIL, ''); END"
        )
    code, _ = told("cash 1", more=IN_STORE)
    assert code == 0
    with closing(sqlite3.connect("full.db")) as db, db:
        db.execute("DROP TRIGGER jam")
    _, sheets = told("bills", more=IN_STORE)
    assert len(slips(sheets)) == 2


# --- a payment terminal -----------------------------------------------------------------------------------------------


@pytest.fixture
def at_till(lines, capfd):  # noqa: ARG001 - which have to be there
    """Steps of ``dualcos terminal financial`` on one storage; code, and what is told as facts."""

    def call(*steps):
        Path("steps").write_text("\n".join(steps), encoding="utf-8")
        ways = f"--script steps --card {CARD} --clock {NOW} --host 127.0.0.1:9 --pin-file bank.pins --storage till.db"
        code = run(("terminal", "financial", *f"{ways} --json".split()))
        return code, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    return call


def test_a_payment_terminals_slips_come_again_once_too(at_till):
    at_till("sign-on")
    with dying():
        at_till("purchase 15")
    _, sheets = at_till("journal")
    assert [each.get("step") for each in sheets] == ["power-up", "journal", None]
    assert [sum(line.strip() == AGAIN for line in slip) for slip in slips(sheets)] == [1, 1]
    code, sheets = at_till("journal")
    assert (code, slips(sheets), [each["state"] for each in sheets[0]["payments"]]) == (0, [], ["approved"])


def test_what_a_payment_terminal_has_told_is_not_printed_again(at_till):
    _, sheets = at_till("sign-on", "purchase 15")
    assert len(slips(sheets)) == 2
    _, sheets = at_till("journal")
    assert not slips(sheets)
