"""Profiles (卡片模板): what a card is, as data. A TOML file in, a checked value out.

Unknown fields and wrong types are refused with the path of the field, and so is content that contradicts itself.
A profile holds test keys only: invented, marked so, derived from a short label unless given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, inspect, structs

from apdu.status import StatusWord
from cos.kernel.stack import Stack, Stacks
from cos.kernel.transmission import TransmissionOptions
from cos.stacks import STACKS
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.contradictions import contradictions
from dualcos.profile.field_faults import faults
from dualcos.profile.field_types import Hex, Key16, PackedPin, Tries, is_hex
from dualcos.profile.hard_cases import BY_KEY
from dualcos.profile.holder_of_profile import with_holder
from dualcos.profile.profile_settings import SettingError, applied, holds_secret, masked
from dualcos.profile.psam_profile import PsamProfile
from dualcos.profile.scope_of_card_block import with_scope_of_lone_bank
from dualcos.profile.social_profile import SocialProfile
from dualcos.textforms.json_and_toml import BadText, from_toml
from dualcos.textforms.text_files import UnreadableText, text_of
from dualcos.textforms.what_is_wrong import what_is_wrong
from dualcos.textforms.whole_texts import whole

MF_FCI = "6F02A500"
"""What SELECT of the MF answers where nothing was laid down."""

_Options = TypeVar("_Options")
_Section = TypeVar("_Section", bound=Struct)


class ProfileError(Exception):
    """The profile cannot be used; the message names the file, the field and what is wrong with it."""


class ChipProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the chip maker sets: historical bytes of the ATR (SSC-2 §8), how the card answers on its contacts.

    ``region``: the first four digits of a card's region (SSC-2 table 16); a PSAM seen has something else there.
    ``mf_fci``: what SELECT of the MF answers, a whole template 6F that is laid down when the MF is made. It is data: it
    may name the payment environment, as recorded cards do, and says nothing of what there is on the card.
    """

    maker: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"), description="4 hex digits")] = "0081"
    cos: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{6}"), description="6 hex digits")] = "44434F"
    card_maker: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"), description="4 hex digits")] = "8600"
    region: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"), description="4 hex digits")] = "9900"
    serial: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{8}"), description="8 hex digits")]
    transmission: TransmissionOptions = TransmissionOptions()
    mf_fci: Hex = MF_FCI

    @property
    def historical(self) -> bytes:
        """T1 to TD, 13 bytes."""
        return bytes.fromhex(self.maker + self.cos + self.card_maker + self.region + self.serial)

    @property
    def laid_down_fci(self) -> bytes:
        """The MF's FCI if it is another one than the COS answers by itself; else nothing, and nothing is laid down."""
        return b"" if self.mf_fci.upper() == MF_FCI else bytes.fromhex(self.mf_fci)


class KeysProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The card-level test keys; left out, they are derived from ``label``."""

    label: str
    transport: Key16 | None = None
    card_master: Key16 | None = None

    def derive(self, name: str) -> bytes:
        """The 16-byte test key called ``name``: SHA-256 of the label and the name, cut."""
        return hashlib.sha256(f"dualcos test key {self.label} {name}".encode()).digest()[:16]


class PkiProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The PKI environment of a 3.0 card: two PINs of packed digits, contents of its files (hex).

    ``public_key``: EF 0012, 66 bytes; readers drop the first two and take the rest as x ‖ y; a key pair made or
    imported later keeps those two. ``certificate_write``: the PIN that opens EF 0018 and 0019 for writing; one
    issuing program writes with the user PIN alone (default), the other has shown both.
    """

    user_pin: PackedPin
    manager_pin: PackedPin
    pin_tries: Tries = 6
    master: Key16 | None = None
    application_master: Key16 | None = None
    public_key: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{132}"), description="132 hex digits")]
    signature_certificate: Hex = ""
    encryption_certificate: Hex = ""
    certificate_room: Annotated[int, Meta(ge=256, le=4096)] = 1024
    certificate_write: Literal["user PIN", "manager PIN"] = "user PIN"


