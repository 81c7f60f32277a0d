"""脱机数据认证: which method, every link of the chain, and what the card is told of it (PBOC-6 §7.5, PBOC-7 §5)."""

from __future__ import annotations

import dataclasses

import pytest

from dualcos.messages.terminal_parameters import ActionCodes, AidParameters, AuthorityKeyName
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.certificate_chain import MissingForAuthentication, RsaChain
from dualcos.terminal.financial.kernel.debit_kernel import TransactionAsked, Verdict
from dualcos.terminal.financial.kernel.kernel_settings import POS, Capability, RevokedCertificate
from keys.rsa import RsaPublic
from keys.rsa_certificates import CertifiedKey, sign_issuer_key
from tests.dualcos.terminal.financial.payment_bench import DEBIT, PaymentBench, approving, authorities
from tests.dualcos.terminal.financial.signed_table import ACCOUNT, ATC, DAC, SignedTable, key_of
from tests.dualcos.terminal.financial.table_card import of

SDA, DDA, CDA = "4000", "2000", "0100"
NONE = "0000000000"
METHODS = Capability.SDA | Capability.DDA | Capability.CDA
FAILED = {SDA: Tvr.SDA_FAILED, DDA: Tvr.DDA_FAILED, CDA: Tvr.CDA_FAILED}
BITS = {Tvr.NOT_AUTHENTICATED, Tvr.DATA_MISSING, *FAILED.values()}
OF_AUTHORITY = AuthorityKeyName(bytes.fromhex("A000000333"), 0xF1)


def begun(table: SignedTable, **terminal: object) -> PaymentBench:
    """The card's first GENERATE AC is behind it. ``terminal``: parts of the bench that are otherwise."""
    bench = PaymentBench(card=table.card())
    for name, value in terminal.items():
        setattr(bench, name, value)
    bench.begin()
    return bench


def said(bench: PaymentBench) -> tuple[set[Tvr], bool]:
    """Bits of authentication in what the first GENERATE AC was told, and whether it was done."""
    return BITS & set(bench.first_tvr), Tsi.OFFLINE_AUTHENTICATION in bench.tsi


RIGHT = {SDA: (set(), True), DDA: (set(), True), CDA: (set(), False)}
"""A combined one is done with the answer to that command."""


def wrong(aip: str, *besides: Tvr) -> tuple[set[Tvr], bool]:
    return {FAILED[aip], *besides}, True


# --- which method -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aip", "terminal", "expected"),
    [
        ("6100", METHODS, "CDA"),
        ("6100", METHODS ^ Capability.CDA, "DDA"),
        ("6100", Capability.SDA, "SDA"),
        ("6000", METHODS, "DDA"),
        ("4000", METHODS, "SDA"),
        ("2000", Capability.SDA | Capability.CDA, None),
        ("0000", METHODS, None),
        ("6100", Capability(0), None),
    ],
)
def test_the_best_method_that_both_have_is_used_and_no_other(
    aip: str, terminal: Capability, expected: str | None
) -> None:
    """PBOC-6 §7.5.3.3."""
    bench = begun(SignedTable(aip), data=dataclasses.replace(POS, capabilities=POS.capabilities & ~METHODS | terminal))
    told = next(bench.generated())
    assert len(bench.sent(0x88)) == (expected == "DDA")
    assert bench.sent(0xAE)[0][2] & 0x10 == (0x10 if expected == "CDA" else 0)
    assert told[0x9F45].hex().upper() == (DAC if expected == "SDA" else "0000")
    assert told[0x9F4C].hex().upper() == (ATC if expected == "DDA" else "0000")
    assert said(bench) == (set() if expected else {Tvr.NOT_AUTHENTICATED}, expected in ("SDA", "DDA"))


# --- what is not there --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aip", "tag"),
    [
        *((SDA, tag) for tag in ("8F", "90", "92", "9F32", "93")),
        *((DDA, tag) for tag in ("8F", "90", "92", "9F32", "9F46", "9F47", "9F48")),
        *((CDA, tag) for tag in ("8F", "90", "92", "9F32", "9F46", "9F47", "9F48")),
    ],
)
def test_without_one_of_its_data_a_method_fails_and_they_are_missing(aip: str, tag: str) -> None:
    """PBOC-6 figures 8 and 9. Each key of this card is longer than its certificate has room for."""
    assert said(begun(SignedTable(aip, instead={tag: None}))) == wrong(aip, Tvr.DATA_MISSING)


