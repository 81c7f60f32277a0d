"""Honest dialogues of the bank's personalisation with a chip on its way, each up to one command of the host's."""

from __future__ import annotations

from typing import Any

from tests.erring_terminal.bank_scenes import AID
from tests.erring_terminal.erring_personaliser import (
    MASTER_PROOF,
    OPENING,
    STORE,
    STORE_CHECK_VALUES,
    STORE_PIN,
    WRITE_KEY,
    channel_key,
    channel_session,
    group,
)
from tests.erring_terminal.explained_card import ExplainedCard, apdu, shown_facts
from tests.erring_terminal.host_recipes import Recipe, Values, worked
from tests.erring_terminal.mistake_case import Scene
from tests.erring_terminal.second_ciphers import ecb
from tests.erring_terminal.slips import Known

PSE = b"1PAY.SYS.DDF01"
HOST_RANDOM = bytes.fromhex("0F1E2D3C4B5A6978")
KMC_VERSION = 1
_LEVELS = bytes.fromhex("EF3300")  # right to change, tries, cipher 3DES: of key headers
KEY_HEADERS = {
    "KENC": bytes.fromhex("100101") + _LEVELS + bytes.fromhex("0010"),
    "KMAC": bytes.fromhex("110101") + _LEVELS + bytes.fromhex("0010"),
    "KDEK": bytes.fromhex("120101") + _LEVELS + bytes.fromhex("0010"),
    "master": bytes.fromhex("000000") + _LEVELS + bytes.fromhex("FF10"),
}
SECRET_STEPS = frozenset(("key", "master", "kenc", "kmac", "kdek", "enc", "mac key", "dek", "value", "sealing key"))


class Bureau:
    """The maker, the bank's pre-personalisation and its personalisation device, at one chip."""

    def __init__(self, card: ExplainedCard) -> None:
        self.card = card
        facts = shown_facts(card.name)["maker"]
        self.keys = {key.name: bytes.fromhex(key.value) for key in facts.keys}
        told = {
            fact.name: bytes.fromhex(fact.value) for fact in facts.facts if fact.name in ("historical bytes", "KEYDATA")
        }
        self.historical, self.key_data = told["historical bytes"], told["KEYDATA"]

    # --- the maker ----------------------------------------------------------------------------------------------

    def born(self) -> None:
        """Historical bytes, transport key, MF, card master key, the bank's environment with its first master key."""
        card, keys = self.card, self.keys
        card.ok(apdu("80E00500", bytes(2) + self.historical[7:]))
        card.ok(apdu("00140000", b"\x3b\x6d\0\0" + self.historical[:7]))
        card.reset()
        card.ok(apdu("80E00300", ecb("3DES", keys["transport"], bytes(2) + self.historical[-6:])))
        card.ok("80E0010010000000FF013F00010001230000800000")
        self.load("transport", "master", keys["card master"], p1=1)
        card.ok("00A40000023F00")
        random = self.challenge()
        process = ecb("3DES", keys["card master"], random)
        card.ok(apdu("00820000", ecb("DES", process, random) + random))
        card.ok(apdu("80E00100", bytes.fromhex("000000FF01DDF20100002300008000 00") + PSE))
        self.load("card master", "master", keys["PSE master"], p1=1)
        card.ok(apdu("00A40400", PSE))

    def challenge(self) -> bytes:
        return self.card.ok("0084000008")

    def load(self, under: str, header: str, value: bytes, p1: int = 0) -> None:
        """WRITE KEY as it must be."""
        given = {
            "master": self.keys[under],
            "key header": KEY_HEADERS[header],
            "value": value,
            "random": self.challenge(),
        }
        steps = worked(WRITE_KEY, given, {"header": lambda _: bytes((0x84, 0xD4, p1, 0))})
        self.card.ok(steps["command"])

    # --- pre-personalisation ------------------------------------------------------------------------------------

    def prove(self, slip: Recipe, random: bytes, **more: Any) -> Known:
        given = {"master": self.keys["PSE master"], "random": random, "card master": self.keys["card master"], **more}
        return self.do(MASTER_PROOF, given, slip)

    def application(self) -> None:
        """The master key proved, and an application without keys created and current."""
        self.prove({}, self.challenge())
        assert self.card.last.sw == 0x9000
        self.card.ok(apdu("80E00100", bytes.fromhex("000000FF01DFB1020000000000000000") + bytes.fromhex(AID)))

    def write_key(self, slip: Recipe, name: str, random: bytes, **more: Any) -> Known:
        given = {
            "master": self.keys["PSE master"],
            "card master": self.keys["card master"],
            "key header": KEY_HEADERS[name],
            "value": self.keys[name],
            "random": random,
            **more,
        }
        return self.do(WRITE_KEY, given, slip)

    def skeleton(self) -> None:
        """Channel keys and KEYDATA are there too."""
        self.application()
        for name in ("KENC", "KMAC", "KDEK"):
            self.load("PSE master", name, self.keys[name])
        self.card.ok(apdu("80E00600", self.key_data))

    # --- personalisation ----------------------------------------------------------------------------------------

    def update(self, host_random: bytes = HOST_RANDOM) -> dict[str, Any]:
        """INITIALIZE UPDATE: what the channel starts from."""
        answer = self.card.ok(apdu("80500000", host_random))
        return {
            "kmc": self.keys["KMC"],
            "key data": answer[:10],
            "counter": answer[12:14],
            "challenge": answer[14:20],
            "card cryptogram": answer[20:28],
            "host random": host_random,
            "level": 1,
        }

    def open(self, slip: Recipe, **more: Any) -> Known:
        return self.do(OPENING, {**self.update(), **more}, slip)

    def store(self, channel: Values, groups: bytes, slip: Recipe, **more: Any) -> Known:
        return self.do(STORE, {"p1": 0, "number": 0, **channel, "groups": groups, **more}, slip)

    def do(self, recipe: Recipe, given: Values, slip: Recipe) -> Known:
        known = Known(worked(recipe, given), worked(recipe, given, slip))
        for steps in known:
            self.card.secrets.update(steps[name] for name in SECRET_STEPS if name in steps)
        self.card.send(known.done["command"])
        return known


