"""No mutable state at module or class level: what a card knows is in its cells and its session, nowhere else."""

from __future__ import annotations

import ast
import functools
import importlib
import sysconfig
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path

import msgspec
import pytest

from cos.stacks import STACKS

ROOT = Path(__file__).parents[2]
PACKAGES = ("apdu", "firewall", "keys", "cos")
LIBRARY = Path(sysconfig.get_path("stdlib"))
SCALARS = (int, str, bytes, bool, float, type(None), Enum, frozenset, range)
# Machinery that a type, a function or a module is made of.
OF_TYPES = (
    type,
    types.ModuleType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.WrapperDescriptorType,
    types.GenericAlias,
    types.UnionType,
)


# What Python itself keeps in a class.
OF_CLASSES = frozenset(
    (
        *("__dict__", "__weakref__", "__annotations__", "__parameters__", "__orig_bases__", "__abstractmethods__"),
        *("_abc_impl", "__match_args__", "__non_callable_proto_members__", "__protocol_attrs__", "_field_defaults"),
        "__struct_config__",
        "__slotnames__",  # once something of it was copied
    )
)


def modules() -> list[str]:
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]


def mutable(value: object, seen: frozenset[int] = frozenset()) -> str:
    """Why ``value`` could change, empty if it cannot."""
    if id(value) in seen or isinstance(value, (*SCALARS, *OF_TYPES)):
        return ""
    seen |= {id(value)}
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, types.FunctionType):
        return closed_over(value, seen)
    if isinstance(value, types.BuiltinFunctionType):
        return mutable(value.__self__, seen)
    if isinstance(value, property):
        parts = (value.fget, value.fset, value.fdel)
        return next((why for part in parts if (why := mutable(part, seen))), "")
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
        "ecdsa",  # the curve, and the point that keys begin from, whose table is made with the module
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
                if not (member in OF_CLASSES or member.startswith("__dataclass")):
                    assert not mutable(content), f"{name}.{attribute}.{member} is {mutable(content)}"


@pytest.mark.parametrize("package", sorted(path.parent.name for path in (ROOT / "cos").glob("*/__init__.py")))
def test_every_package_of_the_card_is_looked_at(package):
    """A stack that is left out here would pass."""
    assert [name for name in modules() if f"{name}.".startswith(f"cos.{package}.")]


def test_every_stack_is_a_package():
    assert {stack.label for stack in STACKS} <= {path.parent.name for path in (ROOT / "cos").glob("*/__init__.py")}


def closed_over(function: types.FunctionType, seen: frozenset[int]) -> str:
    """What a function carries from call to call: closure, defaults, attributes. Python's own may."""
    if Path(function.__code__.co_filename).is_relative_to(LIBRARY):
        return ""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    kept = (
        *(("keeps in its closure", each) for each in cells),
        *(("has as a default", each) for each in defaults),
        *(("has as an attribute", each) for name, each in vars(function).items() if name not in _OF_WRAPPERS),
    )
    found = ((how, mutable(each, seen)) for how, each in kept)
    return next((f"a function that {how} {why}" for how, why in found if why), "")


_OF_WRAPPERS = ("__wrapped__", "__isabstractmethod__", "_is_protocol", "__type_params__")


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # its name has not been bound
        return False


# --- what no value at rest shows: read from the source ----------------------------------------------------------------

CHANGING = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTATORS = frozenset(
    (
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"),
        *("reverse", "send", "setdefault", "sort", "update"),
    )
)
MAKERS = frozenset(
    (
        *("bytearray", "Counter", "count", "cycle", "defaultdict", "deque", "dict", "iter", "list", "OrderedDict"),
        "set",
    )
)
CACHES = frozenset(("cache", "lru_cache"))
OUTSIDE = frozenset(("setattr", "delattr", "next", "__setattr__", "__delattr__"))
Functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def named(node: ast.expr) -> str:
    """The last part of a name, empty for what is none."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def root_of(node: ast.expr) -> ast.expr:
    """What a chain of attributes and subscripts begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


def bound_in(function: ast.AST) -> set[str]:
    """The names that are a function's own, those of comprehensions in it included."""
    found: set[str] = set()
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    found |= {each.arg for each in every if each is not None}
    body = function.body if isinstance(function.body, list) else [function.body]
    left = list(body)
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(each.asname or each.name).split(".")[0] for each in node.names}
        if not isinstance(node, ast.Lambda):
            left += ast.iter_child_nodes(node)
    return found


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """What is in a function and in no function inside of it."""
    body = function.body if isinstance(function.body, list) else [function.body]
    left = list(body)
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, Functions):
            left += ast.iter_child_nodes(node)


def changed_outside(function: ast.AST, *, of_class: bool) -> Iterator[tuple[int, str]]:
    """Where a function changes what is none of its own names: of its module, of an outer function, of a class.

    What it was given it may change; the class it was called on (``cls``) it may not.
    """
    arguments = function.args
    own = bound_in(function)
    if (
        of_class
        and arguments.args
        and any(named(each) == "classmethod" for each in getattr(function, "decorator_list", ()))
    ):
        own -= {arguments.args[0].arg}

    def foreign(node: ast.expr) -> bool:
        root = root_of(node)
        if isinstance(root, ast.Call) and named(root.func) == "type":
            return True  # type(self).name
        chain, cursor = [], node
        while isinstance(cursor, ast.Attribute | ast.Subscript):
            chain.append(named(cursor))
            cursor = cursor.value
        return "__class__" in chain or (isinstance(root, ast.Name) and root.id not in own)

    for node in own_nodes(function):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign | ast.Delete):
            targets = [each for target in node.targets for each in ast.walk(target)]
        elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
            targets = list(ast.walk(node.target))
        for each in targets:
            stored = isinstance(each, ast.Attribute | ast.Subscript) and not isinstance(each.ctx, ast.Load)
            if stored and foreign(each):
                yield node.lineno, f"changes {ast.unparse(each)}"
        if isinstance(node, ast.Call):
            what, called = named(node.func), node.func
            on = called.value if isinstance(called, ast.Attribute) else None
            if what in MUTATORS and on is not None and foreign(on):
                yield node.lineno, f"changes {ast.unparse(on)}"
            elif what in OUTSIDE and node.args and foreign(node.args[0]):
                yield node.lineno, f"changes {ast.unparse(node.args[0])}"


