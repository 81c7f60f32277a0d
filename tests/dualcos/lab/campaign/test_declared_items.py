"""Test items and requirements: all that the standards' contents lists name are declared, none without vector or reason.
Vector files are read here as JSON, without the loader.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dualcos.lab.conformance.item_names import LAB_ITEMS, KnownFrom, item_called, unknown_item
from dualcos.lab.conformance.nearest_names import near, nearest
from dualcos.lab.conformance.requirement_names import REQUIREMENTS, requirement_called, unknown_requirement
from dualcos.lab.properties.list_of_properties import CONTRACT, PROPERTIES

ROOT = Path(__file__).parents[4]

# Contents lists of LD/T 6001.3-2023, LD/T 6001.5-2023, JR/T 0045.1-2014 and JR/T 0045.3-2014, the scope of LD/T 6001.2.
CONTENTS = {
    "LD/T 6001.1": "卡片质量物理特性",
    "LD/T 6001.2": "命令功能 命令参数 防火墙 防拔 医疗消费交易 数字证书应用 终端的兼容性",
    "LD/T 6001.3": "复位应答 SSSE_RECORD DF01_RECORD DF02_RECORD DF03_RECORD DF04_RECORD DF05_RECORD DF07_RECORD"
    " SSSE_SAFETY DF01_SAFETY DF02_SAFETY DF03_SAFETY DF04_SAFETY DF05_SAFETY DF07_SAFETY KEY_VER1 KEY_VER2 KEY_VER3"
    " ACSE_RECORD ACSE_SAFETY CHECK_CERT",
    "LD/T 6001.5": "iReadCardBas iReadCard iWriteCard iVerifyPIN iChangePIN iReloadPIN iUnblockPIN iDoDebit"
    " iReadDebitRecord PKI_SignData PKI_VerifySign",
    "JR/T 0045.1": "TPSB TPSC TPSE TPSF TPSG 标准联机交易 SDML YYSD DQSJ HQSJ YYXZ JSML YYJS KSML KPSD LJPZ FHDT JBSB"
    " FXGL SHJC LJTJ ZFML DDCS GXSJ WBRZ RZSB LJSB",
    "JR/T 0045.3": "FWYD SJDQ CTSJ YYXZ YYCS JTSJ DTSJ FHSJ CKRZ FXGL JYMX KXSJ 密钥",
}  # fmt: skip


def units() -> list[dict[str, Any]]:
    read = [json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "vectors").rglob("*.json"))]
    return [each for each in read if "vectors" in each]


def several(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def counted(field: str) -> Counter[str]:
    """How often vectors name each; a unit's name counts for those that say nothing."""
    found: Counter[str] = Counter()
    for unit in units():
        for vector in unit["vectors"]:
            found.update(several(vector.get(field)) or several(unit.get(field)))
            if field == "requirement":
                steps = [*vector["steps"], *vector.get("after", ())]
                found.update({step["requirement"] for step in steps if "requirement" in step})
    return found


@pytest.mark.parametrize(("standard", "names"), CONTENTS.items())
def test_every_item_of_the_contents_lists_is_declared(standard, names):
    declared = {item.name for item in LAB_ITEMS if item.standard == standard}
    assert set(names.split()) <= declared
    assert standard == "LD/T 6001.3" or len(names.split()) <= len(declared)


def test_places_and_languages():
    """What the contents lists say of single items: their place, and their name in Chinese."""
    places = {item.identity: item.clause for item in LAB_ITEMS}
    assert places["CHANGE PIN"] == "6.1"
    assert places["DF07_RECORD"] == "7.7"
    assert places["DF07_SAFETY"] == "8.7"
    assert places["CHECK_CERT"] == "10.3"
    chapter = [item.name for item in LAB_ITEMS if item.standard == "JR/T 0045.1" and item.clause.startswith("7.")]
    assert [places[f"JR/T 0045.1 {name}"] for name in chapter] == [f"7.{number}" for number in range(1, 23)]
    assert (chapter[1], chapter[21]) == ("SDML", "LJSB")
    for item in LAB_ITEMS:
        assert re.search("[\u4e00-\u9fff]", item.zh), item
        assert item.en.isascii(), item
        assert (item.known is KnownFrom.CONTENTS) == (
            item.standard not in ("LD/T 6001.1", "LD/T 6001.2", "LD/T 6001.4")
        )