# --- scenes -----------------------------------------------------------------------------------------------------------


def _scene(name: str, play: Any) -> Scene:
    def played(card: ExplainedCard, slip: Recipe) -> Known:
        bureau = Bureau(card)
        bureau.born()
        return play(bureau, slip)

    return Scene(name, "bank-only", played, {}, blank=True)


def _proof(bureau: Bureau, slip: Recipe) -> Known:
    older = bureau.challenge()
    return bureau.prove(slip, bureau.challenge(), older=older)


def _key(bureau: Bureau, slip: Recipe) -> Known:
    bureau.application()
    older = bureau.challenge()
    return bureau.write_key(slip, "KENC", bureau.challenge(), older=older)


def _opening(bureau: Bureau, slip: Recipe) -> Known:
    bureau.skeleton()
    older = bureau.update(bytes.fromhex("6655443322110077"))
    return bureau.open(slip, **{"older random": older["host random"], "older challenge": older["challenge"]})


NAME_GROUP = group("0103", bytes.fromhex("70119F610A39393939393930303031") + bytes.fromhex("9F620100"))
TRIES_GROUP = group("9010", bytes.fromhex("0303"))


def open_channel(bureau: Bureau, level: int = 1) -> dict[str, Any]:
    """A channel that has taken one group: what its next command starts from."""
    bureau.skeleton()
    opened = bureau.open({}, level=level).done
    assert bureau.card.last.sw == 0x9000
    channel = {name: opened[name] for name in ("kmc", "key data", "counter", "level")}
    channel["first mac"] = opened["mac"]
    first = bureau.store(channel, TRIES_GROUP, {}, previous=opened["mac"])
    assert bureau.card.last.sw == 0x9000
    return {**channel, "previous": first.done["mac"], "number": 1}


def _group(bureau: Bureau, slip: Recipe) -> Known:
    return bureau.store(open_channel(bureau), NAME_GROUP, slip)


def _enciphered_group(bureau: Bureau, slip: Recipe) -> Known:
    """The same at level 03."""
    return bureau.store(open_channel(bureau, 3), NAME_GROUP, slip)


def _pin(bureau: Bureau, slip: Recipe) -> Known:
    """Group 8010."""
    bureau.card.pins.add("531970")
    given = {**open_channel(bureau), "pin block": bytes.fromhex("26531970FFFFFFFF"), "p1": 0x60}
    return bureau.do(STORE_PIN, given, slip)


def _check_values(bureau: Bureau, slip: Recipe) -> Known:
    """Group 9000 behind group 8000."""
    channel = open_channel(bureau)
    issuer = {key.name: bytes.fromhex(key.value) for key in shown_facts("bank-only")["issuer"].keys}
    keys, masters = ([issuer[f"{kind}-{name}"] for name in ("AC", "MAC", "ENC")] for kind in ("UDK", "MK"))
    kdek = channel_key(channel["kmc"], channel["key data"][-6:], 3)
    sealed = ecb("3DES", channel_session(kdek, "0181", channel["counter"]), b"".join(keys))
    before = bureau.store(channel, group("8000", sealed), {}, p1=0x60).done
    assert bureau.card.last.sw == 0x9000
    given = {**channel, "previous": before["mac"], "number": 2, "p1": 0, "card keys": keys, "masters": masters}
    return bureau.do(STORE_CHECK_VALUES, given, slip)


PROOF = _scene("master key of PSE", _proof)
KEY_LOADED = _scene("WRITE KEY of KENC", _key)
OPENED = _scene("opening of the channel", _opening)
STORED = _scene("STORE DATA", _group)
STORED_ENCIPHERED = _scene("STORE DATA at level 03", _enciphered_group)
PIN_STORED = _scene("STORE DATA of a PIN", _pin)
CHECKED = _scene("STORE DATA of check values", _check_values)

SCENES = (PROOF, KEY_LOADED, OPENED, STORED, STORED_ENCIPHERED, PIN_STORED, CHECKED)
