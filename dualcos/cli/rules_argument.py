"""``--rules FILE|NAME``: the leash of a host that is served, a file that is looked at with each request."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from dualcos.cli.facts.leash_facts import FollowedRule
from dualcos.cli.file_arguments import add_input
from dualcos.cli.user_faults import Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.explain.rendering import Paint
from dualcos.leash.leash_rules import told_actions
from dualcos.leash.leashed_partner import Follow
from dualcos.leash.ready_behaviours import ready_behaviours, ready_path
from dualcos.leash.rule_engine import AppliedRule, Leash
from dualcos.leash.watched_rules import WatchedRules
from dualcos.messages.message_names import MessageNames
from dualcos.profile.field_faults import nearest


def add_rules(parser: ArgumentParser, kind: str, command: str) -> None:
    """``kind``: of ready behaviours; ``command``: the subcommand that lists them."""
    add_input(
        parser,
        "--rules",
        where=lambda text: _rule_file(kind, text),
        metavar="FILE|NAME",
        help=f"answer by these rules: a file, looked at with each request, or one of `dualcos {command} behaviours`",
    )


def follow_rules(kind: str, rules: str | None, report: Callable[[str], None], names: MessageNames) -> Follow:
    """The rules that the argument names; none if it is left out."""
    return WatchedRules(ready_path(kind, rules) or rules, report, names).followed if rules else Leash().followed


def followed_facts(applied: AppliedRule | None) -> FollowedRule | None:
    """The rule that a request got, for programs."""
    if applied is None:
        return None
    actions = [f"{action.en}{f': {more}' if more else ''}" for action, more in told_actions(applied.rule)]
    return FollowedRule(number=applied.number, note=applied.rule.note, actions=actions)


def followed_words(applied: AppliedRule | None, paint: Paint, *, carried_out: bool) -> str:
    """The same as the end of a request's line; empty without a rule."""
    if applied is None:
        return ""
    said = ", ".join(
        f"{action.zh} {action.en}{f' {more}' if more else ''}" for action, more in told_actions(applied.rule)
    )
    done = "" if carried_out else ", not carried out 未执行"
    return paint("advice", f" | rule 规则 {applied.number}: {said or 'nothing 无'}{done}")


def _rule_file(kind: str, text: str) -> Path | None:
    """Raises Fault: no file, and the name of a behaviour mistyped."""
    if ready_path(kind, text) is not None:
        return None
    near = nearest(text, ready_behaviours(kind))
    if near and not os.path.lexists(text):
        raise Fault(f"--rules {in_one_line(text)}: no such file and no such behaviour; {near}")
    return Path(text)
