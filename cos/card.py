"""The card (卡片): composition root of one COS with two applications, ``bytes -> bytes``.

Guarantees: deterministic from profile and seed; any byte string gets an answer of at least two bytes while power is
on; what a command wrote is durable before its answer leaves. No socket, no clock, no global state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from apdu import atr
from apdu.status import StatusWord
from cos.image import CardFile, CardFileError, sync_folder
from cos.kernel.engine import Engine, standard_gates
from cos.kernel.transmission import TransmissionOptions
from cos.manager import commands as manager_commands
from cos.manager.environment import Manager, ManagerSession
from cos.manager.state import ManagerOptions
from cos.manager.table import TABLE as MANAGER_TABLE
from cos.personalise import personalise
from cos.pki import environment as pki
from cos.pki.table import ERRORS as PKI_ERRORS
from cos.pki.table import TABLE as PKI_TABLE
from cos.pki.table import alive as pki_alive
from cos.profile import Profile, load
from cos.psam import environment as psam
from cos.psam.commands import policy as psam_policy
from cos.psam.commands.table import TABLE as PSAM_TABLE
from cos.psam.options import PsamOptions
from cos.pse import environment as pse
from cos.pse.commands.table import engines as bank_engines
from cos.pse.options import BankOptions
from cos.ssse import environment as ssse
from cos.ssse.commands import policy as ssse_policy
from cos.ssse.commands.table import TABLE as SSSE_TABLE
from cos.ssse.options import SocialOptions
from firewall.dispatcher import Dispatcher
from firewall.grant import CardBlocker, Environment, Grant
from firewall.hardware.chip import Chip, ChipImage
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.hardware.randomness import Rng, SeededRng, SystemRng
from firewall.mint import Directory, EnvironmentKind, Mint
from firewall.partition import Partition
from firewall.trace import NullTrace, Trace, TraceBuffer
from keys.algorithms import TDES
from keys.store import KeyHeader, KeyStore

SSSE_NAME = "sx1.sh.社会保障".encode("gbk")
PSE_NAME = b"1PAY.SYS.DDF01"
PKI_NAME = "PKI.社会保障".encode("gbk")
PSAM_NAMES = tuple((f"{name}.sh.社会保障".encode("gbk"), f"psam-{name}") for name in ("sx2", "sx3"))
MANAGER, SSSE, PSE, PKI = "manager", "ssse", "pse", "pki"
_DIRECTORY = "directory"
_MANAGER_BYTES, _DIRECTORY_BYTES = 16 * 1024, 1024
_TRANSPORT_TRIES = 0xAA


class CardOff(RuntimeError):
    """The card has no power: call ``power_on`` first."""


class CardPartsError(ValueError):
    """These parts make no card; the message says why."""


class CosOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the COS maker decided: how the card answers, and one reading per contradiction of the standards.

    With ``psam`` the COS is that of a terminal's key card instead of a user card.
    """

    transmission: TransmissionOptions = TransmissionOptions()
    ssse: SocialOptions = SocialOptions()
    pse: BankOptions = BankOptions()
    psam: PsamOptions | None = None


class Snapshot(NamedTuple):
    """A card as it lies on the table: everything that survives without power."""

    chip: ChipImage


