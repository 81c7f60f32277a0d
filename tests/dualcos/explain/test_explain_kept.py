"""Kept raw and read later, a trace says what it would have said at once: masked, from a file, from an old file."""

from __future__ import annotations

from pathlib import Path

import pytest
from explain_bench import SELECT_SSSE, Bench

import dualcos
from dualcos.explain import FAULT, Explainer, RawExchange, RawPower, RawSilence, TracedCard, line, text
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import Recorded, read, written
from dualcos.explain.trace_lines import encode
from dualcos.explain.trace_replay import ReplayVerdict, replay
from firewall.hardware.power import PowerLoss
from firewall.trace import Noted, TraceBuffer

OLD = Path(__file__).with_name("traces") / "format-1.jsonl"
VECTORS = Path(__file__).parents[3] / "vectors"
SELECT_DEBIT = "00A4040008A000000333010101"
GPO = "80A800000B8309000000000123450156"
SOCIAL = SELECT_SSSE, "0020000003123456", "00B2013400", "00A4020002EF06", "00B2090020", "0082000A10" + "00" * 16
BANK = SELECT_DEBIT, GPO, "00B2010C00", "0020008008241234FFFFFFFFFF", "80AE000000"
TALK = {
    "dual-2.0-3des": (*SOCIAL, "00A4000002DF03", "00B2010C00", *BANK),
    "dual-3.0-sm4": (SELECT_SSSE, "00B2013400", "00A4020002EF06", "00B2090020", "00A40004", "0000"),
    "psam-3des": ("00A40000023F00", "00A4040006D15600000501", "80FA000010" + "AB" * 16, "00C0000010"),
}


def in_file(bench: Bench) -> tuple[Recorded, ...]:
    masking = SecretMasking()
    return read([written(masking.masked(record), at).decode() for at, record in enumerate(bench.records, 1)]).lines


@pytest.mark.parametrize("name", TALK)
def test_read_from_a_file_it_says_the_same(name):
    bench = Bench(name=name)
    bench.send(*TALK[name])
    bench.card.reset()
    bench.card.power_off()
    explainer = Explainer(under="psam" if name.startswith("psam") else "")
    for kept, at_once in zip(in_file(bench), bench.happened, strict=True):
        told = explainer.explain(kept.record)
        assert (line(told), text(told), encode(told)) == (line(at_once), text(at_once), encode(at_once))


def test_a_trace_of_format_1_is_read_and_sent_again():
    trace = read(OLD.read_text(encoding="utf-8").splitlines())
    assert trace.about("")["card"] == "social-2.0"
    card = dualcos.card("social-2.0", seed=3)
    verdicts = [one.verdict for one in replay(trace.lines, card, random_differs=False)]
    assert verdicts.count(ReplayVerdict.SKIPPED) == 1
    assert set(verdicts) == {ReplayVerdict.SAME, ReplayVerdict.SKIPPED}


def test_a_trace_of_format_1_keeps_its_words():
    explainer = Explainer()
    shown = "\n".join(text(explainer.explain(one.record)) for one in read(OLD.read_text("utf-8").splitlines()).lines)
    for piece in (
        "SSSE 社会保障系统环境",
        "random number 随机数  125A58643F10BAF8",
        "✗ target: no EF is selected and none is named  [SSC-5 §6.10]",
        "00 20 00 00  03  •••• 3 bytes not shown 已屏蔽",
        "✗ APDU: 2 bytes; a command has at least 4  [ISO 7816-3 §12.1]",
        "reset 热复位",
    ):
        assert piece in shown


def test_nothing_is_explained_while_nobody_reads(monkeypatch):
    monkeypatch.setattr("dualcos.explain.explainer.Explainer.explain", lambda *_: pytest.fail("somebody reads"))
    kept = []
    events = TraceBuffer()
    card = TracedCard(dualcos.card("social-2.0", seed=0, trace=events), events, kept.append, clock=lambda: 5.0)
    card.power_on()
    card.exchange(bytes.fromhex(SELECT_SSSE))
    card.exchange(bytes.fromhex("00B2010400"))
    assert [type(record) for record in kept] == [RawPower, RawExchange, RawExchange]
    assert [record.at for record in kept] == [5.0] * 3
    assert [(record.before, record.after) for record in kept[1:]] == [("manager", "ssse"), ("ssse", "ssse")]
    ((label, refused),) = kept[2].events
    assert (label, refused.reason.why) == ("ssse", "no current EF")


def test_silence_and_faults_are_kept_too():
    events = TraceBuffer()
    bare, kept = dualcos.card("social-2.0", seed=0, trace=events), []
    card = TracedCard(bare, events, kept.append)
    card.power_on()
    card.exchange(bytes.fromhex(SELECT_SSSE))
    bare.rail.cut_after(0)
    with pytest.raises(PowerLoss):
        card.exchange(bytes.fromhex("0020000003123456"))
    card.power_on()
    events.writer("faults").note(Noted(FAULT, "by hand: 9000"))
    card.exchange(bytes.fromhex("0084000008"))
    assert isinstance(kept[2], RawSilence)
    assert "123456" not in repr(kept)
    masking, explainer = SecretMasking(), Explainer()
    lines = read([written(masking.masked(record), at).decode() for at, record in enumerate(kept, 1)]).lines
    shown = [text(explainer.explain(one.record)) for one in lines]
    assert "power was lost: no answer to VERIFY" in shown[2]
    assert [one.fault for one in lines] == [False] * 4 + [True]
    assert FAULT in shown[4]
