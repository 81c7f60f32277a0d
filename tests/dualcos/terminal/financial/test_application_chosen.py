"""应用选择: which applications card and terminal have in common, and which one is used (PBOC-6 §7.2, PBOC-3 §12)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.terminal_parameters import AidParameters
from dualcos.terminal.financial.kernel.application_selection import CandidateList
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_settings import POS, CardholderChoice
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from tests.dualcos.terminal.financial.directory_table import (
    CREDIT_NAME,
    DEBIT_NAME,
    PSE_NAME,
    DirectoryTable,
    adf,
    ddf,
    fci,
)
from tests.dualcos.terminal.financial.payment_bench import ChoosingHolder, PaymentBench
from tests.dualcos.terminal.financial.table_card import of

GROUP = "A0000003330101"
OTHER = "A000000333010103"
SECOND_DIRECTORY = b"2PAY.SYS.DDF".hex()


def aid(name: str, *, partial: bool = True, floor_limit: int = 0) -> AidParameters:
    return AidParameters(bytes.fromhex(name), partial=partial, floor_limit=floor_limit)


def bench_with(
    card: DirectoryTable,
    *applications: AidParameters,
    choice: CardholderChoice = CardholderChoice.LIST,
    holder: ChoosingHolder | None = None,
) -> PaymentBench:
    bench = PaymentBench(card=card.card())
    bench.applications = applications or (aid(GROUP),)
    bench.data = dataclasses.replace(POS, choice=choice)
    bench.holder = holder or ChoosingHolder()
    return bench


def ended(bench: PaymentBench) -> EndCause:
    with pytest.raises(TransactionEnded) as caught:
        bench.kernel.read()
    return caught.value.cause


def selected(bench: PaymentBench) -> list[str]:
    """Names in the SELECT commands, in order, each with its P2 where it is not 00."""
    return [
        each[5 : 5 + each[4]].hex().upper() + (f" {each[3]:02X}" if each[3] else "")
        for each in bench.sent(0xA4)
        if each[5 : 5 + each[4]].hex() != PSE_NAME
    ]


def offered(bench: PaymentBench) -> Sequence[str]:
    """Labels as the holder was shown them."""
    bench.kernel.read()
    return bench.holder.asked[0] if bench.holder.asked else ()


def candidates(card: DirectoryTable, *applications: AidParameters) -> list[str]:
    """Labels of all that the terminal finds, in its order."""
    found = CandidateList(CardOfPayment(card.card()), applications or (aid(GROUP),))
    return [each.label for each in found.candidates]


def directory(*records: str, **others: Sequence[str]) -> dict[str, Sequence[str]]:
    return {PSE_NAME: records, **others}


def file(sfi: int) -> dict[str, str]:
    """A directory of one entry in that file."""
    return {f"00B201{sfi << 3 | 4:02X}": of(0x70, adf(DEBIT_NAME, "it")) + "9000", f"00B202{sfi << 3 | 4:02X}": "6A83"}


WHOLE = {DEBIT_NAME: fci(DEBIT_NAME, of(0x50, b"DEBIT")), CREDIT_NAME: fci(CREDIT_NAME, of(0x50, b"CREDIT"))}


# --- which method -------------------------------------------------------------------------------------------------


def test_where_there_is_a_directory_names_are_not_tried() -> None:
    bench = bench_with(DirectoryTable(directory(adf(DEBIT_NAME)), WHOLE))
    bench.kernel.read()
    assert selected(bench) == [DEBIT_NAME]


@pytest.mark.parametrize("word", ["6A82", "6283", "6985", "6F00", "6D00"])
def test_without_a_directory_that_can_be_used_the_terminals_names_are_tried(word: str) -> None:
    bench = bench_with(DirectoryTable(names={PSE_NAME: word, **WHOLE}), aid(DEBIT_NAME))
    bench.kernel.read()
    assert selected(bench) == [DEBIT_NAME, DEBIT_NAME]


def test_a_directory_without_an_application_in_common_leaves_the_names() -> None:
    for entries in (directory(adf("A0000000031010")), directory(), directory("")):
        bench = bench_with(DirectoryTable(entries, WHOLE), aid(DEBIT_NAME))
        bench.kernel.read()
        assert selected(bench) == [DEBIT_NAME, DEBIT_NAME]


def test_a_card_that_is_blocked_ends_the_transaction_by_either_method() -> None:
    """6A81 (PBOC-6 §7.2.4.1 step 3, §7.2.4.2 step 2); with another occurrence it says that there is none."""
    bench = bench_with(DirectoryTable(names={PSE_NAME: "6A81", **WHOLE}), aid(DEBIT_NAME))
    assert ended(bench) is EndCause.CARD_BLOCKED
    assert selected(bench) == []
    bench = bench_with(DirectoryTable(names={**WHOLE, DEBIT_NAME: "6A81"}), aid(DEBIT_NAME), aid(CREDIT_NAME))
    assert ended(bench) is EndCause.CARD_BLOCKED
    assert selected(bench) == [DEBIT_NAME]
    table = DirectoryTable(found={GROUP: [fci(DEBIT_NAME), "6A81"]}, names=WHOLE)
    assert candidates(table) == [DEBIT_NAME]


SPOILT = {
    "6A82 in the middle": {"more": {"00B20214": "6A82"}},
    "a warning": {"more": {"00B20214": "6281"}},
    "a warning with a record": {"more": {"00B20214": of(0x70, adf(DEBIT_NAME)) + "6281"}},
    "no template 70": {"more": {"00B20214": "61009000"}},
    "an empty record": {"more": {"00B20214": "9000"}},
    "a record that breaks off": {"more": {"00B20214": "70039000"}},
    "an entry that breaks off": {"more": {"00B20214": of(0x70, "6105") + "9000"}},
    "a name that breaks off": {"more": {"00B20214": of(0x70, of(0x61, "4F08")) + "9000"}},
    "no file": {"names": {PSE_NAME: fci(PSE_NAME)}},
    "file 0": {"names": {PSE_NAME: fci(PSE_NAME, of(0x88, "00"))}, "more": file(0)},
    "file 11": {"names": {PSE_NAME: fci(PSE_NAME, of(0x88, "0B"))}, "more": file(11)},
    "two files": {"names": {PSE_NAME: fci(PSE_NAME, of(0x88, "0202"))}},
    "an FCI that breaks off": {"names": {PSE_NAME: "6F108400"}},
    "no FCI": {"names": {PSE_NAME: "9000"}},
}


@pytest.mark.parametrize("spoilt", [pytest.param(how, id=name) for name, how in SPOILT.items()])
def test_any_error_in_the_directory_leaves_the_names_though_something_was_found(spoilt: dict) -> None:
    """PBOC-3 §12.3.2 step 1: the list of candidates begins anew."""
    right = DirectoryTable(directory(adf(DEBIT_NAME, "it"), adf(CREDIT_NAME)), WHOLE)
    assert candidates(right, aid(DEBIT_NAME)) == ["it"]
    names = {**WHOLE, **spoilt.get("names", {})}
    wrong = dataclasses.replace(right, names=names, more=spoilt.get("more", {}))
    assert candidates(wrong, aid(DEBIT_NAME)) == ["DEBIT"]


# --- directories in directories ------------------------------------------------------------------------------------


def test_a_directory_is_followed_where_it_stands_and_what_comes_behind_is_not_forgotten() -> None:
    first = (adf(OTHER, "a") + ddf(SECOND_DIRECTORY) + adf(CREDIT_NAME, "d"),)
    table = DirectoryTable({PSE_NAME: first, SECOND_DIRECTORY: (adf(DEBIT_NAME, "b"), "", adf(f"{GROUP}04", "c"))})
    assert candidates(table) == ["a", "b", "c", "d"]


def test_a_directory_that_names_itself_is_read_once() -> None:
    table = DirectoryTable(
        {PSE_NAME: (ddf(SECOND_DIRECTORY),), SECOND_DIRECTORY: (ddf(SECOND_DIRECTORY), adf(DEBIT_NAME))}
    )
    assert candidates(table) == ["0101"]


@pytest.mark.parametrize("sfi", [1, 10])
def test_a_directory_lies_in_one_of_the_files_1_to_10(sfi: int) -> None:
    named = fci(PSE_NAME, of(0x88, f"{sfi:02X}"))
    assert candidates(DirectoryTable(names={PSE_NAME: named}, more=file(sfi))) == ["it"]


@pytest.mark.parametrize(("length", "entered"), [(4, False), (5, True), (16, True), (17, False), (200, False)])
def test_a_name_of_a_directory_has_5_to_16_bytes(length: int, entered: bool) -> None:
    """Whatever the card answers to another one (PBOC-3 table 46)."""
    name = "AA" * length
    below = {PSE_NAME: (adf(CREDIT_NAME, "a"), ddf(name)), name: (adf(DEBIT_NAME, "b"),)}
    assert candidates(DirectoryTable(below, WHOLE)) == (["a", "b"] if entered else [])


@pytest.mark.parametrize("answer", ["6A82", "9000", "6283", "FCI 6283"])
def test_a_directory_that_cannot_be_entered_leaves_the_names(answer: str) -> None:
    """Nothing is called so, or it is blocked, whatever is read of it."""
    entries = {PSE_NAME: (adf(DEBIT_NAME, "a"), ddf(SECOND_DIRECTORY)), SECOND_DIRECTORY: (adf(OTHER, "b"),)}
    assert candidates(DirectoryTable(entries, WHOLE), aid(DEBIT_NAME), aid(OTHER)) == ["a", "b"]
    answer = answer.replace("FCI ", fci(SECOND_DIRECTORY, of(0x88, "03"))[:-4])
    table = DirectoryTable(entries, {**WHOLE, SECOND_DIRECTORY: answer})
    assert candidates(table, aid(DEBIT_NAME), aid(OTHER)) == ["DEBIT"]


@pytest.mark.parametrize(("below", "found"), [(8, ["0101"]), (9, ["DEBIT"])])
def test_a_card_has_at_most_eight_directories_below_the_first(below: int, found: list[str]) -> None:
    """Ours: no issued one has more than one."""
    chain = [PSE_NAME, *(f"AABBCCDDEE{number:02X}" for number in range(below))]
    last = adf(DEBIT_NAME)
    entries = {name: (ddf(after) if after else last,) for name, after in zip(chain, [*chain[1:], ""], strict=True)}
    assert candidates(DirectoryTable(entries, WHOLE), aid(DEBIT_NAME)) == found


def test_directories_without_end_are_left() -> None:
    """Each names another one; the card is asked for a bounded number."""
    chain = [PSE_NAME, *(f"AABBCCDDEE{number:02X}" for number in range(40))]
    table = DirectoryTable(
        more={f"00A40400{len(name) // 2:02X}{name}": fci(name, of(0x88, "02")) for name in chain}
        | {"00B20114": [of(0x70, ddf(name)) + "9000" for name in chain[1:]], "00B20214": "6A83"},
        names=WHOLE,
    )
    bench = bench_with(table, aid(DEBIT_NAME))
    bench.kernel.read()
    assert selected(bench)[-1] == DEBIT_NAME
    assert len(bench.card.passed) < 50


# --- names --------------------------------------------------------------------------------------------------------

FITS = [
    (DEBIT_NAME, DEBIT_NAME, True, True),
    (DEBIT_NAME, DEBIT_NAME, False, True),
    (GROUP, DEBIT_NAME, True, True),
    (GROUP, DEBIT_NAME, False, False),
    (CREDIT_NAME, DEBIT_NAME, True, False),
    ("A000000333", "A000000333", True, True),
    (DEBIT_NAME + "01", DEBIT_NAME, True, False),
    ("A000000333", "A000000333" + "00" * 11, True, True),
    ("A000000333", "A000000333" + "00" * 12, True, False),
    ("A0000003", "A0000003", True, False),
]


@pytest.mark.parametrize(("terminals", "cards", "partial", "fits"), FITS)
def test_the_indicator_says_whether_a_longer_name_of_the_card_fits(
    terminals: str, cards: str, partial: bool, fits: bool
) -> None:
    """ASI, by the directory; a name has 5 to 16 bytes (PBOC-3 §12.3.1)."""
    assert candidates(DirectoryTable(directory(adf(cards, "it"))), aid(terminals, partial=partial)) == ["it"] * fits


@pytest.mark.parametrize(("terminals", "cards", "partial", "fits"), FITS)
def test_so_it_does_by_the_terminals_names(terminals: str, cards: str, partial: bool, fits: bool) -> None:
    """Whatever the card answers to them."""
    table = DirectoryTable(found={terminals: [fci(cards, of(0x50, b"it"))]})
    assert candidates(table, aid(terminals, partial=partial)) == ["it"] * fits


def test_all_names_that_begin_so_are_asked_for_one_after_another() -> None:
    """P2 02 until the card answers anything but 9000 or 6283; a blocked one is passed over (PBOC-6 §7.2.4.2)."""
    blocked = fci(CREDIT_NAME)[:-4] + "6283"
    table = DirectoryTable(found={GROUP: [fci(DEBIT_NAME), blocked, fci(OTHER)]})
    bench = bench_with(table, choice=CardholderChoice.CONFIRM, holder=ChoosingHolder(None, False, False))
    assert ended(bench) is EndCause.NOTHING_CHOSEN
    assert bench.holder.asked == [DEBIT_NAME, OTHER]
    assert selected(bench) == [GROUP, f"{GROUP} 02", f"{GROUP} 02", f"{GROUP} 02"]


def test_a_whole_name_has_one_occurrence_and_blocked_it_is_no_candidate() -> None:
    for answer, expected in ((fci(DEBIT_NAME), [DEBIT_NAME]), (fci(DEBIT_NAME)[:-4] + "6283", [])):
        table = DirectoryTable(found={DEBIT_NAME: [answer, fci(OTHER)]})
        assert candidates(table, aid(DEBIT_NAME)) == expected


def test_a_card_whose_only_application_is_blocked_is_told_so() -> None:
    """And of one that is another terminal's nothing is said."""
    blocked = fci(DEBIT_NAME)[:-4] + "6283"
    assert ended(bench_with(DirectoryTable(found={DEBIT_NAME: [blocked]}), aid(DEBIT_NAME))) is (
        EndCause.APPLICATION_BLOCKED
    )
    other = fci(OTHER)[:-4] + "6283"
    assert ended(bench_with(DirectoryTable(found={DEBIT_NAME: [other]}), aid(DEBIT_NAME))) is EndCause.NO_APPLICATION


