"""Test keys are marked, whatever is not marked is refused: a table of ways a card comes to be, each with its mark."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
from pathlib import Path

import pytest
from msgspec import UNSET, Struct, structs

import dualcos
from dualcos.cardfile.card_in_file import say_of
from dualcos.issuance.exchange import personalisation_file
from dualcos.issuance.exchange.shared_keys import file_mac_keys
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.profile.card_provenance import as_toml, provenance_of
from dualcos.profile.psam_profile import PsamKeyProfile
from dualcos.profile.published_test_keys import PUBLISHED_SECRETS, are_published, stated_secrets
from dualcos.profile.schema import load, names, parse
from firewall.hardware.randomness import SeededRng
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import Purpose
from keys.custody.sealing import LockSource
from tests.dualcos.profile.foreign_ciphers import ecb
from tests.dualcos.profile.printed_keys import told

OLD_FILES = Path(__file__).parents[2] / "cos" / "data"
OWN_KEY, OWN_PIN = "0F1E2D3C4B5A69788796A5B4C3D2E1F0", "86420975"  # invented
PARTIES = ("terminal", "issuer", "maker", "psam")
CHANGE_PIN = ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "805E010007123456FF654321")

# Every field that brings a key or PIN onto a card: in which profile, where, another value.
SECRET_FIELDS = (
    ("dual-2.0-3des", "keys.label", "canary"),
    ("dual-2.0-3des", "keys.transport", OWN_KEY),
    ("dual-2.0-3des", "keys.card_master", OWN_KEY),
    ("dual-2.0-3des", "ssse.master", OWN_KEY),
    ("dual-2.0-3des", "ssse.roots", {"IRK": OWN_KEY}),
    ("dual-2.0-3des", "ssse.pin", OWN_PIN),
    *(("bank-only", f"pse.keys.{name}", OWN_KEY) for name in ("master", "kmc", "ac", "mac", "enc")),
    ("bank-only", "pse.pin", OWN_PIN),
    *(("pboc-sm", f"pse.sm.keys.{name}", OWN_KEY) for name in ("ac", "mac", "enc")),
    ("social-3.0-pki", "pki.user_pin", OWN_PIN),
    ("social-3.0-pki", "pki.manager_pin", OWN_PIN),
    ("social-3.0-pki", "pki.master", OWN_KEY),
    ("social-3.0-pki", "pki.application_master", OWN_KEY),
    ("psam-sm4", "psam.roots", {"IRK": OWN_KEY}),
    ("psam-sm4", "psam.own_keys", {"MF master": OWN_KEY}),
    ("psam-sm4", "psam.keys", (PsamKeyProfile(key="IRK"), PsamKeyProfile(key="RKSSSE", value=OWN_KEY))),
)
OTHER_FIELDS = (
    ("dual-2.0-3des", "title", "my card"),
    ("dual-2.0-3des", "chip.serial", "0000BEEF"),
    ("dual-2.0-3des", "ssse.city", "999901"),
    ("dual-2.0-3des", "ssse.pin", ""),
    ("bank-only", "pse.pin", ""),
    ("bank-only", "pse.pin_tries", 5),
    ("psam-sm4", "psam.terminal", "999901000001"),
    ("psam-sm4", "psam.keys", (PsamKeyProfile(key="IRK", tier="root"),)),
)


def with_field(profile, path: str, value):
    """The profile with another value there."""

    def put(part: Struct, names_left: list[str]) -> Struct:
        first, *rest = names_left
        return structs.replace(part, **{first: put(getattr(part, first), rest) if rest else value})

    first, *rest = path.split(".")
    if first in profile.sections:
        return profile.having(first, put(profile.sections[first], rest))
    return put(profile, [first, *rest])


@pytest.mark.parametrize("name", names())
def test_a_profile_of_the_package_and_a_copy_of_it_are_published(name):
    profile = load(name)
    assert provenance_of(profile)["keys"] == "test"
    assert parse(as_toml(profile)) == profile


def test_the_list_of_published_secrets_is_what_the_packages_profiles_state():
    sections = (section for name in names() for section in (load(name).keys, *load(name).sections.values()))
    stated = {(name, value) for section in sections for name, value in stated_secrets(section)}
    assert {value for _, value in stated} == PUBLISHED_SECRETS


@pytest.mark.parametrize(("name", "path", "value"), SECRET_FIELDS, ids=[path for _, path, _ in SECRET_FIELDS])
def test_one_key_or_pin_of_ones_own_makes_the_card_real(name, path, value):
    profile = with_field(load(name), path, value)
    assert dict(provenance_of(profile)) == {"keys": "real"}


@pytest.mark.parametrize(("name", "path", "value"), OTHER_FIELDS)
def test_any_other_field_leaves_it_a_test_card(name, path, value):
    assert are_published(with_field(load(name), path, value))


@pytest.mark.parametrize(
    ("name", "path", "of"),
    [
        ("bank-only", "pse.keys.kmc", lambda p: p.bank_key("kmc")),
        ("social-2.0", "keys.card_master", lambda p: p.card_master_key),
    ],
)
def test_a_published_key_written_out_is_published(name, path, of):
    profile = load(name)
    assert are_published(with_field(profile, path, of(profile).hex()))
    assert not are_published(with_field(profile, path, of(profile)[::-1].hex()))


# --- ways to a card file ------------------------------------------------------------------------------------------


def own_profile(folder: Path, path: str = "title", value: object = "mine", base: str = "blank") -> str:
    file = folder / "own.toml"
    file.write_text(as_toml(with_field(load(base), path, value)), encoding="utf-8")
    return str(file)


def issued(folder, *argv):
    assert told("issue", *argv, "-o", str(folder / "a.card")).code == 0
    return folder / "a.card"


def kept(folder, card):
    with contextlib.closing(card):
        dualcos.keep_card(card, folder / "a.card")
    return folder / "a.card"


def written(folder, card):
    with contextlib.closing(card):
        dualcos.write_card(card, folder / "a.card")
    return folder / "a.card"


def restored(folder):
    """A test card that became a real one in the laboratory's hand."""
    real = dualcos.card(own_profile(folder, "keys.transport", OWN_KEY))
    card = dualcos.card("blank")
    card.restore(real.snapshot())
    return card


