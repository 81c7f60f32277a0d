"""The bank's vectors: the host's hand against published numbers and pyemv, the generator, that a vector can fail."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from dualcos.lab.conformance import answer_pattern
from dualcos.lab.conformance import template_functions as host
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.command_template import parse
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.template_functions import HostHand
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_file import load as load_vectors
from dualcos.lab.conformance.vector_schema import Expect
from dualcos.profile.schema import load, names
from vectors.generate import bank

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package imports TripleDES from its old place
    import pyemv

VECTORS = Path(__file__).parents[2] / "vectors" / "pse"
LAB = HostHand(load(VECTORS / "profiles" / "published.toml"))
OWN = HostHand(load("bank-only"))
AC = "1122334455667788"


def value(text: str, hand: HostHand = LAB) -> str:
    return host.value(parse(text), {}, hand).hex().upper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("841E0000", "841E0000048DAA58A9"),
        ("84180000", "8418000004C8976B1D"),
        ("84160000", "841600000439BF6A22"),
        ("84240000", "84240000043085ABC9"),
        ("04DA9F58, 05", "04DA9F5805057AB0EE87"),
        ("04DC0124, 70089F1401039F230107", "04DC01240E70089F1401039F23010782557470"),
    ],
)
def test_scripts_as_published(text, expected):
    assert value(f"script(UDKMAC, 0001, {AC}, {text})") == expected


@pytest.mark.parametrize(
    ("p2", "blocks", "expected"),
    [
        ("02", "26123456FFFFFFFF", "84240002142B783991E11C15B19FA524D1D549B20A22384EA6"),
        ("01", "245678FFFFFFFFFF, 241234FFFFFFFFFF", "8424000114D0628732C48EBB379FA524D1D549B20A1A8CD21D"),
    ],
)
def test_pin_change_as_published(p2, blocks, expected):
    assert value(f"script(UDKMAC, 0001, {AC}, 842400{p2}, new_pin(UDKENC, 0001, {blocks}))") == expected


TERMINAL = "0000000123450000000000000156000004800001562603150" + "03F7C21A9"


@pytest.mark.parametrize(
    ("cvr", "ac"),
    [("03A00002", "E3F2918989673FFD"), ("03600002", "74D1D49DD4AA32AF"), ("03210002", "BCD7720EA68C754F")],
)
def test_cryptograms_as_published(cvr, ac):
    assert value(f"bank_ac(UDKAC, {TERMINAL}, 7C00, 0012, {cvr})", OWN) == ac


@pytest.mark.parametrize(
    ("arc", "arpc"), [("3030", "57825135A7B12C59"), ("3031", "3DDB2F88FAF27E63"), ("3531", "AC5BBB00C2108F4E")]
)
def test_arpc_as_published(arc, arpc):
    assert value(f"arpc(UDKAC, 0012, E3F2918989673FFD, {arc})", OWN) == arpc


@pytest.mark.parametrize("atc", ["0001", "0100", "FFFE"])
def test_cryptograms_agree_with_an_independent_implementation(atc):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        master = bytes.fromhex("5BA7D9E03D6E29049D40B3E6863B0EC4")
        udk = pyemv.kd.derive_icc_mk_a(master, "6299990123456789019", "01")
        number = bytes.fromhex(atc)
        inverse = bytes(byte ^ 0xFF for byte in number)
        session = pyemv.tools.encrypt_tdes_ecb(udk, bytes(6) + number + bytes(6) + inverse)
        data = bytes.fromhex(TERMINAL + "7C00" + atc + "03A40000")
        expected = pyemv.ac.generate_ac(session, data, pyemv.ac.PaddingType.EMV)
        arpc = pyemv.ac.generate_arpc_1(session, expected, b"05")
    assert value(f"bank_ac(UDKAC, {TERMINAL}, 7C00, {atc}, 03A40000)", OWN) == expected.hex().upper()
    assert value(f"arpc(UDKAC, {atc}, {expected.hex()}, 3035)", OWN) == arpc.hex().upper()


def test_expressions_may_use_what_the_same_pattern_keeps():
    def evaluate(text, kept):
        return kept["atc"][::-1] if text == "turned" else b""

    found = answer_pattern.match("80 {atc:2} {ac=turned} *", bytes.fromhex("80 0102 0201 FF"), evaluate)
    assert found == {"atc": b"\x01\x02", "ac": b"\x02\x01"}
    assert answer_pattern.match("80 {atc:2} {ac=turned} *", bytes.fromhex("80 0102 0202 FF"), evaluate) is None


@pytest.mark.parametrize("unit", bank.units(), ids=lambda unit: unit.file)
def test_files_are_what_the_generator_writes(unit):
    assert (VECTORS / unit.file).read_text("utf-8") == unit.text(), "python -m vectors.generate"


def spoilt(case: Case, at: int) -> Case:
    """The vector with one bit of an expected cryptogram's neighbourhood turned: the CID of an answer."""
    import msgspec  # noqa: PLC0415 - for this one helper

    step = case.vector.steps[at]
    assert isinstance(step.expect, str)
    wanted = Expect(sw="9000", data=step.expect[5:].replace("8013 40", "8013 C0").replace("8013 80", "8013 C0"))
    steps = [*case.vector.steps]
    steps[at] = msgspec.structs.replace(step, expect=[wanted])
    return case._replace(vector=msgspec.structs.replace(case.vector, steps=steps))


def test_a_wrong_expectation_fails():
    cases = {case.id: case for case in load_vectors(VECTORS / "cases.json")}
    bench = Bench()
    case = cases["LJPZ-ONA009"]
    assert play(case, bench).verdict is VectorVerdict.PASS
    for at in (1, 2):
        assert play(spoilt(case, at), bench).verdict is VectorVerdict.FAIL


def test_variants_differ_where_their_names_say():
    base = load("bank-only").pse
    variants = {name: load(name).pse for name in names() if name.startswith("bank-") and name != "bank-only"}
    assert len(variants) == 9
    assert all(each.aid == base.aid and each != base for each in variants.values())
    assert {name: each.elements["82"] for name, each in variants.items() if each.elements["82"] != "7D00"} == {
        "bank-sda": "5C00",
        "bank-dda": "7C00",
        "bank-cda": "3D00",
    }
