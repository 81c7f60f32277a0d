"""Fault scripts are strict, those that come with dualcos are right, and nothing but the option can switch them on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from dualcos.lab.faults.fault_kinds import Fault, Shape
from dualcos.lab.faults.fault_script import ScriptError, load, parse, shipped
from dualcos.profile.schema import ProfileError
from dualcos.profile.schema import load as load_profile
from dualcos.profile.schema import parse as parse_profile

ROOT = Path(__file__).parents[4]
RULE = {"name": '"a"', "purpose": '"p"', "clause": '"c"', "fault": '{ kind = "mute" }'}


def text(top: str = 'title = "t"', **changes: str | None) -> str:
    fields = {name: value for name, value in (RULE | changes).items() if value is not None}
    return "\n".join((top, "[[rule]]", *(f"{name} = {value}" for name, value in fields.items())))


def test_the_smallest_script():
    (rule,) = parse(text(), "s").rules
    assert (rule.command, rule.nth, rule.environment, rule.event) == ("????????", 1, None, "command")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"purpose": None}, "purpose"),
        ({"clause": None}, "clause"),
        ({"clause": '" "'}, "clause"),
        ({"name": '""'}, "name"),
        ({"fault": None}, "fault"),
        ({"colour": '"red"'}, "colour"),
        ({"command": '"00B2"'}, "command"),
        ({"command": '"00G20000"'}, "command"),
        ({"nth": "0"}, "nth"),
        ({"nth": '"always"'}, "nth"),
        ({"chance": "0.0"}, "chance"),
        ({"chance": "1.5"}, "chance"),
        ({"environment": '"bank"'}, "environment: 'bank' is none of manager, ssse, pse"),
        ({"event": '"insertion"'}, "event"),
        ({"event": '"reset"', "fault": '{ kind = "flip" }'}, "at a reset"),
        ({"event": '"reset"', "fault": '{ kind = "remove", bytes = 3 }'}, "at a reset"),
        ({"event": '"reset"', "command": '"00A4????"'}, "a reset has no command"),
        ({"fault": '{ kind = "explode" }'}, "explode"),
        ({"fault": '{ kind = "mute", seconds = 1.0 }'}, "seconds"),
        ({"fault": '{ kind = "delay" }'}, "seconds"),
        ({"fault": '{ kind = "delay", seconds = 0.0 }'}, "seconds"),
        ({"fault": '{ kind = "delay", seconds = 601.0 }'}, "seconds"),
        ({"fault": '{ kind = "answer", sw = "90" }'}, "sw"),
        ({"fault": '{ kind = "answer", sw = "9000", data = "1" }'}, "data"),
        ({"fault": '{ kind = "truncate", keep = 0 }'}, "kind mute"),
        ({"fault": '{ kind = "flip", bits = 0 }'}, "bits"),
        ({"fault": '{ kind = "over-long", length = 65534 }'}, "length"),
        ({"fault": '{ kind = "malformed-tlv", shape = "round" }'}, "shape"),
        ({"fault": '{ kind = "remove", executed = false, bytes = 1 }'}, "programs no bytes"),
        ({"fault": '{ kind = "power-cut", bytes = -1 }'}, "bytes"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_field(changes, said):
    with pytest.raises(ScriptError) as caught:
        parse(text(**changes), "my.toml")
    assert "my.toml" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ("title = ", "not TOML"),
        ('title = "t"', "rule"),
        ('title = "t"\nrule = []', "no rule"),
        (text() + "\n" + text("").lstrip(), "another rule has that name"),
        (text('title = "t"\nenabled = true'), "enabled"),
    ],
)
def test_whole_scripts_that_are_wrong(whole, said):
    with pytest.raises(ScriptError, match=said):
        parse(whole, "s")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ScriptError, match="built in are"):
        load(str(tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(ScriptError, match="UTF-8"):
        load(str(tmp_path / "latin.toml"))
    (tmp_path / "long.toml").write_bytes(b"#" * (1 << 21))
    with pytest.raises(ScriptError, match="longer than"):
        load(str(tmp_path / "long.toml"))


def test_shipped_scripts_load_and_show_every_kind():
    scripts = [load(name) for name in shipped()]
    assert len(scripts) >= 5
    kinds = {type(rule.fault) for script in scripts for rule in script.rules}
    assert kinds == set(get_args(Fault))
    shapes = {rule.fault.shape for script in scripts for rule in script.rules if hasattr(rule.fault, "shape")}
    assert shapes == set(get_args(Shape))


def test_no_profile_can_name_a_script():
    source = Path(str(load_profile.__code__.co_filename)).parent / "cards" / "social-2.0.toml"
    good = source.read_text(encoding="utf-8")
    parse_profile(good)
    for line in ('faults = "hostile"', '[faults]\nscript = "hostile"'):
        with pytest.raises(ProfileError, match="faults"):
            parse_profile(f"{line}\n{good}" if not line.startswith("[") else f"{good}\n{line}")
    with pytest.raises(ProfileError, match="faults"):
        parse_profile(good.replace("[chip]", '[chip]\nfaults = "hostile"'))


def test_a_card_file_keeps_no_script(tmp_path):
    """Used with faults, opened without: the card is itself again, and nothing in the file says otherwise."""
    card = str(tmp_path / "c.dualcos")

    def dualcos(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "dualcos", *argv], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )

    dualcos("issue", "social-2.0", "-o", card)
    with_faults = dualcos("run", card, "--faults", "wrong-words", "--", sys.executable, "-c", "")
    assert "FAULTS" in with_faults.stderr
    assert b"wrong-words" not in Path(card).read_bytes()
    without = dualcos("run", card, "--", sys.executable, "-c", "")
    assert "FAULT" not in without.stderr


def test_scripts_are_values():
    assert msgspec.json.encode(load("pulled")) == msgspec.json.encode(load("pulled"))
