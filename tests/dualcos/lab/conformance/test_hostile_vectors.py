"""A hostile vector file, however written: one line at load, *inconclusive* with words, or a verdict; no surprise.

``odd``: empty, a byte, 64 KB, numbers beyond all. That a card answers whatever it is sent is judged elsewhere.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from dualcos.lab.conformance import template_functions
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.command_template import LONGEST_COMMAND, Bound, Call, TemplateError, bound, parse
from dualcos.lab.conformance.host_functions import FUNCTIONS
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict, play_all
from dualcos.lab.conformance.run_report import line
from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.profile.schema import load as load_profile

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
TITLE = {"zh": "题", "en": "title"}
NINES = "9" * 5000
DEEP = "lc(" * 600 + "00" + ")" * 600
ODD = {"none": b"", "byte": b"\0", "high": b"\xff", "block": bytes(8), "key": bytes(16), "beyond": b"\xff" * 65536}
RANDOM = ("block", "none", "beyond")


@pytest.fixture(scope="module")
def bench():
    return Bench()


def unit(*steps: Any, **more: Any) -> dict[str, Any]:
    vector = {"id": "U-1", "title": TITLE, "steps": list(steps)}
    return {
        "unit": "U",
        "title": TITLE,
        "purpose": "p",
        "clause": [],
        "profile": "social-2.0",
        "provenance": {"kind": "derived", "source": "tests"},
        "vectors": [vector],
        **more,
    }


def written(folder: Path, document: dict[str, Any], routines: dict[str, Any] | None = None) -> Path:
    (folder / "routines.json").write_text(json.dumps({"routines": routines or {}}), encoding="utf-8")
    (folder / "v.json").write_text(json.dumps(document), encoding="utf-8")
    return folder / "v.json"


def refusal(path: Path) -> str:
    with pytest.raises(VectorError) as refused:
        load(path)
    said = str(refused.value)
    assert "\n" not in said
    assert len(said) < 700
    return said


def judged(path: Path, bench: Bench) -> VectorResult:
    (result,) = play_all(load(path), bench)
    assert "\n" not in result.text
    return result


def routine(*steps: dict[str, Any], params: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"title": TITLE, "params": list(params), "steps": list(steps)}


# --- at load ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"send": "{" + "lc(" * 5000 + "}"}, "more than 16 deep"),
        ({"send": f"{{{DEEP}}}"}, "more than 16 deep"),
        ({"send": SSSE, "when": DEEP}, "more than 16 deep"),
        ({"send": SSSE, "expect": f"9000 {{={DEEP}}}"}, "more than 16 deep"),
        ({"send": SSSE, "when": "00" * 20_000}, "no expression is"),
        ({"send": SSSE, "expect": f"9000 {'00 ' * 100_000}"}, "no data pattern is"),
        ({"send": SSSE, "expect": f"9000 [{NINES}]"}, "the pattern cannot be"),
        ({"send": SSSE, "expect": f"9000 {{a:{NINES}}}"}, "the pattern cannot be"),
        ({"send": SSSE, "expect": "9000 {a:1}{a=00}"}, "two values under one name"),
        ({"send": SSSE, "expect": [{"tlv": {"zz/qq": "*"}}]}, "takes text of the form"),
        ({"send": SSSE, "expect": [{"tlv": {"": "*"}}]}, "takes text of the form"),
        ({"send": SSSE, "expect": [{"tlv": {"6F\n": "*"}}]}, "takes text of the form"),
        ({"send": "0084\x1c000008"}, "not hex in whole bytes"),
        ({"send": SSSE, "when": "lc(00)\x85"}, "nothing may follow"),
        ({"send": SSSE, "expect": "9000\x1c"}, "no status-word mask"),
        ({"send": SSSE, "expect": "9000 \x85"}, "no data pattern"),
        ({"send": SSSE, "as": "a\nb"}, "text in one line"),
        ({"damage": {"cell": "ssse: a\rb", "becomes": "00"}}, "takes text of the form"),
        ({"damage": {"cell": "ssse: a", "becomes": "00\n"}}, "takes text of the form"),
    ],
)
def test_a_step_that_could_never_work(tmp_path, step, said):
    assert said in refusal(written(tmp_path, unit(step)))


@pytest.mark.parametrize("name", ["unit", "profile"])
@pytest.mark.parametrize("more", ["\n", "\0", "\x85", "\u2028"])
def test_a_text_ends_where_it_ends(tmp_path, name, more):
    written_ = unit({"send": SSSE})
    assert f"$.{name} takes text" in refusal(written(tmp_path, written_ | {name: written_[name] + more}))
    written_["vectors"][0]["id"] += more
    assert "$.vectors[0].id takes text" in refusal(written(tmp_path, written_))


def test_a_title_is_one_line(tmp_path):
    for more in ("\n\nfail  EVIL", "\r", "\x1b[31m"):
        document = unit({"send": SSSE})
        document["vectors"][0]["title"] = {"zh": "题", "en": f"title{more}"}
        assert "title.en takes text in one line" in refusal(written(tmp_path, document))


def test_what_a_loader_quotes_makes_no_line(tmp_path):
    document = unit({"send": SSSE})
    document["vectors"][0]["flags"] = ["a\nfail  EVIL"]
    assert "\\u000afail  EVIL is not explained" in refusal(written(tmp_path, document))
    assert "there is no routine r" in refusal(written(tmp_path, unit({"routine": "r"}), {"a\nb": routine()}))


def doubling(much: int) -> dict[str, Any]:
    chain = {f"r{n}": routine({"routine": f"r{n + 1}"}, {"routine": f"r{n + 1}"}) for n in range(much)}
    return chain | {f"r{much}": routine({"send": SSSE})}


def test_routines_that_call_more_and_more(tmp_path):
    """Every one calls the next twice: 2^26 steps, which nobody counts one by one."""
    for much in (26, 3000):
        said = refusal(written(tmp_path, unit({"send": SSSE}, setup=[{"routine": "r0"}]), doubling(much)))
        assert "routines call routines more than 8 deep" in said
    load(written(tmp_path, unit({"send": SSSE}, setup=[{"routine": "r0"}]), doubling(7)))


def test_more_steps_than_are_played(tmp_path):
    many = {"r": routine(*[{"routine": "s"}] * 100), "s": routine(*[{"send": SSSE}] * 101)}
    said = "comes to more than 10000 steps"
    load(written(tmp_path, unit(*[{"routine": "s"}] * 100), {"s": routine(*[{"send": SSSE}] * 99)}))
    assert f"$.routines.r: with the routines that are called it {said}" in refusal(
        written(tmp_path, unit({"send": SSSE}), many)
    )
    calls = [{"routine": "s"}] * 100
    assert f"$.vectors[0] (U-1): with the routines that are called it {said}" in refusal(
        written(tmp_path, unit(*calls), {"s": many["s"]})
    )


def test_routines_in_a_ring(tmp_path):
    ring = {name: routine({"routine": other}) for name, other in (("a", "b"), ("b", "c"), ("c", "a"))}
    assert "it calls itself" in refusal(written(tmp_path, unit({"send": SSSE}), ring))


# --- in play ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"send": "{flip(repeat(00, 00))}"}, "flip computes nothing from arguments of 0 bytes"),
        ({"send": "{lc(repeat(00, 0100))}"}, "lc computes nothing from arguments of 256 bytes"),
        ({"send": "{repeat(00,FFFFFFFF)}"}, "repeat computes nothing from arguments of 1, 4 bytes"),
        ({"send": "{repeat(00,FFFFFFFFFFFFFFFFFF)}"}, "repeat computes nothing"),
        ({"send": "{cat(repeat(00,FFFF), repeat(00,FFFF))}"}, "it comes to 131070 bytes"),
        ({"send": "{repeat(00,FFFF)}{repeat(00,FFFF)}"}, "it comes to 131070 bytes"),
        ({"send": "{mac(tdes(00), 84240000)}"}, "tdes: "),
        ({"send": SSSE, "times": "0100"}, "0100 comes to more than 255 times"),
        ({"send": SSSE, "expect": "{repeat(00, 00)}"}, "gives 0 bytes: no status word"),
        ({"send": SSSE, "expect": "{90}"}, "gives 1 bytes: no status word"),
        ({"send": SSSE, "expect": "9000 {=left(00, repeat(FF, FF))}*"}, ""),
    ],
)
def test_what_computes_nothing_is_inconclusive(tmp_path, bench, step, said):
    result = judged(written(tmp_path, unit(step)), bench)
    assert said in result.text
    if said:
        assert (result.verdict, result.where) == (VectorVerdict.INCONCLUSIVE, "steps[0]")


def test_255_times_are_played_and_counted_in_a_byte(tmp_path, bench):
    step = {"send": "00840000{nth}", "times": "FF"}
    last = {"send": "0084000008", "when": "minus(nth, FF)", "expect": "6982"}
    assert judged(written(tmp_path, unit(step, last)), bench).verdict is VectorVerdict.PASS


def test_a_version_that_no_key_has(tmp_path, bench):
    hand = template_functions.HostHand(load_profile("social-2.0"))
    for version in (NINES, "x", "99"):
        with pytest.raises(TemplateError, match="the profile has no key"):
            hand.key(f"RKSSSE:{version}")
        step = {"send": f"{{direct(RKSSSE:{version}, 0000000000000000)}}"}
        assert judged(written(tmp_path, unit(step)), bench).verdict is VectorVerdict.NOT_APPLICABLE


def test_times_of_times_come_to_an_end(tmp_path, bench):
    routines = {f"r{n}": routine({"routine": f"r{n + 1}", "times": "FF"}) for n in range(7)}
    routines["r7"] = routine({"send": "{repeat(00, 00)}", "when": "00"})
    result = judged(written(tmp_path, unit({"routine": "r0"}), routines), bench)
    assert result.verdict is VectorVerdict.INCONCLUSIVE  # nothing is sent, and that 255^7 times
    assert "comes to more than 100000 steps" in result.text


def test_arguments_that_grow_from_routine_to_routine(tmp_path, bench):
    """Each hands on what it was given eight times: 8^8 names, of which each would be looked up."""
    more = "cat(cat(x,x,x,x),cat(x,x,x,x))"
    routines = {f"r{n}": routine({"routine": f"r{n + 1}({more})"}, params=("x",)) for n in range(7)}
    routines["r7"] = routine({"send": "{x}"}, params=("x",))
    result = judged(written(tmp_path, unit({"routine": "r0(repeat(00, 00))"}), routines), bench)
    assert result.verdict is VectorVerdict.INCONCLUSIVE
    assert "comes to more than 10000 names and functions" in result.text


def test_what_is_bound_is_counted():
    assert bound(Call("cat", ("00", Call("lc", ("01",)))), {}).nodes == 4
    assert bound(Call("cat", ("x", "x")), {"x": bound(Call("lc", ("01",)), {})}).nodes == 7


def test_how_much_an_expression_may_be():
    parse("lc(" * 16 + "00" + ")" * 16)
    parse("0" * 20_000)
    assert bound("x", {"x": Bound("00", {}, 9_999)}).nodes == 10_000
    for too_much in ("lc(" * 17 + "00" + ")" * 17, "0" * 20_001):
        with pytest.raises(TemplateError):
            parse(too_much)
    with pytest.raises(TemplateError):
        bound("x", {"x": Bound("00", {}, 10_000)})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"damage": {"file": "ssse/DDF1/EF05", "at": 10**40, "bytes": "00"}}, "damage: .* none of them"),
        ({"damage": {"file": "ssse/DDF1/EF05", "at": 500, "bytes": "00"}}, "at 500 is none of them"),
        ({"damage": {"file": "ssse/DDF1/EF05", "at": 1, "bytes": "00" * 65536}}, "bytes wanted"),
        ({"state": {"counter": {"A" * 300: 0}}}, "no counter AAA"),
        ({"state": {"counter": {"SSSE.ZZ": 0}}}, "no counter SSSE.ZZ"),
    ],
)
def test_what_the_white_box_has_not(tmp_path, bench, step, said):
    with pytest.raises(VectorError, match=rf"v\.json: U-1\.steps\[1\]: .*{said}"):
        judged(written(tmp_path, unit({"send": SSSE}, step)), bench)


def test_a_byte_behind_the_last_makes_a_file_longer(tmp_path, bench):
    """As ``SSC-MEDICAL-36`` has it; what is behind that would leave a gap."""
    for at, verdict in ((18, VectorVerdict.PASS), (19, None)):
        damage = {"damage": {"file": "ssse/DDF1/EF05", "at": at, "bytes": "00"}}
        path = written(tmp_path, unit({"send": SSSE}, damage))
        if verdict is not None:
            assert judged(path, bench).verdict is verdict
            continue
        with pytest.raises(VectorError, match="at 19 is none of them"):
            judged(path, bench)


def test_a_verdict_is_told_in_two_lines(tmp_path, bench):
    result = judged(written(tmp_path, unit({"send": SSSE, "expect": [{"sw": "6???", "data": "00\n\n01"}]})), bench)
    assert result.verdict is VectorVerdict.FAIL
    assert line(result).count("\n") == 1


# --- the host's functions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["dual-3.0-sm4", "social-1.0"])
def test_every_function_computes_or_says_that_it_does_not(profile):
    """With every odd argument in every place beside each other one."""
    hand = template_functions.HostHand(load_profile(profile))
    computed = set()
    for name, function in FUNCTIONS.items():
        keyed = function.kinds[:1] in ("k", "s")
        keys = (Call("sm4", ("key",)), Call("tdes", ("key",))) if keyed else ()
        random = RANDOM if function.captured or function.kinds[:1] == "s" else RANDOM[:1]
        for given, key, drawn in itertools.product(odd_arguments(name), keys or ("",), random):
            scope = {**ODD, "challenge": ODD[drawn], "atr": ODD[drawn]}
            try:
                value = template_functions.value(Call(name, ((key, *given) if keyed else given)), scope, hand)
            except TemplateError:
                continue
            assert len(value) <= LONGEST_COMMAND
            computed.add(name)
    assert len(computed) > len(FUNCTIONS) // 2


def odd_arguments(name: str) -> set[tuple[str, ...]]:
    function = FUNCTIONS[name]
    most = len(function.kinds) - (function.kinds[:1] in ("k", "s"))
    found: set[tuple[str, ...]] = set()
    for count in range(most - function.optional, most + 1):
        for usual, other, at in itertools.product(ODD, ODD, range(count)):
            found.add(tuple(other if place == at else usual for place in range(count)))
        found |= {()} if count == 0 else set()
    return found
