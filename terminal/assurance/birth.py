"""F13: hand-over is one-way. From blank chip on, whoever does not prove an environment's own master key cannot change
what is in it; the card master key gives no right inside.
"""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cos.card import Card, CosOptions
from cos.kernel.dialect import MF_FID, DirectoryHeader, DirectoryKind
from cos.personalise.manager import SSSE_FID, master_header
from cos.profile import Profile
from cos.ssse.options import SocialOptions
from cos.ssse.tables import ssse
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer
from keys import t514
from keys.algorithms import SM4, TDES
from keys.handle import KeyHandle
from terminal.assurance.bench import Bench, Player, Specimen, changed
from terminal.assurance.cards import ProfileSpecimen
from terminal.assurance.counted import CountedCard, Tally
from terminal.assurance.social import counters
from terminal.assurance.social_host import challenge
from terminal.assurance.steps import Play, Reply, apdu, send
from terminal.assurance.verdict import Violation

ACTIONS = (
    "transport",
    "create MF",
    "load card master",
    "prove card master",
    "create environment",
    "select environment",
    "load environment master",
    "prove environment master",
    "write environment key",
    "select MF",
    "delete environment",
    "end",
    "create file",
    "reset",
)
_MOST = 24


class Act(NamedTuple):
    """One action; ``key`` picks the key that is used or loaded: 0 the card's, 1 and 2 two environment keys."""

    action: str
    key: int

    def __str__(self) -> str:
        return f"{self.action}/{self.key}"


class Blank(NamedTuple):
    """A blank chip and the keys of its future."""

    bench: Bench
    transport: KeyHandle
    keys: tuple[KeyHandle, ...]
    serial: bytes


def blank(profile: Profile, tally: Tally) -> Blank:
    """A chip as the maker delivers it, historical bytes written."""
    trace = TraceBuffer()
    options = CosOptions(
        transmission=profile.chip.transmission, ssse=profile.ssse.options if profile.ssse else SocialOptions()
    )
    historical = profile.chip.historical
    chip = Card.blank(profile.transport_key, options, rng=SeededRng(b"birth"), historical=historical, trace=trace)
    card = CountedCard(chip, tally)
    algorithm = SM4 if profile.ssse is not None and profile.ssse.algorithm == "SM4" else TDES
    keys = (
        KeyHandle(TDES, profile.card_master_key),
        KeyHandle(algorithm, profile.keys.derive("environment one")),
        KeyHandle(algorithm, profile.keys.derive("environment two")),
    )
    return Blank(Bench(card, trace, card.snapshot(), {}), KeyHandle(TDES, profile.transport_key), keys, historical[7:])


_RIGHT_ORDER = (
    Act("transport", 0),
    Act("create MF", 0),
    Act("load card master", 0),
    Act("prove card master", 0),
    Act("create environment", 0),
    Act("load environment master", 1),
    Act("select environment", 0),
)


def lives(specimen: Specimen) -> SearchStrategy[list[Act]]:
    """A way into life (often the right one), then anything."""
    del specimen
    act = st.builds(Act, st.sampled_from(ACTIONS), st.integers(0, 2))
    start = st.integers(0, len(_RIGHT_ORDER)).map(lambda n: list(_RIGHT_ORDER[: len(_RIGHT_ORDER) - n]))
    return st.builds(lambda first, rest: first + rest, start, st.lists(act, max_size=_MOST))


class _Model:
    """What should be so: who owns the environment, and whether this session has proved that key."""

    def __init__(self) -> None:
        self.owner: int | None = None
        self.proved = False


def one_way(specimen: Specimen, acts: list[Act]) -> None:
    """F13."""
    if not isinstance(specimen, ProfileSpecimen) or specimen.profile.ssse is None:
        return
    chip = blank(specimen.profile, specimen.tally)
    chip.bench.fresh()
    player, model = Player(chip.bench), _Model()
    for act in acts:
        before = chip.bench.card.dump().get("ssse", {})
        ruled = model.proved and chip.bench.card.environment == "ssse"
        accepted = _perform(chip, player, act)
        _judge(chip, player, model, act, before, accepted=accepted, ruled=ruled)


