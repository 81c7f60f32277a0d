"""F13: hand-over is one-way. From blank chip on, whoever does not prove an environment's own master key cannot change
what is in it; the card master key gives no right inside. Asked of each environment of a card, its MF included, which is
handed over from the transport key to the card master key.

Left out: power cuts (T1), and try counters, which F9 judges.
"""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cos.card import Card
from cos.cos_options import CosOptions
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from dualcos.dialogue import making
from dualcos.dialogue.driver import Reply, send
from dualcos.dialogue.making import SOCIAL_FORM
from dualcos.lab.properties.births_of_stacks import BirthOfStack, kinds
from dualcos.lab.properties.cards_with_equal_keys import EqualKeys, counterpart
from dualcos.lab.properties.counted_card import CountedCard, Tally
from dualcos.lab.properties.one_power_cut import without_tries
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.properties_not_asked import ROOT
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import Cells
from dualcos.lab.properties.specimen import LabBench, Player, Specimen, changed
from dualcos.profile.schema import Profile
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer
from keys.algorithms import TDES
from keys.key_handle import KeyHandle

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
_OTHER = (0, 2, 1)  # under which key another one is written: the card's under itself, an environment's under the other


class Act(NamedTuple):
    """One action; ``key`` picks the key that is used or loaded: 0 the card's, 1 and 2 two environment keys."""

    action: str
    key: int

    def __str__(self) -> str:
        return f"{self.action}/{self.key}"


class LifeOfCard(NamedTuple):
    """The acts on one chip, and the environment they make there."""

    label: str
    acts: list[Act]

    def __repr__(self) -> str:
        return f"{self.label}: {', '.join(map(str, self.acts))}"


class Blank(NamedTuple):
    """A blank chip, the kind of environment it gets, and the keys of its future."""

    bench: LabBench
    born: BirthOfStack
    transport: KeyHandle
    keys: tuple[KeyHandle, ...]
    historical: bytes

    @property
    def inside(self) -> bool:
        """True while the environment is current."""
        return self.bench.card.environment == self.born.label


def blank(profile: Profile, born: BirthOfStack, tally: Tally) -> Blank:
    """A chip as the maker delivers it, historical bytes written. Its keys differ: who proves something is told by the
    value here, and an owner who takes the card's key for his own has given it away.
    """
    profile = counterpart(profile) if isinstance(profile.keys, EqualKeys) else profile
    trace = TraceBuffer()
    options = CosOptions.of(*profile.options, transmission=profile.chip.transmission)
    historical = profile.chip.historical
    chip = Card.blank(profile.transport_key, options, rng=SeededRng(b"birth"), historical=historical, trace=trace)
    card = CountedCard(chip, tally)
    keys = (
        KeyHandle(TDES, profile.card_master_key),
        KeyHandle(born.algorithm, profile.keys.derive("environment one")),
        KeyHandle(born.algorithm, profile.keys.derive("environment two")),
    )
    transport = KeyHandle(TDES, profile.transport_key)
    return Blank(LabBench(card, trace, card.snapshot(), {}), born, transport, keys, historical)


# From the blank chip into an environment that has just been handed over.
RIGHT_ORDER = (
    Act("transport", 0),
    Act("create MF", 0),
    Act("load card master", 0),
    Act("prove card master", 0),
    Act("create environment", 0),
    Act("load environment master", 1),
    Act("select environment", 0),
)


def lives(specimen: Specimen) -> SearchStrategy[LifeOfCard]:
    """A way into life (often the right one), then anything."""
    labels = tuple(kinds(specimen.profile)) if isinstance(specimen, ProfileSpecimen) else ()
    if not labels:
        return st.nothing()
    own = tuple(label for label in specimen.bench().sides if label in labels)
    act = st.builds(Act, st.sampled_from(ACTIONS), st.integers(0, 2))
    start = st.integers(0, len(RIGHT_ORDER)).map(lambda n: list(RIGHT_ORDER[: len(RIGHT_ORDER) - n]))
    acts = st.builds(lambda first, rest: first + rest, start, st.lists(act, max_size=_MOST))
    return st.builds(LifeOfCard, st.sampled_from(own or labels), acts)


