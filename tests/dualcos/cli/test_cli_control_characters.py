"""Whatever text a card, a file or a file's name holds: no control character of it reaches a terminal.

Held against Unicode's own properties, not against the product's list.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import unicodedata
from contextlib import chdir
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

import pytest
from broken_streams import say, unspelled
from msgspec import structs

from dualcos.cli.screen import Screen
from dualcos.cli.terminal_colours import paint_for
from dualcos.explain.control_characters import fit_for_xml
from dualcos.issuance.exchange import personalisation_file
from dualcos.issuance.exchange.shared_keys import file_mac_keys
from dualcos.issuance.invented_citizens import citizens, write_csv, write_inputs
from keys.custody.key_store_file import KeyFile
from keys.custody.sealing import Lock

ROOT = Path(__file__).parents[3]
# Renames the window, colours, moves the cursor up, turns digits around, breaks a line where no program expects it.
ESCAPES = "\x1b]0;own\x07\x1b[31m\x9b1A\u202e12\u2066\u2028\x85\x7f\b\x00"
IN_A_NAME = "\x1b]0;own\x07\x1b[31m\u202e"  # no file is called by a zero byte
IN_A_TITLE = "\u202e12\u2066"  # no vector is called by what controls
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
BIDI = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
ROWS = f"{IN_A_NAME}.csv"
LOCK = ("--lock", "file:lock")


def raw(text: str) -> set[str]:
    """What must not stand in a text for a terminal."""
    return {
        char
        for char in text
        if (unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") or unicodedata.bidirectional(char) in BIDI)
        and char not in "\n\t"
    }


def quoted(text: str) -> str:
    """As a string of TOML or JSON; it may have a zero byte."""
    return json.dumps(text)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A folder with whatever a command reads, bearing ill will."""
    folder = tmp_path_factory.mktemp("hostile")
    with chdir(folder):
        profile = (resources.files("dualcos.profile.cards") / "dual-2.0-3des.toml").read_text(encoding="utf-8")
        title = next(line for line in profile.splitlines() if line.startswith("title = "))
        Path("p.toml").write_text(profile.replace(title, f"title = {quoted(ESCAPES)}"), encoding="utf-8")
        assert say(("issue", "p.toml", "-o", f"{IN_A_NAME}.card")).code == 0
        assert say(("send", "p.toml", SELECT_SSSE, "0084000008", "--trace", "t.jsonl")).code == 0
        lines = [json.loads(line) for line in Path("t.jsonl").read_text(encoding="utf-8").strip().split("\n")]
        lines[0]["card"] = "p.toml"
        lines[2] |= {"notes": [f"note: {ESCAPES}"], "env": f"ssse{ESCAPES}"}
        lines[2]["refusals"] = [
            {"command": "x", "sw": 0x6982, "gate": ESCAPES, "why": ESCAPES, "about": {"row": ESCAPES}}
        ]
        Path("t.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        unit = json.loads((ROOT / "vectors" / "ssse" / "verify.json").read_text(encoding="utf-8"))
        unit["vectors"] = unit["vectors"][:2]
        for vector in unit["vectors"]:
            vector["title"] = {"en": IN_A_TITLE, "zh": IN_A_TITLE}
            vector["purpose"] = ESCAPES
        unit["vectors"][0]["steps"][0]["expect"] = "6D00"
        Path("v.json").write_text(json.dumps(unit), encoding="utf-8")
        shutil.copy(ROOT / "vectors" / "routines.json", folder)
        rule = {"name": "rule", "purpose": ESCAPES, "clause": ESCAPES, "command": "00A404??"}
        words = "\n".join(f"{name} = {quoted(text)}" for name, text in rule.items())
        fault = 'fault = { kind = "answer", sw = "6A81", executed = false }'
        Path("f.toml").write_text(f"title = {quoted(ESCAPES)}\n[[rule]]\n{words}\n{fault}\n", encoding="utf-8")
        write_inputs(folder, citizens(1))
        with Path("social.csv").open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
        write_csv(Path(ROWS), [row | {"apply_type": ESCAPES.replace("\0", "")}])
        assert say(("keys", "key-file", "lock")).code == 0
        assert say(("keys", "invent", "k", "--seed", "1", *LOCK)).code == 0
    return folder


STORES = ("--maker", "k/maker.keys", "--social", "k/social.keys", "--bank", "k/bank.keys", *LOCK)
SAID = (
    (0, "inspect", "p.toml", "--options"),
    (0, "inspect", f"{IN_A_NAME}.card"),
    (0, "issue", "p.toml", "-o", f"{IN_A_NAME}2.card"),
    (0, "card", "export", f"{IN_A_NAME}.card"),
    (2, "card", "import", f"{IN_A_NAME}.card", "-o", "new.card"),
    (1, "card", "diff", f"{IN_A_NAME}.card", "social-2.0"),
    (0, "send", f"{IN_A_NAME}.card", SELECT_SSSE, "00A4020002EF06", "00B2090020"),
    (2, "send", "p.toml", "00" + IN_A_NAME),
    (2, "send", f"{IN_A_NAME}.none", "00"),
    (0, "explain", "t.jsonl"),
    (0, "explain", "t.jsonl", "--short"),
    (0, "explain", "t.jsonl", "--json"),
    (0, "replay", "t.jsonl"),
    (2, "replay", "t.jsonl", "--slot", IN_A_NAME),
    (1, "conform", "v.json", "--profile", "p.toml", "--junit", "j.xml"),
    (2, "conform", f"{IN_A_NAME}.json"),
    (0, "conform", "v.json", "--cards"),
    (0, "run", "p.toml", "--faults", "f.toml", "--explain", "--", "true"),
    (0, "serve", "p.toml", "--faults", "f.toml", "--socket", f"{IN_A_NAME}s"),
    (0, "serve", "p.toml", "--socket", "s", "--json"),
    (1, "prepare", "--social", ROWS, "--synthetic"),
    (1, "match", "--social", ROWS, "--bank", "bank.csv", "--synthetic", "--report", "m.csv"),
    (0, "match", "--social", "social.csv", "--bank", "bank.csv", "--synthetic", "-o", "b.perso", "--keys",
     "k/maker.keys", *LOCK, "--batch", IN_A_NAME),
    (0, "personalise", "b.perso", "-o", "out", "--jobs", "1", "--operator", IN_A_NAME, *STORES),
    (0, "keys", "init", f"{IN_A_NAME}.keys", "--owner", "bank", "--title", ESCAPES, "--who", ESCAPES, *LOCK),
    (0, "keys", "generate", f"{IN_A_NAME}.keys", f"name{ESCAPES}", "--purpose", "kmc", "--who", ESCAPES, *LOCK),
    (0, "keys", "list", f"{IN_A_NAME}.keys", *LOCK),
    (0, "keys", "log", f"{IN_A_NAME}.keys", *LOCK),
    (2, "fuzz", "firewall", "--profile", f"{IN_A_NAME}.toml", "--property", "F1"),
    (2, "fuzz", "firewall", "--property", IN_A_NAME),
    (2, IN_A_NAME,),
)  # fmt: skip


def test_no_command_lets_a_control_character_through(world, monkeypatch):
    monkeypatch.setattr(signal, "sigwait", lambda _: signal.SIGTERM)
    seen = ""
    with chdir(world):
        for code, *argv in SAID:
            said = say(argv)
            assert said.code == code, (argv, said.err)
            assert (raw(said.out), raw(said.err)) == (set(), set()), argv
            seen += said.out + said.err
    assert seen.count("\\u001b]0;own\\u0007") > 30  # it was there, and is shown for what it is


def test_a_line_of_json_says_the_same(world):
    with chdir(world):
        lines = say(("explain", "t.jsonl", "--json")).out.splitlines()
    assert f"note: {ESCAPES}" in json.loads(lines[1])["notes"]


def test_reports_for_people(world):
    with chdir(world):
        say(("conform", "v.json", "--profile", "p.toml", "--junit", "j.xml"))
        say(("match", "--social", ROWS, "--bank", "bank.csv", "--synthetic", "--report", "m.csv"))
        made = ("-o", "b1.perso", "--keys", "k/maker.keys", *LOCK)
        say(("match", "--social", "social.csv", "--bank", "bank.csv", "--synthetic", *made))
        # Rows bring none, but whoever has a MAC key can write one into the file of a batch.
        lock = Lock(Path("lock").read_text(encoding="utf-8"))
        keys = [key.value for key in file_mac_keys(KeyFile.open("k/maker.keys", lock))]
        batch = personalisation_file.read(Path("b1.perso"), keys, [lock])
        bad = [structs.replace(one, paper=structs.replace(one.paper, recipient=ESCAPES)) for one in batch.records]
        personalisation_file.write(Path("b2.perso"), batch.header, bad, keys[0], lock)
        say(("personalise", "b2.perso", "-o", "out2", "--jobs", "1", *STORES))
        case = next(ElementTree.parse("j.xml").iter("testcase"))  # noqa: S314 - our own
        assert unspelled(case.attrib["name"]).count(IN_A_TITLE) == 2
        for name in ("j.xml", "m.csv", "out2/mail.csv", "out2/pack.csv", "out2/states.csv"):
            text = Path(name).read_text(encoding="utf-8")
            assert raw(text) <= {"\r"}, name  # at the ends of a CSV's lines
            assert "\\u202e" in text or name.endswith(("pack.csv", "states.csv")), name


def test_xml_of_any_text():
    every = "".join(
        chr(code) for code in (*range(0x300), *range(0x2000, 0x2100), *range(0xD7F0, 0xE010), 0xFFFE, 0xFFFF)
    )
    element = ElementTree.Element("a", name=fit_for_xml(every))
    text = ElementTree.tostring(element, encoding="utf-8")
    assert unspelled(ElementTree.fromstring(text).attrib["name"]).startswith("\x00\x01\x02")  # noqa: S314 - as above


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("text", [ESCAPES, "\x1b[1;31mDONE\x1b[0m", *map(chr, range(0x20)), "\x9b31m", "\udc9b"])
def test_on_a_terminal_only_the_painters_colours_pass(text, monkeypatch):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    terminal = Terminal()
    screen = Screen(terminal)
    paint = paint_for(screen)
    print(text, paint("bad", text), text, sep="|", file=screen)
    before, painted, after = terminal.getvalue().split("|")
    assert painted.startswith("\x1b[1;31m")
    assert painted.endswith("\x1b[0m")
    inside = painted.removeprefix("\x1b[1;31m").removesuffix("\x1b[0m")
    assert before == inside == after.removesuffix("\n")
    assert not raw(inside)
    assert unspelled(inside) == text


def test_colours_of_one_screen_are_nothing_on_another():
    one, other = Screen(Terminal()), Screen(beneath := Terminal())
    other.write(one.paint("31", "text"))
    assert "\x1b" not in beneath.getvalue()
