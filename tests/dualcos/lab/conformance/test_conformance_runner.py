"""The runner: a wrong answer fails, a situation that was not reached judges nothing, a bad file is named."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from xml.etree import ElementTree

import pytest

import dualcos
from apdu.link import AroundCard
from cos.card import Card
from dualcos.cli import conform
from dualcos.cli.user_faults import Fault
from dualcos.lab.conformance.card_on_bench import Bench, ReaderBench
from dualcos.lab.conformance.coverage import Counter
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.reader.silent_card import CardGone, CardMute
from vectors.generate.vector_layout import layout

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
TITLE = {"zh": "题", "en": "title"}
CUT = {"send": SSSE, "cut": {"tick": "each"}}
LOOK = {"state": {"unchanged": ["ssse"]}}


def unit(*vectors, **more):
    return {
        "unit": "U",
        "title": TITLE,
        "purpose": "p",
        "clause": ["SSC-5 §6"],
        "profile": "social-2.0",
        "provenance": {"kind": "derived", "source": "tests"},
        **more,
        "vectors": [{"id": f"U-{n}", "title": TITLE, **vector} for n, vector in enumerate(vectors)],
    }


def steps(*pairs):
    return [{"send": command, "expect": expect} for command, expect in pairs]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "routines.json").write_text(
        json.dumps(
            {
                "routines": {
                    "ssse": {"title": TITLE, "steps": steps((SSSE, "9000"))},
                    "auth": {
                        "title": TITLE,
                        "params": ["key", "kid"],
                        "steps": steps(("0084000008", "9000 {challenge:8}"), ("008200{kid}10{ext_auth(key)}", "9000")),
                    },
                }
            }
        ),
        encoding="utf-8",
    )
    return tmp_path


@pytest.fixture
def write(folder):
    def writer(content, name="u.json"):
        path = folder / name
        path.write_text(content if isinstance(content, str) else layout(content), encoding="utf-8")
        return path

    return writer


def verdicts(path, bench=None):
    bench = bench or Bench()
    return [play(case, bench) for case in load(path)]


def test_right_wrong_and_not_reached(write):
    path = write(
        unit(
            {"steps": steps((SSSE, "9000 6F *"))},
            {"steps": steps((SSSE, "6A82"))},
            {"setup": steps((SSSE, "6A82")), "steps": steps((SSSE, "9000"))},
            {"steps": steps((SSSE, "9000")), "applies": "alg == SM4"},
            {"steps": [], "status": "withdrawn", "reason": "the clause is in doubt"},
        )
    )
    results = verdicts(path)
    assert [r.verdict for r in results] == [
        VectorVerdict.PASS,
        VectorVerdict.FAIL,
        VectorVerdict.INCONCLUSIVE,
        VectorVerdict.NOT_APPLICABLE,
        VectorVerdict.NOT_APPLICABLE,
    ]
    assert results[1].where == "steps[0]"
    assert "expected 6A82, came 9000" in results[1].text


def test_a_refusal_is_told_with_the_card_s_own_reason(write):
    (result,) = verdicts(write(unit({"setup": steps((SSSE, "9000")), "steps": steps(("00B0880001", "9000"))})))
    assert "RKSSSE" in result.text or "KID 0A" in result.text


def test_each_vector_meets_the_card_in_its_first_state(write):
    wrong_pin = {"setup": [{"routine": "ssse"}], "steps": steps(("0020000003999999", "63C2"))}
    assert {r.verdict for r in verdicts(write(unit(wrong_pin, wrong_pin)))} == {VectorVerdict.PASS}


def test_routines_captures_and_later_use(write):
    vector = {
        "setup": [{"routine": "ssse"}, {"routine": "auth(RKSSSE, 0A)"}],
        "steps": steps(("00B0880004", "9000 {four:4}"), ("00B0880004", "9000 {=four}"), ("00B0880002", "9000 {=four}")),
    }
    (result,) = verdicts(write(unit(vector)))
    assert (result.verdict, result.where) == (VectorVerdict.FAIL, "steps[2]")


def test_scripted_random_numbers(write):
    vector = {
        "steps": steps((SSSE, "9000"), ("0084000008", "9000 0102030405060708")),
        "random": {"ssse": ["0102030405060708"]},
    }
    path = write(unit(vector))
    assert verdicts(path)[0].verdict is VectorVerdict.PASS
    assert verdicts(path, Bench("social-3.0"))[0].verdict is VectorVerdict.NOT_APPLICABLE


def test_overrides(write):
    vector = {"steps": steps((SSSE, "9000"), ("00B2032C00", "9000 *"))}
    direct = {"chip": {"transmission": {"le00": "data"}}}
    raw = {"steps": [{"send": SSSE, "expect": "9000"}, {"send": "00B2032C00", "expect": ["6C06"]}]}
    assert [r.verdict for r in verdicts(write(unit(vector, {**raw, "overrides": direct}, raw)))] == [
        VectorVerdict.PASS,
        VectorVerdict.FAIL,
        VectorVerdict.PASS,
    ]


@pytest.mark.parametrize(
    ("overrides", "says"),
    [({"ssse": {"options": {"blocked": 1}}}, "no such field"), ({"close": "perhaps"}, "close")],
)
def test_overrides_that_are_none(write, overrides, says):
    path = write(unit({"steps": steps((SSSE, "9000")), "overrides": overrides}))
    with pytest.raises(VectorError, match=says):
        verdicts(path)


def test_white_box_state(write):
    look = [{"state": {"unchanged": ["ssse"], "counter": {"SSSE.PIN": -1}}}]
    still = [{"state": {"unchanged": ["ssse"]}}]
    wrong = {"setup": [{"routine": "ssse"}], "steps": steps(("0020000003999999", "63C2"))}
    results = verdicts(write(unit({**wrong, "after": look}, {**wrong, "after": still})))
    assert [r.verdict for r in results] == [VectorVerdict.PASS, VectorVerdict.FAIL]


def test_cut_at_each_tick_plays_all_of_them(write):
    change = {
        "setup": [{"routine": "ssse"}],
        "steps": [
            {"send": "805E010007123456FF654321", "expect": "9000", "cut": {"tick": "each"}},
            {"routine": "ssse"},
            {"send": "0020000003123456", "expect": "63C2"},
        ],
    }
    (result,) = verdicts(write(unit(change)))
    assert result.verdict is VectorVerdict.FAIL  # some cut leaves the old PIN
    assert "cut at tick" not in result.where
    fine = json.loads(json.dumps(change).replace('"63C2"', '["63C2", "9000"]'))
    assert verdicts(write(unit(fine)))[0].verdict is VectorVerdict.PASS


class Surrounded:
    """The cards of a bench, each with something around it that sees all that is sent: every run is played whole."""

    def __init__(self, bench):
        self._bench = bench

    def target(self, case):
        target = self._bench.target(case)
        return target._replace(card=AroundCard(target.card))


def test_a_command_sent_once_is_sent_over_each_memory_that_the_cuts_leave(write, monkeypatch):
    """All cuts stay, each with its recovery and what is asked before the last command. Of a card with nothing around it
    all that follows is asked once over each memory.
    """
    change = "805E010007123456FF654321"
    once = {
        "setup": [{"routine": "ssse"}],
        "steps": [
            {"send": change, "expect": "9000", "cut": {"tick": "each"}},
            {"routine": "ssse"},
            {"send": "0020000003123456", "expect": ["63C2", "9000"], "once": True},
        ],
    }
    sent = []
    exchange = Card.exchange
    monkeypatch.setattr(Card, "exchange", lambda self, command: sent.append(command) or exchange(self, command))
    bench = Bench()
    bench.target(load(write(unit(once)))[0])  # the card is made before anything is counted
    always = json.loads(json.dumps(once).replace(', "once": true', ""))
    numbers = []
    for vector, table in ((always, Surrounded(bench)), (once, Surrounded(bench)), (always, bench), (once, bench)):
        sent.clear()
        assert verdicts(write(unit(vector)), table)[0].verdict is VectorVerdict.PASS
        numbers.append([sent.count(bytes.fromhex(each)) for each in (change, SSSE, "0020000003123456")])
    (cuts, selections, asked), (same_cuts, same_selections, asked_once), *bare = numbers
    assert (cuts, selections) == (same_cuts, same_selections)
    assert asked == cuts > asked_once == 4  # old PIN, old PIN less a try, new PIN, the card that was not cut
    assert bare == [[cuts, 1 + 4, 4]] * 2  # to the place before the cut, and behind each memory

    wrong = json.loads(json.dumps(once).replace('["63C2", "9000"]', '"9000"'))
    assert (
        verdicts(write(unit(wrong)), bench)[0].verdict is VectorVerdict.FAIL
    )  # the new PIN comes late, and is still met


@pytest.mark.parametrize("cell", [b"\xff", b"X"])
def test_a_memory_that_one_cut_alone_leaves_is_asked(write, monkeypatch, cell):
    """Planted: at one tick of all, power-on leaves a cell of its own or wipes the PIN's counter of tries."""
    vector = {
        "setup": [{"routine": "ssse"}],
        "steps": [
            {"send": "805E010007123456FF654321", "expect": "9000", "cut": {"tick": "each"}},
            {"routine": "ssse"},
            {"send": "0020000003123456", "expect": ["63C2", "9000"], "once": True},
        ],
    }
    asked, count = [], iter(range(10_000))
    power_on, exchange = Card.power_on, Card.exchange

    def odd(self):
        answer = power_on(self)
        if next(count) == 21:  # a run has two: at the start and behind its cut
            self.overwrite("ssse", cell, b"odd")
        return answer

    monkeypatch.setattr(Card, "power_on", odd)
    monkeypatch.setattr(Card, "exchange", lambda self, command: asked.append(command) or exchange(self, command))
    assert verdicts(write(unit(vector)))[0].verdict is VectorVerdict.PASS
    assert asked.count(bytes.fromhex("0020000003123456")) == 5  # one more than above


