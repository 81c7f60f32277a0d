"""``key new`` and ``key show``: a signing key is made, its public half shown, for a laboratory as for a publisher."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from dualcos.cli.facts.signing_key_facts import SigningKeyFacts
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.key_store_locks import add_lock, lock, recipient
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.user_faults import DONE
from keys.custody.signing_key import SigningKey, key_fingerprint, public_pem
from keys.custody.whole_file import COMMON, write_whole


class SigningKeyUse(NamedTuple):
    """What a key is for: what it is called, why none is written over another, what is said of a new one, and for whom
    its public half is; what ``--json`` prints.
    """

    called: str
    kept: str
    new: str
    public: str
    sheet: type[SigningKeyFacts]


def declare_key_actions(parser: ArgumentParser, use: SigningKeyUse) -> None:
    """Declare both actions; ``run_key_action`` runs the one that was chosen."""
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    new = rooms.add_parser("new", help="a fresh key, sealed", description="a fresh key, sealed")
    add_output(new, "file", replaceable=False, taken=use.kept, metavar="FILE")
    add_input(new, "--recipient", metavar="age1…|FILE", help="whose key file may open it too: its public key")
    show = rooms.add_parser("show", help="its public half", description="its public half")
    add_input(show, "file", metavar="FILE")
    add_output(show, "-o", "--output", metavar="FILE", help="write the public key (PEM), for those who verify")
    for room, action in ((new, _new), (show, _show)):
        add_lock(room)
        add_json(room, use.sheet)
        room.set_defaults(key_action=partial(action, use))


def run_key_action(args: Namespace) -> int:
    """The chosen one."""
    action: Callable[[Namespace], int] = args.key_action
    return action(args)


def _new(use: SigningKeyUse, args: Namespace) -> int:
    reader = recipient(args.recipient)
    key = SigningKey.generated()
    key.save(args.file, lock(args.lock, args.file), reader)
    return _told(use, args, key, use.new)


def _show(use: SigningKeyUse, args: Namespace) -> int:
    key = SigningKey.open(args.file, lock(args.lock, args.file))
    if args.output is None:
        return _told(use, args, key)
    write_whole(args.output, public_pem(key.public), replace=args.force, mode=COMMON)
    return _told(use, args, key, f"{args.output}: the public key, for {use.public}")


def _told(use: SigningKeyUse, args: Namespace, key: SigningKey, *more: str) -> int:
    public, short = key.public.hex().upper(), key_fingerprint(key.public)
    facts = use.sheet(file=args.file, public_key=public, fingerprint=short)
    tell(args, facts, (f"{args.file}: {use.called} {short}", f"public key  {public}", *more))
    return DONE