class PlainSection(Struct, Generic[_Options], frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of a stack that can be told nothing but options."""

    options: _Options | None = None


SECTIONS: Mapping[str, type[Struct]] = MappingProxyType(
    {"ssse": SocialProfile, "pse": BankProfile, "pki": PkiProfile, "psam": PsamProfile}
)
"""What a profile says of a stack, by label; of any other a ``PlainSection``."""


def section_type(stack: Stack) -> type[Struct]:
    """The type of the section of ``stack``."""
    plain = PlainSection[stack.options]  # type: ignore[name-defined]  # the options' type is a value here
    return SECTIONS.get(stack.label, plain)


class CardProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a profile says of the card, whatever is on it. ``holder``: an invented person, of ``hard_cases``."""

    title: str
    title_zh: str
    ref: list[str]
    chip: ChipProfile
    keys: KeysProfile
    close: bool = True
    holder: str | None = None


class Profile(CardProfile, frozen=True, kw_only=True):
    """A whole card. ``sections``: what it says of each stack it says anything of, by label."""

    sections: Mapping[str, Struct]

    @property
    def ssse(self) -> SocialProfile | None:
        """Its social side."""
        return self._section(SocialProfile)

    @property
    def pse(self) -> BankProfile | None:
        """Its bank side."""
        return self._section(BankProfile)

    @property
    def pki(self) -> PkiProfile | None:
        """Its certificate side."""
        return self._section(PkiProfile)

    @property
    def psam(self) -> PsamProfile | None:
        """What it is as a terminal's key card."""
        return self._section(PsamProfile)

    def _section(self, kind: type[_Section]) -> _Section | None:
        return next((each for each in self.sections.values() if isinstance(each, kind)), None)

    def having(self, label: str, section: Struct | None) -> Profile:
        """The same card with ``section`` for the stack called ``label``; None: without any."""
        found = {**self.sections, label: section}
        return structs.replace(self, sections={each: one for each, one in found.items() if one is not None})

    def under(self, stacks: Stacks = STACKS) -> str:
        """The label of the stack that answers for the MF; the first one for a card that nothing is said of."""
        return next((stack.under for stack in stacks if stack.label in self.sections), stacks[0].under)

    @property
    def options(self) -> tuple[Struct, ...]:
        """What it decides of the COS, a value for each stack it decides something of."""
        found = (getattr(section, "options", None) for section in self.sections.values())
        return tuple(options for options in found if options is not None)

    @property
    def transport_key(self) -> bytes:
        """The transport test key."""
        return _key(self.keys.transport, self.keys, "transport")

    @property
    def card_master_key(self) -> bytes:
        """The card master test key."""
        return _key(self.keys.card_master, self.keys, "card master")

    def social_key(self, name: str) -> bytes:
        """A test key of the social side: ``master``, or a national root by the name of its key."""
        assert self.ssse is not None  # noqa: S101 - callers ask only where the section exists
        given = self.ssse.master if name == "master" else self.ssse.roots.get(name)
        return _key(given, self.keys, f"social {name}")

    def psam_root(self, name: str) -> bytes:
        """A national test root for a PSAM: the one social cards of the same label come from, unless given."""
        assert self.psam is not None  # noqa: S101 - callers ask only where the section exists
        return _key(self.psam.roots.get(name), self.keys, f"social {name}")

    def psam_key(self, name: str) -> bytes:
        """A test key of the PSAM itself: a master key or an authority's key."""
        assert self.psam is not None  # noqa: S101 - as above
        return _key(self.psam.own_keys.get(name), self.keys, f"PSAM {name}")

    def pki_key(self, name: str) -> bytes:
        """A test key of the PKI environment: ``master`` or ``application_master``."""
        assert self.pki is not None  # noqa: S101 - callers ask only where the section exists
        return _key(getattr(self.pki, name), self.keys, f"PKI {name}")

    def bank_key(self, name: str) -> bytes:
        """A test key of the bank: ``master``, ``kmc``, ``ac``, ``mac`` or ``enc``."""
        assert self.pse is not None  # noqa: S101 - callers ask only where the section exists
        return _key(getattr(self.pse.keys, name), self.keys, f"bank {name}")

    def bank_sm_key(self, name: str) -> bytes:
        """An SM4 test key of the bank: ``ac``, ``mac`` or ``enc``."""
        assert self.pse is not None  # noqa: S101 - callers ask only where the section exists
        assert self.pse.sm is not None  # noqa: S101 - as above
        return _key(getattr(self.pse.sm.keys, name), self.keys, f"bank SM {name}")


def _key(given: str | None, keys: KeysProfile, name: str) -> bytes:
    return bytes.fromhex(given) if given is not None else keys.derive(name)


def names() -> tuple[str, ...]:
    """The profiles that come with the package."""
    names_of_files = (entry.name for entry in resources.files("dualcos.profile.cards").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names_of_files if name.endswith(".toml")))


