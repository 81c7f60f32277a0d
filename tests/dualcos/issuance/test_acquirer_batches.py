"""The end of a batch at the acquirer, what terminals fetch, and that a restart loses nothing."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Sequence

import pytest
from msgspec import structs

from apdu import tlv
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.batch_records import BatchName, BatchTotals
from dualcos.issuance.acquirer.batch_totals import compared, told_totals, totals_field
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.download_messages import DownloadName, DownloadState, listed, query, record_in
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.messages.pos_subfields import joined, parted
from dualcos.messages.terminal_parameters import AidParameters, AuthorityKey, AuthorityKeyName, aid_record, key_record
from dualcos.sqlitefile.double_entry_books import BooksError
from keys.line_cryptography import BadLineKey
from tests.demonstration_acquirer import DEBIT_AID, DemonstrationLine, demonstration_line
from tests.dualcos.issuance.test_acquirer_front import PROFILE, moved
from tests.dualcos.issuance.test_acquirer_payments import paid
from tests.terminal_at_front import MERCHANT, TERMINAL, TerminalAtFront

BATCH = BatchName(TERMINAL, MERCHANT, "000001")
BALANCED, UNBALANCED = "1", "2"


def totals(debit: int, debits: int, credit: int = 0, many: int = 0, foreign: int = 0) -> str:
    figures = f"{debit:012d}{debits:03d}{credit:012d}{many:03d}0"
    return figures + f"{foreign:012d}" + "0" * 19


def settled(terminal: TerminalAtFront, told: str) -> AcquirerMessage:
    return terminal.ask(terminal.request("settlement", {48: told}))


def details(*lines: tuple[str, str, int]) -> str:
    parts = {"count": f"{len(lines):02d}"}
    for turn, (stan, pan, amount) in enumerate(lines, 1):
        ending = "" if turn == 1 else f"_{turn}"
        parts |= {f"kind{ending}": "00", f"stan{ending}": stan, f"account{ending}": f"{pan:0>20}"}
        parts[f"amount{ending}"] = f"{amount:012d}"
    return joined(48, parts)


def worked(terminal: TerminalAtFront) -> list[tuple[str, str, int]]:
    """Two purchases, of which one is voided, one more that is reversed, a withdrawal, a balance, a declined one."""
    first, answer = paid(terminal, 1_000)
    second, _ = paid(terminal, 2_000)
    reversed_one, _ = paid(terminal, 4_000)
    void = terminal.takes_back("void", first, answer, 1_000)
    assert terminal.code(void) == terminal.code(terminal.reverses(reversed_one)) == "00"
    cash = terminal.pays("withdrawal", 8_000)
    assert terminal.code(cash) == "00"
    assert terminal.code(terminal.pays("balance")) == "00"
    assert terminal.code(terminal.pays("purchase", 5_000_000)) == "51"
    counted = ((first, 1_000), (second, 2_000), (void, 1_000), (cash, 8_000))
    return [(message.text(11), terminal.card.pan, fen) for message, fen in counted]


def test_totals_are_the_acquirers_own(acquirer, terminal):
    worked(terminal)
    answer = settled(terminal, totals(11_000, 3, 1_000, 1))
    told = parted(48, answer.text(48))
    assert (answer.text(39), told["domestic_result"]) == ("00", BALANCED)
    assert POS_MESSAGES["settlement"].wrong_answer_fields(answer) == ""
    assert (told["domestic_debit_amount"], told["domestic_credit_count"]) == ("000000011000", "001")
    assert moved(acquirer) == 10_000


@pytest.mark.parametrize(
    "told", [totals(11_001, 3, 1_000, 1), totals(11_000, 2, 1_000, 1), totals(11_000, 3, 999, 1), totals(11_000, 3)]
)
def test_other_totals_do_not_balance(terminal, told):
    worked(terminal)
    answer = parted(48, settled(terminal, told).text(48))
    assert answer["domestic_result"] == UNBALANCED
    assert answer["domestic_debit_amount"] == "000000011000"


@pytest.mark.parametrize("told", ["1" * 61, totals(0, 0, foreign=1)])
def test_what_are_no_totals_of_domestic_cards(terminal, told):
    assert settled(terminal, told).text(39) == "30"


def end_of_batch(terminal: TerminalAtFront, lines: Sequence[tuple[str, str, int]], told: str) -> None:
    settled(terminal, told)
    for at in range(0, len(lines), 2):
        upload = terminal.request("batch upload", {48: details(*lines[at : at + 2])})
        assert terminal.code(upload) == "00"
        assert terminal.code(upload) == "00"
    assert terminal.code(terminal.request("end of upload unbalanced", {48: f"{len(lines):04d}"})) == "00"


def test_an_upload_shows_what_differs(acquirer, terminal):
    lines = worked(terminal)
    (stan, pan, _), *others = lines
    end_of_batch(terminal, [("000099", pan, 5), (stan, pan, 999), *others[:-1]], totals(1, 1))
    batch = acquirer.books.batch(BATCH)
    assert batch is not None
    assert (batch.result, batch.ended) == (UNBALANCED, True)
    assert batch.only_there == tuple(sorted((stan, "000099")))
    assert batch.only_here == tuple(sorted((stan, lines[-1][0])))


def test_an_upload_of_all_shows_no_difference(acquirer, terminal):
    end_of_batch(terminal, worked(terminal), totals(1, 1))
    batch = acquirer.books.batch(BATCH)
    assert batch is not None
    assert batch.only_there == batch.only_here == ()


def test_a_batch_that_is_ended_takes_no_payment_and_the_next_is_told(acquirer, terminal):
    message, _ = paid(terminal, 1_000)
    assert terminal.code(terminal.request("end of upload", {48: "0000"})) == "25"
    settled(terminal, totals(1_000, 1))
    paid(terminal, 1)
    settled(terminal, totals(1_001, 2))
    assert terminal.code(terminal.request("end of upload", {48: "0000"})) == "00"
    assert terminal.code(terminal.pays("purchase", 1)) == "77"
    assert terminal.code(terminal.reverses(message)) == "00"
    settled(terminal, totals(1, 1))
    assert terminal.code(terminal.pays("purchase", 1)) == "77"
    terminal.batch = parted(60, terminal.signed_on().text(60))["batch"]
    assert terminal.batch == "000002"
    paid(terminal, 1)
    assert moved(acquirer) == 2


def test_certificates_are_taken(acquirer, terminal):
    """Without what they are not over: a track, an account."""
    chip = terminal.card.chip(100)
    upload = terminal.request("TC upload", {55: chip + b"\x57\x04\x62\x99\xd3\x01\x5a\x02\x62\x99"})
    assert terminal.code(upload) == "25"
    settled(terminal, totals(0, 0))
    assert terminal.code(upload.having({55: chip + b"\x9f"})) == "30"
    assert terminal.code(upload) == "00"
    (kept,) = acquirer.books.uploaded(BATCH)
    assert (kept.network, kept.chip, kept.lines) == ("203", chip, ())


@pytest.mark.parametrize("count", ["00", "02", "0"])
def test_an_upload_has_as_many_details_as_it_says(terminal, count):
    settled(terminal, totals(5, 1))
    field = details(("000001", terminal.card.pan, 5))
    assert terminal.code(terminal.request("batch upload", {48: f"{count}{field[2:]}"})) == "30"
    assert terminal.code(terminal.request("batch upload", {48: field})) == "00"


def test_what_does_not_balance_is_uploaded_and_ended_as_such(terminal):
    paid(terminal, 1_000)
    settled(terminal, totals(999, 99))
    ends = [terminal.request(f"end of upload{more}", {48: "0000"}) for more in ("", " unbalanced")]
    assert [terminal.code(each) for each in ends] == ["12", "12"]
    assert terminal.code(terminal.request("batch upload", {48: details(("000077", terminal.card.pan, 5))})) == "00"
    assert [terminal.code(each) for each in ends] == ["12", "00"]
    assert parted(60, terminal.signed_on().text(60))["batch"] == "000002"


def test_a_terminal_that_has_nothing_uploads_nothing(acquirer, terminal):
    message, _ = paid(terminal, 1_000)
    settled(terminal, totals(0, 0))
    assert terminal.code(terminal.request("end of upload unbalanced", {48: "0000"})) == "00"
    batch = acquirer.books.batch(BATCH)
    assert batch is not None
    assert (batch.only_here, batch.only_there) == ((message.text(11),), ())


def test_an_ended_batch_is_answered_and_nothing_changes(acquirer, terminal):
    """No message of a batch's end has a MAC: whoever heard them says them again."""
    lines = worked(terminal)
    end_of_batch(terminal, lines, totals(1, 1))
    terminal.batch = parted(60, terminal.signed_on().text(60))["batch"]
    paid(terminal, 500)
    settled(terminal, totals(500, 1))
    assert terminal.code(terminal.request("end of upload", {48: "0000"})) == "00"
    before = acquirer.books.batch(BATCH), acquirer.books.terminal(TERMINAL), acquirer.books.uploaded(BATCH)
    terminal.batch = "000001"
    answer = settled(terminal, totals(11_000, 3, 1_000, 1))
    assert parted(48, answer.text(48))["domestic_result"] == UNBALANCED
    assert terminal.code(terminal.request("batch upload", {48: details(("000098", terminal.card.pan, 5))})) == "00"
    for name in ("end of upload", "end of upload unbalanced"):
        assert terminal.code(terminal.request(name, {48: "0000"})) == "00"
    assert (acquirer.books.batch(BATCH), acquirer.books.terminal(TERMINAL), acquirer.books.uploaded(BATCH)) == before
    terminal.batch = parted(60, terminal.signed_on().text(60))["batch"]
    assert terminal.batch == "000003"
    paid(terminal, 1)


