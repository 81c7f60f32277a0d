"""For which test items generated vectors are, and which requirements they decide: by their ids.

The bank's ids begin with the code of the item of JR/T 0045 whose subject they have, where it has one; what part 1 (card)
and part 3 (personalised card) both ask carries both. Codes that only look alike are ours: YYMW, MMJS, MMXG, GRH, QYD,
ZTJ, ZZFW, for what the contents list of JR/T 0045.1, which was visible up to 7.22, does not name. What is about a PSAM or
a bare chip has no item: neither standard tests them.

A vector decides a requirement if its failure shows that the requirement does not hold.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from vectors.generate.build import Json, Unit

_FUNCTIONS, _PARAMETERS, _WALL, _PULL = "命令功能", "命令参数", "防火墙", "防拔"
_MEDICAL, _CERTIFICATES, _SAFE_CERTIFICATES = "医疗消费交易", "数字证书应用", "ACSE_SAFETY"

_CARD, _PERSONALISED = "JR/T 0045.1", "JR/T 0045.3"


def _items(card: str = "", personalised: str = "") -> list[str]:
    given = ((_CARD, card), (_PERSONALISED, personalised))
    return [f"{standard} {code}" for standard, codes in given for code in codes.split()]


# The first that fits an id says its items.
ITEMS: tuple[tuple[str, list[str]], ...] = (
    ("CUT-*", [_PULL]),
    ("TRIES-UK-GROUP-1-*", [_FUNCTIONS, "KEY_VER1"]),
    ("TRIES-UK-GROUP-2-*", [_FUNCTIONS, "KEY_VER2"]),
    ("TRIES-UK-GROUP-3-*", [_FUNCTIONS, "KEY_VER3"]),
    ("TRIES-GROUPS-*", [_FUNCTIONS, "KEY_VER1", "KEY_VER2", "KEY_VER3"]),
    ("TRIES-BANK-*", _items("", "CKRZ")),
    ("TRIES-ARPC-*", _items("WBRZ")),
    ("TRIES-PKI-*", [_SAFE_CERTIFICATES, _CERTIFICATES]),
    *((f"TRIES-{key}*", []) for key in ("KID", "AMK", "MFMK", "PSAM", "TRANSPORT", "CMK", "PMK")),
    *((f"TRIES-*-{sw}", [_PARAMETERS]) for sw in ("6E00", "6A86", "6700*")),
    ("TRIES-*", [_FUNCTIONS]),
    ("RIGHTS-PKI-*", [_SAFE_CERTIFICATES, _CERTIFICATES]),
    *((f"RIGHTS-{key}-*", []) for key in ("PSAM", "CMK", "TRANSPORT", "PMK", "CHANNEL")),
    ("RIGHTS-*", [_FUNCTIONS]),
    ("CARD-REFUSED-SAM-*", []),
    *((f"CARD-REFUSED-{what}-{who}*", [_MEDICAL, _WALL]) for what in ("LOAD", "PURCHASE") for who in ("BANK", "MF")),
    *((f"CARD-REFUSED-{what}-*", [_MEDICAL]) for what in ("LOAD", "PURCHASE")),
    *((f"CARD-REFUSED-*-{who}", [_WALL]) for who in ("BANK", "BANK-P2", "SSSE", "MF")),
    ("CARD-REFUSED-WAITING-PKI-*", [_CERTIFICATES]),
    ("CARD-REFUSED-BANK-*", _items("YYXZ")),
    ("CARD-REFUSED-WAITING-PSE-*", _items("YYXZ")),
    ("CARD-REFUSED-*", [_FUNCTIONS]),
    ("CARD-STRANGER-*", [_WALL]),
    ("SSC-CLASS-*", [_FUNCTIONS]),
    ("SSC-6A81-*", [_FUNCTIONS]),
    ("SSC-9303-*", [_FUNCTIONS]),
    ("SSC-MALFORMED-NEW-PIN", ["CHANGE PIN", _PARAMETERS]),
    ("SSC-MALFORMED-*", [_PARAMETERS]),
    ("PKI-CLASS-*", [_CERTIFICATES]),
    ("PKI-6*", [_CERTIFICATES, _PARAMETERS]),
    ("YYXZ-FCI", _items("YYXZ", "YYXZ")),
    ("YYXZ-ISSUED-*", _items("YYXZ", "YYXZ")),
    ("YYXZ-PDOL", _items("YYXZ", "YYXZ YYCS")),
    ("YYXZ-*", _items("YYXZ")),
    ("YYCS-FURTHER", _items("DQSJ", "YYCS SJDQ")),
    ("YYCS-AFL-ISSUED", _items("DQSJ", "YYCS SJDQ")),
    ("YYCS-*", _items("", "YYCS")),
    ("DQSJ-*", _items("DQSJ")),
    ("HQSJ-PTC0", _items("HQSJ", "CKRZ")),
    ("HQSJ-*", _items("HQSJ")),
    ("CKRZ-*", _items("", "CKRZ")),
    ("DDCS-9000*", _items("DDCS", "DTSJ")),
    ("FHDT-COM00[23]", _items("FHDT", "FHSJ")),
    ("FXGL-10-*", _items("FXGL SHJC")),
    ("FXGL-DUAL", _items("FXGL SHJC")),
    ("LJSB-DUAL-*", _items("SHJC LJTJ LJSB")),
    ("LJSB-AMOUNT-*", _items("LJTJ LJSB")),
    ("LJSB-FON012", _items("LJTJ LJSB")),
    *((f"{code}-*", _items(code)) for code in ("DDCS", "FHDT", "FXGL", "GXSJ", "JBSB", "JSML", "KPSD", "KSML", "LJPZ")),
    *((f"{code}-*", _items(code)) for code in ("LJSB", "RZSB", "SDML", "WBRZ", "YYJS", "YYSD", "ZFML")),
    ("JYMX-*", _items("", "JYMX")),
    ("MMJS-APP", _items("YYSD")),
    ("YYMW-CDA-*", _items("FHDT")),
    ("YYMW-T33-*", _items("FXGL")),
    ("YYMW-ADVICE-*", _items("FXGL")),
    ("YYMW-9000", _items("标准联机交易")),
    ("ZTJ-SELECT-*", _items("YYXZ")),
    ("ZTJ-READ-*", _items("DQSJ")),
    ("ZTJ-GET-DATA-*", _items("HQSJ")),
    ("ZTJ-GPO-*", _items("", "YYCS")),
    ("ZTJ-VERIFY-*", _items("", "CKRZ")),
    ("ZTJ-INT-AUTH-*", _items("DDCS")),
    ("ZTJ-GAC-*", _items("标准联机交易")),
    ("ZTJ-EA-*", _items("WBRZ")),
    ("ZTJ-SCRIPT-*", _items("JSML")),
    ("ZTJ-PULLED", _items("FXGL")),
    ("ZTJ-BLOCKED-*", _items("YYSD")),
    ("GRH-CARD-RESET", _items("", "FWYD")),
    ("GRH-CARD-MANDATORY", _items("", "SJDQ")),
    ("GRH-CARD-SDA", _items("", "JTSJ")),
    ("GRH-CARD-DDA", _items("", "DTSJ")),
    ("GRH-CARD-LIMITS", _items("", "FXGL")),
    ("GRH-CARD-OTHER", _items("", "KXSJ")),
    ("GRH-RECORD-*", _items("", "SJDQ")),
    ("GRH-FCI-*", _items("", "YYXZ")),
    ("GRH-MADE-*", _items("", "密钥")),
    ("GRH-KEY-*", _items("", "密钥")),
    ("VEC-6", _items("DDCS", "DTSJ")),
    ("VEC-9", _items("FHDT", "FHSJ")),
    ("VEC-2", _items("标准联机交易", "密钥")),
    ("VEC-2-NO-PIN", _items("", "密钥")),
    ("VEC-2-BLOCK", _items("SDML", "密钥")),
    ("VEC-2-PUT", _items("GXSJ", "密钥")),
    ("VEC-2-*", _items("", "密钥")),
    ("VEC-8-ONLINE", _items("标准联机交易", "密钥")),
    ("VEC-8-EA-FAILED-*", _items("RZSB", "密钥")),
    ("VEC-8-[YZ]3", _items("LJSB", "密钥")),
    ("VEC-8-NO-EA", _items("LJPZ", "密钥")),
    ("VEC-8-ONLINE-AAC", _items("WBRZ", "密钥")),
    ("VEC-8-ARC-*", _items("WBRZ", "密钥")),
    ("VEC-8-SCRIPT-PUT*", _items("GXSJ", "密钥")),
    ("VEC-8-SCRIPT-RECORD", _items("GXSJ", "密钥")),
    ("VEC-8-SCRIPT-BLOCK", _items("SDML", "密钥")),
    ("VEC-8-SCRIPT-UNBLOCK", _items("JSML", "密钥")),
    ("VEC-8-SCRIPT-CARD-BLOCK", _items("KSML", "密钥")),
    ("VEC-8-*", _items("", "密钥")),
    ("BANK-MALFORMED-GPO", _items("", "YYCS")),
    ("BANK-MALFORMED-PIN", _items("", "CKRZ")),
    ("BANK-MALFORMED-NAME", _items("YYXZ")),
    ("BANK-MALFORMED-NUMBER", _items("DQSJ")),
    ("BANK-MALFORMED-MAC", _items("SDML")),
    ("BANK-MALFORMED-ARPC", _items("WBRZ")),
)

# All that fit an id say its requirements.
REQUIREMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # Drawn up over many rows.
    ("MF-HANDOVER-*", ("F13", "P4")),
    ("MF-HANDOVER-*-17", ("F6",)),
    ("CARD-STRANGER-*", ("F5c", "F16")),
    ("CARD-REFUSED-*", ("F24",)),
    *((f"CARD-REFUSED-*-{who}", ("F5c",)) for who in ("NOBODY", "BANK", "BANK-P2", "SSSE", "MF", "DDF")),
    ("CARD-REFUSED-*-FETCH-*", ("F5d",)),
    ("*-CLASS-*", ("F5d",)),
    ("SSC-6A81-*", ("F23",)),
    ("SSC-9303-*", ("F23",)),
    ("MF-6A81-*", ("F23",)),
    ("*-MALFORMED-*", ("F17a",)),
    ("SSC-MALFORMED-PIN", ("F9",)),
    ("TRIES-*", ("F9",)),
    ("TRIES-*-6*", ("F27",)),
    ("TRIES-UNBLOCK-*-6A80*", ("F17b",)),
    *((f"RIGHTS-*{what}", ("F27a",)) for what in ("LOCKED", "LOCKED-3DES", "LOCKED-SM4", "LOCKS", "-NEVER", "-MAC", "-PROOF")),
    *((f"RIGHTS-PSAM-MFMK-{cipher}", ("F27a",)) for cipher in ("3DES", "SM4")),
    *((f"RIGHTS-{name}", ("F27a",)) for name in ("PUK-SESSION", "UK-TRIES-LEFT", "PKI-MANAGER-CHANGE", "PSAM-KID-OTHER-*")),
    *((f"RIGHTS-*-{what}*", ("F27b",)) for what in ("REPLACED", "LOADED", "KEY-CHANGED", "KEY-FILE-DELETED")),
    ("RIGHTS-OWN-FIRST", ("F27b",)),
    ("RIGHTS-*-RECREATED", ("F27c",)),
    ("RIGHTS-*VERSION*", ("F22", "F27a")),
    # The bank's side.
    ("APDU-*", ("F17",)),
    ("*-6988*", ("F11",)),
    *((f"{code}-6E00-00*", ("F12",)) for code in ("SDML", "JSML", "KSML", "MMJS", "MMXG", "GXSJ-PUT", "GXSJ-UPR")),
    ("*-NO-MAC*", ("F12",)),
    ("YYXZ-KEPT", ("F5c",)),
    ("YYXZ-AFRESH", ("F5b",)),
    ("ZFML-MID", ("F5b",)),
    ("CKRZ-63C*", ("F9",)),
    ("CKRZ-6983", ("F27",)),
    ("CKRZ-6984", ("F27",)),
    ("MMXG-TRIES", ("F9",)),
    ("KPSD-LONE*", ("F23",)),
    ("KPSD-BESIDE*", ("F16", "F19", "F23", "P1")),
    ("YYSD-ABS014", ("F14", "F26")),
    ("YYCS-6700-ATC", ("F14",)),
    ("FXGL-09-OVERFLOW", ("F26",)),
    ("WBRZ-6700-NOT-USED-UP", ("F27",)),
    ("GRH-PROOF-ONCE", ("F15",)),
    ("GRH-PROOF-63CX", ("F9",)),
    ("GRH-PROOF-ENDS", ("F5b",)),
    ("GRH-PROOF-9000", ("P6",)),
    ("GRH-CREATE-9000", ("P6",)),
    ("GRH-*-6982", ("P6",)),
    ("GRH-KEY-MASTER", ("P7", "F27b")),
    ("GRH-KEY-6987", ("F12",)),
    ("GRH-SKELETON", ("P6",)),
    ("YYXZ-9000", ("P2",)),
    ("ZFML-READ", ("P2",)),
    ("YYCS-FOREIGN-*", ("P9",)),
    ("HQSJ-9000-9F51", ("P10",)),
)  # fmt: skip


def items_of(name: str) -> list[str]:
    """The items of the vector of this id."""
    return next((items for shape, items in ITEMS if fnmatchcase(name, shape)), [])


def requirements_of(name: str) -> list[str]:
    """Its requirements."""
    found = [each for shape, requirements in REQUIREMENTS if fnmatchcase(name, shape) for each in requirements]
    return list(dict.fromkeys(found))


def itemised(unit: Unit) -> Unit:
    """One of the bank's units with the items and requirements of its vectors."""
    return unit._replace(vectors=[_named(vector, {}) for vector in unit.vectors])


def for_items(unit: Json) -> Json:
    """Any other unit with the items and requirements of its vectors; what it says for all of them stays so."""
    return {**unit, "vectors": [_named(vector, unit) for vector in unit["vectors"]]}


def _named(vector: Json, unit: Json) -> Json:
    """What is said once is a name, several a list; they stand behind the title."""
    said = {"item": items_of(vector["id"]), "requirement": requirements_of(vector["id"])}
    given = {name: found[0] if len(found) == 1 else found for name, found in said.items() if found and name not in unit}
    head = {name: vector[name] for name in ("id", "title")}
    return {**head, **given, **{name: value for name, value in vector.items() if name not in head}}
