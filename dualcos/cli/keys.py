"""``dualcos keys``: key stores of the bureau, the bank and the card maker. Shows check values, never a value."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from getpass import getuser
from pathlib import Path

from cos.ssse.tables.card_numbers import date_ok
from dualcos.cli import keys_show_test
from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.cli.facts.key_store_facts import (
    CeremonyFacts,
    CeremonyListing,
    InventedStore,
    KeyEntered,
    KeyFileMade,
    KeyListing,
    KeySent,
    PoolFacts,
    StoreMade,
    StoresInvented,
    key_facts,
)
from dualcos.cli.file_arguments import add_input, add_kept, add_output, add_output_folder
from dualcos.cli.key_store_locks import add_lock, lock, open_store, today
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.control_characters import harmless, in_one_line
from dualcos.issuance.bank.rsa_pool import RsaPool
from dualcos.issuance.exchange.named_keys import demand_as_named
from dualcos.issuance.parties_together import invented_stores, named_key
from dualcos.profile.schema import file_of, load
from dualcos.textforms.text_files import text_of
from firewall.hardware.randomness import SeededRng, SystemRng
from keys.custody import ceremony_log
from keys.custody.ceremony_log import LOG, CeremonyEntry, CeremonyLog, LogLine
from keys.custody.exclusive_use import used_alone
from keys.custody.key_material import MATERIALS
from keys.custody.key_store_file import KeyFile, StoredKey
from keys.custody.key_transport import Component, TransportError, combine
from keys.custody.ownership import EXCHANGE_YEARS, KeyOwner, Purpose
from keys.custody.sealing import fresh_key_file
from keys.custody.whole_file import write_whole

_PURPOSES = {purpose.name.lower().replace("_", "-"): purpose for purpose in Purpose}
_SHOWN, _CUSTODIANS = 6, 2
_STORE = ".keys"
_KEPT = "a key store or its log is never overwritten by a new one: choose another name"


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    _key_file_arguments(_room(rooms, "key-file", "a fresh key file that opens stores", _key_file, KeyFileMade))
    init = _room(rooms, "init", "a new, empty store", _init, StoreMade, new=True)
    init.add_argument("--owner", required=True, choices=[owner.value for owner in KeyOwner])
    init.add_argument("--title", default="")
    invent = _room(rooms, "invent", "three stores of invented test keys for a template", _invent, StoresInvented)
    stores = [f"{owner.value}{_STORE}" for owner in KeyOwner]
    add_output_folder(
        invent, "folder", inside=(*stores, *(name + LOG for name in stores)), fresh=True, taken=_KEPT, metavar="FOLDER"
    )
    add_input(invent, "--template", where=file_of, default="dual-2.0-3des")
    invent.add_argument("--seed", help="the same seed invents the same keys")
    invent.add_argument("--own-rsa", action="store_true", help="the bank gets an issuer key; cards then need a pool")
    add_lock(invent)
    _add_who(invent)
    _room(rooms, "list", "all keys with their check values and days of use", _list, KeyListing, store=True)
    _room(
        rooms, "log", "the ceremony log: who did what, when, with which check values", _log, CeremonyListing, store=True
    )
    fresh = _room(rooms, "generate", "a fresh random key", _generate, KeyEntered, store=True)
    _describe_key(fresh)
    days = _room(rooms, "validity", "set a key's first and last day of use", _validity, KeyEntered, store=True)
    days.add_argument("name")
    days.add_argument("--version", type=int, default=1)
    days.add_argument("--since", default="", metavar="YYYYMMDD")
    days.add_argument("--until", default="", metavar="YYYYMMDD")
    joined = _room(
        rooms, "components", "a key joined from its custodians' components", _components, KeyEntered, store=True
    )
    _describe_key(joined)
    joined.add_argument("--kcv", required=True, help="check value of the joined key, by a second channel")
    add_input(
        joined,
        "parts",
        nargs="+",
        metavar="FILE",
        help="a file of each custodian (--who twice): value in full length, check value; hex",
    )
    receive = _room(rooms, "receive", "a key from a TR-31 key block", _receive, KeyEntered, store=True)
    receive.add_argument("name")
    add_input(receive, "block", metavar="FILE")
    receive.add_argument("--exchange", required=True, metavar="NAME", help="the transport key it came under")
    receive.add_argument("--version", type=int, help="default: as the block says, 1 if it says none")
    receive.add_argument("--tier", type=int, default=0, choices=range(4))
    send = _room(rooms, "send", "a key as TR-31 key block", _send, KeySent, store=True)
    send.add_argument("name")
    send.add_argument("--exchange", required=True, metavar="NAME")
    send.add_argument("--version", type=int, default=1)
    crypt = _room(
        rooms, "cryptogram", "a key enciphered under a transport key (old interfaces)", _crypt, KeyEntered, store=True
    )
    _describe_key(crypt)
    add_input(crypt, "block", metavar="FILE", help="the cryptogram, hex")
    crypt.add_argument("--exchange", required=True, metavar="NAME")
    crypt.add_argument("--kcv", required=True)
    pool = _room(rooms, "pool", "RSA keys for cards, made beforehand", _pool, PoolFacts)
    add_kept(pool, "pool", metavar="POOL")
    pool.add_argument("--add", type=int, default=0, metavar="N", help="make N more")
    pool.add_argument("--bits", type=int, default=1024)
    add_lock(pool)
    keys_show_test.declare(rooms)


Rooms = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no other name


def _room(
    rooms: Rooms[ArgumentParser],
    name: str,
    text: str,
    action: Callable[[Namespace], int],
    sheet: type[FactSheet],
    *,
    store: bool = False,
    new: bool = False,
) -> ArgumentParser:
    room: ArgumentParser = rooms.add_parser(name, help=text, description=text)
    room.set_defaults(action=action, changes=store and action not in (_list, _log))
    add_json(room, sheet)
    if new:
        add_output(room, "store", replaceable=False, beside=(LOG,), taken=_KEPT, metavar="STORE")
    elif store:
        add_input(room, "store", beside=(LOG,), metavar="STORE")
    if new or store:
        add_lock(room)
        if action not in (_list, _log):
            _add_who(room)
    return room


def _add_who(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--who", action="append", default=[], metavar="NAME", help="who does it, for the log (default: this account)"
    )


def _keep(
    args: Namespace,
    path: str,
    store: KeyFile,
    action: str,
    keys: Iterable[StoredKey],
    note: str = "",
    *,
    new: bool = False,
) -> None:
    """Log the action, then save the store, which remembers the log's end. What a cut in between left is told first.

    Raises Fault for a new store whose log is there: another process was quicker.
    """
    opened = lock(args.lock, path)  # asked for before anything is written
    now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds")
    who = tuple(dict.fromkeys(args.who)) or (_account(),)
    kcvs = {key.label: key.kcv[:16] for key in keys}
    journal = _journal(path)
    if not new:
        _warn_of(ceremony_log.read(journal, store.log))
    try:
        store.log = ceremony_log.append(journal, store.log, now, who, action, kcvs, note, new=new)
    except FileExistsError:
        raise Fault(f"{journal} exists already; {_KEPT}") from None
    try:
        store.save(path, opened, new=new)
    except BaseException:
        if new:  # the log of a store that has never been
            journal.unlink(missing_ok=True)
        raise


def _account() -> str:
    try:
        return getuser()
    except (KeyError, OSError):
        raise Fault("this account has no name: say who does it, --who NAME") from None


def _journal(path: str) -> Path:
    return Path(path + LOG)


def _key_file_arguments(parser: ArgumentParser) -> None:
    add_output(
        parser, "file", replaceable=False, taken="whatever it opens would be lost: choose another name", metavar="FILE"
    )


def _describe_key(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--purpose", required=True, choices=sorted(_PURPOSES))
    parser.add_argument(
        "--algorithm",
        choices=["DES", "3DES", "SM4", "AES", "HMAC"],
        help="default: the usual one of its purpose, 3DES for keys of cards, HMAC for file-mac",
    )
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--tier", type=int, default=0, choices=range(4))


def _key_file(args: Namespace) -> int:
    made = fresh_key_file()
    write_whole(args.file, made.text.encode())
    return _told(
        args,
        KeyFileMade(file=args.file, public=made.public),
        f"{args.file}: keep it apart from the stores it opens",
        f"{made.public}: its public key, for --recipient of whoever sends you files",
    )


def _init(args: Namespace) -> int:
    owner = KeyOwner(args.owner)
    _keep(args, args.store, KeyFile(owner, args.title), "store made", (), new=True)
    facts = StoreMade(store=args.store, owner=owner.value, title=args.title)
    return _told(args, facts, f"{args.store}: empty key store of {owner.who}")


def _invent(args: Namespace) -> int:
    folder = Path(args.folder)
    places = {owner: str(folder / f"{owner.value}{_STORE}") for owner in KeyOwner}
    for path in places.values():
        lock(args.lock, path)  # before anything is made
    rng = SeededRng(args.seed.encode()) if args.seed else SystemRng()
    stores = invented_stores(load(args.template), rng, own_rsa=args.own_rsa)
    folder.mkdir(parents=True, exist_ok=True)
    made: list[InventedStore] = []
    try:
        for owner, path in places.items():
            store: KeyFile = getattr(stores, owner.value)
            _keep(args, path, store, "test keys invented", store.entries(), f"template {args.template}", new=True)
            made.append(InventedStore(store=path, owner=owner.value, keys=len(store.entries())))
    except BaseException:
        # Three stores or none: the same command can be typed again, and nobody has used these keys yet.
        for each in made:
            for file in (Path(each.store), _journal(each.store)):
                file.unlink(missing_ok=True)
        raise
    facts = StoresInvented(template=args.template, stores=made)
    return _told(
        args, facts, *(f"{each.store}: {each.keys} invented test keys of {KeyOwner(each.owner).who}" for each in made)
    )


def _list(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    facts = KeyListing(
        store=args.store,
        owner=store.owner.value,
        title=store.title,
        keys=[key_facts(key) for key in store.entries()],
        public=sorted(store.public),
        unfit=list(store.unfit),
    )
    return _told(args, facts, *_listed(facts, store.owner))


def _listed(known: KeyListing, owner: KeyOwner) -> Iterator[str]:
    yield f"{known.store}: key store of {owner.who} {in_one_line(known.title)}".rstrip()
    for key in known.keys:
        days = f" ({key.since or '…'} to {key.until or '…'})" if key.since or key.until else ""
        label = in_one_line(f"{key.name}/{key.version}")
        yield f"  {label:24} {key.algorithm:5} KCV {key.kcv[:16]:16} {key.purpose}{days}"
    yield from (f"  {line}" for line in known.unfit)
    yield from (f"  {name}: public data" for name in known.public)


def _log(args: Namespace) -> int:
    store = KeyFile.open(args.store, lock(args.lock, args.store))
    log = ceremony_log.read(_journal(args.store), store.log)
    _warn_of(log)
    entries = [_ceremony_facts(line.entry, done=line.done) for line in log.lines if line.entry is not None]
    torn = [line.number for line in log.lines if line.entry is None]
    facts = CeremonyListing(store=args.store, entries=entries, torn=torn)
    return _told(args, facts, *(_logged(line) for line in log.lines))


def _ceremony_facts(entry: CeremonyEntry, *, done: bool) -> CeremonyFacts:
    return CeremonyFacts(
        time=entry.time, who=list(entry.who), action=entry.action, note=entry.note, keys=entry.keys, done=done
    )


def _warn_of(log: CeremonyLog) -> None:
    """A line on stderr for each line of the log that stands for nothing done, until an action has followed it."""
    for remark in log.remarks:
        print(f"{remark} (warning)", file=sys.stderr)


def _logged(line: LogLine) -> str:
    entry = line.entry
    if entry is None:
        return f"line {line.number} was cut off while it was written; not done"
    keys = ", ".join(f"{label} KCV {kcv}" for label, kcv in list(entry.keys.items())[:_SHOWN])
    more = f" and {len(entry.keys) - _SHOWN} more" if len(entry.keys) > _SHOWN else ""
    note = f" ({entry.note})" if entry.note else ""
    done = "" if line.done else "; not done: the store was not saved"
    said = f"{entry.time}  {' and '.join(entry.who)}: {entry.action}{note}{': ' if keys else ''}{keys}{more}{done}"
    return in_one_line(said)


def _generate(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    key = store.generate(args.name, *_kind(args), SystemRng(), version=args.version, tier=args.tier)
    return _entered(args, store, key, "generated")


def _validity(args: Namespace) -> int:
    store = KeyFile.open(args.store, lock(args.lock, args.store))
    for day in filter(None, (args.since, args.until)):
        if not date_ok(day):
            raise Fault(f"{day} is no date, YYYYMMDD is wanted")
    key, days = (
        store.limit(args.name, args.version, args.since, args.until),
        f"{args.since or '…'} to {args.until or '…'}",
    )
    _keep(args, args.store, store, "days of use set", (key,), days)
    facts = KeyEntered(store=args.store, key=key_facts(key), how="days of use set", note=days)
    return _told(args, facts, f"{args.store}: {key!r}, {days}")


def _kind(args: Namespace) -> tuple[Purpose, str]:
    """Purpose and algorithm of the key that comes: the usual algorithm of its purpose if none was named."""
    purpose = _PURPOSES[args.purpose]
    return purpose, args.algorithm or MATERIALS[purpose][0].algorithm


def _entered(args: Namespace, store: KeyFile, key: StoredKey, how: str, note: str = "") -> int:
    """A new key, of the kind that the services take under its name: logged and saved. A transport key between hosts
    gets the days its owner's rules give it.
    """
    demand_as_named(store.owner, key, named_key(store.owner, key.name, key.version))
    if key.purpose is Purpose.EXCHANGE and not key.until:
        first = today()
        last = f"{int(first[:4]) + EXCHANGE_YEARS[store.owner]}{first[4:]}"
        key = store.limit(key.name, key.version, first, last)
    _keep(args, args.store, store, how, (key,), note)
    facts = KeyEntered(store=args.store, key=key_facts(key), how=how, note=note)
    return _told(args, facts, f"{args.store}: {key!r}, {how}{f' ({note})' if note else ''}")


def _components(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    if len(set(args.who)) < _CUSTODIANS:
        raise Fault("components are joined under dual control: name two custodians, --who NAME --who NAME")
    parts = []
    for path in args.parts:
        words = _written(path).split()
        if len(words) != 2:
            raise Fault(f"{path}: value and check value are wanted, both hexadecimal")
        parts.append(Component(_hex(words[0], path), _hex(words[1], path)))
    purpose, algorithm = _kind(args)
    value = combine(parts, algorithm, _hex(args.kcv, "--kcv"))
    key = store.add(args.name, purpose, algorithm, value, version=args.version, tier=args.tier)
    return _entered(args, store, key, "joined", f"{len(parts)} components")


def _receive(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    block = _written(args.block)
    with _told_of(args.block):
        key, told = store.receive(args.name, args.exchange, block, version=args.version, tier=args.tier)
    for line in told:
        print(f"{args.block}: {harmless(line)}", file=sys.stderr)
    return _entered(args, store, key, "received", "; ".join((f"key block under {args.exchange}", *told)))


def _send(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    block = store.send(args.name, args.exchange, version=args.version)
    key = store.key(args.name, args.version)
    _keep(args, args.store, store, "sent", (key,), f"key block under {args.exchange}")
    return _told(args, KeySent(store=args.store, key=key_facts(key), exchange=args.exchange, block=block), block)


def _crypt(args: Namespace) -> int:
    store = open_store(args.store, args.lock)
    cryptogram = _hex(_written(args.block).strip(), args.block)
    expected = _hex(args.kcv, "--kcv")
    at = {"version": args.version, "tier": args.tier}
    with _told_of(args.block):
        key = store.receive_cryptogram(args.name, *_kind(args), args.exchange, cryptogram, expected, **at)
    return _entered(args, store, key, "received", f"cryptogram under {args.exchange}")


def _pool(args: Namespace) -> int:
    if args.add < 0:
        raise Fault(f"--add {args.add}: how many keys more?")
    if not args.add and not Path(args.pool).exists():
        raise Fault(f"{args.pool}: no such pool; --add N makes one with N keys")
    opened = lock(args.lock, args.pool)
    with _alone(args.pool) if args.add else nullcontext():
        pool = RsaPool.open(args.pool, opened) if Path(args.pool).exists() else RsaPool()
        if args.add:
            pool = pool.extended(args.add, args.bits, workers=os.cpu_count() or 1)
            pool.save(args.pool, opened)
    return _told(args, PoolFacts(pool=args.pool, keys=len(pool)), f"{args.pool}: {len(pool)} RSA keys")


def _alone(path: str) -> AbstractContextManager[None]:
    """No other process changes the file meanwhile; if one does just now, that is told and waited for."""
    busy = f"{harmless(path)}: another process is changing it; waiting until it is done"
    return used_alone(path, lambda: print(busy, file=sys.stderr))


def _written(path: str) -> str:
    """The text of a file with a key or a part of one in it. Raises UnreadableText, Fault."""
    text = text_of(path)
    if not text.strip():
        raise Fault(f"{path}: nothing is in it")
    return text


@contextmanager
def _told_of(path: str) -> Iterator[None]:
    """What is wrong with a key that arrives is told of the file that it came in."""
    try:
        yield
    except TransportError as error:
        raise Fault(f"{path}: {error}") from None


def _hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Fault(f"{where}: not hexadecimal") from None


def _told(args: Namespace, facts: FactSheet, *words: str) -> int:
    tell(args, facts, words)
    return DONE


def keys(args: Namespace) -> int:
    """Run the chosen action; one that changes a store has it alone from before it is opened until it is saved."""
    action: Callable[[Namespace], int] = args.action
    if not getattr(args, "changes", False):
        return action(args)
    lock(args.lock, args.store)  # asked for while nobody has to wait for us
    with _alone(args.store):
        return action(args)


KEYS = Subcommand("keys", "key stores: make, list, join components, receive and send key blocks", _arguments, keys)