@pytest.mark.parametrize("batch", ["000777", "000002", "999999"])
def test_a_batch_that_the_terminal_is_not_in(acquirer, terminal, batch):
    terminal.batch = batch
    assert settled(terminal, totals(0, 0)).text(39) == "77"
    assert terminal.code(terminal.request("end of upload", {48: "0000"})) == "77"
    assert terminal.code(terminal.pays("purchase", 1)) == "77"
    assert parted(60, terminal.signed_on().text(60))["batch"] == "000001"
    assert moved(acquirer) == 0


def test_a_batch_of_more_than_its_field_can_count():
    """Field 48 has three digits: the last ones."""
    own = BatchTotals(debit=1_005, debits=1_005)
    assert compared(told_totals(totals_field(own, "0")) or BatchTotals(), own) == BALANCED
    assert compared(BatchTotals(debit=1_005, debits=4), own) == UNBALANCED


# --- downloads ------------------------------------------------------------------------------------------------------

KEYS = tuple(
    AuthorityKey(AuthorityKeyName(DEBIT_AID[:5], each), bytes([each]) * 96, b"\3", "20301231") for each in range(1, 12)
)
AIDS = (AidParameters(DEBIT_AID), AidParameters(DEBIT_AID[:-1] + b"\2", floor_limit=500))


