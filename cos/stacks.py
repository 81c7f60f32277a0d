"""The stacks of this COS, each from its own folder: the one place where all of them are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct

from cos.kernel.stack import Place, Stack, Stacks
from cos.manager.stack import STACK as MANAGER
from cos.pki.stack import STACK as PKI
from cos.psam.stack import STACK as PSAM
from cos.pse.stack import STACK as PSE
from cos.ssse.stack import STACK as SSSE

STACKS: Stacks = (MANAGER, SSSE, PSE, PSAM, PKI)


def places(stacks: Stacks = STACKS) -> Iterator[tuple[Place, Stack]]:
    """Every place of every stack."""
    return ((place, stack) for stack in stacks for place in stack.places)


def labels(stacks: Stacks = STACKS) -> tuple[str, ...]:
    """The labels of all memories that environments have, each once."""
    return tuple(dict.fromkeys(place.label for place, _ in places(stacks)))


def by_label(label: str, stacks: Stacks = STACKS) -> Stack | None:
    """The stack called ``label``."""
    return next((stack for stack in stacks if stack.label == label), None)


def of_card(under: str, stacks: Stacks = STACKS) -> Stacks:
    """The stacks of the cards whose MF the stack ``under`` answers for."""
    return tuple(stack for stack in stacks if stack.under == under)


def defaults(under: str, stacks: Stacks = STACKS) -> Mapping[str, Struct]:
    """The recommended options of such a card, by label."""
    return MappingProxyType({stack.label: stack.options() for stack in of_card(under, stacks)})
