"""A profile that a card refuses says why: the step, the answer, the card's reason with its clause, the field to mend.

Whatever is wrong with it: what a card would never see (there it is a ProfileError that names the field) or sees.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dualcos
from dualcos.cli.main import run
from dualcos.dialogue.driver import StepRefused
from dualcos.profile.schema import ProfileError, built_in, load, parse
from firewall.trace import TraceBuffer

LONG, LONGER = "AA" * 250, "AA" * 300
DUAL, PKI, SM = "dual-3.0-sm4", "social-3.0-pki", "pboc-sm"
# Profile, a setting that breaks it, the field to mend.
REFUSED = [
    (DUAL, "pse.elements.9F53=0000", "$.pse.elements.9F53"),
    (DUAL, "pse.elements.9F10=0701", "$.pse.elements.9F10"),
    (DUAL, "pse.elements.82=7D", "$.pse.elements.82"),
    (DUAL, "pse.elements.9F14=0303", "$.pse.elements.9F14"),
    (DUAL, "pse.elements.5F34=0101", "$.pse.elements.5F34"),
    (DUAL, "pse.elements.87=0102", "$.pse.elements.87"),
    (DUAL, f"pse.elements.57={LONG}", "$.pse.records.0101"),
    (DUAL, f"pse.elements.9F1F={LONG}", "$.pse.records.0101"),
    (DUAL, "pse.elements.8C=FF", "$.pse.records.0302"),
    (DUAL, "pse.elements.8C=9F0206", "$.pse.records.0302"),
    (DUAL, "pse.elements.9F49=9F", "$.pse.records.0205"),
    (DUAL, "pse.elements.9F38=9F", "$.pse.fci"),
    (DUAL, "pse.records={}", "$.pse.records"),
    (DUAL, "pse.records.0101=[]", "$.pse.records"),
    # In a record as issued, or in what an issuer adds, an element is not the profile's own.
    (DUAL, "pse.issued_records.0206=5F2000", "$.pse.issued_records.0206"),
    (DUAL, "pse.issued_records.0206=70035F2000", "$.pse.issued_records.0206"),
    (DUAL, "pse.issued_records.020a=5F2000", "$.pse.issued_records.020a"),
    (DUAL, f"pse.issued_records.0206=DF2181FA{LONG}", "$.pse.issued_records.0206"),
    (DUAL, "pse.discretionary=5F2000", "$.pse.discretionary"),
    (DUAL, f"pse.label={LONGER}", "$.pse.label"),
    (DUAL, "pse.discretionary=DF", "$.pse.discretionary"),
    (DUAL, f"pse.discretionary={LONGER}", "$.pse.discretionary"),
    (DUAL, "pse.aid=315041592E5359532E4444463031", "$.pse.aid"),
    (DUAL, "ssse.dir_sfi=5", "$.ssse.dir_sfi"),
    (DUAL, "ssse.dir_sfi=6", "$.ssse.dir_sfi"),
    (PKI, f"pki.signature_certificate={'AA' * 2000}", "$.pki.signature_certificate"),
    (PKI, f"pki.encryption_certificate={'AA' * 2000}", "$.pki.encryption_certificate"),
    (SM, "pse.sm.iad=07", "$.pse.sm.iad"),
]
UNSEEN = [
    (DUAL, "pse.log=9F", "$.pse.log"),
    (DUAL, f"pse.log={'9F0240' * 20}", "$.pse.log"),
    (DUAL, "pse.signed.zz=1", "$.pse.signed.zz"),
    (DUAL, "pse.signed.03=-1", "$.pse.signed.03"),
    (DUAL, "pse.elements.5A=FF", "$.pse.elements.5A"),
    (DUAL, "pse.elements.5F24=00", "$.pse.elements.5F24"),
    (DUAL, 'pse.elements.9F10=""', "$.pse.elements.9F10"),
    (DUAL, f"ssse.holder.name={'好' * 200}", "$.ssse"),
    (DUAL, "pse.rsa=nope", "$.pse.rsa"),
]
SAID = re.compile(
    r"(?P<step>.+) \((?P<header>[0-9A-F]{8})\) was answered (?P<word>[0-9A-F]{4}): .+?; "
    r"(?P<gate>[a-zA-Z0-9 ]+): (?P<why>.+) \[(?P<clause>.+)\]; see (?P<field>\$\S+)"
)


@pytest.mark.parametrize(("name", "setting", "field"), REFUSED, ids=[setting[:40] for _, setting, _ in REFUSED])
def test_a_refused_profile_says_why(name, setting, field):
    with pytest.raises(StepRefused) as caught:
        dualcos.card(load(name, settings=[setting]))
    line = str(caught.value)
    said = SAID.fullmatch(line)
    assert said is not None, line
    assert said["field"] == field, line
    assert caught.value.sw == int(said["word"], 16)
    assert all(len(piece) < 64 for piece in re.findall("[0-9A-F]+", line)), "no data of a command"


@pytest.mark.parametrize(("name", "setting", "field"), UNSEEN, ids=[setting[:40] for _, setting, _ in UNSEEN])
def test_what_no_card_is_asked_names_its_field(name, setting, field):
    with pytest.raises(ProfileError) as caught:
        dualcos.card(load(name, settings=[setting]))
    assert f"{field}:" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("tag", ["5A", "5F24", "82", "9F10"])
def test_an_element_that_everything_is_computed_from_may_not_be_missing(tag, tmp_path):
    path = tmp_path / "less.toml"
    text = open_profile(DUAL).replace(f'"{tag}", ', "").replace(f', "{tag}"', "")
    path.write_text("\n".join(each for each in text.splitlines() if not each.startswith(f'"{tag}" =')), "utf-8")
    with pytest.raises(ProfileError, match=rf"\$\.pse\.elements\.{tag}:"):
        dualcos.card(load(path))


def open_profile(name: str) -> str:
    (path,) = (each for each in built_in() if each.name == f"{name}.toml")
    return path.read_text("utf-8")


def test_a_laboratory_with_its_own_trace_is_told_the_same():
    said = []
    for trace in (None, TraceBuffer()):
        with pytest.raises(StepRefused) as caught:
            dualcos.card(load(DUAL, settings=["pse.elements.9F53=0000"]), 3, trace=trace)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "9F53" in said[0]


NAMED = [
    ("dual-2.0-3des", "pse.elements.9F53=0000", "STORE DATA 0D01 ("),
    ("dual-2.0-3des", "pse.rsa=nope", "$.pse.rsa: "),
    ("social-2.0", "ssse.holder.name=测㛃", "$.ssse.charset: U+36C3 is not in gbk"),
    ("social-2.0", f"ssse.holder.name={'好' * 200}", "$.ssse: "),
    ("social-2.0", "ssse.colour=red", "$.ssse.colour: "),
]


@pytest.mark.parametrize(("name", "setting", "said"), NAMED, ids=[setting[:30] for _, setting, _ in NAMED])
def test_whatever_is_wrong_the_profiles_name_is_in_front(name, setting, said, tmp_path, capfd):
    for command in (["inspect", name], ["issue", name, "-o", str(tmp_path / "card")]):
        assert run([*command, "--set", setting]) == 2
        out, err = capfd.readouterr()
        assert not out
        assert err.startswith(f"dualcos: {name}: {said}"), err


def test_a_vectors_card_that_cannot_be_made_is_named(capfd):
    vectors = str(Path(__file__).parents[2] / "vectors" / "ssse" / "change-pin.json")
    assert run(["conform", "--profile", "social-2.0", "--set", "ssse.holder.name=测㛃", vectors]) == 2
    assert capfd.readouterr().err.startswith("dualcos: social-2.0: $.ssse.charset: U+36C3 is not in gbk")


def test_a_profile_by_its_name_is_named_a_value_is_not():
    with pytest.raises(StepRefused, match=r"^STORE DATA 0D01 "):
        dualcos.card(load(DUAL, settings=["pse.elements.9F53=0000"]))
    with pytest.raises(ProfileError, match=r"^\$\.pse\.rsa: "):
        dualcos.card(load(DUAL, settings=["pse.rsa=nope"]))


def test_a_file_of_a_profile_is_named(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(open_profile(DUAL).replace('"9F53" = "00"', '"9F53" = "0000"'), "utf-8")
    with pytest.raises(StepRefused) as caught:
        dualcos.card(path)
    assert str(caught.value).startswith(f"{path}: STORE DATA 0D01 ")
    assert caught.value.sw == 0x6A80


MAKING = [["issue", "-o", "OUT"], ["send", "0084000008"], ["inspect"], ["run", "--", "true"]]


@pytest.mark.parametrize("command", MAKING, ids=[command[0] for command in MAKING])
def test_every_command_that_makes_a_card_says_it(command, tmp_path, capfd):
    path = tmp_path / "bad.toml"
    path.write_text(open_profile(DUAL).replace('"9F53" = "00"', '"9F53" = "0000"'), "utf-8")
    parse(path.read_text("utf-8"))
    name, *rest = (str(tmp_path / "card") if each == "OUT" else each for each in command)
    assert run([name, str(path), *rest]) == 2
    out, err = capfd.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert err.startswith(f"dualcos: {path}: STORE DATA 0D01 ")
    assert "group 0D01 9F53" in err
    assert "[PBOC-10" in err
    assert "see $.pse.elements.9F53" in err