@pytest.mark.parametrize(
    ("listing", "one", "end", "records"),
    [
        (
            "parameter query",
            "parameters",
            "parameters end",
            {DownloadName(each.aid): aid_record(each) for each in AIDS},
        ),
        (
            "public key query",
            "public key",
            "public keys end",
            {DownloadName(each.name.rid, each.name.number): key_record(each) for each in KEYS},
        ),
    ],
)
def test_terminals_fetch_all_there_is(listing, one, end, records):
    acquirer = demonstration_line([PROFILE], parameters=AIDS, authority_keys=KEYS)
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    names: list[DownloadName] = []
    state = DownloadState.MORE
    while state is DownloadState.MORE:
        state, more = listed(terminal.ask(terminal.request(listing, {62: query(len(names))})).raw(62))
        names += more
    assert names == list(records)
    for name in names:
        assert record_in(terminal.ask(terminal.request(one, {62: name.raw})).raw(62)) == records[name]
    unknown = terminal.ask(terminal.request(one, {62: DownloadName(b"\xa0\0\0\0\1", 1).raw}))
    assert (unknown.text(39), record_in(unknown.raw(62))) == ("00", b"")
    assert terminal.code(terminal.request(one, {62: b"\x9f"})) == "30"
    assert terminal.code(terminal.request(listing, {62: b"x"})) == "30"
    assert terminal.code(terminal.request(end)) == "00"
    acquirer.close()