def test_damage_under_the_running_card(write):
    """One byte of the identification code changed by hand; never on a card in a reader."""
    hurt = {"damage": {"file": "ssse/DDF1/EF05", "at": 3, "bytes": "EE"}}
    vector = {
        "setup": [{"routine": "ssse"}],
        "steps": [hurt, *steps(("00B2012C12", "9000 01 10 .. EE *"))],
        "live": True,
    }
    path = write(unit(vector))
    assert verdicts(path)[0].verdict is VectorVerdict.PASS
    reader = ReaderBench(dualcos.card("social-2.0"), "social-2.0")
    assert verdicts(path, reader)[0].verdict is VectorVerdict.NOT_APPLICABLE
    hurt["damage"]["file"] = "ssse/DDF1/EF77"
    with pytest.raises(VectorError, match="EF77"):
        verdicts(write(unit(vector)))


def test_tlv_expectation(write):
    good = [
        {"send": SSSE, "expect": [{"sw": "9000", "tlv": {"6F/84": "7378 *", "6F/A5/88": "1E", "6F/A5/9F0C?": "*"}}]}
    ]
    bad = [{"send": SSSE, "expect": [{"tlv": {"6F/A5/9F0C": "*"}}]}]
    assert [r.verdict for r in verdicts(write(unit({"steps": good}, {"steps": bad})))] == [
        VectorVerdict.PASS,
        VectorVerdict.FAIL,
    ]


