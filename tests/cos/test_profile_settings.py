"""Any field of a profile can be set: to what it has, to something else, to nonsense (then one line says what goes)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from msgspec import Struct, structs

import dualcos
from apdu.status import StatusWord
from cos.cos_options import CosOptions
from cos.stacks import STACKS
from dualcos.cli.main import run
from dualcos.profile.schema import Profile, ProfileError, load, names, public_settings

NONSENSE = "nonsense ✗"
# Text that may say anything: no value of it is nonsense to the schema.
ANY_TEXT = frozenset(("title", "title_zh", "label"))
OPTIONS = {stack.label: stack.options for stack in STACKS}


def quoted(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else f'"{name}"'


def leaves(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value of a profile as it was read, by its path."""
    if isinstance(value, Profile):
        fields = {each.name: getattr(value, each.name) for each in structs.fields(value) if each.name != "sections"}
        value = fields | dict(value.sections)
    if isinstance(value, Struct):
        value = structs.asdict(value)
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{quoted(name)}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            yield from leaves(each, f"{path}[{at}]")
    elif value is not None:
        yield path, value


def written(value: object) -> str:
    if isinstance(value, StatusWord):
        return f'"{value}"'
    return json.dumps(value, ensure_ascii=False)


EVERY = {name: dict(leaves(load(name))) for name in names()}
ONCE = {path: (name, value) for name, found in EVERY.items() for path, value in found.items()}
"""Each path on one card that has it."""


@pytest.mark.parametrize("name", names())
def test_what_a_field_has_changes_nothing(name):
    own = [f"{path}={written(value)}" for path, value in EVERY[name].items()]
    assert load(name, settings=own) == load(name)


@pytest.mark.parametrize("name", ["dual-3.0-sm4", "psam-sm4"])
def test_and_makes_the_same_card(name):
    own = [f"{path}={written(value)}" for path, value in EVERY[name].items()]
    assert dualcos.card(load(name, settings=own), 7).dump() == dualcos.card(name, 7).dump()


def others(value: object) -> tuple[str, ...]:
    """Values of the same kind that are not this one."""
    if isinstance(value, bool):
        return (str(not value).lower(),)
    if isinstance(value, StatusWord):
        return ("6985" if value != 0x6985 else "6700",)
    if isinstance(value, int):
        return str(value + 1), str(value - 1)
    text = str(value)
    swapped = "".join(str((int(each) + 1) % 10) if each.isdecimal() else each for each in text)
    return (swapped or "00", text + "00")


def test_another_value_is_taken_or_refused_in_one_line():
    taken = set()
    for path, (name, value) in ONCE.items():
        for other in set(others(value)) - {value}:
            try:
                changed = dict(leaves(load(name, settings=[f"{path}={other}"])))
            except ProfileError as error:
                line = str(error)
                assert line.startswith(f"{name}: $."), path
                assert "\n" not in line, path
                continue
            assert changed[path] != value, path
            taken.add(path)
    # More than half are free to be anything of their kind; the others have few values, or follow from each other.
    assert len(taken) > len(ONCE) // 2


def test_nonsense_is_refused_by_its_path():
    for path, (name, _) in ONCE.items():
        if path.rpartition(".")[2].partition("[")[0] in ANY_TEXT or path.startswith("ref["):
            continue
        with pytest.raises(ProfileError) as caught:
            dualcos.card(load(name, settings=[f"{path}={NONSENSE}"]))
        line = str(caught.value)
        assert "\n" not in line
        at = path.partition("[")[0] if "[" in path else path
        assert at in line or "test keys" in line, (path, line)


