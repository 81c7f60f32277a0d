"""Single fields set from outside a profile's file: each check of a setting with a case that it alone refuses."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from msgspec import Struct, inspect

from dualcos.profile.field_types import Hex, Pin
from dualcos.profile.profile_settings import SettingError, applied, holds_secret, masked
from dualcos.profile.schema import secret_in
from dualcos.textforms import json_and_toml
from dualcos.textforms.json_and_toml import BadText, from_toml


class Row(Struct, frozen=True):
    key: str
    tier: str = ""


class Plain(Struct, frozen=True):
    text: str = ""
    number: Hex | None = None


class Part(Struct, frozen=True):
    text: str = ""
    pin: Pin = ""


class Whole(Struct, frozen=True):
    part: Part = Part()
    plain: Plain = Plain()
    words: list[str] = []
    rows: list[Row] = []
    table: dict[str, str] = {}
    pins: dict[str, Pin] = {}


WHOLE = inspect.type_info(Whole)


@pytest.mark.parametrize(
    ("told", "setting", "found"),
    [
        ({"part": {"text": "a"}}, "part.text=b", {"part": {"text": "b"}}),
        ({}, "part.text=b", {"part": {"text": "b"}}),
        # The file has one value where a table or a list belongs.
        ({"part": "a"}, "part.text=b", "$.part is one value"),
        ({"words": "a"}, "words[0]=b", "$.words is one value"),
        # The file has a table where one value belongs.
        ({"part": {"text": {"x": "a"}}}, "part.text.x=b", "$.part.text is one value"),
        ({"part": {"text": {}}}, "part.text.x=b", "$.part.text is one value"),
        ({"words": ["a", "b"]}, "words[1]=c", {"words": ["a", "c"]}),
        ({"words": ["a", "b"]}, "words.1=c", {"words": ["a", "c"]}),
        ({"words": ["a", "b"]}, "words[2]=c", "$.words.2: the list has 2 entries"),
        ({"words": ["a", "b"]}, "words.x=c", "$.words.x: the list has 2 entries"),
        ({"words": ["a", "b"]}, 'words."+1"=c', '$.words."+1": the list has 2 entries'),
        ({"words": ["a", "b"]}, "words.-1=c", "$.words.-1: the list has 2 entries"),
        # What else an entry says stays.
        ({"rows": [{"key": "a", "tier": "b"}]}, "rows[0].tier=c", {"rows": [{"key": "a", "tier": "c"}]}),
        ({}, "=a", "'' is no path"),
        ({}, "part..text=a", "'part..text' is no path"),
        ({}, "part.text a=a", "'part.text a' is no path"),
    ],
    ids=lambda each: each if isinstance(each, str) else "table",
)
def test_a_setting_that_only_one_check_refuses(told: dict[str, Any], setting, found):
    if isinstance(found, dict):
        assert applied(told, [setting], WHOLE) == found
        return
    with pytest.raises(SettingError) as caught:
        applied(told, [setting], WHOLE)
    assert str(caught.value).startswith(found)


def test_settings_without_a_secret_are_shown_as_they_are():
    shown = (
        "plain={}",
        "plain.number=00",
        "plain.text=a",
        "part.text=a",
        "table={}",
        "table.a=b",
        "words=[]",
        "rows=[]",
    )
    assert masked(shown, WHOLE) == shown
    hidden = ("part={}", "part.pin=1234", "pins={}", "pins.a=1234")
    assert masked(hidden, WHOLE) == tuple(f"{each.partition('=')[0]}=…" for each in hidden)


def test_fields_that_are_secret_are_found_wherever_they_stand():
    part = {"text": "a", "pin": None}
    shown: list[dict[str, Any]] = [{}, {"plain": {"number": "00"}}, {"part": part}, {"words": ["a"]}, {"new": None}]
    assert not any(holds_secret(each, WHOLE) for each in shown)
    hidden: list[dict[str, Any]] = [{"part": {"text": "a", "pin": "1"}}, {"pins": {"a": "1"}}, {"new": 1}, {"new": {}}]
    assert all(holds_secret(each, WHOLE) for each in hidden)
    assert secret_in({"ssse": {"pin": "1234"}})
    assert not secret_in({"ssse": {"pin_tries": 5}})


def test_a_key_of_many_steps_never_comes_to_the_parser(monkeypatch):
    """Each step of a dotted key costs the parser as many steps again: it is told before."""
    asked: list[str] = []
    parser = tomllib.loads

    def loads(text: str) -> dict[str, Any]:
        asked.append(text)
        return parser(text)

    monkeypatch.setattr(json_and_toml.tomllib, "loads", loads)
    for steps, comes in ((60, True), (1000, True), (1001, False), (100000, False)):
        asked.clear()
        text = f"b = 2\n{'a.' * steps}a = 1\n"
        if steps < 64:
            assert from_toml(text)
        else:
            with pytest.raises(BadText, match="not TOML of ours: nested too deep"):
                from_toml(text)
        assert bool(asked) is comes, steps