class Card:
    """One card. Made by ``blank``, ``from_profile`` or ``open``; powered off at first."""

    def __init__(self, chip: Chip, options: CosOptions, *, trace: TraceBuffer | None = None) -> None:
        self._chip = chip
        self._options = options
        self._trace = trace
        self._file: CardFile | None = None
        self._dispatcher: Dispatcher | None = None
        self._blocker = CardBlocker()
        self._directory = Directory(Partition(chip.region(_DIRECTORY, _DIRECTORY_BYTES)))
        self._manager_nvm = Partition(chip.region(MANAGER, psam.CAPACITY if options.psam else _MANAGER_BYTES))
        self._bank_engines = bank_engines(options.pse, options.transmission)
        self._mint = Mint(chip, self._directory, self._kinds(), self._writer)

    # --- making ------------------------------------------------------------------------------------------------

    @staticmethod
    def blank(
        transport_key: bytes,
        options: CosOptions,
        *,
        rng: Rng,
        historical: bytes = b"",
        trace: TraceBuffer | None = None,
    ) -> Card:
        """A chip as the maker delivers it: COS in ROM, transport key (16 bytes, two-key 3DES), nothing else."""
        chip = Chip(rng)
        chip.historical = historical
        card = Card(chip, options, trace=trace)
        ref = manager_commands.TRANSPORT_REF
        header = KeyHeader(ref.kind, ref.kid, ref.version, 0xEF, _TRANSPORT_TRIES, TDES.social, 0, 16)
        with card._manager_nvm.transaction():
            KeyStore(card._manager_nvm, b"K").put(header, transport_key)
        return card

    @staticmethod
    def unmade(profile: Profile, rng: Rng, trace: TraceBuffer | None = None) -> Card:
        """The blank chip that personalisation makes the card of ``profile`` from."""
        options = CosOptions(
            transmission=profile.chip.transmission,
            ssse=profile.ssse.options if profile.ssse else SocialOptions(),
            pse=profile.pse.options if profile.pse else BankOptions(),
            psam=profile.psam.options if profile.psam else None,
        )
        return Card.blank(profile.transport_key, options, rng=rng, trace=trace)

    @staticmethod
    def from_profile(
        profile: Profile | str | Path,
        seed: int | bytes | str | None = 0,
        *,
        rng: Rng | None = None,
        trace: TraceBuffer | None = None,
    ) -> Card:
        """A card personalised by commands from ``profile`` (value, name or path). ``seed`` None: true randomness.

        ``rng`` takes the place of the seed, for laboratories that script random numbers. Raises ProfileError.
        """
        if not isinstance(profile, Profile):
            profile = load(profile)
        card = Card.unmade(profile, rng or (SystemRng() if seed is None else SeededRng(_seed_bytes(seed))), trace)
        personalise(card, profile)
        card.power_off()
        if trace is not None:
            trace.take()
        return card

    @staticmethod
    def open(
        path: str | Path,
        seed: int | bytes | str | None = None,
        *,
        trace: TraceBuffer | None = None,
        detached: bool = False,
    ) -> Card:
        """The card in a card file; every command's writes go there. Raises CardFileError.

        ``detached``: the file is only read; the card lives in memory until ``save_as`` or ``write_to``.
        """
        file = CardFile.open(Path(path))
        try:
            card = Card.restored(file.meta().get("options", ""), file.load(), seed, trace=trace)
        except CardPartsError as error:
            file.close()
            raise CardFileError(f"{path} is damaged: {error}; restore it from a copy") from None
        except CardFileError:
            file.close()
            raise
        if detached:
            file.close()
        else:
            card._file = file  # noqa: SLF001 - a card's own maker
        return card

    @staticmethod
    def restored(
        options: str,
        regions: Mapping[str, Mapping[bytes, bytes]],
        seed: int | bytes | str | None = None,
        *,
        trace: TraceBuffer | None = None,
    ) -> Card:
        """A card from its settings (JSON text) and its cells, powered off. Raises CardPartsError."""
        try:
            settings = msgspec.json.decode(options, type=CosOptions, dec_hook=_decode)
        except (msgspec.DecodeError, ValueError) as error:
            raise CardPartsError(f"its options cannot be read ({error})") from None
        chip = Chip(SystemRng() if seed is None else SeededRng(_seed_bytes(seed)))
        card = Card(chip, settings, trace=trace)
        capacities = {kind: recipe.capacity for kind, recipe in card._kinds().items()}
        for label, cells in regions.items():
            chip.region(label, capacities.get(label, 0)).load(dict(cells))
        _take_dirty(chip)
        return card

    def save_as(self, path: str | Path) -> None:
        """Write this card to a new card file; from now on the file follows it. Raises CardFileError."""
        if self._file is not None:
            raise CardFileError(f"this card lives in {self._file.path} already")
        self.write_to(path)
        sync_folder(Path(path).parent)
        self._file = CardFile.open(Path(path))
        _take_dirty(self._chip)

    def write_to(self, path: str | Path) -> None:
        """Write this card as it is now to a new card file and leave that alone. Raises CardFileError."""
        options = msgspec.json.encode(self._options, enc_hook=_encode).decode()
        image = self._chip.image()
        regions = {label: region.cells for label, region in image.regions.items()}
        CardFile.create(Path(path), {"options": options}, regions)

    def close(self) -> None:
        """Power off and release the card file."""
        self.power_off()
        if self._file is not None:
            self._file.close()
            self._file = None

    # --- the card's contacts -------------------------------------------------------------------------------------

    @property
    def atr(self) -> bytes:
        """The ATR the next reset gives."""
        return atr.build(self._chip.historical, 1 if self._options.transmission.protocol == "T=1" else 0)

    def power_on(self) -> bytes:
        """Cold reset: recover what a power loss interrupted, start with no volatile state. Returns the ATR."""
        self._dispatcher = None
        self._blocker.asked = False
        try:
            self._directory.recover()
            self._manager_nvm.recover()
            self._dispatcher = Dispatcher(
                self._manager(),
                self._mint.open_all,
                self._card_blocked,
                self._mint.end,
                self._writer("card"),
                lambda: self._mint.changes,
            )
        finally:
            self._flush()
        return self.atr

    def reset(self) -> bytes:
        """Warm reset. Returns the ATR."""
        return self.power_on()

    def power_off(self) -> None:
        """Drop all volatile state."""
        self._dispatcher = None

    @property
    def powered(self) -> bool:
        """True while power is on."""
        return self._dispatcher is not None

    def exchange(self, command: bytes) -> bytes:
        """Answer one command APDU: data, SW1, SW2. Raises CardOff without power; PowerLoss if a cut was armed."""
        dispatcher = self._dispatcher
        if dispatcher is None:
            raise CardOff("the card has no power")
        try:
            answer = dispatcher.exchange(command)
        except PowerLoss:
            self._dispatcher = None
            self._flush()
            raise
        if self._file is not None:
            self._flush()
        return answer

    # --- the laboratory's hand -----------------------------------------------------------------------------------

    @property
    def rail(self) -> PowerRail:
        """The power rail, to arm a power loss."""
        return self._chip.rail

    @property
    def options(self) -> CosOptions:
        """What the COS maker decided."""
        return self._options

    @property
    def environment(self) -> str:
        """Which environment is current: ``manager``, ``ssse``, ``pse``; empty without power."""
        return self._dispatcher.current if self._dispatcher is not None else ""

    def snapshot(self) -> Snapshot:
        """The card at rest, to return to."""
        return Snapshot(self._chip.image())

    def restore(self, snapshot: Snapshot) -> None:
        """Become ``snapshot`` again, powered off."""
        self._dispatcher = None
        self._chip.restore(snapshot.chip)
        self._flush()

    def dump(self) -> dict[str, dict[bytes, bytes]]:
        """All cells by region that has any; for tests and diffs, not reachable by APDU."""
        return {label: image.cells for label, image in self._chip.image().regions.items() if image.cells}

    def overwrite(self, region: str, cell: bytes, value: bytes | None) -> None:
        """Change one cell by hand, None: erase it, under the running card or at rest, as wear or an attacker would."""
        cells = self._chip.region(region, 0)
        if value is None:
            cells.erase(cell)
        else:
            cells.program(cell, value)
        self._flush()

    # --- inside --------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        if self._file is not None:
            changes = _take_dirty(self._chip)
            if changes:
                self._file.save(changes)

    def _writer(self, environment: str) -> Trace:
        return self._trace.writer(environment) if self._trace is not None else NullTrace()

    def _manager(self) -> Environment:
        """Who answers for the MF: the card manager, or a PSAM's first environment."""
        grant = Grant(self._manager_nvm, self._chip.stream(MANAGER), self._writer(MANAGER))
        if self._options.psam is None:
            return self._card_manager(grant)
        return self._build_psam(grant)._replace(powers=psam.Powers(self._mint, self._chip, PSAM_NAMES))

    def _build_psam(self, grant: Grant) -> psam.Psam:
        transmission = self._options.transmission
        engine: Engine[psam.PsamSession] = Engine(
            PSAM_TABLE, psam_policy.alive, standard_gates(transmission), psam_policy.ERRORS
        )
        return psam.Psam(grant, self._options.psam or PsamOptions(), transmission, engine)

    def _card_blocked(self) -> bool:
        if self._blocker.asked:
            self._directory.block_card()
        return self._directory.card_blocked

    def _channel(self, scope: str, is_blocked: Callable[[Partition], bool], nvm: Partition) -> CardBlocker | None:
        """What CARD BLOCK of an environment holds: nothing, or by profile the declared channel to the whole card.

        A block whose second half lost power is asked for again here, when the environment is built.
        """
        if scope != "card":
            return None
        if is_blocked(nvm):
            self._blocker.block_card()
        return self._blocker

    def _card_manager(self, grant: Grant) -> Manager:
        transmission = self._options.transmission
        engine: Engine[ManagerSession] = Engine(
            MANAGER_TABLE, manager_commands.alive, standard_gates(transmission), manager_commands.ERRORS
        )
        return Manager(
            grant,
            self._mint,
            self._chip,
            ManagerOptions(MappingProxyType({SSSE_NAME: SSSE, PSE_NAME: PSE, PKI_NAME: PKI})),
            transmission,
            engine,
        )

    def _kinds(self) -> Mapping[str, EnvironmentKind]:
        if self._options.psam is not None:
            return {kind: EnvironmentKind(psam.CAPACITY, psam.initialise, self._build_psam) for _, kind in PSAM_NAMES}
        return {
            SSSE: EnvironmentKind(ssse.CAPACITY, ssse.initialise, self._build_ssse),
            PSE: EnvironmentKind(pse.CAPACITY, pse.initialise, self._build_pse),
            PKI: EnvironmentKind(pki.CAPACITY, pki.initialise, self._build_pki),
        }

    def _build_ssse(self, grant: Grant) -> Environment:
        options, transmission = self._options.ssse, self._options.transmission
        engine: Engine[ssse.SsseSession] = Engine(
            SSSE_TABLE, ssse_policy.alive, ssse_policy.gates(transmission), ssse_policy.ERRORS
        )
        blocker = self._channel(options.card_block_scope, ssse.is_blocked, grant.nvm)
        return ssse.Ssse(grant, options, transmission, engine, blocker)

    def _build_pse(self, grant: Grant) -> Environment:
        options, transmission = self._options.pse, self._options.transmission
        blocker = self._channel(options.card_block_scope, pse.is_blocked, grant.nvm)
        return pse.Pse(grant, options, transmission, self._bank_engines, blocker)

    def _build_pki(self, grant: Grant) -> Environment:
        transmission = self._options.transmission
        engine: Engine[pki.PkiSession] = Engine(PKI_TABLE, pki_alive, standard_gates(transmission), PKI_ERRORS)
        return pki.Pki(grant, transmission, engine)


def _take_dirty(chip: Chip) -> dict[str, dict[bytes, bytes | None]]:
    return {label: changed for label in chip.labels if (changed := chip.region(label, 0).take_dirty())}


def _seed_bytes(seed: int | bytes | str) -> bytes:
    return seed if isinstance(seed, bytes) else str(seed).encode()


def _encode(value: object) -> object:
    if isinstance(value, StatusWord):
        return repr(value)
    raise NotImplementedError(type(value))


def _decode(kind: type, value: object) -> object:
    if kind is StatusWord and isinstance(value, str | int):
        return StatusWord(value if isinstance(value, int) else int(value, 16))
    raise NotImplementedError(kind)


def describe_options(options: CosOptions) -> str:
    """The options as indented JSON, for ``inspect``."""
    return json.dumps(json.loads(msgspec.json.encode(options, enc_hook=_encode)), indent=2, ensure_ascii=False)
