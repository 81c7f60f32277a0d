"""应用初始化, 读应用数据: what is told and read, and which data end a transaction (PBOC-6 §7.3, §7.4, §8.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apdu import tlv
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.kernel_record import TERMINAL_TAGS
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from tests.dualcos.terminal.financial.payment_bench import PaymentBench, approving
from tests.dualcos.terminal.financial.table_card import CDOL1, CDOL2, EXPIRY, NO_CVM, PAN, PaymentTable, of

ACCOUNT = PAN.rstrip("F")
T0_ATR, T1_ATR = bytes.fromhex("3B00"), bytes.fromhex("3B800181")


def bench_of(table: PaymentTable) -> PaymentBench:
    """With a card that speaks T=0, unless the table says otherwise."""
    return PaymentBench(card=table.card())


def told_to(bench: PaymentBench, instruction: int) -> list[str]:
    """Data of the commands with that instruction, in hex."""
    return [each[5 : 5 + each[4]].hex() for each in bench.sent(instruction)]


def ended(table: PaymentTable) -> EndCause | None:
    """Why reading ends; None: it does not."""
    try:
        bench_of(table).kernel.read()
    except TransactionEnded as error:
        return error.cause
    return None


def records(*contents: str, aip: str = "0000", sfi: int = 1, signed: int = 0) -> PaymentTable:
    """A card with these records instead of its one, as they are."""
    rows = {f"00B2{number:02X}{sfi << 3 | 4:02X}": content + "9000" for number, content in enumerate(contents, 1)}
    options = of(0x80, aip, f"{sfi << 3:02X}01{len(contents):02X}{signed:02X}") + "9000"
    return PaymentTable(more={**rows, "80A8": options})


USUAL = {"5A": PAN, "5F24": EXPIRY, "8E": NO_CVM, "8C": CDOL1, "8D": CDOL2}


def elements(of_them: Mapping[str, str] = USUAL) -> str:
    return "".join(of(int(tag, 16), value) for tag, value in of_them.items())


# --- what ends it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["5A", "5F24", "8C", "8D"])
def test_without_mandatory_data_the_transaction_ends(tag: str) -> None:
    assert ended(PaymentTable(elements={tag: None})) is EndCause.MISSING


def test_what_the_fci_has_of_them_is_not_in_the_records() -> None:
    assert ended(PaymentTable(elements={"5A": None}, proprietary=of(0x5A, PAN))) is EndCause.MISSING


@pytest.mark.parametrize(
    "twice",
    [
        [elements() + of(0x5A, PAN)],
        [elements(), of(0x5A, PAN)],
        [elements(), of(0x5F24, ""), of(0x5F24, "")],
        [elements() + of(0xBF0C, of(0x9F07, "FF00")), of(0x9F07, "FF00")],
        [elements() + of(0x9F37, "01020304"), of(0x9F37, "01020304")],
        [elements() + of(0x82, "0000")],
        [elements() + of(0x94, "08010100")],
    ],
    ids=["a record", "two records", "empty", "below a template", "the terminal's", "AIP", "AFL"],
)
def test_a_data_object_that_comes_twice_ends_the_transaction(twice: Sequence[str]) -> None:
    """Equal or not; GET PROCESSING OPTIONS has said AIP and AFL (PBOC-6 §7.4.4)."""
    assert ended(records(*(of(0x70, each) for each in twice))) is EndCause.DUPLICATE


@pytest.mark.parametrize("tag", [0xDF50, 0xDF01, 0xC1])
def test_what_no_terminal_knows_may_come_twice(tag: int) -> None:
    """It is passed over (PBOC-6 §7.4.4)."""
    bench = bench_of(records(of(0x70, elements() + of(tag, "01")), of(0x70, of(tag, "02"))))
    bench.kernel.read()
    assert bench.record.pan == PAN.rstrip("F")


def test_what_the_fci_has_said_may_come_again_and_is_not_changed() -> None:
    table = PaymentTable(elements={"50": "41", "84": "A000000003101000"})
    bench = bench_of(table)
    bench.kernel.read()
    assert bench.record.card[0x50] == b"PBOC"
    assert bench.record.card[0x84].hex().upper() == table.aid


@pytest.mark.parametrize(
    "record",
    [
        "",
        elements(),
        of(0x71, elements()),
        of(0x70, elements()) + of(0x70, ""),
        of(0x70, elements()) + of(0x5F20, "41"),
        of(0x70, elements())[:-2],
        of(0x70, elements() + "9F"),
        of(0x70, elements() + "5F2005"),
        of(0x70, elements() + "5F2080"),
        of(0x70, elements() + "9F8181818101"),
        of(0x70, elements() + of(0xBF0C, "5F")),
        of(0x70, elements() + of(0xDF01, "00" * 200)),
    ],
)
def test_a_record_that_is_no_template_of_data_objects_ends_the_transaction(record: str) -> None:
    assert ended(records(record)) is EndCause.FORMAT


@pytest.mark.parametrize("sfi", [11, 30])
def test_what_a_record_of_files_11_to_30_holds_is_its_issuers_own(sfi: int) -> None:
    """Read and not looked at, so that the mandatory data are not found there."""
    for content in ("", "70", "FFFF", of(0x70, elements())):
        assert ended(records(content, sfi=sfi)) is EndCause.MISSING


@pytest.mark.parametrize("word", ["6A83", "6A82", "6985", "6281", "6300", "6981"])
def test_a_record_that_is_listed_and_not_read_ends_the_transaction(word: str) -> None:
    table = PaymentTable(more={"80A8": of(0x80, "0000", "08010200") + "9000", "00B2020C": word})
    assert ended(table) is EndCause.RECORD


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "80",
        of(0x80, ""),
        of(0x80, "00"),
        of(0x80, "0000"),
        of(0x80, "0000", "080101"),
        of(0x80, "0000", "0801010008"),
        of(0x80, "0000", "00010100"),
        of(0x80, "0000", "F8010100"),
        of(0x80, "0000", "09010100"),
        of(0x80, "0000", "08000100"),
        of(0x80, "0000", "08020100"),
        of(0x80, "0000", "08010102"),
        of(0x77, ""),
        of(0x77, of(0x82, "0000")),
        of(0x77, of(0x94, "08010100")),
        of(0x77, of(0x82, "000000"), of(0x94, "08010100")),
        of(0x77, of(0x82, "0000"), of(0x94, "080101")),
        of(0x77, of(0x82, "0000"), "9404"),
        of(0x70, of(0x82, "0000"), of(0x94, "08010100")),
    ],
)
def test_an_answer_of_get_processing_options_that_is_none_ends_the_transaction(answer: str) -> None:
    assert ended(PaymentTable(more={"80A8": answer + "9000"})) is EndCause.FORMAT


@pytest.mark.parametrize(
    "answer",
    [
        of(0x80, "0000", "08010100"),
        of(0x77, of(0x82, "0000"), of(0x94, "08010100")),
        of(0x77, of(0x94, "08010100"), of(0x9F36, "0007"), of(0x82, "0000")),
    ],
)
def test_both_formats_are_read(answer: str) -> None:
    assert ended(PaymentTable(more={"80A8": answer + "9000"})) is None


@pytest.mark.parametrize(
    ("otherwise", "cause"),
    [
        (f"57={ACCOUNT}D35122200", None),
        (f"57={ACCOUNT}D351222000F", None),
        (f"57={ACCOUNT[:-1]}1D35122200", EndCause.ACCOUNT),
        (f"57={ACCOUNT}0D351222000", EndCause.ACCOUNT),
        (f"57={ACCOUNT[:-1]}D3512220", EndCause.ACCOUNT),
        (f"57={ACCOUNT}0", EndCause.ACCOUNT),
        ("5A=62170000000000000A0F", EndCause.FORMAT),
        ("5A=FFFF", EndCause.FORMAT),
        ("5A=6217000000000000018F", None),
        ("5A=62170000000000000189", EndCause.FORMAT),
        ("5A=62170000F000000010", EndCause.FORMAT),
        ("5F24=35123F", EndCause.FORMAT),
        ("5A=", EndCause.FORMAT),
        (f"5A={PAN}FF", EndCause.FORMAT),
        ("5F24=3512", EndCause.FORMAT),
        ("5F25=35123101", EndCause.FORMAT),
        ("5F28=56", EndCause.FORMAT),
        ("5F34=0001", EndCause.FORMAT),
        ("9F07=FF", EndCause.FORMAT),
        ("9F0D=00000000", EndCause.FORMAT),
        ("9F0E=000000000000", EndCause.FORMAT),
        ("8E=00000000", EndCause.FORMAT),
        ("9F14=0101", EndCause.FORMAT),
    ],
)
def test_data_of_another_format_or_another_account_end_the_transaction(otherwise: str, cause: EndCause | None) -> None:
    tag, _, value = otherwise.partition("=")
    assert ended(PaymentTable(elements={tag: value})) is cause


def test_what_the_terminal_does_not_know_is_passed_over() -> None:
    """Unknown tags, and templates inside of the record's (PBOC-6 §7.4.4)."""
    inside = of(0xBF10, of(0xDF7E, "0102"), of(0xE1, of(0x5F20, "41422F")))
    assert ended(records(of(0x70, elements() + of(0xDF7F, "00" * 40) + of(0xC1, "") + inside))) is None