@pytest.mark.parametrize(
    "behind",
    [
        [fci(DEBIT_NAME)],
        [fci("A000000333FF0000")],
        ["9000"],
        ["6F109000"],
        ["6300"],
        [fci(f"{GROUP}{number:02X}") for number in range(1, 200)],
    ],
    ids=["the same again", "another one's", "no FCI", "a broken FCI", "a warning", "two hundred"],
)
def test_a_card_that_never_comes_to_an_end_is_left(behind: list[str]) -> None:
    select = f"00A4040207{GROUP}"
    table = DirectoryTable(found={GROUP: [fci(DEBIT_NAME)]}, names=WHOLE, more={select: [*behind, *behind]})
    bench = bench_with(table, choice=CardholderChoice.NONE)
    bench.kernel.read()
    assert len(bench.sent(0xA4)) < 40


def test_of_several_names_of_the_terminal_the_longest_that_fits_gives_the_parameters() -> None:
    """In whatever order they stand, by either method; it is seen in what GET PROCESSING OPTIONS is told."""
    pdol = of(0x9F38, "9F1B049F0608")
    for terminals in ((aid(GROUP, floor_limit=1), aid(DEBIT_NAME, floor_limit=2)),):
        for order in (terminals, terminals[::-1]):
            for table in (
                DirectoryTable(directory(adf(DEBIT_NAME)), {DEBIT_NAME: fci(DEBIT_NAME, pdol)}),
                DirectoryTable(found={GROUP: [fci(DEBIT_NAME)]}, names={DEBIT_NAME: fci(DEBIT_NAME, pdol)}),
            ):
                bench = bench_with(table, *order)
                bench.kernel.read()
                assert bench.sent(0xA8)[0][7:19].hex().upper() == f"00000002{DEBIT_NAME}"


