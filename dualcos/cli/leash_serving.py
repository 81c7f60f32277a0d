"""A host on a leash behind TCP until Ctrl-C or SIGTERM: what all that are served have in common."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from dualcos.cli.leash_screen import LeashScreen
from dualcos.cli.rules_argument import follow_rules
from dualcos.cli.screen import is_lost
from dualcos.leash.leash_server import LOCAL, LeashServer
from dualcos.leash.leashed_partner import HandledRequest, LeashedPartner
from dualcos.leash.message_form import MessageForm
from dualcos.messages.message_names import MessageNames

Q = TypeVar("Q")
A = TypeVar("A")


class ServedAs(NamedTuple):
    """``kind``: of ready behaviours. ``listening`` is told the port when it listens; ``wait`` returns when it is to
    end. ``names``: what rules can name.
    """

    kind: str
    screen: LeashScreen
    listening: Callable[[int], None]
    wait: Callable[[], object]
    names: MessageNames


def add_address(parser: ArgumentParser) -> None:
    """``--port`` and ``--host``."""
    parser.add_argument("--port", metavar="N", type=int, default=0, help="TCP port; 0, the default: any free one")
    parser.add_argument("--host", metavar="ADDRESS", default=LOCAL, help="where to listen (default %(default)s)")


def serve_on_leash(
    args: Namespace,
    core: Callable[[Q], A],
    form: MessageForm[Q, A],
    watch: Callable[[HandledRequest[Q, A]], None],
    how: ServedAs,
    order: Callable[[str, Q], None] = lambda _order, _request: None,
) -> None:
    """Answers as ``core`` does, or by the rules of ``args.rules``, which ``order`` first; tells ``watch`` of each
    request.

    Raises LeashError, LeashServerError, UnreadableText.
    """
    follow = follow_rules(how.kind, args.rules, how.screen.report, how.names)
    with LeashServer(
        lambda: LeashedPartner(core, follow, form, watch, order),
        form,
        host=args.host,
        port=args.port,
        report=how.screen.report,
    ) as server:
        how.listening(server.port)
        if not is_lost(sys.stdout):  # or else nobody knows where it listens
            how.wait()
    how.screen.say("stopped 已停止")