@pytest.mark.parametrize(("aip", "tag"), [(SDA, "9F46"), (SDA, "9F48"), (DDA, "93"), (CDA, "93"), (CDA, "9F49")])
def test_what_a_method_does_not_need_is_not_missing(aip: str, tag: str) -> None:
    assert said(begun(SignedTable(aip, instead={tag: None}))) == RIGHT[aip]


@pytest.mark.parametrize("aip", [SDA, DDA, CDA])
@pytest.mark.parametrize("other", [("A000000333", 0xF0), ("A000000334", 0xF1)])
def test_a_key_that_the_terminal_does_not_have_fails_and_nothing_of_the_card_is_missing(
    aip: str, other: tuple[str, int]
) -> None:
    """RID and index together name it (PBOC-7 §5.2.2)."""
    name = AuthorityKeyName(bytes.fromhex(other[0]), other[1])
    keys = {name: dataclasses.replace(authorities()[OF_AUTHORITY], name=name)}
    assert said(begun(SignedTable(aip), keys=keys)) == wrong(aip)


def test_a_key_of_an_algorithm_that_the_terminal_does_not_compute_is_none() -> None:
    assert said(begun(SignedTable(SDA, instead={"8F": "F2"}))) == wrong(SDA)


@pytest.mark.parametrize(("length", "cut"), [(8, False), (140, False), (141, True), (176, True)])
def test_a_remainder_is_missing_where_the_certified_key_is_longer_than_its_block_has_room_for(
    length: int, cut: bool
) -> None:
    """NCA - 36 bytes of it stand there (PBOC-7 table 3)."""
    key = RsaPublic(b"\x81" * length, b"\x03")
    signed = sign_issuer_key(key_of("ca"), CertifiedKey(bytes(4), bytes(2), bytes(3), key))
    chain = RsaChain(authorities()[OF_AUTHORITY], {0x90: signed.certificate, 0x9F32: signed.exponent})
    if cut:
        with pytest.raises(MissingForAuthentication, match="92"):
            chain.issuer()
    else:
        assert chain.issuer() == (bytes(4), bytes(2), bytes(3))


# --- what certificates say ----------------------------------------------------------------------------------------

OTHERWISE = {
    "another issuer": {"issuer": "621701"},
    "an identifier of two digits": {"issuer": ACCOUNT[:2]},
    "an identifier that is no number": {"issuer": "6217A0"},
    "issuer expired last month": {"issuer_expiry": "1026"},
    "issuer expired in another century": {"issuer_expiry": "1250"},
    "issuer with month 0": {"issuer_expiry": "0030"},
    "issuer with month 13": {"issuer_expiry": "1330"},
    "issuer with a letter in its month": {"issuer_expiry": "0A30"},
    "issuer with a letter in its year": {"issuer_expiry": "124A"},
    "another AIP was signed": {"signed_aip": "7C00"},
    "a certificate longer than the key": {"instead": {"90": "00" * 177}},
    "a certificate shorter than the key": {"instead": {"90": "01" * 175}},
    "a list of two AIPs": {"record": {"9F4A": "8282"}},
    "a list of something else": {"record": {"9F4A": "95"}},
    "an empty list": {"record": {"9F4A": ""}},
}
OF_CARD = {
    "another account": {"account": ACCOUNT[:-1] + "1"},
    "a longer account": {"account": ACCOUNT + "0"},
    "card expired last month": {"card_expiry": "1026"},
    "card with month 13": {"card_expiry": "1330"},
}


@pytest.mark.parametrize(
    ("aip", "otherwise"),
    [
        *(pytest.param(aip, how, id=f"{aip}-{name}") for aip in (SDA, DDA, CDA) for name, how in OTHERWISE.items()),
        *(pytest.param(aip, how, id=f"{aip}-{name}") for aip in (DDA, CDA) for name, how in OF_CARD.items()),
    ],
)
def test_a_chain_with_one_thing_wrong_fails(aip: str, otherwise: dict[str, object]) -> None:
    """PBOC-7 §5.2.3, §5.2.4, §5.3.4; nothing else is said of the card."""
    assert said(begun(SignedTable(aip, **otherwise))) == wrong(aip)  # type: ignore[arg-type]