def built_in() -> Iterator[Path]:
    """The files that come with the package."""
    for entry in resources.files("dualcos.profile.cards").iterdir():
        yield Path(str(entry))


def file_of(name_or_path: str | Path) -> Path:
    """Where the profile is that is called so: one that comes with the package, or a path."""
    known = {path.stem: path for path in built_in() if path.suffix == ".toml"}
    return known.get(str(name_or_path), Path(name_or_path))


def load(name_or_path: str | Path, stacks: Stacks = STACKS, *, settings: Sequence[str] = ()) -> Profile:
    """Read and check a profile, by the name of one that comes with the package or by path.

    ``settings``: fields to be had otherwise than in the file, each ``PATH=VALUE`` (``profile_settings``). Raises
    ProfileError.
    """
    try:
        text = text_of(file_of(name_or_path))
    except UnreadableText as error:
        raise ProfileError(f"profile {error}; built in are {', '.join(names())}") from None
    return parse(text, str(name_or_path), stacks, settings=settings)


def parse(text: str, source: str = "profile", stacks: Stacks = STACKS, *, settings: Sequence[str] = ()) -> Profile:
    """Check the text of a profile: the card's fields and a table by label for each stack it says anything of.

    Raises ProfileError with the path of the field.
    """
    sections = _sections(stacks)
    whole, described = _whole(sections), _described(sections)
    told: dict[str, Any] = {}
    try:
        read = from_toml(text)
        told = with_scope_of_lone_bank(applied(read, settings, described) if settings else read, stacks)
        known = structs.asdict(msgspec.convert(told, whole, dec_hook=status_word))
        if known["holder"] in BY_KEY:  # what is set stands, whoever the holder is
            told = applied(with_holder(told, BY_KEY[known["holder"]]), settings, described)
            known = structs.asdict(msgspec.convert(told, whole, dec_hook=status_word))
    except (BadText, SettingError) as error:
        raise ProfileError(f"{source}: {error}") from None
    except msgspec.ValidationError as error:
        first = next(faults(described, told, ()), None) or what_is_wrong(error)
        raise ProfileError(f"{source}: {first}") from None
    given = {stack.label: section for stack in stacks if (section := known.pop(stack.label)) is not None}
    profile = Profile(**known, sections=given)
    for fault in contradictions(profile, stacks):
        raise ProfileError(f"{source}: {fault}")
    return profile


_Sections = tuple[tuple[str, type[Struct]], ...]


def _sections(stacks: Stacks) -> _Sections:
    return tuple((stack.label, section_type(stack)) for stack in stacks)


def _whole(sections: _Sections) -> type[Struct]:
    """What a file may say: the card's fields, and a section of each stack."""
    tables = [(label, kind | None, None) for label, kind in sections]
    return msgspec.defstruct("Whole", tables, bases=(CardProfile,), frozen=True, kw_only=True)


@lru_cache(maxsize=4)
def _described(sections: _Sections) -> inspect.Type:
    """The same, to be walked."""
    return inspect.type_info(_whole(sections))


def described(stacks: Stacks = STACKS) -> inspect.Type:
    """What a profile may say, to be walked: its fields, and a table by label for each of ``stacks``."""
    return _described(_sections(stacks))


def public_settings(settings: Sequence[str], stacks: Stacks = STACKS) -> tuple[str, ...]:
    """``settings``, which ``parse`` has taken, as they may be shown: keys and PINs are left out."""
    return masked(settings, described(stacks)) if settings else ()


def secret_in(told: Mapping[str, Any], stacks: Stacks = STACKS) -> bool:
    """True if ``told``, fields nested as in a profile's file, has keys or PINs."""
    return holds_secret(told, described(stacks))


def status_word(kind: type, value: object) -> object:
    """A status word in a profile: four hex digits."""
    if kind is StatusWord and isinstance(value, str) and len(value) == 4 and is_hex(value):
        return StatusWord(int(value, 16))
    raise ValueError("a status word is four hex digits")