def test_an_application_that_is_found_twice_is_offered_once() -> None:
    table = DirectoryTable(directory(adf(DEBIT_NAME, "a"), adf(DEBIT_NAME, "b"), adf(OTHER, "c")))
    assert candidates(table) == ["a", "c"]


@pytest.mark.parametrize(
    ("entry", "alphabet", "shown"),
    [
        (adf(DEBIT_NAME, "PBOC DEBIT"), "", "PBOC DEBIT"),
        (adf(DEBIT_NAME, "借记卡"), "", "借记卡"),
        (adf(DEBIT_NAME, "x", preferred="首选".encode("gb18030")), "", "首选"),
        (adf(DEBIT_NAME, "x", preferred="Débit".encode("latin-1")), "01", "Débit"),
        (adf(DEBIT_NAME, "x", preferred="дебет".encode("iso8859_5")), "05", "дебет"),
        (adf(DEBIT_NAME, "x", preferred="首选".encode("gb18030")), "99", "首选"),
        (adf(DEBIT_NAME, "x", preferred=b"\xff\x81"), "", "x"),
        (adf(DEBIT_NAME, "x", preferred=b"\x1b[2J"), "", "x"),
        (adf(DEBIT_NAME, "x", preferred="\x9b2J".encode("latin-1")), "01", "x"),
        (adf(DEBIT_NAME, "a\nb"), "", DEBIT_NAME),
        (of(0x61, of(0x4F, DEBIT_NAME)), "", DEBIT_NAME),
        (of(0x61, of(0x4F, DEBIT_NAME), of(0x50, b"\xff\x81")), "", DEBIT_NAME),
    ],
)
def test_an_application_is_shown_by_the_first_of_its_texts_that_is_text(entry: str, alphabet: str, shown: str) -> None:
    """首选名称 in the alphabet of 9F11 or in Chinese, 标签, the name itself (PBOC-6 table 3)."""
    assert candidates(DirectoryTable(directory(entry), alphabet=alphabet)) == [shown]


