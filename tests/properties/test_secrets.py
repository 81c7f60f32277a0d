"""Keys and PINs, made recognisable, are in no output: evidence report, command line, exported vectors, errors (F8).

But for one command, made to show the published keys of test cards: ``keys show-test``.
"""

from __future__ import annotations

import contextlib
import io

import pytest
from msgspec import structs

from cos.card import Card
from cos.cos_options import CosOptions
from dualcos.cli.main import run as dualcos
from dualcos.dialogue.driver import StepRefused
from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.property_and_violation import Property, Violation
from dualcos.lab.properties.secrecy_and_robustness import leaks, secrets_of
from dualcos.lab.properties.specimen import LabBench, Player
from dualcos.lab.properties.traffic_steps import Do
from dualcos.lab.search import shard
from dualcos.profile import schema as profiles
from dualcos.profile.card_of_profile import personalise
from firewall.hardware.randomness import SeededRng
from tests.evidence import collect, report

DUAL = "dual-2.0-3des"


@pytest.fixture(scope="module")
def canary() -> tuple[LabBench, tuple[bytes, ...]]:
    bench = profile_specimens.specimen(DUAL).bench(profile_specimens.CANARY)
    bench.fresh()
    profile = profile_specimens.canary(profiles.load(DUAL))
    names = ("master", "kmc", "ac", "mac", "enc")
    given = (profile.transport_key, profile.card_master_key, *(profile.bank_key(name) for name in names))
    return bench, (*secrets_of(bench), *given, profile.social_key("master"))


def silent(text: str, secrets: tuple[bytes, ...]) -> bool:
    return not list(leaks((text.encode(),), secrets))


def test_there_are_secrets_to_look_for(canary):
    _, secrets = canary
    assert len(secrets) > 100
    assert any(len(secret) == 6 for secret in secrets)  # the PIN
    assert not silent(f"key={secrets[0].hex(' ').upper()}", secrets)


def test_report(monkeypatch):
    """Also where a property is violated and the report shows the dialogue, right PINs included."""

    def violated(specimen, _case):
        bench = specimen.bench()
        bench.fresh()
        player = Player(bench)
        player.enter("ssse")
        player.play("ssse", (Do("read_with_rights", 3), Do("verify_ok"), Do("verify_bad")))
        raise Violation("F1", "shown", player.record)

    claim = Property("F1", "a sentence", "a clause", violated)
    card = profile_specimens.ProfileSpecimen(profile_specimens.canary(profiles.load("social-2.0")), "social-2.0")
    monkeypatch.setattr(shard.list_of_properties, "find", lambda _: claim)
    result = shard._search(shard.Shard("F1", "social-2.0", "", 0, 1, ""), card)
    assert result.verdict == "violated"
    shown = report.markdown(collect.collect([result]))
    assert "VERIFY" in shown
    assert silent(shown, secrets_of(card.bench()))


@pytest.mark.parametrize("arguments", [["inspect", DUAL], ["inspect", DUAL, "--options"], ["profiles"]])
def test_command_line(arguments):
    """The built-in profile's own card: what the command line prints has none of its keys."""
    assert silent(*said_and_secrets(arguments))


@pytest.mark.parametrize("party", ["issuer", "maker", "psam", "terminal"])
def test_the_one_command_that_shows_published_keys(party):
    """The exception: a terminal developer cannot work without them, and everybody has them with the package."""
    assert not silent(*said_and_secrets(["keys", "show-test", DUAL, "--for", party]))


def said_and_secrets(arguments):
    """What the command line prints, and the keys and PINs of the built-in profile's own card."""
    bench = profile_specimens.specimen(DUAL).bench()
    bench.fresh()
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        dualcos(arguments)
    return out.getvalue() + err.getvalue(), secrets_of(bench)


def test_a_failed_personalisation_names_no_key(canary):
    """The card has another transport key: the error quotes header and status word, never data."""
    _, secrets = canary
    profile = profile_specimens.canary(profiles.load(DUAL))
    keys = structs.replace(profile.keys, transport="00112233445566778899AABBCCDDEEFF")
    stranger = structs.replace(profile, keys=keys)
    card = Card.blank(profile.transport_key, CosOptions.of(), rng=SeededRng(b"1"), historical=profile.chip.historical)
    with pytest.raises(StepRefused) as caught:
        personalise(card, stranger)
    assert silent(f"{caught.value!r} {caught.value}", (*secrets, bytes.fromhex(keys.transport)))
