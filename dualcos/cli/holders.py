"""``dualcos holders``: the invented people that cards, samples and tests are for, and why each is a hard case."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import Charset, EncodingError, Value, encode_item
from cos.ssse.tables.table_model import Form, Version
from dualcos.cli.facts.fact_sheet import hexed
from dualcos.cli.facts.holder_facts import (
    HolderElement,
    HolderFacts,
    HolderItem,
    HolderList,
    HolderOnProfile,
    HolderShown,
)
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain import bank_elements
from dualcos.explain.rendering import Paint, columns
from dualcos.profile.demonstration_holder import value
from dualcos.profile.field_faults import nearest
from dualcos.profile.hard_cases import BY_KEY, CITY, HOLDERS
from dualcos.profile.holder_of_profile import holder_elements, misfits, needs
from dualcos.profile.invented_holder import InventedHolder
from dualcos.profile.schema import load, names

_EDITIONS = {version.label: version for version in Version}
_CHARSET: Charset = "gb18030"  # of names; what is in GBK is the same bytes in it


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("holder", nargs="?", metavar="NAME", help="one of them, with every item")
    parser.add_argument("--edition", choices=sorted(_EDITIONS), help="whose items are shown (default 2.0)")
    add_json(parser, HolderList, HolderShown)


def holders(args: Namespace) -> int:
    """A line each, or one of them with every item of a card."""
    paint = paint_for(sys.stdout)
    if args.holder is None:
        if args.edition is not None:
            raise Fault("--edition is whose items are shown of one holder: name him")
        known = [_facts(each) for each in HOLDERS]
        tell(args, HolderList(holders=known), _listed(known, paint))
        return DONE
    holder = BY_KEY.get(args.holder)
    if holder is None:
        near = nearest(args.holder, BY_KEY)
        raise Fault(f"{args.holder}: no such holder; {near or 'they are ' + ', '.join(BY_KEY)}")
    shown = _shown(replace(holder, region=CITY), _EDITIONS[args.edition or Version.V2.label])
    tell(args, shown, _lines(shown, paint))
    return DONE


def _facts(holder: InventedHolder) -> HolderFacts:
    return HolderFacts(
        holder=holder.key,
        name=holder.name,
        why=holder.why,
        why_zh=holder.why_zh,
        clause=holder.clause,
        needs=list(needs(holder)),
    )


def _shown(holder: InventedHolder, version: Version) -> HolderShown:
    try:
        items = list(_items(holder, version))
    except EncodingError as error:
        raise Fault(f"{holder.key} cannot be on a {version.label} card: {error}") from None
    elements = [
        HolderElement(tag=tag, content=content, text=bank_elements.describe(int(tag, 16), bytes.fromhex(content)))
        for tag, content in sorted(holder_elements(holder, {}).items())
    ]
    return HolderShown(
        about=_facts(holder),
        edition=version.label,
        items=items,
        elements=elements if holder.account else [],
        profiles=[HolderOnProfile(profile=name, misfits=list(misfits(load(name), holder))) for name in names()],
    )


def _items(holder: InventedHolder, version: Version) -> Iterator[HolderItem]:
    """Every tagged item; the identification code is the chip's."""
    for directory in structure(version):
        for file in directory.files:
            for item in file.items:
                if item.tag is None or item.form is Form.IDENTIFICATION:
                    continue
                told = value(item, holder, version, _CHARSET)
                yield HolderItem(
                    directory=f"{directory.fid:04X}",
                    file=f"{file.fid:04X}",
                    tag=f"{item.tag:02X}",
                    name=item.name_en,
                    name_zh=item.name_zh,
                    text=_texts(told),
                    record=hexed(encode_item(item, told, _CHARSET)),
                )


def _texts(told: Value) -> list[str]:
    return [str(each) for each in told] if isinstance(told, tuple) else [str(told)]


def _listed(known: Iterable[HolderFacts], paint: Paint) -> Iterator[str]:
    rows = ((paint("name", each.holder), each.name, each.why, "; ".join(each.needs)) for each in known)
    yield from columns(rows)
    yield paint("faint", "`dualcos holders NAME` shows one with every item, `dualcos serve --holder NAME` his card")


def _lines(shown: HolderShown, paint: Paint) -> Iterator[str]:
    about = shown.about
    yield f"{paint('name', about.holder)}  {about.name}"
    yield f"{about.why} {about.why_zh}{f'  [{about.clause}]' if about.clause else ''}"
    yield from (f"needs {each}" for each in about.needs)
    yield ""
    yield f"social side, edition {shown.edition} 社会保障侧"
    rows = (
        (f"  {each.directory}/{each.file}/{each.tag}", " · ".join(each.text) or "—", f"{each.name} {each.name_zh}")
        for each in shown.items
    )
    yield from columns(rows)
    yield ""
    yield "bank's side 银行侧" if shown.elements else "bank's side: no account 银行侧：无账户"
    yield from (f"  {element.text}" for element in shown.elements)
    fitting = [each.profile for each in shown.profiles if not each.misfits]
    yield ""
    yield f"profiles {', '.join(fitting) or 'none as they are'}"
    reasons: dict[str, list[str]] = {}
    for one in shown.profiles:
        for reason in one.misfits:
            reasons.setdefault(reason, []).append(one.profile)
    yield from (f"not on {', '.join(on)}: {reason}" for reason, on in reasons.items())


HOLDERS_COMMAND = Subcommand(
    "holders", "the invented people a profile's card can be for, and why each is a hard case", _arguments, holders
)
