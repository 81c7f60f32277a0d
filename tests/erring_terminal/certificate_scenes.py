"""The certificate side's host and honest dialogues with it: PINs as keys, master keys, a private key brought in.

Two issuing programs are all that is known of this side (``cos.pki``); everything in it is SM4 and SM3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.erring_terminal.explained_card import ExplainedCard, apdu, shown_facts
from tests.erring_terminal.host_recipes import Recipe, Values, sm3, words_xored, worked
from tests.erring_terminal.mistake_case import Scene
from tests.erring_terminal.second_ciphers import cbc, ecb, padded_80
from tests.erring_terminal.slips import Known

PROFILE = "social-3.0-pki"
PKI, APPLICATION = "504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631"
SECRET_STEPS = frozenset(("digest", "key", "value", "transport", "private"))

_PIN_KEY: Recipe = {
    "packed": lambda v: bytes.fromhex(v["digits"]),
    "digest": lambda v: sm3(v["packed"]),
    "key": lambda v: v["digest"][:16],
}
_PROOF: Recipe = {
    "shown": lambda v: v["random"],
    "filled": lambda v: v["shown"].ljust(16, b"\0"),
    "cipher": lambda _: "SM4",
    "proof": lambda v: ecb(v["cipher"], v["key"], v["filled"]),
    "command": lambda v: v["header"] + bytes((len(v["proof"]),)) + v["proof"],
}
PIN_PROOF: Recipe = {**_PIN_KEY, **_PROOF}
"""VERIFY: the random number under the PIN's key."""

MASTER_PROOF: Recipe = {"key": lambda v: v["master"], **_PROOF}
"""EXTERNAL AUTHENTICATION: the random number under the directory's master key."""

_SECURED: Recipe = {
    "with length": lambda v: bytes((len(v["content"]),)) + v["content"],
    "plain": lambda v: padded_80(v["with length"], 16),
    "body": lambda v: ecb("SM4", v["key"], v["plain"]),
    "mac key": lambda v: v["key"],
    "mac header": lambda v: v["header"],
    "mac lc": lambda v: bytes((len(v["body"]) + 4,)),
    "mac text": lambda v: v["mac header"] + v["mac lc"] + v["body"],
    "mac padded": lambda v: padded_80(v["mac text"], 16),
    "shown": lambda v: v["random"],
    "start": lambda v: v["shown"].ljust(16, b"\0"),
    "mac block": lambda v: cbc("SM4", v["mac key"], v["start"], v["mac padded"])[-16:],
    "mac": lambda v: words_xored(v["mac block"]),
    "command": lambda v: v["header"] + bytes((len(v["body"]) + 4,)) + v["body"] + v["mac"],
}
PIN_CHANGE: Recipe = {**_PIN_KEY, "content": lambda v: bytes.fromhex(v["new digits"]), **_SECURED}
"""CHANGE PIN: the manager's new PIN under the key of the old one."""

MASTER_CHANGE: Recipe = {"key": lambda v: v["master"], "content": lambda v: bytes(3) + v["value"], **_SECURED}
"""CHANGE MASTER KEY: three bytes 00 and the new value under the old key."""

_IMPORT: Recipe = {
    "wrapped": lambda v: ecb("SM4", v["transport"], v["private"]),
    "name": lambda _: bytes.fromhex("C2020015"),
    "objects": lambda v: v["name"] + bytes((0xCB, len(v["wrapped"]))) + v["wrapped"],
    "command": lambda v: bytes.fromhex("80C2C001") + bytes((len(v["objects"]),)) + v["objects"],
}