def _judge(
    chip: Blank, player: Player, model: _Model, act: Act, before: dict[bytes, bytes], *, accepted: bool, ruled: bool
) -> None:
    card = chip.bench.card
    after = card.dump().get("ssse", {})
    tries = set(counters(after))
    moved = [key for _, key in changed({"": before}, {"": after}) if key not in tries]
    inside = card.environment == "ssse"
    if model.owner is None:
        if accepted and act.action == "load environment master":
            model.owner = act.key
    elif moved and not ruled:
        cells = ", ".join(key.hex() for key in moved)
        raise Violation("F13", f"{act} changed {cells} of an environment whose key nobody proved", player.record)
    elif accepted and ruled and act.action == "write environment key":
        model.owner = act.key
    elif ruled and moved and not after:
        model.owner = None  # deleted under its own master key
    if act.action == "prove environment master" and accepted and inside:
        if act.key != model.owner:
            raise Violation(
                "F13", f"key {act.key} proves a right in an environment of key {model.owner}", player.record
            )
        model.proved = True
    if not inside or act.action == "reset":
        model.proved = False


def _perform(chip: Blank, player: Player, act: Act) -> bool:
    if act.action == "reset":
        player.restart()
        return True
    return player.drive(_DIALOGUES[act.action](chip, act.key))


def _transport(chip: Blank, _key: int) -> Play:
    yield from send(apdu("80E00300", t514.transport_cryptogram(chip.transport, chip.serial)))


def _create_mf(_chip: Blank, _key: int) -> Play:
    header = DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, 0x23, card_block_reaches_mf=False, name=b"")
    yield from send(apdu("80E00100", header.frame()))


def _load(under: KeyHandle, key: KeyHandle) -> Reply:
    random = yield from challenge()
    cipher = t514.wrap_key(under, master_header(key.algorithm.social), key)
    return (yield from send(t514.write_key_command(under, 1, cipher, random)))


def _load_card_master(chip: Blank, _key: int) -> Play:
    yield from _load(chip.transport, chip.keys[0])


def _prove(chip: Blank, key: int) -> Play:
    random = yield from challenge()
    yield from send(apdu("00820000", t514.master_authentication(chip.keys[key], random)))


def _prove_card(chip: Blank, _key: int) -> Play:
    yield from _prove(chip, 0)


def _header() -> DirectoryHeader:
    return DirectoryHeader(
        SSSE_FID, DirectoryKind.DDF, 0x22, 0x23, card_block_reaches_mf=False, name=ssse.NAME, transaction_sfi=0x81
    )


def _create_environment(_chip: Blank, _key: int) -> Play:
    yield from send(apdu("80E00100", _header().frame()))


def _select_environment(_chip: Blank, _key: int) -> Play:
    yield from send(apdu("00A40400", ssse.NAME))


def _load_environment(chip: Blank, key: int) -> Play:
    yield from _load(chip.keys[0], chip.keys[key])


def _write_key(chip: Blank, key: int) -> Play:
    """Replace the environment's master key by ``key``, under the other one (or under the card's, the thief's way)."""
    under = chip.keys[{0: 1, 1: 2, 2: 1}[key]] if key else chip.keys[0]
    yield from _load(under, chip.keys[key])


def _select_mf(_chip: Blank, _key: int) -> Play:
    yield from send(apdu("00A40000", b"\x3f\x00"))


def _delete(_chip: Blank, _key: int) -> Play:
    yield from send(apdu("80E10001", SSSE_FID.to_bytes(2, "big")))


def _end(_chip: Blank, _key: int) -> Play:
    yield from send(apdu("80E00200"))


def _create_file(_chip: Blank, key: int) -> Play:
    yield from send(apdu("80E00100", bytes.fromhex(f"00000000{0x20:02X}EF{0x10 + key:02X}C40005000000000000")))


_DIALOGUES = {
    "transport": _transport,
    "create MF": _create_mf,
    "load card master": _load_card_master,
    "prove card master": _prove_card,
    "create environment": _create_environment,
    "select environment": _select_environment,
    "load environment master": _load_environment,
    "prove environment master": _prove,
    "write environment key": _write_key,
    "select MF": _select_mf,
    "delete environment": _delete,
    "end": _end,
    "create file": _create_file,
}
