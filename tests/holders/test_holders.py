"""Every invented holder and every profile, in pairs; who cannot be on a card is refused, and told what is needed.

Here each holder stands on one social card, and each profile is there with one holder or more; ``make holders`` makes
the whole product.
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import cycle

import pytest

from dualcos.cli.main import run
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.card_provenance import as_toml, profile_behind
from dualcos.profile.hard_cases import BY_KEY, CITY, HOLDERS
from dualcos.profile.holder_of_profile import misfits
from dualcos.profile.schema import ProfileError, load, names, parse
from tests.holders.card_read_back import RARE, Pairing, faults, in_gbk, obstacles, pairings

PROFILES = {name: load(name) for name in names()}
NEEDS_SM2 = {"pboc-sm"}
# Where an edition treats such items otherwise, or both sides are full.
ALSO = (
    Pairing("social-1.0", "full-without-extension"),
    Pairing("social-1.0", "address-of-80-bytes"),
    Pairing("social-1.0", "empty-items"),
    Pairing("dual-2.0-3des", "every-item-full"),
)


def some() -> list[Pairing]:
    """Each holder on the next social card in turn that can be his, then each profile that nobody is on yet."""
    every = pairings()
    turns = cycle([name for name, profile in PROFILES.items() if profile.ssse is not None])
    found: list[Pairing] = []
    for holder in HOLDERS:
        fitting = {each.profile: each for each in every if each.holder == holder.key}
        found.append(fitting[next(name for name in turns if name in fitting)])
    for at, name in enumerate(names()):
        here = [each for each in every if each.profile == name]
        found += [here[at % len(here)]] if here and name not in {each.profile for each in found} else []
    return [*found, *ALSO]


SOME = some()


def test_there_are_many_and_each_has_a_name_and_a_reason():
    assert len(HOLDERS) >= 24
    assert len({holder.key for holder in HOLDERS}) == len(HOLDERS)
    assert len({holder.serial for holder in HOLDERS}) == len({holder.card_number for holder in HOLDERS}) == len(HOLDERS)
    assert all(holder.key.isascii() and holder.why and holder.why_zh for holder in HOLDERS)


def test_one_person_may_have_two_cards_and_no_two_people_a_number():
    for one in HOLDERS:
        for other in HOLDERS:
            same = one is other or {one.key, other.key} == {"replaced-card", "replacement-card"}
            assert (one.number == other.number) == (one.pan == other.pan) == same


def test_every_holder_and_every_profile_that_has_one_is_among_these():
    assert {each.holder for each in SOME} == {holder.key for holder in HOLDERS}
    assert {each.profile for each in SOME} == {each.profile for each in pairings()}
    assert all(profile.ssse is None or profile.ssse.city == CITY for profile in PROFILES.values())


@pytest.mark.parametrize("pairing", SOME, ids=str)
def test_a_terminal_reads_what_was_declared_and_inspect_sees_as_much(pairing):
    if pairing.profile in NEEDS_SM2 and find_spec("gmssl") is None:
        pytest.skip("SM2 is an optional extra")
    assert list(faults(pairing)) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_who_cannot_be_on_a_card_is_told_what_is_needed(profile):
    for holder in HOLDERS:
        said = list(misfits(PROFILES[profile], holder))
        wanted = obstacles(PROFILES[profile], holder)
        assert len(said) == len(wanted), holder.key
        assert all(want in line for want, line in zip(wanted, said, strict=True)), holder.key


@pytest.mark.parametrize(
    ("profile", "holder", "said"),
    [
        ("psam-3des", "ordinary", "psam-3des: $.holder: ordinary: this card has no holder"),
        ("social-1.0", "name-of-50-bytes", "takes 50 bytes, a 1.0 card holds 30; a profile of 2.0 or 3.0 has"),
        ("dual-3.0-sm4", "no-bank-side", "the bank has no account for this person; a profile without a bank side"),
        ("bank-cda", "very-long-latin-name", "45 characters, 5F20 takes 26; a record of pse.records must name 9F0B"),
        ("social-2.0", "four-byte-character", "U+36C3 is not in gbk; --set ssse.charset=gb18030 makes"),
        ("social-2.0", "four-byte-caracter", "no invented holder is called so; did you mean four-byte-character?"),
        ("social-2.0", "nobody at all", "no invented holder is called so; known are ordinary, "),
    ],
)
def test_a_refusal_is_one_line(capsys, tmp_path, profile, holder, said):
    assert run(["issue", profile, "--holder", holder, "-o", str(tmp_path / "one.card")]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_what_would_be_needed_is_enough():
    settings = ("holder=very-long-latin-name", 'pse.records.0101=["57", "5F20", "9F0B", "9F1F"]')
    assert load("bank-only", settings=settings).holder == "very-long-latin-name"
    for holder in HOLDERS:
        if not in_gbk(holder.name):
            assert load("social-2.0", settings=(f"holder={holder.key}", RARE)).holder == holder.key


def test_a_field_that_is_set_stands_whoever_the_holder_is():
    settings = ("chip.serial=0000BEEF", "pse.elements.5F20=202F", "ssse.holder.sex=2", "holder=middle-dot")
    profile = load("dual-2.0-3des", settings=settings)
    assert profile.chip.serial == "0000BEEF"
    assert profile.pse.elements["5F20"] == "202F"
    assert profile.pse.elements["5A"] != load("dual-2.0-3des").pse.elements["5A"]


@pytest.mark.parametrize("profile", ["dual-3.0-sm4", "social-1.0"])
def test_a_test_card_keeps_which_profile_and_holder_it_was_made_from(profile):
    made = load(profile, settings=("holder=one-character-name",))
    with_card = profile_behind(personalised_card(made).provenance)
    assert with_card == made == parse(as_toml(made))


def test_a_profile_of_nobody_is_as_it_was():
    assert load("dual-2.0-3des").holder is None
    with pytest.raises(ProfileError, match="no invented holder is called so"):
        load("dual-2.0-3des", settings=("holder=",))


def test_the_list_and_one_of_them(capsys):
    assert run(["holders"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed[:-1]] == [holder.key for holder in HOLDERS]
    for holder in (BY_KEY["every-item-full"], BY_KEY["empty-items"], BY_KEY["card-number-off-check"]):
        assert run(["holders", holder.key]) == 0
        shown = capsys.readouterr().out
        assert holder.why in shown
        assert holder.card_number in shown
        assert holder.name[:14] in shown
    assert run(["holders", "name-of-50-bytes", "--edition", "1.0"]) == 2
    assert "cannot be on a 1.0 card" in capsys.readouterr().err
    assert run(["holders", "middle-dots"]) == 2
    assert "did you mean middle-dot?" in capsys.readouterr().err
    assert run(["holders", "--edition", "1.0"]) == 2


def test_a_card_file_has_its_holder_already(capsys, tmp_path):
    path = str(tmp_path / "one.card")
    assert run(["issue", "social-2.0", "--holder", "several-dots", "-o", path]) == 0
    capsys.readouterr()
    assert run(["send", path, "--fetch", "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00B2023420"]) == 0
    assert "测试·甲·乙·丙·丁" in capsys.readouterr().out
    assert run(["send", path, "--holder", "ordinary", "00A4000000"]) == 2
    assert "is a card file, its settings are burnt in" in capsys.readouterr().err