def test_requirements_and_reasons_are_said_in_chinese_too():
    said = [(each.sentence, each.zh) for each in REQUIREMENTS]
    said += [each.without for each in (*REQUIREMENTS, *LAB_ITEMS) if each.without is not None]
    assert [en for en, zh in said if not re.search("[\u4e00-\u9fff]", zh) or re.search("[\u4e00-\u9fff]", en)] == []


def test_both_parts_of_jr_t_0045_have_these_codes_and_they_are_kept_apart():
    for code in ("YYXZ", "FXGL"):
        one, other = item_called(f"JR/T 0045.1 {code}"), item_called(f"JR/T 0045.3 {code}")
        assert one is not None
        assert other is not None
        assert (one.name, other.name) == (code, code)
        assert one != other
        assert item_called(code) is None


@pytest.mark.parametrize("declared", [[i.identity for i in LAB_ITEMS], [r.identity for r in REQUIREMENTS]])
def test_no_name_stands_twice(declared):
    assert [name for name, times in Counter(declared).items() if times > 1] == []


def test_every_item_has_a_vector_or_a_reason_and_never_both():
    found = counted("item")
    assert set(found) <= {item.identity for item in LAB_ITEMS}
    assert [item.identity for item in LAB_ITEMS if bool(found[item.identity]) == bool(item.without)] == []


def test_every_requirement_has_a_vector_or_a_reason_and_never_both():
    found = counted("requirement")
    assert set(found) <= {each.identity for each in REQUIREMENTS}
    assert [each.identity for each in REQUIREMENTS if bool(found[each.identity]) == bool(each.without)] == []


def test_a_property_says_what_its_requirement_says():
    for each in (*PROPERTIES, *CONTRACT):
        declared = requirement_called(each.identity)
        assert (each.sentence, each.clause) == (declared.sentence, declared.clause)
    asked = {each.identity for each in (*PROPERTIES, *CONTRACT)}
    assert {each.identity for each in REQUIREMENTS if not each.identity.startswith("P")} - asked == {"T6"}
    page = (ROOT / "docs/properties.md").read_text("utf-8")
    assert set(re.findall(r"^\| ([FTM]\d+[a-d]?) \|", page, re.MULTILINE)) <= {each.identity for each in REQUIREMENTS}


def test_what_the_bank_s_ids_begin_with_is_what_they_are_for():
    """An id that begins with a code of JR/T 0045 is for an item of that code, but for the double codes of its table."""
    codes = {item.name for item in LAB_ITEMS if item.standard.startswith("JR/T")}
    other = {"LJSB-DUAL", "LJSB-AMOUNT"}
    for unit in units():
        for vector in unit["vectors"]:
            code, _, rest = vector["id"].partition("-")
            if code in codes and f"{code}-{rest.partition('-')[0]}" not in other:
                items = several(vector.get("item"))
                assert any(item.endswith(f" {code}") for item in items), vector["id"]


def test_an_item_nobody_has_is_refused_with_those_near_it():
    assert unknown_item(["DF01_SAFETY", "防拔"]) is None
    said = unknown_item(["DF01_SAFETY", "DF06_SAFETY"]) or ""
    assert "'DF06_SAFETY'" in said
    assert "DF07_SAFETY" in said
    assert "\n" not in said
    assert "JR/T 0045.1 YYXZ" in (unknown_item(["YYXZ"]) or "")
    assert unknown_requirement(["F1", "T8"]) is None
    assert "F27a" in (unknown_requirement(["F27x"]) or "")


def test_nearest_names():
    known = ["VERIFY", "CHANGE PIN", "PIN CHANGE/UNBLOCK", "verify again"]
    assert nearest("verify", known) == ["VERIFY", "verify again"]
    assert nearest("PIN*", known) == ["CHANGE PIN", "PIN CHANGE/UNBLOCK"]
    assert nearest("VERFY", known)[0] == "VERIFY"
    assert nearest("§§§", known) == []
    assert near("§§§", known) == ""
    assert near("VERFY", known) == "; near it: VERIFY, verify again"
    assert nearest("anything", []) == []
