"""No mutable state at module or class level: what a card knows is in its cells and its session, nowhere else."""

from __future__ import annotations

import ast
import functools
import importlib
import types
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import msgspec
import pytest

from cos.stacks import STACKS

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
    if isinstance(value, functools.partial):  # as little its own as a function: what it holds
        held = (value.func, *value.args, *value.keywords.values())
        return next((why for item in held if (why := mutable(item, seen))), "")
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


@pytest.mark.parametrize("package", sorted(path.parent.name for path in (ROOT / "cos").glob("*/__init__.py")))
def test_every_package_of_the_card_is_looked_at(package):
    """A stack that is left out here would pass."""
    assert [name for name in modules() if f"{name}.".startswith(f"cos.{package}.")]


def test_every_stack_is_a_package():
    assert {stack.label for stack in STACKS} <= {path.parent.name for path in (ROOT / "cos").glob("*/__init__.py")}


def hidden_state(source: str) -> list[str]:
    """Where a function rebinds a global or an outer name, or keeps a mutable default from call to call."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Global | ast.Nonlocal):
            found.append(f"line {node.lineno}: {type(node).__name__.lower()} {', '.join(node.names)}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = (*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None))
            found += [f"line {each.lineno}: a mutable default" for each in defaults if isinstance(each, CHANGING)]
    return found


CHANGING = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


@pytest.mark.parametrize("name", modules())
def test_no_function_keeps_state(name):
    path = ROOT / Path(*name.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assert not hidden_state(source.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "total = 0\ndef handle(x):\n    global total\n    total += x",
        "def handle(x, seen=[]):\n    seen.append(x)",
        "def make():\n    count = 0\n    def handle():\n        nonlocal count\n        count += 1\n    return handle",
        "handle = lambda x, *, seen={}: seen.setdefault(x, x)",
    ],
)
def test_hidden_state_is_found(source):
    assert hidden_state(source)