class Deaf:
    """A card that says the same to everything."""

    atr = bytes.fromhex("3B6D00000081544C868699310100 00A1B2")

    def __init__(self, answer):
        self._answer = bytes.fromhex(answer)

    def power_on(self):
        return self.atr

    reset = power_on

    def power_off(self):
        pass

    def exchange(self, command):
        assert command
        return self._answer


def test_a_card_in_a_reader(write):
    path = write(
        unit(
            {"steps": steps((SSSE, "9000 6F *")), "live": True, "after": [{"state": {"unchanged": ["ssse"]}}]},
            {"steps": steps((SSSE, "9000"))},
            {"steps": steps((SSSE, "9000")), "live": True, "destructive": True},
        )
    )
    card = dualcos.card("social-2.0")
    good, out = VectorVerdict.PASS, VectorVerdict.NOT_APPLICABLE
    assert [r.verdict for r in verdicts(path, ReaderBench(card, "social-2.0"))] == [good, out, out]
    assert [r.verdict for r in verdicts(path, ReaderBench(card, "social-2.0", destructive=True))] == [good, out, good]
    assert verdicts(path, ReaderBench(Deaf("9000"), "social-2.0"))[0].verdict is VectorVerdict.FAIL


class Failing(Deaf):
    """A card in a reader that is taken out, or falls silent."""

    def __init__(self, fault):
        super().__init__("9000")
        self._fault = fault

    def exchange(self, command):
        assert command
        raise self._fault