def old_file(folder):
    path = folder / "a.card"
    path.write_bytes(gzip.decompress((OLD_FILES / "bank-sda.format-2.card.gz").read_bytes()))
    path.chmod(0o600)
    return path


def copied(folder, path):
    return Path(shutil.copy(path, folder / "copy.card"))


def imported(folder, path, *, without_mark=False):
    text = folder / "a.json"
    assert told("card", "export", str(path), "--unsafe-secrets", "-o", str(text)).code == 0
    if without_mark:
        lines = text.read_text(encoding="utf-8").splitlines(keepends=True)
        text.write_text("".join(line for line in lines if not line.startswith(' "provenance"')), encoding="utf-8")
    assert told("card", "import", str(text), "-o", str(folder / "back.card")).code == 0
    return folder / "back.card"


WAYS = {
    "issued from the package's profile": ("test", lambda f: issued(f, "blank")),
    "issued with a seed": ("test", lambda f: issued(f, "blank", "--seed", "7")),
    "issued with true random numbers": ("test", lambda f: issued(f, "blank", "--seed", "random")),
    "issued from an own profile without own keys": ("test", lambda f: issued(f, own_profile(f))),
    "issued from an own profile with one own key": (
        "real",
        lambda f: issued(f, own_profile(f, "keys.transport", OWN_KEY)),
    ),
    "issued from an own profile with an own PIN": (
        "real",
        lambda f: issued(f, own_profile(f, "ssse.pin", OWN_PIN, "social-2.0")),
    ),
    "kept": ("test", lambda f: kept(f, dualcos.card("blank"))),
    "written": ("test", lambda f: written(f, dualcos.card("blank"))),
    "opened and written": ("test", lambda f: written(f / "..", dualcos.open_card(issued(f, "blank")))),
    "opened detached and kept": (
        "test",
        lambda f: kept(f / "..", dualcos.open_card(issued(f, "blank"), detached=True)),
    ),
    "real, opened and written": (
        "real",
        lambda f: written(f / "..", dualcos.open_card(issued(f, own_profile(f, "keys.transport", OWN_KEY)))),
    ),
    "a blank chip that somebody kept": ("real", lambda f: kept(f, dualcos.blank_card(load("blank"), SeededRng(b"1")))),
    "a real card's snapshot in a test card": ("real", lambda f: kept(f, restored(f))),
    "a file from before there were marks": ("real", old_file),
    "a copy of the file": ("test", lambda f: copied(f, issued(f, "blank"))),
    "exported and imported": ("test", lambda f: imported(f, issued(f, "blank"))),
    "imported from a text without the mark": (
        "real",
        lambda f: imported(f, issued(f, "blank"), without_mark=True),
    ),
    "real, exported and imported": (
        "real",
        lambda f: imported(f, issued(f, own_profile(f, "keys.transport", OWN_KEY))),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_mark_of_a_card_file(way, tmp_path):
    """It is in the file, ``inspect`` says it, and ``show-test`` goes by it."""
    mark, make = WAYS[way]
    folder = tmp_path / "made"
    folder.mkdir()
    path = make(folder)
    with contextlib.closing(dualcos.open_card(path)) as card:
        assert card.provenance["keys"] == mark
    assert f"\nkeys {mark} " in told("inspect", str(path)).out
    answer = told("keys", "show-test", str(path), "--for", "maker", "--json")
    if mark == "test":
        assert (answer.code, json.loads(answer.out)["changed"]) == (0, [])
    else:
        assert_refused(answer)


def assert_refused(answer):
    """One line, nothing else, no value."""
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "none is shown" in answer.err
    assert OWN_KEY not in answer.err.upper()
    assert OWN_PIN not in answer.err


@pytest.mark.parametrize("form", [(), ("--json",), ("--format", "capk"), ("--format", "emv-utils")])
@pytest.mark.parametrize("party", PARTIES)
def test_a_card_with_a_key_of_its_own_is_refused_to_every_party_in_every_form(party, form, tmp_path):
    profile = own_profile(tmp_path, "ssse.master", OWN_KEY, "dual-2.0-3des")
    assert_refused(told("keys", "show-test", profile, "--for", party, *form))


def test_no_command_makes_a_real_card_a_test_card(tmp_path):
    path = issued(tmp_path, own_profile(tmp_path, "ssse.pin", OWN_PIN, "social-2.0"))
    for argv in (("send", *CHANGE_PIN[:1]), ("inspect",), ("card", "export")):
        command, *rest = argv
        head = (command, *rest, str(path)) if command == "card" else (command, str(path), *rest)
        assert told(*head).code == 0
    assert_refused(told("keys", "show-test", str(path), "--for", "terminal"))


def test_what_was_changed_on_a_test_card_is_named_and_not_shown(tmp_path):
    """The keys it was made with are printed, those it has now are told by check value."""
    path = issued(tmp_path, "social-2.0")
    assert told("send", str(path), *CHANGE_PIN).code == 0
    with contextlib.closing(dualcos.open_card(path)) as card:
        cell = next(each for each in card.dump()["ssse"] if each.endswith(b"K\x0d\x06\x00"))
        card.overwrite("ssse", cell, card.dump()["ssse"][cell][:8] + bytes.fromhex(OWN_KEY))
    answer = told("keys", "show-test", str(path), "--for", "terminal", "--json")
    changed, check = json.loads(answer.out)["changed"], ecb(bytes.fromhex(OWN_KEY), bytes(8))[:3].hex().upper()
    assert len(changed) == 2
    assert any("PUK" in line and f"check value {check}" in line for line in changed), changed
    assert any("PIN is another one now" in line for line in changed)
    assert "654321" not in answer.out
    assert OWN_KEY not in answer.out.upper()
    assert '"123456"' in answer.out


# --- batches ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    """Key stores as ``keys invent`` leaves them, and a batch of two invented people."""
    folder = tmp_path_factory.mktemp("bureau")
    with contextlib.chdir(folder):
        write_inputs(folder, citizens(1))
        assert told("keys", "key-file", "lock").code == 0
        assert told("keys", "invent", "k", "--seed", "1", "--lock", "file:lock").code == 0
        rows = ("--social", "social.csv", "--bank", "bank.csv", "--synthetic")
        assert told("match", *rows, "--keys", "k/maker.keys", "--lock", "file:lock", "-o", "b.perso").code == 0
    return folder


def personalised(folder, out, batch="b.perso", *more, stores="k"):
    with contextlib.chdir(folder):
        argv = [f"--{each}={stores}/{each}.keys" for each in ("maker", "social", "bank")]
        answer = told("personalise", batch, "-o", out, "--jobs", "1", "--lock", "file:lock", *argv, *more)
        assert answer.code == 0, answer
    (path,) = (folder / out / "cards").glob("*.card")
    return path


def mark_of(path):
    with contextlib.closing(dualcos.open_card(path)) as card:
        return card.provenance["keys"]


def test_chips_of_invented_keys_are_test_cards(bureau):
    """Nobody's data are on them yet; written to the disk command by command, so that the mark is set in the file."""
    with contextlib.chdir(bureau):
        argv = ("-o", "chips", "--mode", "chips", "--jobs", "1", "--durable", "--maker", "k/maker.keys")
        assert told("personalise", *argv, "--lock", "file:lock").code == 0
    (path,) = (bureau / "chips" / "cards").glob("*.card")
    facts = json.loads(told("keys", "show-test", str(path), "--for", "maker", "--json").out)
    assert {key["name"] for key in facts["keys"]} >= {"transport", "ssse master", "pse master"}


def test_a_card_of_invented_people_and_keys_is_a_test_card(bureau):
    path = personalised(bureau, "out")
    assert mark_of(path) == "test"
    with contextlib.closing(dualcos.open_card(path)) as card:
        # A key lies behind its header of eight bytes.
        held = {value[8:].hex().upper() for cells in card.dump().values() for value in cells.values()}
    for party in PARTIES:
        answer = told("keys", "show-test", str(path), "--for", party, "--json")
        assert answer.code == 0, answer
        facts = json.loads(answer.out)
        assert facts["changed"] == []
        values = [each["value"] for each in facts["keys"]] + [each["tiers"][0]["value"] for each in facts["tree"]]
        assert set(values) <= held
        assert len(values) + len(facts["pins"]) + len(facts["authorities"]) >= 3


def test_a_key_loaded_into_it_later_is_not_shown(bureau):
    path = personalised(bureau, "later")
    with contextlib.closing(dualcos.open_card(path)) as card:
        cell = next(each for each in card.dump()["pse"] if each.endswith(b"K\x21\x00\x00"))
        card.overwrite("pse", cell, card.dump()["pse"][cell][:8] + bytes.fromhex(OWN_KEY))
    answer = told("keys", "show-test", str(path), "--for", "issuer", "--json")
    assert OWN_KEY not in answer.out.upper()
    assert [key["name"] for key in json.loads(answer.out)["keys"]] == ["UDK-MAC", "UDK-ENC"]
    assert len(json.loads(answer.out)["changed"]) == 1


def test_a_batch_that_is_not_said_to_be_synthetic_makes_real_cards(bureau):
    """Whoever made its rows: the file says it, or nothing does."""
    with contextlib.chdir(bureau):
        lock = LockSource("lock").lock({})
        store = KeyFile.open("k/maker.keys", lock)
        batch = personalisation_file.read(Path("b.perso"), [key.value for key in file_mac_keys(store)], [lock])
        assert batch.header.synthetic is True
        (key,) = (key for key in file_mac_keys(store) if key.kcv == batch.header.mac_kcv)
        header = structs.replace(batch.header, synthetic=UNSET)
        personalisation_file.write(Path("plain.perso"), header, batch.records, key.value, lock)
    path = personalised(bureau, "plain", "plain.perso")
    assert mark_of(path) == "real"
    assert_refused(told("keys", "show-test", str(path), "--for", "issuer"))


def test_one_key_that_was_not_invented_makes_real_cards(bureau):
    """Synthetic people on real keys: the keys are real."""
    shutil.copytree(bureau / "k", bureau / "mixed")
    with contextlib.chdir(bureau):
        lock = LockSource("lock").lock({})
        store = KeyFile.open("mixed/bank.keys", lock)
        assert store.invented
        store.add("came later", Purpose.EXCHANGE, "3DES", bytes.fromhex(OWN_KEY))
        assert not store.invented
        store.save("mixed/bank.keys", lock)
    path = personalised(bureau, "mixed-out", stores="mixed")
    assert mark_of(path) == "real"
    assert_refused(told("keys", "show-test", str(path), "--for", "maker"))


def test_what_is_said_of_a_card_in_a_file_is_said_in_the_file(tmp_path):
    path = issued(tmp_path, "blank")
    with contextlib.closing(dualcos.open_card(path)) as card:
        before = card.dump()
        say_of(card, {"keys": "real"})
    assert mark_of(path) == "real"
    with contextlib.closing(dualcos.open_card(path)) as card:
        assert card.dump() == before
        assert dict(card.provenance) == {"keys": "real"}