# --- which one ----------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.sampled_from([None, *(f"{number:02X}" for number in range(16)), "81", "82", "8F"]), min_size=2, max_size=9
    )
)
def test_the_holder_is_shown_the_list_in_the_order_of_the_priorities(priorities: list[str | None]) -> None:
    """1 first, none last, the same as they were met (PBOC-6 §7.2.5.3)."""
    entries = [adf(f"{GROUP}{at:02X}", f"{at}", priority) for at, priority in enumerate(priorities)]
    table = DirectoryTable(directory(*entries))
    ranks = [int(each, 16) & 15 if each else 0 for each in priorities]
    expected = [str(at) for rank in (*range(1, 16), 0) for at, each in enumerate(ranks) if each == rank]
    bench = bench_with(table, holder=ChoosingHolder(None))
    assert ended(bench) is EndCause.NOTHING_CHOSEN
    assert bench.holder.asked == [expected]


@given(st.lists(st.sampled_from(["00", "01", "02", "80", "81", "82"]), min_size=1, max_size=5))
def test_a_terminal_that_asks_nobody_takes_the_best_that_needs_no_confirmation(priorities: list[str]) -> None:
    """PBOC-6 §7.2.5.1."""
    names = [f"{GROUP}{at:02X}" for at in range(len(priorities))]
    entries = [adf(name, name, priority) for name, priority in zip(names, priorities, strict=True)]
    table = DirectoryTable(directory(*entries), {name: fci(name) for name in names})
    free = [(int(each, 16) & 15 or 16, at) for at, each in enumerate(priorities) if int(each, 16) < 0x80]
    bench = bench_with(table, choice=CardholderChoice.NONE)
    if not free:
        assert ended(bench) is EndCause.NOTHING_CHOSEN
    else:
        bench.kernel.read()
        assert selected(bench) == [names[min(free)[1]]]
    assert bench.holder.asked == []


