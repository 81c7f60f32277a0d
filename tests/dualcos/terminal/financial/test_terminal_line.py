"""The line as the terminal uses it: sign-on with keys that are checked, MACs that are checked, answers that are not one
(message codes as seen in the field).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.acquirer_messages import AcquirerMessage, Answering
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.pos_envelope import opened, sealed
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_subfields import parted
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.terminal.financial.kernel.kernel_settings import POS, KernelSettings
from dualcos.terminal.financial.parameter_download import downloaded
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from keys.line_cryptography import LineMac
from tests.dualcos.terminal.financial.payment_bench import DEBIT, authorities
from tests.dualcos.terminal.financial.till_bench import TillBench

CODEC = Iso8583Codec(POS_DIALECT)
Bent = Callable[[AcquirerMessage], AcquirerMessage]


class BentLine:
    """A line on which answers of one type are made into others, under the right MAC if they have one."""

    def __init__(self, bench: TillBench, mti: str, bend: Bent, *, sealing: bool = True) -> None:
        self._line, self._mti, self._bend, self._sealing = bench.line, mti, bend, sealing
        self._bench = bench

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        raw = self._line.ask(payload, belongs)
        envelope, body = opened(raw)
        answer = CODEC.message(body)
        if answer.mti != self._mti:
            return raw
        bent = self._bend(answer)
        key = self._bench.host.front.mac_key(self._bench.data.terminal)
        if 64 not in answer.fields or key is None or not self._sealing:
            return envelope.around(CODEC.body(bent))
        return envelope.around(sealed(CODEC, bent, key, LineMac.ECB_HEX))


def bent(mti: str, bend: Bent, *, sealing: bool = True) -> TillBench:
    """A terminal on such a line; ``sealing``: what is bent has the right MAC."""
    bench = TillBench()
    bench.line = BentLine(bench, mti, bend, sealing=sealing)  # type: ignore[assignment]
    return bench


def refused(act: Callable[[], object]) -> PaymentRefused:
    with pytest.raises(PaymentRefused) as caught:
        act()
    return caught.value


def test_a_sign_on_asks_for_double_keys_and_says_who_operates():
    bench = TillBench()
    assert bench.till is not None
    (asked,) = bench.line.of("0800")
    assert parted(60, asked.text(60))["network"] == "003"
    assert (asked.text(63)[:2], asked.text(41), asked.text(42)) == ("01", bench.data.terminal, bench.data.merchant)
    assert 64 not in asked.fields


@pytest.mark.parametrize("at", [0, 16, 20, 36])
def test_keys_whose_check_values_are_others_are_not_taken(at):
    def flipped(answer: AcquirerMessage) -> AcquirerMessage:
        raw = bytearray(answer.raw(62))
        raw[at] ^= 1
        return answer.having({62: bytes(raw)})

    bench = bent("0810", flipped)
    till = bench.powered()
    assert refused(till.sign_on).cause is PaymentRefusal.KEYS_WRONG
    assert refused(lambda: till.purchase(100)).cause is PaymentRefusal.NOT_SIGNED_ON


@pytest.mark.parametrize("code", ["01", "0", "A0"])
def test_a_sign_on_that_is_not_approved_brings_no_keys(code):
    bench = bent("0810", lambda answer: answer.having({39: code}))
    assert refused(bench.powered().sign_on).cause in (PaymentRefusal.SIGN_ON_REFUSED, PaymentRefusal.UNFIT_ANSWER)
    assert refused(lambda: bench.powered().purchase(100)).cause is PaymentRefusal.NOT_SIGNED_ON


def test_keys_that_are_none_are_not_taken():
    bench = bent("0810", lambda answer: answer.having({62: b"no keys"}))
    assert refused(bench.powered().sign_on).cause is PaymentRefusal.KEYS_WRONG


def test_keys_in_the_tagged_form_are_taken():
    bench = TillBench(tagged=True)
    assert bench.till.purchase(100).is_approved


def test_a_batch_that_the_acquirer_names_is_gone_on_with():
    bench = bent("0810", lambda answer: answer.having({60: "00000009003"}))
    bench.powered().sign_on()
    assert bench.journal.batch == "000009"


def test_nothing_goes_out_before_a_sign_on_or_behind_a_sign_off():
    bench = TillBench()
    till = bench.powered()
    assert refused(lambda: till.purchase(100)).cause is PaymentRefusal.NOT_SIGNED_ON
    till.sign_on()
    till.sign_off()
    assert [parted(60, each.text(60))["network"] for each in bench.line.of("0820")] == ["002"]
    assert refused(lambda: till.purchase(100)).cause is PaymentRefusal.NOT_SIGNED_ON
    assert bench.line.of("0200") == []


def test_a_terminal_that_lost_its_power_signs_on_by_itself():
    bench = TillBench()
    assert bench.till is not None
    bench.power_cut()
    assert bench.till.purchase(100).is_approved
    assert len(bench.line.of("0800")) == 2


def test_a_line_that_is_down_is_said_so():
    bench = TillBench()
    till = bench.powered()
    bench.line.down = True
    assert refused(till.sign_on).cause is PaymentRefusal.NO_LINE


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({4: "000000000101"}, "06"),
        ({2: "6299990123456789027"}, "06"),
        ({3: "310000"}, "06"),
        ({37: None}, "06"),
        ({39: None}, "06"),
        ({48: "00"}, "06"),
    ],
)
def test_a_sealed_answer_to_something_else_is_not_believed(changed, reason):
    bench = bent("0210", lambda answer: answer.having(changed))
    record = bench.till.purchase(100).stored.record
    assert (record.state, record.reason, record.code) == (PaymentState.REVERSING, reason, "")
    bench.till.send_waiting()
    assert bench.gone == 0


def test_an_answer_without_a_mac_is_not_believed():
    bench = bent("0210", lambda answer: answer.having({64: None}), sealing=False)
    record = bench.till.purchase(100).stored.record
    assert (record.state, record.reason) == (PaymentState.REVERSING, "A0")


def test_a_refusal_without_a_mac_is_worth_a_sign_on_and_decides_nothing():
    bench = TillBench()
    till = bench.till
    terminal = bench.host.books.terminal(bench.data.terminal)
    assert terminal is not None
    with bench.host.books.transaction():  # the acquirer has forgotten the sign-on
        bench.host.books.keep_terminal(type(terminal)(number=terminal.number, merchant=terminal.merchant))
    record = till.purchase(100).stored.record
    assert (record.state, record.reason) == (PaymentState.REVERSING, "A0")
    assert till.purchase(100).is_approved
    assert bench.states == ["reversed", "approved"]
    assert bench.gone == 100


def test_a_message_that_its_fields_do_not_take_stays_here():
    bench = TillBench("bank-sda", "pse.elements.57=6299990123456789019D3012220000A000000F")  # no digit in a track
    record = bench.till.purchase(100).stored.record
    assert record.state is PaymentState.NOT_SENT
    assert bench.line.of("0200") == []


def test_the_institution_goes_along_where_the_message_has_it():
    bench = TillBench()
    bench.settings["institution"] = "00010000"
    assert bench.till.purchase(100).is_approved
    assert bench.line.of("0200")[0].text(32) == "00010000"


# --- downloads --------------------------------------------------------------------------------------------------------


def test_parameters_and_keys_are_fetched_kept_and_gone_by():
    keys = tuple(authorities().values())
    offered = tuple(AidParameters(DEBIT[:-1] + bytes((last,)), floor_limit=77) for last in range(1, 12))
    bench = TillBench(parameters=offered, authority_keys=keys)
    counts = bench.till.download()
    assert counts == (11, len(keys))
    networks = [parted(60, each.text(60))["network"] for each in bench.line.sent]
    assert networks[1:] == ["382", "382", *["380"] * 11, "381", "372", *["370"] * len(keys), "371"]
    bench.power_cut()
    kernel = bench.till.purchase(100).kernel
    assert kernel is not None
    assert kernel.terminal[0x9F1B] == (77).to_bytes(4, "big")
    installed = replace(bench.parameters, default_tdol=bytes.fromhex("9F0206"))
    settings = KernelSettings(POS, (installed,), bytes)
    assert {each.default_tdol for each in downloaded(settings, bench.journal).applications} == {installed.default_tdol}


@pytest.mark.parametrize("field", [b"", b"9", b"1\x9f", b"1\x9f\x06\x01\xa0"])
def test_records_that_are_none_leave_what_was_there(field):
    bench = bent("0810", lambda answer: answer if len(answer.raw(62)) == 40 else answer.having({62: field}))
    assert refused(bench.till.download).cause is PaymentRefusal.UNFIT_ANSWER
    assert bench.till.purchase(100).is_approved


def test_a_download_that_the_acquirer_refuses():
    bench = TillBench()
    till = bench.till
    bench.host.leash.exchange((LeashRule(match={"message": "parameters"}, refuse="96"),))
    stopped = refused(till.download)
    assert (stopped.cause, stopped.code) == (PaymentRefusal.REFUSED, "96")