def test_bytes_00_between_data_objects_mean_nothing() -> None:
    """EMV book 3 annex B1: in records, in the FCI and in the answer of GET PROCESSING OPTIONS."""
    parts = [of(int(tag, 16), value) for tag, value in USUAL.items()]
    record = "00" + of(0x70, "00" + "000000".join(parts) + "00") + "0000"
    fci = of(0x6F, "00", of(0x84, "A000000333010101"), "0000", of(0xA5, of(0x50, "41"), "00", of(0x9F38, "9F3704")))
    options = "00" + of(0x77, "00", of(0x82, "0000"), "00", of(0x94, "08010100"), "00")
    rows = {"00B2010C": record + "9000", "00A40400": fci + "009000", "80A8": options + "009000"}
    bench = bench_of(PaymentTable(more=rows))
    bench.kernel.read()
    assert told_to(bench, 0xA8) == ["830401020304"]


@pytest.mark.parametrize(("length", "expected"), [(256, None), (257, EndCause.FORMAT)])
def test_a_record_is_as_long_as_an_answer_in_one_piece(length: int, expected: EndCause | None) -> None:
    """Under T=1 an answer brings more than 256 bytes only if somebody has made it so."""
    content = elements()
    record = of(0x70, content, of(0xDF7E, "00" * (length - 3 - len(content) // 2 - 4)))
    assert len(record) // 2 == length
    assert ended(records(record)) is expected


# --- what is told -------------------------------------------------------------------------------------------------

TOLD = {
    # n: to the right; b and an: to the left; longer and shorter than the terminal's own
    "9F0206": "000000010000",
    "9F0204": "00010000",
    "9F0208": "0000000000010000",
    "9A02": "1129",
    "9A04": "00261129",
    "9F1A01": "56",
    "9F1A03": "000156",
    "5F2A02": "0156",
    "5F3602": "0002",
    "9F3502": "0022",
    "9F1504": "00005411",
    "9F1501": "11",
    "9F4102": "0001",
    "9F4104": "00000001",
    "9F3702": "0102",
    "9F3705": "0102030400",
    "9F3302": "E0E1",
    "9F3304": "E0E1C800",
    "9F1C04": "31323334",
    "9F1C0A": "31323334353637380000",
    "9F1E09": "313233343536373800",
    "9F0609": "A00000033301010100",
    "9505": "0000000000",
    "9B02": "0000",
    # what nobody knows, what is not known yet, a template, nothing
    "DF7E03": "000000",
    "9F3403": "000000",
    "8A02": "0000",
    "BF0C04": "00000000",
    "6104": "00000000",
    "9F3700": "",
}


@pytest.mark.parametrize(("wanted", "told"), TOLD.items())
def test_what_a_list_asks_for_is_fitted_by_its_format(wanted: str, told: str) -> None:
    """PBOC-6 §8.2, EMV book 3 §5.4; TVR and TSI are zero when an application begins (PBOC-6 figure 5)."""
    proprietary = of(0x9F38, wanted) + of(0xBF0C, of(0x9F4D, "0B0A"))
    bench = bench_of(PaymentTable(proprietary=proprietary))
    bench.kernel.read()
    assert told_to(bench, 0xA8) == [of(0x83, told)]


@settings(max_examples=30)
@given(st.permutations([each for each in TOLD if each not in ("9505", "9B02", "9F3403")]))
def test_data_stand_in_the_order_of_the_cards_lists(order: list[str]) -> None:
    """CDOL1 and CDOL2 in any order, and with objects twice; each value is what it is alone."""
    pieces = order[: len(order) // 2]
    table = PaymentTable(elements={"8C": "".join(pieces), "8D": "".join((*pieces[::-1], pieces[0]))})
    bench = bench_of(table)
    bench.pay(None)
    first, second = told_to(bench, 0xAE)
    assert first.upper() == "".join(TOLD[each] for each in pieces)
    again = {**TOLD, "8A02": "5A33"}  # Z3: the second time it is known
    assert second.upper() == "".join(again[each] for each in (*pieces[::-1], pieces[0]))


@pytest.mark.parametrize("wanted", ["9F02", "9F", "9F37049F", "9F0B7F9F0B7E", "DF7EFF"])
def test_a_list_that_is_none_or_asks_for_more_than_a_command_carries_ends_the_transaction(wanted: str) -> None:
    """252 bytes (PBOC-3 §11.2); PDOL, CDOL1 and CDOL2."""
    assert ended(PaymentTable(proprietary=of(0x9F38, wanted))) is EndCause.FORMAT
    for tag in ("8C", "8D"):
        paid = bench_of(PaymentTable(elements={tag: wanted})).pay(None)
        assert paid.ended is not None
        assert paid.ended.cause is EndCause.FORMAT


@pytest.mark.parametrize("length", [127, 128, 252])
def test_long_lists_are_told_whole(length: int) -> None:
    bench = bench_of(PaymentTable(proprietary=of(0x9F38, f"DF7E{length:02X}")))
    bench.kernel.read()
    (data,) = told_to(bench, 0xA8)
    assert data == of(0x83, "00" * length)


PRIMITIVE = sorted(TERMINAL_TAGS - {0x71, 0x72})


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(PRIMITIVE), st.binary(max_size=6), min_size=1, max_size=9))
def test_a_card_that_speaks_of_the_terminals_data_changes_nothing_that_is_sent(told: dict[int, bytes]) -> None:
    """In its records, with any value, and of what it answers to other commands; its lists ask for just these."""
    answers = {tag: bytes.fromhex("EE" * 8) for tag in (0x9F26, 0x9F45, 0x9F4C, 0x9F10)}
    lies = b"".join(tlv.encode(tag, value) for tag, value in {**told, **answers}.items())
    wanted = "".join(f"{tag:X}04" for tag in (*told, *answers))
    sent = []
    for second in ("", lies.hex()):
        rows = {"80A8": of(0x80, "1C00", "08010200") + "9000", "00B2020C": of(0x70, second) + "9000"}
        bench = bench_of(PaymentTable(elements={"8C": wanted, "8D": wanted}, proprietary=of(0x9F38, wanted), more=rows))
        bench.pay(None)
        sent.append([each.command for each in bench.card.passed])
    assert sent[0] == sent[1]
    assert [each[1] for each in sent[0]].count(0xAE) == 2


# --- what is read -------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(11, 30), st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=5))
def test_all_records_of_the_locator_are_read_in_its_order_and_no_other(entries: list[tuple[int, int, int]]) -> None:
    """Entries in any order, one file twice; all of one entry before the next (PBOC-6 §7.4.4)."""
    locator = "08010100" + "".join(f"{sfi << 3:02X}{first:02X}{first + more:02X}00" for sfi, first, more in entries)
    rows = {"80A8": of(0x80, "0000", locator) + "9000", "00B2": "9000"}
    bench = bench_of(PaymentTable(more=rows))
    bench.kernel.read()
    wanted = [(1, 1)] + [(sfi, first + at) for sfi, first, more in entries for at in range(more + 1)]
    assert [(each[3] >> 3, each[2]) for each in bench.sent(0xB2)] == wanted


# --- transmission -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("atr", "end"), [(T0_ATR, ""), (T1_ATR, "00"), (bytes.fromhex("3B80800101"), "00"), (bytes.fromhex("FF"), "")]
)
def test_only_t_1_is_told_that_an_answer_is_expected(atr: bytes, end: str) -> None:
    """A command with data and an answer: SELECT, GET PROCESSING OPTIONS, GENERATE AC (PBOC-3 §9.3.1.1.4, §9.3.2)."""
    bench = bench_of(PaymentTable(atr=atr))
    bench.pay(None)
    for instruction in (0xA4, 0xA8, 0xAE):
        for sent in bench.sent(instruction):
            assert sent[5 + sent[4] :].hex() == end


@pytest.mark.parametrize("protocol", ["T=0", "T=1", "contactless"])
def test_a_card_of_this_house_pays_by_every_protocol(protocol: str) -> None:
    bench = PaymentBench("bank-cda", f"chip.transmission.protocol='{protocol}'")
    assert bench.pay(approving).last.verdict is Verdict.APPROVED


def test_waiting_answers_and_wrong_lengths_are_fetched_under_t_0() -> None:
    """61xx and 6Cxx, also in pieces (PBOC-3 §9.3.1.2)."""
    record = of(0x70, elements())
    plain = PaymentTable(atr=T0_ATR)
    options = of(0x80, "0000", "08010100")
    rows = {
        "80A8": f"61{len(options) // 2:02X}",
        "00C00000": [options[:6] + f"61{len(options) // 2 - 3:02X}", options[6:] + "9000"],
        "00B2010C00": f"6C{len(record) // 2:02X}",
        f"00B2010C{len(record) // 2:02X}": record + "9000",
    }
    bench = bench_of(PaymentTable(atr=T0_ATR, more=rows))
    bench.kernel.read()
    whole = bench_of(plain)
    whole.kernel.read()
    assert {**bench.record.card, 0x82: b""} == {**whole.record.card, 0x82: b""}


def test_an_answer_behind_a_warning_is_asked_for_under_t_0() -> None:
    """A blocked application's name, without which the next occurrence is not asked for (PBOC-3 §9.3.1.1.4)."""
    name, part = "A000000333010101", "A0000003330101"
    fci = of(0x6F, of(0x84, name), of(0xA5, of(0x50, "41")))
    usable = of(0x6F, of(0x84, name[:-2] + "02"), of(0xA5, of(0x50, "41"))) + "9000"
    rows = {
        f"00A4040007{part}": "6283",
        "00C0000000": fci + "9000",
        f"00A4040207{part}": [usable, "6A82"],
        f"00A4040008{name[:-2]}02": usable,
    }
    bench = bench_of(PaymentTable(atr=T0_ATR, more=rows))
    bench.applications = (type(bench.parameters)(bytes.fromhex(part)),)
    bench.kernel.read()
    assert bench.record.card[0x84].hex().upper() == name[:-2] + "02"