def hidden_state(source: str) -> list[str]:
    """Where a function could keep something from call to call that no object of a card holds."""
    found = []
    tree = ast.parse(source)
    methods = {each for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for each in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Global | ast.Nonlocal):
            found.append(f"line {node.lineno}: {type(node).__name__.lower()} {', '.join(node.names)}")
        elif isinstance(node, Functions):
            defaults = (*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None))
            found += [f"line {each.lineno}: a mutable default" for each in defaults if _makes(each)]
            found += [f"line {line}: {what}" for line, what in changed_outside(node, of_class=node in methods)]
        elif _caches(node):
            found.append(f"line {node.lineno}: a cache of the process")
    return found


def _caches(node: ast.AST) -> bool:
    """True for ``cache`` and ``functools.lru_cache``, called or not; false for another thing's attribute."""
    if isinstance(node, ast.Attribute):
        return node.attr in CACHES and named(node.value) == "functools"
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in CACHES


def _makes(node: ast.expr) -> bool:
    return isinstance(node, CHANGING) or (isinstance(node, ast.Call) and named(node.func) in MAKERS)


ALLOWED: Mapping[str, tuple[str, ...]] = {
    # The function that is given to a library for one signature, and gone with it: which random number it was given.
    "keys.sm2": ("changes drawn",),
}
"""What the scan finds in a module and is none, by the words it is told in, with the reason above it."""


@pytest.mark.parametrize("name", modules())
def test_no_function_keeps_state(name):
    path = ROOT / Path(*name.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found = [each.partition(": ")[2] for each in hidden_state(source.read_text(encoding="utf-8"))]
    assert sorted(set(found)) == sorted(ALLOWED.get(name, ())), hidden_state(source.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "total = 0\ndef handle(x):\n    global total\n    total += x",
        "def handle(x, seen=[]):\n    seen.append(x)",
        "def handle(x, seen=dict()):\n    seen[x] = x",
        "def handle(x, *, number=count()):\n    return next(number)",
        "def make():\n    count = 0\n    def handle():\n        nonlocal count\n        count += 1\n    return handle",
        "def make():\n    seen = []\n    def handle(x):\n        seen.append(x)\n    return handle",
        "def make():\n    seen = {}\n    return lambda x: seen.setdefault(x, x)",
        "handle = lambda x, *, seen={}: seen.setdefault(x, x)",
        "SEEN = {}\ndef handle(x):\n    SEEN[x] = x",
        "SEEN = []\ndef handle(x):\n    SEEN.append(x)",
        "SEEN = []\ndef handle(x):\n    SEEN[:] = [x]",
        "NUMBERS = count()\ndef handle():\n    return next(NUMBERS)",
        "def handle():\n    handle.calls += 1",
        "def handle():\n    setattr(handle, 'calls', 1)",
        "class Session:\n    opened = 0\n    def __init__(self):\n        Session.opened += 1",
        "class Session:\n    opened = 0\n    def __init__(self):\n        type(self).opened += 1",
        "class Session:\n    opened = 0\n    def __init__(self):\n        self.__class__.opened += 1",
        "class Session:\n    @classmethod\n    def open(cls):\n        cls.last = cls()\n        return cls.last",
        "class Session:\n    def open(self):\n        object.__setattr__(Session, 'last', self)",
        "@lru_cache(maxsize=None)\ndef key(ref):\n    return ref",
        "import functools\nclass Store:\n    @functools.cache\n    def key(self, ref):\n        return ref",
        "def key(ref):\n    return ref\nkey = cache(key)",
    ],
)
def test_hidden_state_is_found(source):
    assert hidden_state(source)


@pytest.mark.parametrize(
    "source",
    [
        "def handle(x):\n    seen = []\n    seen.append(x)\n    return seen",
        "def handle(at, x):\n    at.seen[x] = x\n    at.keys(x).update({x: x})",
        "class Session:\n    def open(self, x):\n        self.last = x\n        self.seen.append(x)",
        "def handle(xs):\n    found = {}\n    for x in xs:\n        found[x] = [y for y in x]\n    return found",
        "def handle(xs):\n    numbers = iter(xs)\n    return next(numbers)",
    ],
)
def test_what_ends_with_the_call_or_lies_in_an_object_is_none(source):
    assert not hidden_state(source)


def counting(seen: list[int]) -> Callable[[int], None]:
    def handle(x: int) -> None:
        seen.append(x)

    return handle


def marked() -> types.FunctionType:
    def handle() -> None: ...

    handle.calls = [1]  # type: ignore[attr-defined]
    return handle


@pytest.mark.parametrize(
    "value",
    [
        counting([]),
        marked(),
        functools.partial(counting([]), 1),
        [1].append,
        functools.cache(len),
        (counting([]),),
        (x for x in "ab"),
        iter([1]),
        staticmethod(counting([])),
        property(counting([])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_value_at_rest_keeps_is_found(value):
    assert mutable(value)