def test_one_application_is_taken_unless_it_wants_to_be_confirmed() -> None:
    for choice in (CardholderChoice.LIST, CardholderChoice.CONFIRM):
        for priority, answers, asked in (("01", (), 0), ("81", (True,), 1), ("81", (False,), 1)):
            table = DirectoryTable(directory(adf(DEBIT_NAME, "it", priority)), WHOLE)
            bench = bench_with(table, choice=choice, holder=ChoosingHolder(0, *answers))
            if False in answers:
                assert ended(bench) is EndCause.NOTHING_CHOSEN
            else:
                bench.kernel.read()
            assert bench.holder.asked == ["it"] * asked


def test_a_terminal_that_shows_one_at_a_time_goes_down_the_list_until_one_is_confirmed() -> None:
    table = DirectoryTable(directory(adf(DEBIT_NAME, "b", "02"), adf(OTHER, "c"), adf(CREDIT_NAME, "a", "01")), WHOLE)
    bench = bench_with(table, choice=CardholderChoice.CONFIRM, holder=ChoosingHolder(None, False, True))
    bench.kernel.read()
    assert bench.holder.asked == ["a", "b"]
    assert selected(bench) == [DEBIT_NAME]


def test_without_a_common_application_the_transaction_ends() -> None:
    assert ended(bench_with(DirectoryTable())) is EndCause.NO_APPLICATION