class _Rule:
    """What should be so in one environment: whose key rules it, and whether this session has proved that key."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.owner: int | None = None
        self.proved = False

    def cells(self, chip: Blank) -> Cells:
        """Its memory without try counters."""
        return without_tries({self.label: chip.bench.card.dump().get(self.label, {})})[self.label]


def one_way(specimen: Specimen, life: LifeOfCard) -> None:
    """F13."""
    assert isinstance(specimen, ProfileSpecimen)  # noqa: S101 - for others there is no life to draw
    chip = blank(specimen.profile, kinds(specimen.profile)[life.label], specimen.tally)
    chip.bench.fresh()
    player, rules = Player(chip.bench), (_Rule(ROOT), _Rule(life.label))
    for act in life.acts:
        where = chip.bench.card.environment
        before = [rule.cells(chip) for rule in rules]
        accepted = perform_act(chip, player, act)
        done = _Done(act, where, accepted, born=not before[1] and bool(rules[1].cells(chip)))
        for rule, was in zip(rules, before, strict=True):
            _judge(chip, player, rule, done, was)
            if rule.owner is not None and rule.label in specimen.bench().sides:
                specimen.tally.judge(rule.label)


class _Done(NamedTuple):
    """An act, the environment it was sent to, whether it was carried out, and whether it made an environment."""

    act: Act
    where: str
    accepted: bool
    born: bool


def _judge(chip: Blank, player: Player, rule: _Rule, done: _Done, before: Cells) -> None:
    act, here = done.act, done.where == rule.label
    after = rule.cells(chip)
    moved = [key for _, key in changed({"": before}, {"": after})]
    ruled = rule.proved and here
    if rule.owner is not None and moved and not ruled:
        cells = ", ".join(key.hex() for key in moved)
        raise Violation("F13", f"{act} changed {cells} of {rule.label}, whose key nobody proved", player.record)
    _new_owner(rule, done, after)
    if done.accepted and here and act.action in ("prove card master", "prove environment master"):
        key = act.key if act.action == "prove environment master" else 0
        if key != rule.owner:
            raise Violation("F13", f"key {key} proves a right in {rule.label}, of key {rule.owner}", player.record)
        rule.proved = True
    current = chip.bench.card.environment
    if act.action == "reset" or current != rule.label:
        rule.proved = False


def _new_owner(rule: _Rule, done: _Done, after: Cells) -> None:
    """A first key, another under the one that is proved, or none any more."""
    act, here = done.act, done.where == rule.label
    loads = {"load card master": 0, "load environment master": act.key, "write environment key": act.key}
    if act.action in loads and done.accepted:
        if done.born:
            rule.owner = rule.owner if rule.label == ROOT else loads[act.action]
        elif here and (rule.owner is not None or act.action == "load card master"):
            rule.owner = loads[act.action]
    deletes_mf = rule.label == ROOT and act.action == "delete environment" and act.key % 2 == 1
    if not after or (deletes_mf and done.accepted and here):
        rule.owner = None  # deleted under its own master key


def perform_act(chip: Blank, player: Player, act: Act) -> bool:
    """One act; True if it was carried out."""
    if act.action == "reset":
        player.restart()
        return True
    return player.drive(_DIALOGUES[act.action](chip, act.key))


def _transport(chip: Blank, _key: int) -> Reply:
    return send(making.prove_transport(chip.transport, chip.historical))


def _create_mf(_chip: Blank, _key: int) -> Reply:
    header = DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, 0x23, card_block_reaches_mf=False, name=b"")
    return send(making.create(header.frame()))


def _load_card_master(chip: Blank, _key: int) -> Reply:
    return SOCIAL_FORM.write_master(chip.transport, chip.keys[0])


def _prove(chip: Blank, key: int) -> Reply:
    """In the form of where the session is."""
    return (chip.born.form if chip.inside else SOCIAL_FORM).prove(chip.keys[key])


def _prove_card(chip: Blank, _key: int) -> Reply:
    return _prove(chip, 0)


def _create_environment(chip: Blank, _key: int) -> Reply:
    return send(making.create(chip.born.header.frame()))


def _select_environment(chip: Blank, _key: int) -> Reply:
    return send(making.select(chip.born.header.name))


def _load_environment(chip: Blank, key: int) -> Reply:
    return SOCIAL_FORM.write_master(chip.keys[0], chip.keys[key])


def _write_key(chip: Blank, key: int) -> Reply:
    """Replace a master key by ``key``, under the other one (or the card's by itself, the thief's way inside)."""
    return (chip.born.replace if chip.inside else SOCIAL_FORM.write_master)(chip.keys[_OTHER[key]], chip.keys[key])


def _select_mf(_chip: Blank, _key: int) -> Reply:
    return send(making.SELECT_MF)


def _delete(chip: Blank, key: int) -> Reply:
    """The environment, or for odd keys the MF."""
    return send(making.delete(MF_FID if key % 2 else chip.born.header.fid, making.Deleted.ENVIRONMENT))


def _end(_chip: Blank, _key: int) -> Reply:
    return send(making.END)


def _create_file(_chip: Blank, key: int) -> Reply:
    return send(making.create(bytes.fromhex(f"00000000{0x20:02X}EF{0x10 + key:02X}C40005000000000000")))


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
