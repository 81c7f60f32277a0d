"""A second session that stands where one stands, for laboratories: they go on from one place again and again.

Copied is what a session holds of its own, however deep. What it works on and with stays the same: memory, random stream
and trace it was granted, rows, settings, handles of keys, and values that are replaced and never changed, which the
kernel names here and each stack in its declaration (``Stack.unchanging``). What is none of these and nothing that can
be copied is a TypeError: a twin that shared something by mistake would be another card.
"""

from __future__ import annotations

from enum import Enum
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType
from typing import Any, TypeVar

from msgspec import Struct

from apdu.status import StatusWord
from cos.kernel.command_rows import CommandRow
from cos.kernel.directory_headers import DirectoryHeader
from cos.kernel.engine import Engine
from cos.kernel.files import Descriptor, ElementaryFile
from cos.kernel.security_state import SecurityState, Ways
from cos.kernel.stack import Powers, Tenant
from firewall.grant import Environment, Grant, Session
from firewall.partition import Partition
from keys.card_key_store import KeyRef, KeyStore
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private

_Kind = TypeVar("_Kind", bound=Session)
_Any = TypeVar("_Any")
_PLAIN = (bool, int, str, bytes, float, range, frozenset, type(None), StatusWord)
_SHARED = (CommandRow, Engine, Grant, KeyHandle, Partition, Powers, RsaPrivate, Sm2Private, Tenant)
# What an open file remembers of its count is that very cell's value, and is asked for again when another stands there.
_VALUES = (Descriptor, DirectoryHeader, ElementaryFile, KeyRef, SecurityState, Ways)
UNCHANGING: frozenset[type] = frozenset((*_PLAIN, *_SHARED, *_VALUES))
"""Kinds of value that two sessions may hold together."""
_NOTHING: Any = MappingProxyType({})
_FIXED = (*UNCHANGING, Enum, Struct, BaseException, type, FunctionType, BuiltinFunctionType)


class TwinMaker:
    """Makes twins of sessions. ``unchanging``: with the kinds that the stacks name."""

    __slots__ = ("_names", "_unchanging")

    def __init__(self, unchanging: frozenset[type] = UNCHANGING) -> None:
        self._unchanging = unchanging
        self._names: dict[type, tuple[str, ...]] = {}  # of the slots of a kind, looked up once

    def twin_of(self, session: _Kind, environment: Environment) -> _Kind:
        """Another session at the same place in the same ``environment``: what one does from now on the other does not
        see. Raises TypeError for a session that holds what none here does.
        """
        twin: _Kind = _Twins(self._unchanging, self._names, environment).of(session)
        return twin


class _Twins:
    """The twins of all that one session holds."""

    __slots__ = ("_known", "_names", "_same")

    def __init__(
        self, unchanging: frozenset[type], names: dict[type, tuple[str, ...]], environment: Environment
    ) -> None:
        self._same = unchanging
        self._names = names
        self._known: dict[int, Any] = {id(environment): environment}  # by identity
        if isinstance(environment, Tenant):  # who holds its memory, stream or trace alone holds this very one
            self._known |= {id(each): each for each in (*environment.grant, environment.engine)}

    def of(self, value: Any) -> Any:  # noqa: ANN401 - whatever a session holds
        kind = type(value)
        if kind in self._same:
            return value
        known = self._known.get(id(value))
        if known is not None:
            return known
        if kind is dict:
            return self._dictionary(value)
        if kind is KeyStore:
            return self._kept(value, value.twin())
        if isinstance(value, _FIXED):
            return value
        if isinstance(value, tuple):
            return self._tuple(value, kind)
        return self._changing(value, kind)

    def _kept(self, value: object, twin: _Any) -> _Any:
        self._known[id(value)] = twin
        return twin

    def _dictionary(self, value: dict[Any, Any]) -> dict[Any, Any]:
        new: dict[Any, Any] = self._kept(value, {})
        same = self._same
        for name, each in value.items():
            new[name] = each if type(each) in same else self.of(each)
        return new

    def _tuple(self, value: tuple[Any, ...], kind: type[Any]) -> Any:  # noqa: ANN401 - named ones too
        same = self._same
        parts = [each if type(each) in same else self.of(each) for each in value]
        if all(new is old for new, old in zip(parts, value, strict=True)):
            return value
        return self._kept(value, tuple.__new__(kind, parts))

    def _changing(self, value: Any, kind: type[Any]) -> Any:  # noqa: ANN401 - the rest
        if kind is list:
            new: list[Any] = self._kept(value, [])
            new += map(self.of, value)
            return new
        if kind is set:
            return self._kept(value, set(value))
        if kind is MappingProxyType:
            return MappingProxyType(self._dictionary(dict(value)))
        if kind is MethodType:
            return MethodType(value.__func__, self.of(value.__self__))
        return self._object(value, kind)

    def _object(self, value: object, kind: type[Any]) -> object:
        names = self._names.get(kind)
        if names is None:
            names = tuple(name for base in kind.__mro__ for name in base.__dict__.get("__slots__", ()))
            self._names[kind] = names
        own: dict[str, Any] = getattr(value, "__dict__", _NOTHING)
        if not names and own is _NOTHING:
            raise TypeError(f"a session that holds a {kind.__module__}.{kind.__qualname__} cannot be told twice")
        new, same = self._kept(value, object.__new__(kind)), self._same
        for name in (*names, *own) if own else names:
            each = getattr(value, name, _Twins)
            if each is not _Twins:  # a slot may be empty
                object.__setattr__(new, name, each if type(each) in same else self.of(each))
        return new