# --- the last SELECT, GET PROCESSING OPTIONS ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", ["6A82", "6283", fci(DEBIT_NAME)[:-4] + "6283", "9000", "6F059000", "840100" + "9000"]
)
def test_an_application_that_cannot_be_selected_gives_way_to_the_next(answer: str) -> None:
    """PBOC-6 §7.2.5.3; when none is left the transaction ends."""
    two = DirectoryTable(
        directory(adf(DEBIT_NAME, "a", "01"), adf(CREDIT_NAME, "b", "02")), {**WHOLE, DEBIT_NAME: answer}
    )
    bench = bench_with(two)
    bench.kernel.read()
    assert bench.holder.asked == [["a", "b"]]
    assert selected(bench) == [DEBIT_NAME, CREDIT_NAME]
    one = dataclasses.replace(two, directories=directory(adf(DEBIT_NAME)))
    why = EndCause.APPLICATION_BLOCKED if answer.endswith("6283") else EndCause.NO_APPLICATION
    assert ended(bench_with(one)) is why


def test_6985_gives_way_to_the_next_with_nothing_of_the_first_left() -> None:
    """PBOC-6 §7.3.4. The second has no PDOL and is told none; what the first said of itself is forgotten."""
    names = {DEBIT_NAME: fci(DEBIT_NAME, of(0x9F38, "9F3704"), of(0x5F2D, "7A68")), CREDIT_NAME: fci(CREDIT_NAME)}
    options = ("6985", of(0x80, "0000", "08010100") + "9000")
    table = DirectoryTable(directory(adf(DEBIT_NAME), adf(CREDIT_NAME)), names, options=options)
    bench = bench_with(table)
    bench.kernel.read()
    assert [each[5 : 5 + each[4]].hex() for each in bench.sent(0xA8)] == ["830401020304", "8300"]
    assert bench.record.card[0x84].hex().upper() == CREDIT_NAME
    assert not {0x9F38, 0x5F2D} & bench.record.card.keys()
    one = dataclasses.replace(table, directories=directory(adf(DEBIT_NAME)))
    assert ended(bench_with(one)) is EndCause.NO_APPLICATION


@pytest.mark.parametrize("word", ["6A81", "6A88", "6700", "6984", "6300", "6D00"])
def test_any_other_word_to_get_processing_options_ends_the_transaction(word: str) -> None:
    table = DirectoryTable(directory(adf(DEBIT_NAME), adf(CREDIT_NAME)), WHOLE, options=(word,))
    assert ended(bench_with(table)) is EndCause.NOT_INITIATED
