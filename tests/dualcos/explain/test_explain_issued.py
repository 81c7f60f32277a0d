"""What issued cards have against the rule is told beside what it is, and no card is called wrong for it."""

from __future__ import annotations

import json

import pytest

import dualcos
from apdu.link import fetched
from dualcos.cli.main import run
from dualcos.explain import Explainer
from dualcos.explain.raw_record import RawExchange, RawPower
from dualcos.explain.rendering import text
from dualcos.explain.reset_answer import chip_serial, reset_details
from dualcos.explain.social_records import describe
from dualcos.profile.schema import load, parse

SSSE, CODE, NAME = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00B2012C12", "00B2093020"
OTHER = "990000D15600000510000B26FFFFFFFF"
RULE = "990000D1560000050000A1B2"
NOTE = "its serial number is 10000B26, the ATR's 0000A1B2, as on some issued cards"


def explained(profile, *commands):
    """What a session says, as a person sees it, with the reset before it."""
    card, explainer = dualcos.card(profile, seed=2), Explainer()
    records = [RawPower("cold", card.power_on())]
    for command in commands:
        raw = bytes.fromhex(command)
        records.append(RawExchange(raw, card.exchange(raw)))
    return [explainer.explain(record) for record in records]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("3B6D0000008144434F860099000000A1B2", ["T=0"]),
        ("3B7D940000008150220886431E10C9022736", ["T=0, TA1 94: F=512 D=8"]),
        ("3B7D7A0000008144434F860099000000A1B2", ["T=0, TA1 7A: F=reserved D=reserved"]),
        ("3B6D00FF008144434F860099000000A1B2", ["T=0, TC1 FF: guard time the shortest there is"]),
        ("3B6D0003008144434F860099000000A1B2", ["T=0, TC1 03: guard time 3 etu more"]),
        (
            "3B9D9450100A008144434F860099000000A1B2",
            ["T=0, TA1 94: F=512 D=8, TA2 10: specific mode, T=0, TC2 0A: waiting time integer 10"],
        ),
        ("3B8D8001008144434F860099000000A1B2C9", ["contactless, as PC/SC shows it"]),
        ("3B0211 22", ["T=0"]),
        ("3B6D0000", ["length does not match T0"]),
        ("", []),
    ],
)
def test_a_reset_answer_in_words(raw, said):
    found = reset_details(bytes.fromhex(raw))
    assert [detail.text for detail in found[:1]] == said
    if len(found) == 2 and "0211" not in raw:
        chip, serial = ("502208", "C9022736") if "C902" in raw else ("44434F", "0000A1B2")
        assert f"chip maker 0081, COS {chip}" in found[1].text
        assert found[1].text.endswith(f"serial {serial}")


@pytest.mark.parametrize("raw", ["", "3B", "3B0211 22", "3B6D0000", "FF" * 17])
def test_what_has_no_serial_number_has_none(raw):
    assert chip_serial(bytes.fromhex(raw)) == b""


def test_a_trace_notes_a_code_with_another_serial_number():
    said = [text(each) for each in explained(load("social-2.0", settings=[f"ssse.identification={OTHER}"]), SSSE, CODE)]
    assert "serial 0000A1B2" in said[0]
    shown = " ".join(said[2].split())
    assert f"{OTHER}; {NOTE}" in shown
    assert "✗" not in shown


def test_a_code_by_the_rule_is_shown_and_nothing_more():
    said = explained("social-2.0", SSSE, CODE)
    (detail,) = said[2].received
    assert detail.text.startswith(RULE)
    assert len(detail.text) == 32


def test_without_a_reset_answer_nothing_is_compared():
    record = bytes.fromhex("0110" + OTHER)
    assert describe((0xDDF1, 0xEF05), record)[0].text == OTHER
    assert NOTE in describe((0xDDF1, 0xEF05), record, chip=bytes.fromhex("0000A1B2"))[0].text
    assert describe((0xDDF1, 0xEF05), record, chip=bytes.fromhex("10000B26"))[0].text == OTHER
    assert describe((0xDDF1, 0xEF05), bytes.fromhex("0102FFFF"), chip=b"abcd")[0].text == "FFFF"


def test_inspect_notes_it_and_says_nothing_of_the_rule(capsys):
    assert run(["inspect", "social-2.0", "--set", f"ssse.identification={OTHER}", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["identification"], told["damaged"]) == (OTHER, [])
    assert told["notes"] == [f"identification code: {NOTE}"]
    assert run(["inspect", "social-2.0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["identification"].startswith(RULE)
    assert told["notes"] == []
    assert run(["inspect", "bank-only", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["identification"] is None


NAMES = [
    ("测试\ue863", "B2E2CAD48336CF39", "测试䶮"),
    ("测试䶮", "B2E2CAD4FE9F", "测试䶮"),
    ("测试\ue81e", "B2E2CAD482359037", "测试\u9fb4"),
    ("测试\u9fb4", "B2E2CAD4FE59", "测试\u9fb4"),
    ("CESHI JOHN ADAM", "4345534849204A4F484E204144414D", "CESHI JOHN ADAM"),
]


@pytest.mark.parametrize(("name", "written", "shown"), NAMES)
def test_a_name_is_text_whatever_way_it_is_written(name, written, shown, capsys):
    settings = ["ssse.charset=gb18030", f'ssse.holder.name="{name}"']
    found = explained(load("social-2.0", settings=settings), SSSE, NAME)[2]
    assert found.answer[2:].hex().upper() == written.ljust(60, "0")
    assert found.received[0].text == shown
    sets = [word for each in settings for word in ("--set", each)]
    assert run(["send", "social-2.0", *sets, "--json", SSSE, NAME]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [each["text"] for each in line["received"]] == [shown]


def test_a_holder_of_his_own_takes_the_codes_of_the_file_away_but_not_of_the_command_line():
    """Whoever the holder is, what is set stands; what the file says was of another chip."""
    text_of = (
        'title = "t"\ntitle_zh = "t"\nref = []\nholder = "student"\n[chip]\nserial = "0000A1B2"\n[keys]\nlabel = "x"\n'
        f'[ssse]\nversion = "2.0"\nalgorithm = "3DES"\ncity = "990000"\nidentification = "{OTHER}"\n'
    ).replace("student", "sex-not-stated")
    assert parse(text_of).ssse.identification is None
    assert parse(text_of, settings=[f"ssse.identification={OTHER}"]).ssse.identification == OTHER
    card = dualcos.card(parse(text_of), seed=1)
    card.power_on()
    fetched(card, card.exchange(bytes.fromhex(SSSE)))
    assert card.exchange(bytes.fromhex(CODE))[2:14].hex().upper() == "990000D1560000050000A003"
