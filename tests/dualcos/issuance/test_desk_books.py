"""The desk's books: whole after any end, nothing else's file, no entry that does not sum to zero."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.ledger_accounts import kind_of_account
from dualcos.issuance.bureau.terminal_services.load_service import LoadPaper
from dualcos.sqlitefile.double_entry_books import BooksError
from tests.demonstration_desk import demonstration_desk
from tests.desk_cards import desk_card


def test_what_was_answered_is_answered_again_after_a_restart(tmp_path):
    card, books = desk_card("social-2.0"), tmp_path / "books.db"
    first = demonstration_desk(["social-2.0"], path=books)
    asked = card.load(700)
    granted = first.ask(asked)
    first.close()
    second = demonstration_desk(["social-2.0"], path=books, now=lambda: "20270101000000")
    assert second.ask(asked) == granted
    second.ask(card.credit(asked, granted))
    assert second.books.balance("transit") == 0
    assert second.books.balance(f"purse/{card.read.identification}") == 700
    second.close()


def test_what_breaks_off_has_not_happened(tmp_path):
    """The disk fails, or the process does, anywhere inside a request: nothing of it is in the books."""
    card = desk_card("social-2.0")
    desk = demonstration_desk(["social-2.0"], path=tmp_path / "books.db")
    asked = card.load(700)
    keep = desk.books.keep_answer
    desk.books.keep_answer = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        desk.ask(asked)
    assert desk.books.balances() == {}
    desk.books.keep_answer = keep
    desk.ask(asked)
    assert desk.books.balance("transit") == 700
    desk.close()


def test_an_entry_sums_to_zero():
    books = DeskBooks()
    with pytest.raises(ValueError, match="sum to zero"):
        books.post("20260115093000", "load", "L1", {"a": 5, "b": -4})
    assert list(books.entries()) == []
    books.post("20260115093000", "load", "L1", {"a": 5, "b": -5, "c": 0})
    (entry,) = books.entries()
    assert (entry.kind, entry.reference, entry.postings) == ("load", "L1", {"a": 5, "b": -5})
    books.close()


def database(application: int, version: int) -> bytes:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(f"CREATE TABLE t (a); PRAGMA application_id={application}; PRAGMA user_version={version}")
    return db.serialize()


OURS = 0x64756274


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no books"),
        (b"a,b\n" * 50, "no books"),
        (database(0, 1), "no books"),
        (database(OURS + 1, 1), "no books"),
        (b"SQLite format 4" + database(OURS, 1)[15:], "no books"),
        (database(OURS, 2), "books of format 2"),
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path, content, why):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(BooksError, match=why):
        DeskBooks(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(BooksError, match="No such file"):
        DeskBooks(tmp_path / "none" / "books.db")


def test_books_in_use_elsewhere_and_damaged_ones_are_one_line(tmp_path):
    path = tmp_path / "books.db"
    books = DeskBooks(path)
    paper = msgspec.convert(
        dict.fromkeys(("voucher", "terminal", "card", "social_number", "random", "mac1", "time", "mac2"), "")
        | dict.fromkeys(("amount", "balance", "sequence", "kind"), 0),
        LoadPaper,
    )
    books.file_paper("L1", "", paper)
    assert books.paper(LoadPaper, "L1") == paper
    for damage in ("x'7B'", "x'FF'", "7", "'{}'"):
        books._ask(f"UPDATE paper SET body = {damage}")  # noqa: S608 - our own
        with pytest.raises(BooksError, match="a LoadPaper in it is damaged; restore it from a copy"):
            books.papers(LoadPaper)
    books._ask("DROP TABLE paper")
    with pytest.raises(BooksError, match="no such table"):
        books.papers(LoadPaper)
    books.close()


@pytest.mark.parametrize("damage", ["x'7B'", "x'FF'", "7"])
def test_an_answer_that_cannot_be_read_is_damage(damage):
    card, desk = desk_card("social-2.0"), demonstration_desk(["social-2.0"])
    asked = card.load(700)
    desk.ask(asked)
    desk.books._ask(f"UPDATE request SET answer = {damage}")  # noqa: S608 - our own
    with pytest.raises(BooksError, match="an answer in it is damaged"):
        desk.ask(asked)
    desk.close()


@pytest.mark.parametrize("what", ["fen", "counter"])
def test_what_sqlite_holds_in_place_of_a_number_is_damage(what):
    """Its columns take texts and fractions, too."""
    books = DeskBooks()
    books.post("20260115093000", "load", "L1", {"a": 5, "b": -5})
    books._ask("UPDATE posting SET fen = 1.5")
    books._ask("UPDATE counter SET value = 0.5")
    reads = {
        "fen": [lambda: books.balance("a"), books.balances, lambda: list(books.entries())],
        "counter": [lambda: books.next_number("entry")],
    }
    for read in reads[what]:
        with pytest.raises(BooksError, match="is damaged; restore it from a copy"):
            read()
    books.close()


def test_an_account_that_nobody_has_is_damage():
    assert kind_of_account("holder/1").of_somebody
    with pytest.raises(BooksError, match="an account 'nobody/1', which nobody has"):
        kind_of_account("nobody/1")
