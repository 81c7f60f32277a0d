"""``dualcos blacklist``: the bureau's blacklist (黑名单), from its first entry to signed lists for terminals."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Iterator
from typing import Literal

from cos.ssse.tables.card_numbers import date_ok
from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.facts.blacklist_facts import (
    BlacklistEntry,
    BlacklistPart,
    BlacklistPublished,
    BlacklistStanding,
    BlacklistVerified,
    UnbelievedList,
)
from dualcos.cli.facts.fact_sheet import FactSheet, hexed
from dualcos.cli.facts.signing_key_facts import PublisherKeyFacts
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.key_store_locks import add_lock, lock
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.public_key_argument import add_public_key, given_public_key
from dualcos.cli.signing_key_files import SigningKeyUse, declare_key_actions, run_key_action
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.explain.moments_shown import with_moments
from dualcos.issuance.bureau.blacklist_publisher import (
    BlacklistPublisher,
    PublisherError,
    PublisherFile,
    PublisherStanding,
)
from dualcos.messages.blacklist import (
    REASONS,
    Blacklist,
    BlacklistError,
    CardNamed,
    Listed,
    ListedCard,
    ListedRange,
    Named,
    RangeNamed,
    verified_blacklist,
)
from dualcos.textforms.text_files import bytes_of
from keys.custody.signing_key import SigningKey, key_fingerprint
from keys.custody.whole_file import COMMON, write_whole

Rooms = _SubParsersAction
_KEPT = "a bureau's list is never replaced by an empty one: choose another name"
_LONGEST_LISTS = 1 << 30
_MOST_LINES = 20
_KEY = SigningKeyUse(
    called="publisher's key",
    kept="terminals would take no list signed with another: choose another name",
    new="keep it and what opens it apart; terminals take no list that another key has signed",
    public="`dualcos blacklist new LIST --public-key FILE`, for terminals, and for `dualcos blacklist verify`",
    sheet=PublisherKeyFacts,
)


def _arguments(parser: ArgumentParser) -> None:
    rooms: Rooms[ArgumentParser] = parser.add_subparsers(metavar="ACTION", required=True)
    key = rooms.add_parser("key", help="the publisher's key: made, its public half shown")
    declare_key_actions(key, _KEY)
    key.set_defaults(action=run_key_action)
    new = _room(rooms, "new", "a new, empty list", _new, BlacklistStanding)
    add_output(new, "list", replaceable=False, taken=_KEPT, metavar="LIST")
    new.add_argument("--publisher", required=True, metavar="CODE", help="who keeps it: digits, capitals and hyphens")
    new.add_argument("--region", required=True, action="append", metavar="NNNNNN", help="whose cards it is about")
    add_public_key(new, "public half of the key that will sign, or a file with it", required=True)
    add = _room(rooms, "add", "put a card or a range of card numbers on the next list", _add, BlacklistStanding)
    _add_named(add)
    add.add_argument(
        "--reason", required=True, choices=REASONS, help=", ".join(f"{code} {REASONS[code].en}" for code in REASONS)
    )
    add.add_argument("--from", dest="since", metavar="YYYYMMDD", help="its first day; default: today")
    add.add_argument("--until", required=True, metavar="YYYYMMDD", help="its last day: that of the card's validity")
    _add_named(_room(rooms, "remove", "take a card or a range off the next list", _remove, BlacklistStanding))
    publish = _room(rooms, "publish", "sign what waits as the next list", _publish, BlacklistPublished)
    add_input(publish, "list", metavar="LIST")
    add_input(publish, "--key", required=True, metavar="FILE", help="the key that signs (`dualcos blacklist key new`)")
    add_lock(publish)
    publish.add_argument("--whole", action="store_true", help="a whole list too, though none is due")
    publish.add_argument(
        "--from", dest="number", type=int, metavar="N", help="its number, above all that terminals may hold: for a LIST"
        " that was put back from a copy; a whole list"
    )  # fmt: skip
    show = _room(rooms, "show", "where a list stands, and who is on it", _show, BlacklistStanding)
    add_input(show, "list", metavar="LIST")
    show.add_argument("--after", type=int, default=0, metavar="N", help="what a terminal lacks that holds list N")
    add_output(show, "-o", "--output", metavar="FILE", help="write what it lacks, a list to a line; default: all")
    verify = _room(rooms, "verify", "are signed lists what that key has signed", _verify, BlacklistVerified)
    add_input(verify, "file", metavar="FILE", help="signed lists, one to a line")
    add_public_key(verify, "the publisher's public key, or a file with it", required=True)


def _room(
    rooms: Rooms[ArgumentParser], name: str, text: str, run: Callable[[Namespace], int], sheet: type[FactSheet]
) -> ArgumentParser:
    room = rooms.add_parser(name, help=text, description=text)
    add_json(room, sheet)
    room.set_defaults(action=run)
    return room


def _add_named(parser: ArgumentParser) -> None:
    add_input(parser, "list", metavar="LIST")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--card", nargs=2, metavar=("CODE", "NUMBER"), help="its identification code (hex), its number")
    which.add_argument("--range", nargs=2, metavar=("FIRST", "LAST"), help="card numbers, both included")


def blacklist(args: Namespace) -> int:
    """One of the actions."""
    action: Callable[[Namespace], int] = args.action
    return action(args)


def _new(args: Namespace) -> int:
    public = given_public_key(args.public_key) or b""
    file = PublisherFile(publisher=args.publisher, regions=tuple(args.region), public_key=hexed(public))
    try:
        BlacklistPublisher.begin(args.list, file)
    except PublisherError as error:
        raise Fault(in_one_line(_by_option(str(error)))) from None
    return _stands(args, PublisherStanding(file.publisher, file.regions, public, 0, "", 0, 0))


def _by_option(text: str) -> str:
    """What is wrong with a field, said of the option that it comes from."""
    for field, option in (("$.publisher", "--publisher"), ("$.regions", "--region"), ("$.public_key", "--public-key")):
        if text.startswith(field):
            return f"{option}: {text}"
    return text


def _add(args: Namespace) -> int:
    now = beijing_now()
    since = args.since or now[:8]
    for day in (since, args.until):
        if not date_ok(day):
            raise Fault(f"{in_one_line(day)} is no date, YYYYMMDD is wanted")
    publisher = BlacklistPublisher(args.list)
    entry = _entry(args, since)
    before = {each.key: each for each in (*publisher.entries(), *publisher.waiting()[0])}
    publisher.add([entry], now)
    was = before.get(entry.key)
    said = "put on" if was is None else "it was there, and stays as it is" if was == entry else "put in its place"
    return _stands(args, publisher.standing(), (_fact(entry, "put-on"),), f"  {said}: {_called(entry)}")


def _entry(args: Namespace, since: str) -> Listed:
    if args.card:
        code, number = args.card
        return ListedCard(identification=code.upper(), number=number, reason=args.reason, since=since, until=args.until)
    first, last = args.range
    return ListedRange(first=first, last=last, reason=args.reason, since=since, until=args.until)


def _remove(args: Namespace) -> int:
    publisher = BlacklistPublisher(args.list)
    named = _named(args)
    publisher.remove([named])
    return _stands(args, publisher.standing(), (_fact(named, "taken-off"),), f"  taken off: {_called(named)}")


def _named(args: Namespace) -> Named:
    if args.card:
        return CardNamed(identification=args.card[0].upper(), number=args.card[1])
    return RangeNamed(first=args.range[0], last=args.range[1])


def _publish(args: Namespace) -> int:
    key = SigningKey.open(args.key, lock(args.lock, args.key))
    publisher = BlacklistPublisher(args.list)
    made = publisher.publish(key, beijing_now(), whole=args.whole, number=args.number)
    lists = [line.encode() for line in made]
    parts = [_part(verified_blacklist(line, key.public), line) for line in lists]
    words = [f"{args.list}: {_told(part)}" for part in parts]
    tell(args, BlacklistPublished(file=args.list, lists=parts), words)
    return DONE


def _show(args: Namespace) -> int:
    publisher = BlacklistPublisher(args.list)
    last = publisher.standing().sequence
    if not 0 <= args.after <= last:
        raise Fault(f"--after {args.after}: the last list is {last}, and 0 asks for everything: nothing to send")
    named, lines = _all_of_it(publisher)
    if args.output is None:
        return _stands(args, publisher.standing(), named, *lines)
    lists = publisher.since(args.after)
    content = "".join(f"{line}\n" for line in lists).encode()
    write_whole(args.output, content, replace=args.force, mode=COMMON)
    lacks = "what a terminal lacks" if lists else "nothing to send to a terminal"
    last_line = f"  {args.output}: {lacks} that holds list {args.after}"
    return _stands(args, publisher.standing(), named, *lines, last_line)


def _verify(args: Namespace) -> int:
    public = given_public_key(args.public_key) or b""
    lines = bytes_of(args.file, _LONGEST_LISTS, regular=False).removesuffix(b"\n").split(b"\n")
    parts: list[BlacklistPart] = []
    wrong: list[UnbelievedList] = []
    for number, line in enumerate(lines, 1):
        try:
            parts.append(_part(verified_blacklist(line, public), line))
        except BlacklistError as error:
            wrong.append(UnbelievedList(line=number, text=in_one_line(str(error))))
    facts = BlacklistVerified(file=args.file, sound=not wrong, lists=parts, wrong=wrong)
    tell(args, facts, _verdict(facts, public))
    return DONE if facts.sound else DIFFERS


def _verdict(facts: BlacklistVerified, public: bytes) -> Iterator[str]:
    yield f"{facts.file}: {'' if facts.sound else 'NOT '}signed by the key {key_fingerprint(public)}"
    yield from (f"  ✗ line {each.line}: {each.text}" for each in facts.wrong)
    yield from (f"  {_told(part)}" for part in facts.lists)


def _part(says: Blacklist, line: bytes) -> BlacklistPart:
    return BlacklistPart(
        kind="whole" if says.follows is None else "increment",
        publisher=says.publisher,
        sequence=says.state.sequence,
        issued=says.issued,
        listed=len(says.listed),
        unlisted=len(says.unlisted),
        bytes=len(line),
    )


def _told(part: BlacklistPart) -> str:
    kind = "whole list" if part.kind == "whole" else "increment"
    return f"{kind} {part.sequence}, {part.listed} put on, {part.unlisted} taken off, {part.bytes} bytes"


def _all_of_it(publisher: BlacklistPublisher) -> tuple[tuple[BlacklistEntry, ...], list[str]]:
    """What was published and what waits, as facts and in words, of which there are not too many lines."""
    put_on, taken_off = publisher.waiting()
    published = list(publisher.entries())
    facts = (
        *(_fact(each, "") for each in published),
        *(_fact(each, "put-on") for each in put_on),
        *(_fact(each, "taken-off") for each in taken_off),
    )
    lines = [
        *(f"  {_called(each)}" for each in published),
        *(f"  waits to be put on: {_called(each)}" for each in put_on),
        *(f"  waits to be taken off: {_called(each)}" for each in taken_off),
    ]
    left = len(lines) - _MOST_LINES
    return facts, lines if left <= 0 else [*lines[:_MOST_LINES], f"  … and {left} more; --json has them all"]


def _fact(entry: Named, waits: Literal["", "put-on", "taken-off"]) -> BlacklistEntry:
    card = entry if isinstance(entry, CardNamed) else None
    span = entry if isinstance(entry, RangeNamed) else None
    listed = entry if isinstance(entry, (ListedCard, ListedRange)) else None
    return BlacklistEntry(
        identification=card.identification if card else "",
        number=card.number if card else span.first if span else "",
        last=span.last if span else "",
        reason=listed.reason if listed else "",
        since=listed.since if listed else "",
        until=listed.until if listed else "",
        waits=waits,
    )


def _called(entry: Named) -> str:
    who = f"card {entry.number}" if isinstance(entry, CardNamed) else f"cards {entry.first} to {entry.last}"
    if not isinstance(entry, (ListedCard, ListedRange)):
        return who
    why = REASONS[entry.reason]
    return f"{who}, {entry.reason} {why.zh} {why.en}, {entry.since} to {entry.until}"


def _stands(args: Namespace, found: PublisherStanding, named: tuple[BlacklistEntry, ...] = (), *more: str) -> int:
    facts = BlacklistStanding(
        file=args.list,
        publisher=found.publisher,
        regions=list(found.regions),
        public_key=hexed(found.public_key),
        sequence=found.sequence,
        issued=found.issued,
        entries=found.entries,
        waiting=found.waiting,
        named=list(named),
    )
    published = (
        f"list {found.sequence}, issued {with_moments(found.issued)}" if found.sequence else "nothing published yet"
    )
    waits = {0: "no change waits", 1: "1 change waits"}.get(found.waiting, f"{found.waiting} changes wait")
    counted = "1 entry" if found.entries == 1 else f"{found.entries} entries"
    whose = f"{found.publisher} for {', '.join(found.regions)}, key {key_fingerprint(found.public_key)}"
    tell(args, facts, (f"{args.list}: blacklist of {whose}", f"  {published}: {counted}; {waits}", *more))
    return DONE


BLACKLIST = Subcommand(
    "blacklist", "the bureau's blacklist: entries, signed lists for terminals, verified", _arguments, blacklist
)