@pytest.mark.parametrize("aip", [SDA, DDA, CDA])
@pytest.mark.parametrize(
    "as_well",
    [
        {"issuer": ACCOUNT[:3]},
        {"issuer": ACCOUNT[:8]},
        {"issuer_expiry": "1126", "card_expiry": "1126"},
        {"issuer_expiry": "1249", "card_expiry": "0149"},
        {"record": {"9F4A": None}},
        {"beyond": "9F1F0130"},
    ],
    ids=["3 digits", "8 digits", "to the end of this month", "to 2049", "without the AIP", "a record of file 11"],
)
def test_what_a_chain_may_be(aip: str, as_well: dict[str, object]) -> None:
    """Of a record of files 11 to 30 the template's tag and length are signed as well (PBOC-7 §5)."""
    assert said(begun(SignedTable(aip, **as_well))) == RIGHT[aip]  # type: ignore[arg-type]


def test_what_an_issuer_certificate_may_not_outlive_is_the_day() -> None:
    """On the first of the next month it has expired."""
    for expiry, moment, expected in (
        ("1126", "20261130235959", RIGHT[SDA]),
        ("1126", "20261201000000", wrong(SDA)),
        ("1226", "20261231235959", RIGHT[SDA]),
        ("1226", "20270101000000", wrong(SDA)),
    ):
        table = SignedTable(SDA, issuer_expiry=expiry)
        assert said(begun(table, asked=TransactionAsked("00", 10_000, moment, 1))) == expected


@pytest.mark.parametrize("aip", [SDA, DDA, CDA])
def test_a_signed_record_that_is_no_template_fails(aip: str) -> None:
    """In files 1 to 10 it ends the transaction; above, authentication alone has failed, though what was signed is
    without it (PBOC-7 §5).
    """
    rows = {"80A8": of(0x80, aip, "08010501", "58010101") + "9000", "00B2015C": "9F1F01309000"}
    assert said(begun(SignedTable(aip, more=rows))) == wrong(aip)


@pytest.mark.parametrize("aip", [SDA, DDA, CDA])
@pytest.mark.parametrize(
    ("name", "serial", "taken"),
    [
        (OF_AUTHORITY, "000001", False),
        (OF_AUTHORITY, "000002", True),
        (OF_AUTHORITY._replace(number=0xF0), "000001", True),
        (OF_AUTHORITY._replace(rid=bytes.fromhex("A000000334")), "000001", True),
    ],
)
def test_a_revoked_certificate_fails_and_no_other(aip: str, name: AuthorityKeyName, serial: str, taken: bool) -> None:
    """RID, index and serial number together (PBOC-7 §5.2.3 step 10)."""
    revoked = frozenset((RevokedCertificate(name, bytes.fromhex(serial)),))
    assert said(begun(SignedTable(aip), revoked=revoked)) == (RIGHT[aip] if taken else wrong(aip))


# --- one bit ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aip", "tag"),
    [
        *((SDA, tag) for tag in ("90", "92", "93", "5F24")),
        *((DDA, tag) for tag in ("90", "92", "9F46", "9F48", "5F24")),
        *((CDA, tag) for tag in ("90", "92", "9F46", "9F48", "5F24")),
    ],
)
def test_one_bit_that_is_wrong_fails(aip: str, tag: str) -> None:
    """Of a certificate, of a remainder, of what is signed."""
    table = SignedTable(aip)
    values = {**table.certificates(), **table.signed}
    value = values[tag]
    assert value is not None
    spoilt = value[:-1] + f"{int(value[-1], 16) ^ 1:X}"
    bent = {"record" if tag in table.signed else "instead": {tag: spoilt}}
    certificates = {} if tag not in table.signed else table.certificates()  # of the record as it was
    whole = SignedTable(aip, **{"instead": certificates, **bent})  # type: ignore[arg-type]
    assert said(begun(whole)) == wrong(aip)


# --- DDA ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_2", [False, True])
def test_both_formats_of_the_dynamic_signature_are_read(format_2: bool) -> None:
    assert said(begun(SignedTable(DDA, format_2=format_2))) == RIGHT[DDA]


@pytest.mark.parametrize(
    "answer",
    [
        "6985",
        "6A81",
        "9000",
        "80009000",
        "8081019000",
        "77039F4B009000",
        "77009000",
        "8002ABCD9000",
        f"808180{'00' * 128}9000",
    ],
)
def test_an_answer_that_is_no_signature_fails_and_the_transaction_goes_on(answer: str) -> None:
    assert said(begun(SignedTable(DDA, authenticate=answer))) == wrong(DDA)