class CertificateDesk:
    """An issuing program at the certificate side."""

    def __init__(self, card: ExplainedCard) -> None:
        self.card = card
        facts = shown_facts(card.name)
        self.keys = {key.name: bytes.fromhex(key.value) for key in facts["maker"].keys}
        self.pins = {pin.name.split()[0]: pin.digits for pin in facts["terminal"].pins}

    def enter(self) -> None:
        for name in (PKI, APPLICATION):
            self.card.ok(f"00A404000C{name}")

    def random(self, length: int = 16) -> bytes:
        return self.card.ok(bytes((0, 0x84, 0, 0, length)))

    def do(self, recipe: Recipe, given: Values, slip: Recipe) -> Known:
        known = Known(worked(recipe, given), worked(recipe, given, slip))
        for steps in known:
            self.card.secrets.update(steps[name] for name in SECRET_STEPS if name in steps)
        self.card.send(known.done["command"])
        return known

    def show(self, who: str, slip: Recipe | None = None, **more: Any) -> Known:
        """VERIFY of the user's or the manager's PIN."""
        given = {"header": bytes.fromhex("00200181" if who == "user" else "00200100"), "digits": self.pins[who]}
        given |= {"other digits": self.pins["manager" if who == "user" else "user"], **self.others}
        return self.do(PIN_PROOF, {"random": b"", **given, **more}, slip or {})

    @property
    def others(self) -> dict[str, bytes]:
        names = {
            "home master": "PKI master",
            "application master": "PKI application master",
            "card master": "card master",
        }
        return {name: self.keys[fact] for name, fact in names.items()}

    def prove(self, slip: Recipe, **more: Any) -> Known:
        given = {"header": bytes.fromhex("00820000"), "master": self.keys["PKI application master"], **self.others}
        return self.do(MASTER_PROOF, {**given, **more}, slip)


# --- scenes -----------------------------------------------------------------------------------------------------------


def _scene(name: str, last: Callable[[CertificateDesk, Recipe], Known]) -> Scene:
    def play(card: ExplainedCard, slip: Recipe) -> Known:
        desk = CertificateDesk(card)
        desk.enter()
        return last(desk, slip)

    return Scene(name, PROFILE, play, {})


def _twice(desk: CertificateDesk) -> dict[str, bytes]:
    """Two random numbers drawn: the last one counts."""
    return {"older": desk.random(), "random": desk.random()}


def _user(desk: CertificateDesk, slip: Recipe) -> Known:
    return desk.show("user", slip, **_twice(desk))


def _manager(desk: CertificateDesk, slip: Recipe) -> Known:
    return desk.show("manager", slip, **_twice(desk))


def _user_by_eight(desk: CertificateDesk, slip: Recipe) -> Known:
    return desk.show("user", slip, random=desk.random(8))


def _master(desk: CertificateDesk, slip: Recipe) -> Known:
    return desk.prove(slip, **_twice(desk))


def _new_manager_pin(desk: CertificateDesk, slip: Recipe) -> Known:
    new = "86420975"
    desk.card.pins.add(new)
    given = {"header": bytes.fromhex("845E0100"), "digits": desk.pins["manager"], "other digits": desk.pins["user"]}
    return desk.do(PIN_CHANGE, {**given, "new digits": new, **_twice(desk)}, slip)


def _new_master(desk: CertificateDesk, slip: Recipe) -> Known:
    desk.prove({}, random=desk.random())
    assert desk.card.last.sw == 0x9000
    given = {"header": bytes.fromhex("84D40100"), "master": desk.keys["PKI application master"], **desk.others}
    value = bytes.fromhex("6E0D29B7F8154CA390E17D62358ACB4F")
    return desk.do(MASTER_CHANGE, {**given, "value": value, **_twice(desk)}, slip)


def _private_key(desk: CertificateDesk, slip: Recipe) -> Known:
    desk.show("user", random=desk.random())
    transport = bytes.fromhex("B19F2C6D08E3457AD1C4960B7F5E2A83")
    desk.card.ok(apdu("804A0210", b"\xc1\x10" + transport))
    private = bytes.fromhex("3A9C51E7064FB82D71CE3896A5F04B2D91E4273D5BA8C60F7D12F3894E65BA0C")
    return desk.do(_IMPORT, {"transport": transport, "private": private}, slip)


USER = _scene("VERIFY of the user PIN", _user)
USER_BY_EIGHT = _scene("VERIFY over 8 random bytes", _user_by_eight)
MANAGER = _scene("VERIFY of the manager PIN", _manager)
MASTER = _scene("master key of the application", _master)
NEW_MANAGER_PIN = _scene("CHANGE PIN", _new_manager_pin)
NEW_MASTER = _scene("CHANGE MASTER KEY", _new_master)
PRIVATE_KEY = _scene("IMPORT PRIVATE KEY", _private_key)

SCENES = (USER, USER_BY_EIGHT, MANAGER, MASTER, NEW_MANAGER_PIN, NEW_MASTER, PRIVATE_KEY)
