"""The forms and choices of what stands in a vector file, each with what an author reads of it.

A form (``_form``) is as much as a published schema can say of a language that the loader reads: whatever it takes has
that form. A pattern or a limit of a ``Meta`` itself the loader refuses by.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, UnsetType

from cos.kernel.stack import Stacks
from cos.stacks import STACKS, labels
from dualcos.explain.memory_cells import DIRECTORY_REGION
from dualcos.lab.conformance.answer_pattern import MASK_FORM, PATTERN_FORM
from dualcos.lab.conformance.command_template import BLANKS_FORM, EXPRESSION_FORM, HEX_FORM, TEMPLATE_FORM
from dualcos.lab.conformance.item_names import LAB_ITEMS
from dualcos.lab.conformance.requirement_names import REQUIREMENTS
from dualcos.textforms.whole_texts import ONE_LINE, whole

SHOWN_VALUE = r"\{([a-z]+):([^{}]*)\}"


def regions(stacks: Stacks = STACKS) -> tuple[str, ...]:
    """The card's memory regions: every environment it can have, and the directory of environments."""
    return (*labels(stacks), DIRECTORY_REGION)


def _form(pattern: str, said: str) -> Meta:
    """A form that the published schema tells, with what an editor says of another; the loader has words of its own."""
    return Meta(extra_json_schema={"pattern": f"^(?:{pattern})$", "patternErrorMessage": said})


def _choice(title: str, named: dict[str, str]) -> Meta:
    """One of these names, each with what it means; the loader says which is near a wrong one."""
    choice = {"title": title, "enum": list(named), "enumDescriptions": list(named.values())}
    return Meta(extra_json_schema={**choice, "errorMessage": f"no {title}; completion lists them"})


_REQUIREMENTS = {each.identity: f"{each.zh} {each.sentence} ({each.clause})" for each in REQUIREMENTS}
_ITEMS = {
    each.identity: f"{each.zh} {each.en} ({each.standard} {each.clause})".replace(" )", ")") for each in LAB_ITEMS
}
_REGIONS = {"enum": list(regions())}
_MASK = rf"\{{{EXPRESSION_FORM}\}}|{MASK_FORM}"

Id = Annotated[str, Meta(pattern=whole("[A-Z0-9][A-Za-z0-9_.-]*"))]
KeptName = Annotated[str, Meta(pattern=whole("[a-z_][a-z0-9_]*"))]
AnswerName = Annotated[str, Meta(pattern=whole("[a-z][a-z0-9 -]*"))]
TagPath = Annotated[str, Meta(pattern=whole("([0-9A-Fa-f]{2}){1,4}(/([0-9A-Fa-f]{2}){1,4})*[?]?"))]
Overrides = dict[str, Any]  # a piece of a profile: checked against the profile's own schema when the card is made
LabelOfStack = Annotated[str, Meta(extra_json_schema={"enum": list(labels())})]
Region = Annotated[str, Meta(extra_json_schema=_REGIONS)]
OneLine = Annotated[str, Meta(pattern=ONE_LINE)]
FilledLine = Annotated[str, Meta(min_length=1, pattern=ONE_LINE)]
HexBytes = Annotated[str, _form(HEX_FORM, "hex, two digits a byte")]
Template = Annotated[str, _form(TEMPLATE_FORM, "a command: hex in whole bytes, and {expression}")]
Expression = Annotated[str, _form(EXPRESSION_FORM, "an expression: a name, hex, or function(argument, …)")]
Expressions = Annotated[str, _form(f"(?:{EXPRESSION_FORM})?", "an expression: a name, hex, or function(argument, …)")]
StatusMask = Annotated[str, _form(_MASK, "a status word: four hex digits, ? for any, or {expression}")]
DataPattern = Annotated[
    str, _form(PATTERN_FORM, "a data pattern: hex, ?, .., [n], [n-m], *, {name:n}, {=expression}, {name=expression}")
]
AnswerText = Annotated[
    str,
    _form(
        rf"(?:{_MASK})(?:[{BLANKS_FORM}]{PATTERN_FORM})?",
        "a status word (9000, 63C?, {expression}), then a pattern of the data",
    ),
]
Prompt = Annotated[
    str,
    Meta(min_length=1),
    _form(
        rf"[^{{}}]*(?:{SHOWN_VALUE}[^{{}}]*)*",
        "a value is shown by {text:name}, {digits:pan}, {hex:atr}; no other braces",
    ),
]
Names = str | list[str]  # of test items or requirements: one, or several
_Item = Annotated[str, _choice("test item", _ITEMS)]
_Requirement = Annotated[str, _choice("requirement", _REQUIREMENTS)]
OwnRequirement = Annotated[str, _choice("requirement or none", {"": "none of its own", **_REQUIREMENTS})]
TestItems = Annotated[
    _Item | list[_Item],
    Meta(description="检测项目: the test item of LD/T 6001 or JR/T 0045 that it is for, or a list of them"),
]
DecidedNames = Annotated[
    _Requirement | list[_Requirement],
    Meta(description="what it decides, one or a list (`F12`, `T1`, `P4`): its failure shows that this does not hold"),
]
Clauses = Annotated[
    list[str],
    Meta(description="条款: the clauses it judges by, short, as `SSC-5 §6.14` (documents: vectors/SOURCES.md)"),
]
CardCondition = Annotated[
    str,
    Meta(
        description="for which cards besides `profile`: `version >= 3 and alg == SM4`, `ssse.pin_tries > 2`. Names are "
        "version, alg, ssse, pse, pki, psam, scope, protocol and every field of a profile by its path"
    ),
]
ProfileName = Annotated[
    FilledLine,
    Meta(
        max_length=1024, description="卡片模板: the card it is played on: a built-in profile, or a path beside the file"
    ),
]
ProfileOverrides = Annotated[
    Overrides,
    Meta(description="fields that its card has otherwise than the profile: a piece of a profile, by its tables"),
]
PlayedLive = Annotated[bool, Meta(description="may be played on a real card, whatever that went through before")]
SpoilsCard = Annotated[
    bool, Meta(description="spoils the card for other vectors (a key locked, a block, another value)")
]
EditorSchema = Annotated[
    str | UnsetType, Meta(description="where an editor finds this schema; it says nothing of the card and is ignored")
]


def each_of(names: Names) -> tuple[str, ...]:
    """The names, whether one or several are written."""
    return (names,) if isinstance(names, str) else tuple(names)