# --- restart --------------------------------------------------------------------------------------------------------


def reopened(folder, series: bytes = b"") -> DemonstrationLine:
    return demonstration_line([PROFILE], path=folder / "acquirer.db", issuer_path=folder / "bank.db", series=series)


def test_a_restart_loses_nothing(tmp_path):
    first = reopened(tmp_path)
    terminal = TerminalAtFront(first.line)
    terminal.signed_on()
    message, answer = paid(terminal, 1_000)
    first.close()
    again = reopened(tmp_path, b"other keys")
    terminal.line = again.line
    assert terminal.ask(message) == answer
    paid(terminal, 2_000)
    assert terminal.code(terminal.takes_back("void", message, answer, 1_000)) == "00"
    assert parted(48, settled(terminal, totals(3_000, 2, 1_000, 1)).text(48))["domestic_result"] == BALANCED
    assert moved(again) == 2_000
    again.close()


def test_nothing_that_is_a_secret_is_in_the_file(tmp_path):
    made = reopened(tmp_path)
    terminal = TerminalAtFront(made.line)
    terminal.signed_on()
    track = f"{terminal.card.pan}=30122010000000000"
    message = terminal.pays("withdrawal", 1_000, {35: track})
    assert terminal.code(message) == "00"
    settled(terminal, totals(1_000, 1))
    packed = bytes.fromhex(f"{track.replace('=', 'd')}f"[: len(track) // 2 * 2])
    upload = terminal.request("TC upload", {55: terminal.card.chip(1_000) + tlv.encode(0x57, packed)})
    assert terminal.code(upload) == "00"
    block = message.raw(52)
    made.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("acquirer.db*"))
    for secret in (track.encode(), track[-14:].encode(), packed, block):
        assert secret not in kept
        assert secret.hex().encode() not in kept.lower()
        assert base64.b64encode(secret[: len(secret) // 3 * 3]) not in kept


def test_a_journal_under_another_master_key(tmp_path):
    made = reopened(tmp_path)
    terminal = TerminalAtFront(made.line)
    terminal.signed_on()
    kept = made.books.terminal(TERMINAL)
    assert kept is not None
    assert "keys" not in repr(kept)
    for damaged, words in (
        (b"\1" * 60, "check value"),
        (b"\1" * 59, "no three keys"),
        (kept.keys[:40], "no three keys"),
    ):
        with made.books.transaction():
            made.books.keep_terminal(structs.replace(kept, keys=damaged))
        with pytest.raises(BadLineKey, match=words):
            terminal.ask(terminal.pays())
    made.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA application_id = 1", "is no books of an acquirer"),
        ("PRAGMA user_version = 9", "books of format 9"),
        ("UPDATE acquired SET body = x'00'", "damaged; restore it from a copy"),
    ],
)
def test_another_file_is_told_from_a_journal(tmp_path, statement, words):
    made = reopened(tmp_path)
    terminal = TerminalAtFront(made.line)
    terminal.signed_on()
    paid(terminal, 1_000)
    made.close()
    with sqlite3.connect(tmp_path / "acquirer.db") as db:
        db.execute(statement)
    db.close()
    with pytest.raises(BooksError, match=words):
        AcquirerBooks(tmp_path / "acquirer.db").all_acquired()
