"""First and second GENERATE AC row by row (PBOC-5 §14.5, §16.6, §16.7), and properties over all inputs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.pse.data.aip_afl_ada import Ada, Aip
from cos.pse.options import BankOptions
from cos.pse.transaction.cvr_and_cid import Bit, CidReason, Cryptogram, CryptogramRequest, Cvr
from cos.pse.transaction.generate_ac_decision import first, generate_ac, refusal, second_online, second_unable
from cos.pse.transaction.risk_data import Facts, Limits, RiskData, Terminal
from cos.pse.transaction.transaction_memory import SIZE, Authentication, Counters, Transaction
from cos.pse.transaction.transaction_states import TransactionState
from dualcos.explain.bank_decisions import changes, decided

AAC, TC, ARQC = Cryptogram
RMB, USD, HKD = (bytes.fromhex(code) for code in ("0156", "0840", "0344"))
LIMITS = Limits(currency=RMB, country=RMB, ada=0, ia_indicator=0)
HOME = Terminal(amount=1000, country=RMB, currency=RMB, tvr=bytes(5))
DIRTY = Counters(
    atc=9,
    last_online_atc=4,
    online_authorisation=True,
    sda_failure=True,
    dda_failure=True,
    script_failure=True,
    script_counter=3,
    foreign_currency=2,
    foreign_country=1,
    cumulative=700,
    cumulative_two=800,
)


def at_first(counters=None, limits=LIMITS, terminal=HOME, options=None, **tx):
    transaction = Transaction(TransactionState.INITIATED, **tx)
    risk = RiskData(counters or Counters(atc=5, last_online_atc=4), limits)
    return Facts(risk, transaction, terminal, options or BankOptions())


WANT = {
    "nothing": Counters(atc=5, last_online_atc=4),
    "online": Counters(atc=5, last_online_atc=4, online_authorisation=True),
    "decline": Counters(atc=5, last_online_atc=4, online_authorisation=True, application_blocked=True),
}


@pytest.mark.parametrize(
    ("asked", "card", "answer"),
    [
        (AAC, "nothing", AAC),
        (AAC, "online", AAC),
        (AAC, "decline", AAC),
        (ARQC, "nothing", ARQC),
        (ARQC, "online", ARQC),
        (ARQC, "decline", AAC),
        (TC, "nothing", TC),
        (TC, "online", ARQC),
        (TC, "decline", AAC),
    ],
)
def test_first_answer(asked, card, answer):
    decision = first(CryptogramRequest(asked), at_first(WANT[card]))
    assert decision.answer is answer
    assert decision.cid.byte == {AAC: 0x00, TC: 0x40, ARQC: 0x80}[answer]
    assert decision.cvr.to_bytes()[1] == {AAC: 0x80, TC: 0x90, ARQC: 0xA0}[answer]
    assert (
        decision.state
        is {AAC: TransactionState.DECLINED, TC: TransactionState.APPROVED, ARQC: TransactionState.ONLINE}[answer]
    )
    assert decision.log is (answer is TC)


ABROAD = Terminal(amount=1000, country=USD, currency=USD, tvr=bytes.fromhex("4C00000000"))
BEFORE = Counters(atc=5, last_online_atc=4, cumulative=50, cumulative_two=60)


@pytest.mark.parametrize(
    ("asked", "terminal", "after"),
    [
        (AAC, HOME, BEFORE),
        (ARQC, HOME, BEFORE._replace(online_authorisation=True)),
        (TC, HOME, BEFORE._replace(cumulative=1050)),
        (
            AAC,
            ABROAD,
            BEFORE._replace(foreign_currency=1, foreign_country=1, sda_failure=True, dda_failure=True),
        ),
        (ARQC, ABROAD, BEFORE._replace(online_authorisation=True)),
        (TC, ABROAD, BEFORE._replace(foreign_currency=1, foreign_country=1)),
    ],
)
def test_first_answer_stores(asked, terminal, after):
    decision = first(CryptogramRequest(asked), at_first(BEFORE, terminal=terminal))
    assert decision.answer is asked
    assert decision.counters == after


def test_two_currency_total_takes_the_converted_amount():
    limits = LIMITS._replace(second_currency=HKD, conversion=bytes.fromhex("20000175"))
    own = first(CryptogramRequest(TC), at_first(BEFORE, limits))
    assert (own.counters.cumulative, own.counters.cumulative_two) == (1050, 1060)
    second = first(CryptogramRequest(TC), at_first(BEFORE, limits, HOME._replace(currency=HKD)))
    assert (second.counters.cumulative, second.counters.cumulative_two) == (50, 1810)


def test_declines_may_leave_the_international_counters_alone():
    options = BankOptions(count_foreign_when_declined=False)
    assert (
        first(CryptogramRequest(AAC), at_first(BEFORE, terminal=ABROAD, options=options)).counters.foreign_country == 0
    )
    assert (
        first(CryptogramRequest(TC), at_first(BEFORE, terminal=ABROAD, options=options)).counters.foreign_country == 1
    )


def test_exhausted_pin_blocks_and_the_block_is_stored():
    counters = Counters(atc=5, last_online_atc=4, pin_tries=0)
    decision = first(CryptogramRequest(ARQC), at_first(counters, LIMITS._replace(ada=Ada.EARLIER_PIN_BLOCK)))
    assert decision.answer is AAC
    assert decision.counters.application_blocked


@pytest.mark.parametrize(
    ("ada", "ran_out", "cid"),
    [
        (0, True, 0x00),
        (Ada.DECLINED_ADVICE, False, 0x08),
        (Ada.PIN_EXCEEDED_ADVICE, True, 0x0A),
        (Ada.PIN_EXCEEDED_ADVICE, False, 0x00),
        (Ada.PIN_EXCEEDED_ADVICE | Ada.DECLINED_ADVICE, True, 0x0A),
    ],
)
def test_advice_of_a_first_aac(ada, ran_out, cid):
    """PBOC-5 §14.5.1, A.1."""
    counters = Counters(atc=5, last_online_atc=4, pin_tries=0)
    f = at_first(counters, LIMITS._replace(ada=int(ada)), verify_seen=True, tries_ran_out=ran_out)
    assert first(CryptogramRequest(AAC), f).cid.byte == cid
    assert first(CryptogramRequest(AAC), f).cid.advice is bool(cid)


def test_advice_for_any_exhausted_pin():
    counters = Counters(atc=5, last_online_atc=4, pin_tries=0)
    options = BankOptions(advice_only_if_tries_ran_out_now=False)
    f = at_first(counters, LIMITS._replace(ada=int(Ada.PIN_EXCEEDED_ADVICE)), options=options)
    assert first(CryptogramRequest(AAC), f).cid.reason is CidReason.PIN_TRIES_EXCEEDED


def at_second(  # noqa: PLR0917  the columns of the table
    ea="none", mandatory=False, ada=0, code=b"00", counters=None, options=None, ea_code=b"00", supported=True
):
    failed = ea == "failed"
    counters = (counters or DIRTY)._replace(ia_failure=failed)
    transaction = Transaction(
        TransactionState.ONLINE,
        Cvr.from_bytes(bytes.fromhex("03A89018" if failed else "03A09018")),
        authentication={
            "none": Authentication.NOT_RECEIVED,
            "good": Authentication.SUCCESSFUL,
            "failed": Authentication.FAILED,
        }[ea],
        authentication_response_code=None if ea == "none" else ea_code,
    )
    limits = LIMITS._replace(ada=int(ada), ia_indicator=0x80 if mandatory else 0)
    risk = RiskData(counters, limits, 0x7C00 if supported else 0x7800)
    return Facts(risk, transaction, HOME._replace(response_code=code), options or BankOptions())


FLAGS_GONE = {
    "online_authorisation": False,
    "sda_failure": False,
    "dda_failure": False,
    "script_counter": 0,
    "script_failure": False,
}
ALL_GONE = {
    **FLAGS_GONE,
    "last_online_atc": 9,
    "foreign_currency": 0,
    "foreign_country": 0,
    "cumulative": 0,
    "cumulative_two": 0,
}


@pytest.mark.parametrize(
    ("asked", "f", "cid", "cvr", "after"),
    [
        # TC, good status
        pytest.param(TC, at_second("good"), 0x40, "03609018", ALL_GONE, id="TC good EA"),
        pytest.param(TC, at_second("good", mandatory=True), 0x40, "03609018", ALL_GONE, id="TC good EA mandatory"),
        pytest.param(TC, at_second("none"), 0x40, "03609018", ALL_GONE, id="TC optional, none"),
        pytest.param(TC, at_second(supported=False), 0x40, "03609018", ALL_GONE, id="TC not supported"),
        # TC, others
        pytest.param(TC, at_second("failed"), 0x40, "03689018", {"ia_failure": True}, id="TC failed"),
        pytest.param(
            TC, at_second("none", mandatory=True), 0x40, "03609018", {"ia_failure": True}, id="TC mandatory, none"
        ),
        # AAC asked or declined by the issuer
        pytest.param(AAC, at_second("good"), 0x00, "03209018", FLAGS_GONE, id="AAC good"),
        pytest.param(
            TC, at_second("good", code=b"05", ea_code=b"05"), 0x00, "03209018", FLAGS_GONE, id="declined good"
        ),
        pytest.param(AAC, at_second("none"), 0x00, "03209018", FLAGS_GONE, id="AAC optional, none"),
        pytest.param(AAC, at_second("failed"), 0x00, "03289018", {"ia_failure": True}, id="AAC failed"),
        pytest.param(
            TC,
            at_second("failed", code=b"05", ea_code=b"05"),
            0x00,
            "03289018",
            {"ia_failure": True},
            id="declined failed",
        ),
        pytest.param(
            AAC, at_second("none", mandatory=True), 0x00, "03209018", {"ia_failure": True}, id="AAC mandatory, none"
        ),
        # TC turned down
        pytest.param(
            TC, at_second("failed", ada=Ada.IA_FAILED_DECLINE), 0x00, "03289018", {"ia_failure": True}, id="down failed"
        ),
        pytest.param(
            TC,
            at_second("failed", mandatory=True, ada=Ada.IA_FAILED_DECLINE | Ada.IA_DECLINED_ADVICE),
            0x08,
            "03289018",
            {"ia_failure": True},
            id="down failed, advice",
        ),
        pytest.param(
            TC,
            at_second("none", mandatory=True, ada=Ada.IA_MISSING_DECLINE | Ada.IA_DECLINED_ADVICE),
            0x08,
            "03209018",
            {"ia_failure": True},
            id="down missing, advice",
        ),
        # bits that do not concern the case
        pytest.param(
            TC, at_second("failed", ada=Ada.IA_MISSING_DECLINE), 0x40, "03689018", {"ia_failure": True}, id="other bit"
        ),
        pytest.param(
            TC,
            at_second("none", mandatory=True, ada=Ada.IA_FAILED_DECLINE),
            0x40,
            "03609018",
            {"ia_failure": True},
            id="other bit, missing",
        ),
        # an ARQC the second time is an AAC
        pytest.param(ARQC, at_second("good"), 0x00, "03209018", FLAGS_GONE, id="ARQC"),
    ],
)
def test_second_after_online(asked, f, cid, cvr, after):
    """PBOC-5 §16.6: every row of decision and effects. The CVR keeps what the first GENERATE AC read."""
    decision = second_online(CryptogramRequest(asked), f)
    no_ea = f.risk.supports(Aip.ISSUER_AUTHENTICATION) and not f.transaction.authentication_seen
    expected = Cvr.from_bytes(bytes.fromhex(cvr))
    assert decision.cvr == (expected.set(Bit.IA_NOT_PERFORMED) if no_ea else expected)
    assert decision.cid.byte == cid
    assert decision.counters == f.risk.counters._replace(**after)
    assert decision.log is (decision.answer is TC)
    assert decision.state is TransactionState.FINISHED


def test_response_code_readings():
    """PBOC-5 §16.6: the code of EXTERNAL AUTHENTICATE; two that differ decline; figure 16 looks at 8A only."""
    differ = at_second("good", code=b"00", ea_code=b"05")
    assert second_online(CryptogramRequest(TC), differ).answer is AAC
    assert second_online(CryptogramRequest(TC), differ._replace(options=BankOptions(arc_source="8A"))).answer is TC
    assert second_online(CryptogramRequest(TC), at_second("good", code=b"05", ea_code=b"00")).answer is AAC
    assert second_online(CryptogramRequest(TC), at_second("good", code=None, ea_code=b"00")).answer is TC
    assert second_online(CryptogramRequest(TC), at_second("none", code=None)).answer is AAC


def test_turning_down_readings():
    missing = at_second("none", mandatory=True, ada=Ada.IA_MISSING_DECLINE)
    ignored = missing._replace(options=BankOptions(decline_if_mandatory_ea_missing=False))
    assert second_online(CryptogramRequest(TC), ignored).answer is TC
    assert second_online(CryptogramRequest(TC), missing).counters.online_authorisation
    cleared = missing._replace(options=BankOptions(online_indicator_kept_when_turned_down=False))
    assert not second_online(CryptogramRequest(TC), cleared).counters.online_authorisation


def test_last_online_register_that_is_not_kept_stays_absent():
    f = at_second("good", counters=DIRTY._replace(last_online_atc=None))
    assert second_online(CryptogramRequest(TC), f).counters.last_online_atc is None


@pytest.mark.parametrize(
    ("asked", "ada", "cid", "log"),
    [(TC, 0, 0x40, True), (AAC, 0, 0x00, False), (AAC, Ada.DECLINED_ADVICE, 0x08, False), (ARQC, 0, 0x00, False)],
)
def test_second_unable(asked, ada, cid, log):
    """PBOC-5 §16.7: indicator and register stay, whatever issuer authentication came to."""
    for ea in ("none", "good", "failed"):
        f = at_second(ea, ada=ada, code=b"Y3", mandatory=True)
        decision = generate_ac(CryptogramRequest(asked), f)
        assert decision.cid.byte == cid
        assert decision.cvr.bits & Bit.UNABLE_ONLINE
        assert not decision.cvr.bits & Bit.IA_NOT_PERFORMED
        assert decision.log is log
        expected = f.risk.counters._replace(cumulative=1700) if log else f.risk.counters
        assert decision.counters == expected


def test_arqc_the_second_time_by_figure_20():
    f = at_second(code=b"Z3", options=BankOptions(second_arqc="figure-20"))
    assert second_unable(CryptogramRequest(ARQC), f).answer is TC


def test_refusals_that_depend_on_a_choice():
    assert refusal(CryptogramRequest(ARQC), at_second(options=BankOptions(second_arqc="6985"))) == 0x6985
    assert refusal(CryptogramRequest(ARQC), at_second()) is None
    assert (
        refusal(CryptogramRequest(TC, cda=True), at_second(options=BankOptions(cda_unsupported_refused=True))) == 0x6A81
    )
    assert refusal(CryptogramRequest(TC, cda=True), at_second()) is None
    assert not first(CryptogramRequest(TC, cda=True), at_first()).cda


def test_generate_ac_has_no_answer_elsewhere():
    f = at_first()
    for state in TransactionState:
        if state not in (TransactionState.INITIATED, TransactionState.ONLINE):
            with pytest.raises(ValueError, match="no GENERATE AC"):
                generate_ac(CryptogramRequest(TC), f._replace(transaction=f.transaction._replace(state=state)))


def test_explanation_names_check_decision_and_changes():
    f = at_first(Counters(atc=5, last_online_atc=0), LIMITS._replace(lower=3))
    words = decided(first(CryptogramRequest(TC), f))
    assert "ATC 0005 − last online 0000 = 5 > 9F58 03" in words[0]
    assert any("terminal asks TC, card asks online: ARQC" in line for line in words)
    assert "online authorisation indicator 0 -> 1" in words


codes = st.sampled_from([RMB, USD, HKD, None])
amounts = st.one_of(st.none(), st.integers(0, 999_999_999_999))
byte = st.one_of(st.none(), st.integers(0, 255))
counters_values = st.builds(
    Counters,
    atc=st.integers(1, 0xFFFE),
    last_online_atc=st.one_of(st.none(), st.integers(0, 0xFFFE)),
    online_authorisation=st.booleans(),
    ia_failure=st.booleans(),
    sda_failure=st.booleans(),
    dda_failure=st.booleans(),
    script_failure=st.booleans(),
    script_counter=st.integers(0, 15),
    foreign_currency=st.integers(0, 255),
    foreign_country=st.integers(0, 255),
    cumulative=st.integers(0, 999_999_999_999),
    cumulative_two=st.integers(0, 999_999_999_999),
    pin_tries=st.integers(0, 15),
    application_blocked=st.booleans(),
    blocked_for_ever=st.booleans(),
    card_blocked=st.booleans(),
)
limits_values = st.builds(
    Limits,
    currency=codes,
    country=codes,
    second_currency=codes,
    conversion=st.one_of(st.none(), st.binary(min_size=4, max_size=4)),
    lower=byte,
    upper=byte,
    foreign_currency=byte,
    foreign_country=byte,
    cumulative=amounts,
    cumulative_two=amounts,
    cumulative_upper=amounts,
    ada=st.one_of(st.none(), st.integers(0, 0xFFFF)),
    ia_indicator=st.sampled_from([None, 0, 0x80]),
)
facts_values = st.builds(
    Facts,
    st.builds(
        RiskData, counters_values, limits_values, st.sampled_from([0x7C00, 0x7D00, 0x5C00, 0x7800]), st.booleans()
    ),
    st.builds(
        Transaction,
        state=st.sampled_from([TransactionState.INITIATED, TransactionState.ONLINE]),
        cvr=st.builds(Cvr, st.integers(0, 0xFFFFFF)),
        verify_seen=st.booleans(),
        tries_ran_out=st.booleans(),
        authentication=st.sampled_from(Authentication),
        authentication_response_code=st.sampled_from([b"00", b"05", None]),
    ),
    st.builds(
        Terminal,
        amount=amounts,
        country=codes,
        currency=codes,
        tvr=st.one_of(st.none(), st.binary(min_size=5, max_size=5)),
        response_code=st.sampled_from([None, b"00", b"05", b"Y3", b"Z3"]),
    ),
    st.builds(BankOptions),
)
requests = st.builds(CryptogramRequest, st.sampled_from(Cryptogram), st.booleans())


@given(facts_values, requests)
def test_every_decision_keeps_the_rules(f, request):
    """Sizes hold, only a TC logs, an AAC never carries CDA or moves amounts, the ATC and PIN tries never change."""
    old, decision = f.risk.counters, generate_ac(request, f)
    new = decision.counters
    assert Counters.from_bytes(new.to_bytes()) == new
    assert decision.log is (decision.answer is TC)
    assert decision.cid.cryptogram is decision.answer
    assert (new.atc, new.pin_tries, new.card_blocked) == (old.atc, old.pin_tries, old.card_blocked)
    assert new.blocked_for_ever == old.blocked_for_ever
    if decision.answer is AAC:
        assert not decision.cda
        assert new.cumulative == old.cumulative
        assert new.last_online_atc == old.last_online_atc
    if old.application_blocked:
        assert decision.answer is AAC
        assert new.application_blocked
    if f.transaction.state is TransactionState.ONLINE:
        assert decision.answer is not ARQC
        assert decision.cvr.bits >> 22 == decision.answer
        assert (decision.cvr.bits >> 20 & 3) == (f.transaction.cvr.bits >> 20 & 3)
    else:
        assert decision.cvr.bits >> 22 == 2
        assert (decision.cvr.bits >> 20 & 3) == decision.answer
    assert decided(decision)


@given(facts_values)
def test_decline_wins_over_online(f):
    f = f._replace(
        risk=f.risk._replace(counters=f.risk.counters._replace(application_blocked=True, online_authorisation=True))
    )
    assert {first(CryptogramRequest(asked), f).answer for asked in Cryptogram} == {AAC}


@given(facts_values, requests)
def test_the_card_never_approves_more_than_asked(f, request):
    order = (AAC, ARQC, TC)
    assert order.index(generate_ac(request, f).answer) <= order.index(request.cryptogram)


@given(counters_values)
def test_counters_survive_storage(counters):
    raw = counters.to_bytes()
    assert len(raw) == SIZE
    assert Counters.from_bytes(raw) == counters


def test_counters_of_wrong_size():
    with pytest.raises(ValueError, match="20 bytes"):
        Counters.from_bytes(bytes(19))


def test_counter_elements_and_changes():
    counters = Counters(atc=0x12, last_online_atc=None, pin_tries=2)
    assert counters.element(0x9F36) == bytes.fromhex("0012")
    assert counters.element(0x9F13) is None
    assert counters.element(0x9F17) == b"\x02"
    assert counters.element(0x9F58) is None
    assert list(changes(counters, counters._replace(atc=0x13, last_online_atc=0x13))) == [
        "application transaction counter (9F36) 0012 -> 0013",
        "last online ATC register (9F13) absent -> 0013",
    ]


def test_counters_stay_at_their_maximum():
    full = BEFORE._replace(foreign_currency=255, foreign_country=255)
    assert first(CryptogramRequest(TC), at_first(full, terminal=ABROAD)).counters == full
    rich = BEFORE._replace(cumulative=999_999_999_500, cumulative_two=999_999_999_999)
    limits = LIMITS._replace(second_currency=HKD, conversion=bytes.fromhex("20000175"))
    after = first(CryptogramRequest(TC), at_first(rich, limits)).counters
    assert (after.cumulative, after.cumulative_two) == (999_999_999_999, 999_999_999_999)
