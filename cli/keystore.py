"""``dualcos keys``: key stores of the bureau, the bank and the card maker. Shows check values, never a value."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from cli.faults import DONE, Fault
from cli.locks import add_lock, lock, open_store
from cli.subcommand import Subcommand
from cos.profile import load
from firewall.hardware.randomness import SeededRng, SystemRng
from issuance.ceremony import invented_stores
from issuance.making.rsa_pool import RsaPool
from keys.host.keyfile import KeyFile
from keys.host.ownership import Owner, Purpose
from keys.host.sealing import new_key_file
from keys.host.transport import Component, combine

_PURPOSES = {purpose.name.lower().replace("_", "-"): purpose for purpose in Purpose}


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    _key_file_arguments(_room(rooms, "key-file", "a fresh key file that opens stores", _key_file))
    init = _room(rooms, "init", "a new, empty store", _init, store=True)
    init.add_argument("--owner", required=True, choices=[owner.value for owner in Owner])
    init.add_argument("--title", default="")
    invent = _room(rooms, "invent", "three stores of invented test keys for a template", _invent)
    invent.add_argument("folder", metavar="FOLDER")
    invent.add_argument("--template", default="dual-2.0-3des")
    invent.add_argument("--seed", help="the same seed invents the same keys")
    invent.add_argument("--own-rsa", action="store_true", help="the bank gets an issuer key; cards then need a pool")
    add_lock(invent)
    _room(rooms, "list", "all keys with their check values", _list, store=True)
    joined = _room(rooms, "components", "a key joined from its custodians' components", _components, store=True)
    _describe_key(joined)
    joined.add_argument("--kcv", required=True, help="check value of the joined key, by a second channel")
    joined.add_argument("parts", nargs="+", metavar="FILE", help="two files or more: value and check value, hex")
    receive = _room(rooms, "receive", "a key from a TR-31 key block", _receive, store=True)
    receive.add_argument("name")
    receive.add_argument("block", metavar="FILE")
    receive.add_argument("--exchange", required=True, metavar="NAME", help="the transport key it came under")
    receive.add_argument("--version", type=int, default=1)
    receive.add_argument("--tier", type=int, default=0, choices=range(4))
    send = _room(rooms, "send", "a key as TR-31 key block", _send, store=True)
    send.add_argument("name")
    send.add_argument("--exchange", required=True, metavar="NAME")
    send.add_argument("--version", type=int, default=1)
    crypt = _room(rooms, "cryptogram", "a key enciphered under a transport key (old interfaces)", _crypt, store=True)
    _describe_key(crypt)
    crypt.add_argument("block", metavar="FILE", help="the cryptogram, hex")
    crypt.add_argument("--exchange", required=True, metavar="NAME")
    crypt.add_argument("--kcv", required=True)
    pool = _room(rooms, "pool", "RSA keys for cards, made beforehand", _pool)
    pool.add_argument("pool", metavar="POOL")
    pool.add_argument("--add", type=int, default=0, metavar="N", help="make N more")
    pool.add_argument("--bits", type=int, default=1024)
    add_lock(pool)


Rooms = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no other name


def _room(
    rooms: Rooms[ArgumentParser], name: str, text: str, action: Callable[[Namespace], int], *, store: bool = False
) -> ArgumentParser:
    room: ArgumentParser = rooms.add_parser(name, help=text, description=text)
    room.set_defaults(action=action)
    if store:
        room.add_argument("store", metavar="STORE")
        add_lock(room)
    return room


def _key_file_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")


def _describe_key(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--purpose", required=True, choices=sorted(_PURPOSES))
    parser.add_argument("--algorithm", default="3DES", choices=["DES", "3DES", "SM4", "AES", "HMAC"])
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--tier", type=int, default=0, choices=range(4))


def _key_file(args: Namespace) -> int:
    try:
        handle = os.open(args.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Fault(f"{args.file} exists already; whatever it opens would be lost") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(new_key_file())
    return _say(f"{args.file}: keep it apart from the stores it opens")


def _init(args: Namespace) -> int:
    _demand_new(args.store)
    KeyFile(Owner(args.owner), args.title).save(args.store, lock(args.lock, args.store))
    return _say(f"{args.store}: empty key store of {Owner(args.owner).who}")


def _invent(args: Namespace) -> int:
    rng = SeededRng(args.seed.encode()) if args.seed else SystemRng()
    stores = invented_stores(load(args.template), rng, own_rsa=args.own_rsa)
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for owner in Owner:
        _demand_new(str(folder / f"{owner.value}.keys"))
    for owner in Owner:
        path = folder / f"{owner.value}.keys"
        store: KeyFile = getattr(stores, owner.value)
        store.save(path, lock(args.lock, str(path)))
        _say(f"{path}: {len(store.entries())} invented test keys of {owner.who}")
    return DONE


def _list(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    print(f"{args.store}: key store of {store.owner.who} {store.title}".rstrip())
    for key in store.entries():
        print(f"  {key.label:24} {key.algorithm:5} KCV {key.kcv[:16]:16} {key.purpose.value}")
    for name in sorted(store.public):
        print(f"  {name}: public data")
    return DONE


def _components(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    parts = []
    for path in args.parts:
        words = Path(path).read_text(encoding="utf-8").split()
        if len(words) != 2:
            raise Fault(f"{path}: value and check value are wanted, both hexadecimal")
        parts.append(Component(_hex(words[0], path), _hex(words[1], path)))
    value = combine(parts, args.algorithm, _hex(args.kcv, "--kcv"))
    key = store.add(args.name, _PURPOSES[args.purpose], args.algorithm, value, version=args.version, tier=args.tier)
    store.save(args.store, lock(args.lock, args.store))
    return _say(f"{args.store}: {key!r}, from {len(parts)} components")


def _receive(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    block = Path(args.block).read_text(encoding="utf-8")
    key = store.receive(args.name, args.exchange, block, version=args.version, tier=args.tier)
    store.save(args.store, lock(args.lock, args.store))
    return _say(f"{args.store}: {key!r}")


def _send(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    print(store.send(args.name, args.exchange, version=args.version))
    return DONE


def _crypt(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    cryptogram = _hex(Path(args.block).read_text(encoding="utf-8").strip(), args.block)
    expected = _hex(args.kcv, "--kcv")
    purpose = _PURPOSES[args.purpose]
    key = store.receive_cryptogram(args.name, purpose, args.algorithm, args.exchange, cryptogram, expected)
    store.save(args.store, lock(args.lock, args.store))
    return _say(f"{args.store}: {key!r}")


def _pool(args: Namespace) -> int:
    opened = lock(args.lock, args.pool)
    pool = RsaPool.open(args.pool, opened) if Path(args.pool).exists() else RsaPool()
    if args.add:
        pool = pool.extended(args.add, args.bits, workers=os.cpu_count() or 1)
        pool.save(args.pool, opened)
    return _say(f"{args.pool}: {len(pool)} RSA keys")


def _hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Fault(f"{where}: not hexadecimal") from None


def _demand_new(path: str) -> None:
    if Path(path).exists():
        raise Fault(f"{path} exists already; a key store is never overwritten by a new one")


def _say(line: str) -> int:
    print(line)
    return DONE


def keys(args: Namespace) -> int:
    """Run the chosen action."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


KEYS = Subcommand("keys", "key stores: make, list, join components, receive and send key blocks", _arguments, keys)