def members(options: type[Struct], path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for field in structs.fields(options):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield from members(field.type, f"{path}.{field.name}")
        elif get_origin(field.type) is Literal:
            yield f"{path}.{field.name}", get_args(field.type)
        elif field.type is bool:
            yield f"{path}.{field.name}", ("true", "false")


CHOICES = [
    *members(type(CosOptions.of().transmission), "chip.transmission"),
    *(pair for label, options in OPTIONS.items() for pair in members(options, f"{label}.options")),
]
CARD = {"psam": "psam-sm4"}


@pytest.mark.parametrize(("path", "values"), CHOICES, ids=[path for path, _ in CHOICES])
def test_a_choice_takes_its_values_and_names_them(path, values):
    """Of the card's operating system: all that ``options`` declares."""
    name = CARD.get(path.partition(".")[0], "dual-3.0-sm4")
    for value in values:
        profile = load(name, settings=[f"{path}={value}"])
        assert str(dict(leaves(profile))[path]).lower() == value.lower()
    with pytest.raises(ProfileError) as caught:
        load(name, settings=[f"{path}={values[0][:-1]}"])
    assert all(value in str(caught.value) for value in values)
    assert f"$.{path}" in str(caught.value)


def test_the_same_words_as_for_a_line_in_the_file():
    base = 'title = ""\ntitle_zh = ""\nref = []\n[chip]\nserial = "00000000"\n[keys]\nlabel = "x"\n'
    dualcos.profile.schema.parse(base)
    for path, value in (("chip.region", "99"), ("chip.transmission.le00", "dat"), ("chip.foo", "1"), ("pse.aid", "A0")):
        table, _, field = path.rpartition(".")
        text = base if table == "chip" else base + f"[{table}]\n"
        line = f'{field} = "{value}"\n'
        text = (
            text.replace(f"[{table}]\n", f"[{table}]\n{line}") if f"[{table}]" in text else text + f"[{table}]\n{line}"
        )
        said = []
        for each, settings in ((text, ()), (base, (f'{path}="{value}"',))):
            with pytest.raises(ProfileError) as caught:
                dualcos.profile.schema.parse(each, settings=settings)
            said.append(str(caught.value))
        assert said[0] == said[1]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("chip.transmision.le00=data", "did you mean transmission?"),
        ("chip.transmission.le00=dat", "did you mean data?"),
        ("chip.transmission.le00", "PATH=VALUE"),
        ("chip..le00=data", "no path"),
        ("pse.records.0101[7]=57", "the list has 3 entries"),
        ("chip.serial.x=1", "nothing in it can be set"),
        ("psam.mf=SM4", "$.psam.city: missing"),
        ("[" * 5000 + "=1", "no path"),
    ],
)
def test_one_line_and_exit_2(setting, words, tmp_path, capfd):
    assert run(["issue", "dual-3.0-sm4", "--set", setting, "-o", str(tmp_path / "card")]) == 2
    out, err = capfd.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert words in err
    assert not list(tmp_path.iterdir())


SECRETS = {"pse.pin": "7391", "keys.transport": "5A" * 16, "ssse.roots.IRK": "3C" * 16, "pse.keys.kmc": "A7" * 16}


@pytest.mark.parametrize(("path", "value"), SECRETS.items())
def test_keys_and_pins_are_shown_nowhere(path, value, tmp_path, capfd):
    assert public_settings([f"{path}={value}"]) == (f"{path}=…",)
    trace = tmp_path / "trace"
    for good in (value, value + "x"):
        run(["send", "dual-3.0-sm4", "--set", f"{path}={good}", "--trace", str(trace), "0084000008"])
        shown = "".join(capfd.readouterr())
        assert value not in shown
        if trace.exists():
            assert value not in trace.read_text("utf-8")
            trace.unlink()
    whole_table = public_settings([f"{path.rpartition('.')[0]}={{}}"])
    assert whole_table[0].endswith("=…")


def test_a_card_file_has_its_settings_burnt_in(tmp_path, capfd):
    file = str(tmp_path / "my.card")
    assert run(["issue", "social-2.0", "--set", "chip.transmission.le00=data", "-o", file]) == 0
    capfd.readouterr()
    assert run(["send", file, "--set", "chip.transmission.le00=6Cxx", "0084000008"]) == 2
    assert "issue PROFILE --set" in capfd.readouterr().err
    assert run(["inspect", file, "--options"]) == 0
    options = capfd.readouterr().out
    assert '"le00": "data"' in options


def test_a_trace_says_how_the_card_was_set_and_replay_sets_it_so(tmp_path, capfd):
    trace = str(tmp_path / "trace")
    sent = ["00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00B0860000"]
    assert run(["send", "social-2.0", "--set", "chip.transmission.case4=direct", "--trace", trace, *sent]) == 0
    header, *_ = Path(trace).read_text("utf-8").splitlines()
    assert json.loads(header)["set"] == ["chip.transmission.case4=direct"]
    assert run(["replay", trace]) == 0
    assert run(["replay", trace, "--set", "chip.transmission.case4=61xx"]) == 1
    assert run(["send", "social-2.0", "--set", "ssse.pin=7391", "--trace", trace, "--force", *sent]) == 0
    capfd.readouterr()
    assert run(["replay", trace]) == 2
    assert "ssse.pin" in capfd.readouterr().err
    assert run(["replay", trace, "--set", "ssse.pin=7391"]) == 0
