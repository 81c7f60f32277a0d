"""``dualcos keys show-test``: the published test keys of a card, as a terminal, issuer, maker or PSAM needs them.

The one command that writes values of keys and PINs on stdout, and only those that everybody has with the package.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from dualcos.cardfile.card_in_file import open_card
from dualcos.cli.card_argument import add_named_card
from dualcos.cli.facts.shown_test_keys import ShownTestKeys, sheet_of
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.rendering import Paint, columns
from dualcos.profile.opened_card import is_card_file
from dualcos.profile.parties.authority_formats import FORMATS, usable
from dualcos.profile.parties.card_at_hand import facts_of_card
from dualcos.profile.parties.gathering import party_facts
from dualcos.profile.parties.party_facts import Fact, Party, PartyFacts, SocialTreeKey
from dualcos.profile.schema import load, names

HELP = "the published test keys of a test card, with their values, for one party"
_DESCRIPTION = f"""{HELP}. Refused for any card that is not marked as one with test keys (keys = test)."""


def declare(rooms: _SubParsersAction[ArgumentParser]) -> None:
    """The subcommand's room among those of ``dualcos keys``."""
    parser = rooms.add_parser("show-test", help=HELP, description=_DESCRIPTION)
    parser.set_defaults(action=show_test)
    add_named_card(parser, "card", help="a profile (name or .toml file) or a card file that is marked")
    parser.add_argument(
        "--for",
        dest="party",
        required=True,
        choices=[party.value for party in Party],
        help="; ".join(f"{party.value}: {party.work}" for party in Party),
    )
    forms = parser.add_mutually_exclusive_group()
    add_json(forms, ShownTestKeys)
    programs = "; ".join(f"{name}: {form.program}" for name, form in FORMATS.items())
    forms.add_argument(
        "--format", choices=list(FORMATS), help=f"the authority's RSA key as a program takes it. {programs}"
    )


def show_test(args: Namespace) -> int:
    """Print what the party needs. Raises Fault, ProfileError, CardFileError."""
    facts = _facts(args.card, Party(args.party))
    if args.format:
        keys = usable(facts.authorities)
        if not keys:
            raise Fault(
                f"{args.card} has no RSA authority key for the {facts.party}: --format writes nothing else; "
                "a terminal's facts have one where there is one (--for terminal)"
            )
        sys.stdout.write(FORMATS[args.format].written(keys))
        if len(keys) < len(facts.authorities):
            print(f"dualcos: {args.format} has no form for the SM2 key; --json has it", file=sys.stderr)
    else:
        tell(args, sheet_of(facts), lines(facts, paint_for(sys.stdout)))
    return DONE


def _facts(name: str, party: Party) -> PartyFacts:
    if is_card_file(name):
        with closing(open_card(name)) as card:
            return facts_of_card(card.dump(), card.provenance, party, name)
    if name not in names() and not Path(name).is_file():
        raise Fault(f"{name}: no such profile and no such card file; profiles are {', '.join(names())}")
    return party_facts(load(name), party, name)


# --- for people ---------------------------------------------------------------------------------------------------


def lines(facts: PartyFacts, paint: Paint) -> Iterator[str]:
    """Everything in tables."""
    yield f"{paint('name', facts.card)}  {facts.title}"
    yield paint(
        "warn", f"TEST KEYS for the {facts.party}: published or invented, they protect nothing 测试密钥，不保护任何东西"
    )
    yield from (paint("bad", f"changed since it was made: {line}") for line in facts.changed)
    yield from _table("facts", _fact_rows(facts.facts), paint)
    yield from _table(
        "PINs", [(pin.name, pin.digits, f"VERIFY {pin.verify}", f"{pin.tries} tries") for pin in facts.pins], paint
    )
    for key in facts.authorities:
        rows = [("RID", key.rid), ("index", key.index), ("modulus" if key.exponent else "x ‖ y", key.modulus)]
        rows += [("exponent", key.exponent)] if key.exponent else []
        rows += [("check sum", f"{key.checksum or '-'}  {key.checksum_over}"), ("expires", key.expires or "never")]
        yield from _table(f"authority's public key, {key.algorithm}", rows, paint)
    for pair in facts.pairs:
        parts = ("public", "exponent", "p", "q", "private")
        rows = [(part, value) for part in parts if (value := getattr(pair, part))]
        yield from _table(f"{pair.algorithm} pair of the {pair.name}", rows, paint)
    keys = [
        (key.name, key.algorithm, key.value, f"KCV {key.check}", f"v{key.version}", key.owner, key.place, key.purpose)
        for key in facts.keys
    ]
    yield from _table("keys", keys, paint)
    yield from _tree(facts.tree, paint)
    yield from _table("rules", [(rule.name, rule.rule, f"[{rule.clause}]") for rule in facts.rules], paint)
    yield from _table("example", _fact_rows(facts.examples), paint)


def _fact_rows(facts: tuple[Fact, ...]) -> list[tuple[str, ...]]:
    return [(fact.name, fact.tag, f"{fact.value}  {fact.says}".rstrip()) for fact in facts]


def _table(title: str, rows: Sequence[tuple[str, ...]], paint: Paint) -> Iterator[str]:
    if rows:
        yield ""
        yield paint("place", title)
        yield from (f"  {line}" for line in columns(rows))


def _tree(tree: tuple[SocialTreeKey, ...], paint: Paint) -> Iterator[str]:
    """A line for each key and tier; what a PSAM calls it stands in the first."""
    rows: list[tuple[str, ...]] = [
        ("key", "of", "KID", "version", "cipher", "tier", "value", "KCV", "PSAM usage/identifier")
    ]
    for key in tree:
        places = " ".join(f"{place.environment}:{place.usage}/{place.identifier}".lstrip(":") for place in key.psam)
        head = (key.name, key.directory, key.kid, f"{key.version:X}", key.algorithm)
        for at, tier in enumerate(key.tiers):
            first = at == 0
            shown = head if first else ("",) * len(head)
            rows.append((*shown, tier.tier, tier.value, tier.check, (places or "-") if first else ""))
    yield from _table("tree of social keys", rows if tree else [], paint)
