"""No mutable state at module or class level: what a card knows is in its cells and its session, nowhere else."""

from __future__ import annotations

import importlib
import types
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("apdu", "firewall", "keys", "cos")
SCALARS = (int, str, bytes, bool, float, type(None), Enum, frozenset, range)
# Machinery that a type, a function or a module is made of.
OF_TYPES = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.WrapperDescriptorType,
    types.GenericAlias,
    types.UnionType,
    property,
    staticmethod,
    classmethod,
)


def modules() -> list[str]:
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]


def mutable(value: object, seen: frozenset[int] = frozenset()) -> str:
    """Why ``value`` could change, empty if it cannot."""
    if id(value) in seen or isinstance(value, (*SCALARS, *OF_TYPES)):
        return ""
    seen |= {id(value)}
    if isinstance(value, list | dict | set | bytearray):
        return f"a {type(value).__name__}"
    if isinstance(value, tuple):
        return next((why for item in value if (why := mutable(item, seen))), "")
    if isinstance(value, types.MappingProxyType | Mapping):
        return next((why for item in value.values() if (why := mutable(item, seen))), "")
    if isinstance(value, msgspec.Struct):
        return "" if type(value).__struct_config__.frozen else "a mutable struct"
    parameters = getattr(type(value), "__dataclass_params__", None)
    if parameters is not None:
        return "" if parameters.frozen else "a mutable dataclass"
    module = type(value).__module__
    if type(value) is object:  # a sentinel
        return ""
    if module.split(".")[0] in (
        "typing",
        "_collections",
        "_struct",
        "re",
        "msgspec",
        "collections",
        "annotationlib",
        "__future__",
    ):
        return ""
    if hasattr(type(value), "__slots__") and module.split(".")[0] in PACKAGES:
        slots = [getattr(value, name, None) for name in type(value).__slots__]
        return next((why for item in slots if (why := mutable(item, seen))), "")
    return f"a {module}.{type(value).__name__}"


@pytest.mark.parametrize("name", modules())
def test_nothing_at_module_or_class_level_can_change(name):
    module = importlib.import_module(name)
    for attribute, value in vars(module).items():
        if attribute.startswith("__"):
            continue
        assert not mutable(value), f"{name}.{attribute} is {mutable(value)}"
        if isinstance(value, type) and value.__module__ == name and not issubclass(value, Enum):
            for member, content in vars(value).items():
                if not member.startswith("_"):
                    assert not mutable(content), f"{name}.{attribute}.{member} is {mutable(content)}"
