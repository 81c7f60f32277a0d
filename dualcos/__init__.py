"""The software social-security card with a financial function, and the world around it.

    import dualcos
    card = dualcos.card("dual-3.0-sm4", seed=7)
    card.power_on()
    answer = card.exchange(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))

The names below are the public API; each is imported when it is first asked for, so that ``import dualcos.explain``
loads nothing above it (PEP 562).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cos.card import Card as Card
    from cos.card import Snapshot as Snapshot
    from dualcos.cardfile.card_file_format import CardFileError as CardFileError
    from dualcos.cardfile.card_in_file import keep_card as keep_card
    from dualcos.cardfile.card_in_file import open_card as open_card
    from dualcos.cardfile.card_in_file import write_card as write_card
    from dualcos.profile.card_of_profile import blank_card as blank_card
    from dualcos.profile.card_of_profile import personalised_card as card
    from dualcos.profile.schema import Profile as Profile
    from dualcos.profile.schema import ProfileError as ProfileError
    from dualcos.profile.schema import load as load_profile
    from dualcos.profile.schema import names as profile_names
    from firewall.hardware.power import PowerLoss as PowerLoss
    from firewall.trace import TraceBuffer as TraceBuffer

_API = MappingProxyType(
    {
        "Card": "cos.card:Card",
        "CardFileError": "dualcos.cardfile.card_file_format:CardFileError",
        "PowerLoss": "firewall.hardware.power:PowerLoss",
        "Profile": "dualcos.profile.schema:Profile",
        "ProfileError": "dualcos.profile.schema:ProfileError",
        "Snapshot": "cos.card:Snapshot",
        "TraceBuffer": "firewall.trace:TraceBuffer",
        "blank_card": "dualcos.profile.card_of_profile:blank_card",
        "card": "dualcos.profile.card_of_profile:personalised_card",
        "keep_card": "dualcos.cardfile.card_in_file:keep_card",
        "load_profile": "dualcos.profile.schema:load",
        "open_card": "dualcos.cardfile.card_in_file:open_card",
        "profile_names": "dualcos.profile.schema:names",
        "write_card": "dualcos.cardfile.card_in_file:write_card",
    }
)
__all__ = [
    "Card", "CardFileError", "PowerLoss", "Profile", "ProfileError", "Snapshot", "TraceBuffer", "blank_card", "card",
    "keep_card", "load_profile", "open_card", "profile_names", "write_card",
]  # fmt: skip

_CARD_PACKAGES = ("apdu", "firewall", "keys", "cos")
_WITHOUT_A_CARD = "dualcos.lab.pytest_plugin"  # loads all else when a test asks for a card


def in_the_way() -> str:
    """Empty if the card's packages are this program's own, else one sentence that names what stands in the way.

    They have plain names on purpose, and a folder of the user's that is called like one of them comes first where
    Python looks beside a script.
    """
    home = Path(__file__).resolve().parents[1]
    for name in _CARD_PACKAGES:
        try:
            spec = find_spec(name)
        except ValueError:  # something of that name is imported already and says not from where
            return f"another module named {name} is imported already and stands in the way of its package {name}"
        if spec is None:
            return f"its package {name} is missing; install dualcos again, in a virtual environment"
        places = list(spec.submodule_search_locations or ())
        place = Path(places[0] if places else spec.origin or "").resolve()
        if place != home / name and {"site-packages", "dist-packages"} & set(place.parts):
            return f"another software's package {name} is found in {place}; install dualcos in a virtual environment"
        if place != home / name:
            return (
                f"{place} stands in the way of its package {name}; "
                "rename it, or start Python from another folder or with -P"
            )
    return ""


class _AskedFirst:
    """Stands before Python's own finders until something of dualcos is wanted that needs the card's packages: then they
    must be its own. What pytest loads in every run needs none, and a project with a folder of its own called ``keys``
    has its tests run; ``import dualcos`` alone needs none either.
    """

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """Finds nothing. Raises what ``_demand_own_packages`` does."""
        del path, target  # Python's signature
        if name.startswith("dualcos.") and name != "dualcos.lab" and not name.startswith(_WITHOUT_A_CARD):
            _demand_own_packages()
            if cls in sys.meta_path:  # another thread may have been first
                sys.meta_path.remove(cls)


def _demand_own_packages() -> None:
    """Raise ImportError with that sentence; the command prints it and ends with 2 instead."""
    sentence = in_the_way()
    if sentence and Path((sys.argv or [""])[0]).name in ("-m", "dualcos"):
        print(f"dualcos: {sentence}", file=sys.stderr)
        raise SystemExit(2)
    if sentence:
        raise ImportError(f"dualcos: {sentence}")


sys.meta_path.insert(0, _AskedFirst)


def __getattr__(name: str) -> object:
    """The name of the public API, imported now (PEP 562)."""
    where = _API.get(name)
    if where is None:
        raise AttributeError(f"module dualcos has no attribute {name}")
    module, _, attribute = where.partition(":")
    if module not in sys.modules:
        _demand_own_packages()
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *_API})