def test_who_takes_the_card_out_is_no_fault_of_the_card(write):
    """Nothing is said of a card that is not there; one that is there and says nothing fails."""
    path = write(unit({"steps": steps((SSSE, "9000")), "live": True}))
    with pytest.raises(CardGone):
        verdicts(path, ReaderBench(Failing(CardGone("pulled")), "social-2.0"))
    assert verdicts(path, ReaderBench(Failing(CardMute("silent")), "social-2.0"))[0].verdict is VectorVerdict.FAIL


# --- files that cannot be used -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda u: u.update(colour="red"), "colour"),
        (lambda u: u.pop("purpose"), "purpose"),
        (lambda u: u["vectors"][0].update(status="withdrawn"), "reason"),
        (lambda u: u["vectors"][0].update(flags=["x"]), "notes"),
        (lambda u: u["vectors"][0].update(applies="version is 2"), "no condition"),
        (lambda u: u["vectors"][0].update(random={"ssse": ["xyz"]}), "not hex"),
        (lambda u: u["vectors"][0].update(steps=[]), "nothing is judged"),
        (lambda u: u["vectors"][0].update(steps=[{}]), "one of send"),
        (lambda u: u["vectors"][0].update(steps=[{"send": "00", "routine": "ssse"}]), "one of send"),
        (lambda u: u["vectors"][0].update(steps=[{"routine": "ssse", "cut": {"tick": 0}}]), "only a command"),
        (lambda u: u["vectors"][0].update(steps=[{"routine": "sse"}]), "no routine sse"),
        (lambda u: u["vectors"][0].update(steps=[{"routine": "auth(BK)"}]), "takes 2 arguments"),
        (lambda u: u["vectors"][0].update(steps=[{"send": "0"}]), r"steps\[0\]\.send"),
        (lambda u: u["vectors"][0].update(steps=[{"send": "{magic(00)}"}]), "no function magic"),
        (lambda u: u["vectors"][0].update(steps=steps(("00", "90"))), r"steps\[0\]\.expect"),
        (lambda u: u["vectors"][0].update(steps=steps(("00", "9000 0X"))), "no data pattern"),
        (lambda u: u["vectors"].append(u["vectors"][0]), "is taken"),
        (lambda u: u["vectors"][0].update(steps=[{"send": SSSE, "once": True}]), "once is for the last command"),
        (lambda u: u["vectors"][0]["steps"].append({"send": SSSE, "once": True}), "once is for the last command"),
        (lambda u: u["vectors"][0].update(steps=[CUT, {"send": SSSE, "once": True}, CUT]), "once is for the last"),
        (lambda u: u["vectors"][0].update(steps=[CUT, {"send": SSSE, "once": True}], after=[LOOK]), "once is for the"),
        (lambda u: u["vectors"][0].update(steps=[CUT, {"routine": "ssse", "once": True}]), "once is for the last"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(write, change, says):
    content = unit({"steps": steps((SSSE, "9000"))})
    change(content)
    path = write(json.dumps(content))
    with pytest.raises(VectorError, match=says) as refused:
        load(path)
    assert str(path) in str(refused.value)


def test_no_json_and_no_file(write, folder):
    with pytest.raises(VectorError, match="not JSON"):
        load(write("{"))
    with pytest.raises(VectorError, match="no such"):
        load(folder / "nowhere")


def test_a_routine_sends_nothing_once(write, folder):
    routines = {"routines": {"ssse": {"title": TITLE, "steps": [{"send": SSSE, "once": True}]}}}
    (folder / "routines.json").write_text(json.dumps(routines), encoding="utf-8")
    with pytest.raises(VectorError, match=r"routines\.ssse\.steps\[0\]: once is for"):
        load(write(unit({"steps": [{"routine": "ssse"}]})))


def test_a_name_that_nothing_has_kept_judges_nothing(write):
    path = write(unit({"steps": steps(("0082000010{nobody}", "9000"))}, {"steps": steps((SSSE, "9000"))}))
    (first, second) = verdicts(path)
    assert (first.verdict, first.where) == (VectorVerdict.INCONCLUSIVE, "steps[0]")
    assert "nobody" in first.text
    assert second.verdict is VectorVerdict.PASS


# --- coverage and command line -----------------------------------------------------------------------------------


def test_coverage_counts_what_was_demanded_and_given(write):
    path = write(
        unit(
            {
                "steps": [
                    *steps((SSSE, "9000"), ("0020000003999999", "63C2"), ("80B0000001", "6E00")),
                    {"send": "0084000008"},
                ]
            },
            {"steps": steps((SSSE, "9000"), ("0084000007", "9000"))},
        )
    )
    counter = Counter()
    list(counter.play(load(path), Bench()))
    shown = {(cell.row.environment, cell.row.code, cell.word): cell.vectors for cell in counter.cells() if cell.vectors}
    assert shown["ssse", "00A4", 0x9000] == ("U-0", "U-1")
    assert shown["ssse", "0020", 0x63C0] == ("U-0",)
    assert shown["ssse", "00B0", 0x6E00] == ("U-0",)
    assert ("ssse", "0084", 0x9000) not in shown
    assert ("ssse", "0084", 0x6700) not in shown


def run(*words):
    parser = ArgumentParser()
    conform.CONFORM.arguments(parser)
    return conform.CONFORM.run(parser.parse_args([str(word) for word in words]))


def test_command_line(write, capsys, tmp_path):
    good = write(unit({"steps": steps((SSSE, "9000"))}), "good.json")
    bad = write(
        unit({"steps": steps((SSSE, "6A82")), "id": "B-1"}, {"steps": steps((SSSE, "9000")), "id": "B-2"}), "bad.json"
    )
    assert run(good) == 0
    said = capsys.readouterr().out
    assert "pass           U-0  title 题" in said
    assert said.endswith("1 vectors: 1 pass, 0 fail, 0 inconclusive, 0 not-applicable\n")
    assert run("-q", "--junit", tmp_path / "out.xml", good, bad) == 1
    said = capsys.readouterr().out
    assert "B-1" in said
    assert "B-2" not in said
    suites = ElementTree.fromstring((tmp_path / "out.xml").read_bytes())  # noqa: S314 - our own file
    assert [suite.get("failures") for suite in suites] == ["1"]
    assert len(suites.findall("testsuite/testcase")) == 3


def test_command_line_codes(write, folder, capsys):
    vague = write(unit({"setup": steps((SSSE, "6A82")), "steps": steps((SSSE, "9000"))}), "vague.json")
    assert run(vague) == 2
    with pytest.raises(Fault, match="no such vector file"):
        run(folder / "none.json")
    assert run("--coverage", vague) == 1
    assert "missing" in capsys.readouterr().out
