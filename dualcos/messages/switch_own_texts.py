"""What passes between acquirer and issuer and has no place of its own in the switch's dialect: our own texts in fields
that the dialect leaves to members (122 acquirer, 123 issuer, 104 description). All of it is inferred: no switch was
seen to carry these, and another member's texts in 122 and 123 are refused, not guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.messages.subfield_tables import BadSubfields, SubField, cut, put_together

_RATE = SubField("rate", "商户费率", "rate of the merchant", 6)
ACQUIRERS_OWN = (
    _RATE,
    SubField("batch", "批次号", "batch of the terminal", 6),
    SubField("original_terminal", "原终端", "terminal of the original", 8),
    SubField("original_merchant", "原商户", "merchant of the original", 15),
    SubField("original_batch", "原批次号", "batch of the original", 6),
    SubField("reference", "原检索参考号", "reference number of the original", 12),
    SubField("reason", "终端冲正原因", "why the terminal reverses", 2),
    SubField("expiry", "卡有效期", "expiry, where the message has no field 14", 4),
)
"""Field 122 of requests."""
ISSUERS_OWN = (
    SubField("reference", "发卡方参考号", "reference number of the issuer", 12),
    SubField("points_earned", "本次积分", "points earned", 12),
    SubField("points", "积分余额", "points in all", 12),
    SubField("price", "优惠价", "special price, fen", 12),
)
"""Field 123 of answers."""
_MEMBER = "MB"


def own_text(table: tuple[SubField, ...], parts: Mapping[str, str]) -> str:
    """The field of these parts; blanks stand for those that are not there. Raises BadSubfields for one that is too long
    or unknown.
    """
    filled = {part.name: parts.get(part.name, "").ljust(part.size) for part in table}
    return put_together(table, {**parts, **filled})


def own_parts(table: tuple[SubField, ...], text: str) -> dict[str, str]:
    """The parts of such a field that say something; none of an empty one. Raises BadSubfields where it is another's."""
    if not text:
        return {}
    if len(text) != sum(part.size for part in table):
        raise BadSubfields(f"{len(text)} characters, {sum(part.size for part in table)} are wanted")
    return {name: value.rstrip(" ") for name, value in cut(table, text).items() if value.strip(" ")}


def member_text(member: str) -> str:
    """Field 104 that names a member of the value-added service; empty for none."""
    return _MEMBER + member if member else ""


def member_in(text: str) -> str:
    """The member that field 104 names; empty where it names none."""
    return text.removeprefix(_MEMBER) if text.startswith(_MEMBER) else ""