def test_a_signature_behind_a_warning_is_none() -> None:
    """What the standard does not say; T=1, where an answer brings both."""
    atr = bytes.fromhex("3B800181")
    assert said(begun(SignedTable(DDA, atr=atr))) == RIGHT[DDA]
    assert said(begun(SignedTable(DDA, atr=atr, word="6283"))) == wrong(DDA)


@pytest.mark.parametrize(
    ("own", "default", "sent"),
    [
        ("9F37049A03", "9F3704", "01020304261129"),
        ("9A039F3704", "9F3704", "26112901020304"),
        (None, "9F3704", "01020304"),
        (None, "9F37049C01", "0102030400"),
        ("9A03", "9F3704", None),
        ("9F3700", "9F3704", None),
        ("9F3701", "9F3704", None),
        ("9F3708", "9F3704", None),
        ("9F37", "9F3704", None),
        (None, "9A03", None),
        (None, "", None),
        ("9F37049F1FFA", "9F3704", None),
    ],
)
def test_the_list_of_dda_is_the_cards_else_the_terminals_and_asks_for_the_unpredictable_number(
    own: str | None, default: str, sent: str | None
) -> None:
    """A list of the card without it is not replaced (PBOC-6 §7.5.5.4 step 4)."""
    parameters = AidParameters(DEBIT, default_ddol=bytes.fromhex(default))
    bench = begun(SignedTable(DDA, instead={"9F49": own}), parameters=parameters)
    assert [each[5:].hex() for each in bench.sent(0x88)] == ([] if sent is None else [sent])
    assert said(bench) == (wrong(DDA) if sent is None else RIGHT[DDA])


# --- CDA that fails before it is asked for ------------------------------------------------------------------------


@pytest.mark.parametrize("instead", [{"9F46": None}, {"9F46": "00" * 128}, {"8F": "77"}])
@pytest.mark.parametrize(
    ("online", "denial", "asked"),
    [(NONE, NONE, [0x40]), ("0400000000", NONE, [0x80, 0x00]), (NONE, "0400000000", [0x00])],
)
def test_a_combined_authentication_that_has_failed_before_is_not_asked_for_and_declines(
    instead: dict[str, str | None], online: str, denial: str, asked: list[int]
) -> None:
    """Whatever the codes of card and acquirer want: a forged card's are its own (PBOC-7 §5.3.6, PBOC-6 §7.13.4)."""
    codes = {"9F0D": NONE, "9F0E": denial, "9F0F": online}
    bench = PaymentBench(card=SignedTable(CDA, instead=instead, record=codes).card())
    bench.parameters = AidParameters(
        DEBIT, tac=ActionCodes(*[bytes(5)] * 3), floor_limit=100_000, target_percent=0, most_target_percent=0
    )
    paid = bench.pay(lambda bench: bench.issuer(arpc=b""))
    assert [(each.verdict, each.code, each.reverse) for each in paid.said] == [(Verdict.DECLINED, b"Z1", False)]
    assert [each[2] for each in bench.sent(0xAE)] == asked


def test_the_usual_codes_of_acquirers_see_a_combined_authentication_that_has_failed() -> None:
    """Bit 1.3; a card that is forged has codes that see nothing."""
    codes = {"9F0D": NONE, "9F0E": NONE, "9F0F": NONE}
    bench = PaymentBench(card=SignedTable(CDA, instead={"9F46": None}, record=codes).card())
    bench.parameters = AidParameters(DEBIT, floor_limit=100_000, target_percent=0, most_target_percent=0)
    bench.pay()
    assert bench.sent(0xAE)[0][2] == 0x80
    assert all(code[0] & 0x04 for code in bench.parameters.tac[1:])


# --- SM2 ----------------------------------------------------------------------------------------------------------


def test_a_card_with_both_is_authenticated_with_what_the_terminal_has() -> None:
    """DF69 in its PDOL; with SM2 there is no CDA, though AIP of the other set names it."""
    for sm, asked in ((True, 1), (False, 0)):
        bench = PaymentBench("pboc-sm")
        bench.sm_algorithms = sm
        assert bench.pay(approving).last.verdict is Verdict.APPROVED
        assert bench.sent(0xA8)[0][7] == sm
        assert len(bench.sent(0x88)) == asked
        assert not BITS & bench.first_tvr
