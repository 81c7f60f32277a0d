"""Right files of every form that has a schema, as rich as one file can be: what is spoilt begins as one of these."""

from __future__ import annotations

from typing import Any

TITLE = {"zh": "题", "en": "title"}
CHALLENGE = {"send": "0084000008", "expect": "9000 {challenge:8}"}
ASKED = {"zh": "{text:ssse.pin}？", "en": "Is it?"}
PROVENANCE = {"kind": "derived", "source": "tests", "computed_by": "hand", "confidence": "high"}

UNIT: dict[str, Any] = {
    "$schema": "schema.json",
    "unit": "U",
    "title": TITLE,
    "purpose": "p",
    "clause": ["SSC-5 §6"],
    "item": "防拔",
    "requirement": ["T1", "F12"],
    "applies": "version >= 2",
    "profile": "social-2.0",
    "overrides": {"ssse": {"pin_tries": 3}},
    "provenance": PROVENANCE,
    "notes": {"f": {"bugType": "b", "effect": "e", "links": ["l"], "cves": ["c"]}},
    "setup": [{"send": "0084000008"}, {"routine": "r(00)"}],
    "vectors": [
        {
            "id": "U-1",
            "title": TITLE,
            "purpose": "q",
            "item": ["DF01_SAFETY", "JR/T 0045.1 YYXZ"],
            "requirement": "F12",
            "flags": ["f"],
            "random": {"ssse": ["00FF"]},
            "setup": [CHALLENGE],
            "steps": [
                {
                    "send": "00 82000A10 {ext_auth(RKSSSE)}",
                    "expect": [
                        {"sw": ["63C?", "{left(ssse.pin_tries, 01)}"], "data": "", "tlv": {"6F/A5": "1E ? ? *"}}
                    ],
                    "requirement": "T1",
                    "as": "proof",
                    "when": "minus(challenge, 01)",
                },
                {"send": "0084000008", "times": "ssse.pin_tries", "sm": False},
                {"reset": "cold", "expect": "9000 3B .. [1-9] *"},
                {
                    "send": "0084000008",
                    "expect": [{"sw": "9000", "data": "{=challenge}", "keep": {"it": "cat(00, challenge)"}}, "6985"],
                    "cut": {"tick": "each", "stride": 2},
                },
                {"send": "0084000004", "once": True},
            ],
        },
        {
            "id": "U-2",
            "title": TITLE,
            "steps": [
                {"send": "0084000008", "cut": {"tick": 4}},
                {"state": {"unchanged": ["ssse"], "counter": {"SSSE.PIN": -1, "SSSE.06": "all"}, "atomic": ["pse"]}},
                {"damage": {"file": "ssse/DDF1/EF05", "at": 1, "bytes": "00"}},
                {"damage": {"cell": "pse: directory DDF2", "becomes": "erased"}},
            ],
            "after": [CHALLENGE, {"routine": "s"}],
        },
        {"id": "U-3", "title": TITLE, "steps": [], "status": "withdrawn", "reason": "it was wrong"},
    ],
}

ATTENDED: dict[str, Any] = {
    "unit": "A",
    "title": TITLE,
    "purpose": "p",
    "clause": [],
    "profile": "social-2.0",
    "live": True,
    "provenance": PROVENANCE,
    "vectors": [
        {
            "id": "A-1",
            "title": TITLE,
            "destructive": True,
            "live": True,
            "steps": [
                {"operator": {**ASKED, "right": ["yes"], "valid_days": 365}},
                {"operator": {**ASKED, "choices": {"a": TITLE, "b": TITLE}, "right": ["a"], "valid_days": 1}},
                {"operator": {**ASKED, "measure": {"unit": "mm", "least": 0.68, "most": 0.84}, "valid_days": 365}},
                {"operator": {**ASKED, "act": "take out"}},
                {"pull": {**ASKED, "send": [CHALLENGE, {"routine": "r(00)"}], "rounds": 20}},
                CHALLENGE,
            ],
        },
    ],
}

ROUTINES: dict[str, Any] = {
    "$schema": "schema.json",
    "routines": {
        "r": {"title": TITLE, "params": ["x"], "steps": [{"send": "0084000008", "times": "x"}]},
        "s": {
            "title": TITLE,
            "steps": [{"send": "0084000008", "cut": {"tick": 1}}, {"state": {"unchanged": ["ssse"]}}],
        },
    },
}

HOLES: dict[str, Any] = {
    "$schema": "schema.json",
    "holes": [{"rows": "ssse *", "words": ["6581", "63C0"], "reason": "no command provokes it"}],
}

KNOWN_FAULTS: dict[str, Any] = {
    "fault": [
        {
            "id": "SSC-VERIFY-04",
            "where": "steps[4]",
            "came": "6985",
            "reason": "mended in its next version",
            "link": "faults/17",
            "expires": "2027-03-31",
        },
    ]
}

_RULE = {"name": "n", "purpose": "p", "clause": "c"}
FAULT_SCRIPT: dict[str, Any] = {
    "title": "t",
    "seed": 4,
    "rule": [
        {
            **_RULE,
            "event": "command",
            "command": "00B2????",
            "environment": "ssse",
            "fetched": True,
            "nth": [2, 4],
            "chance": 0.5,
            "fault": {"kind": "answer", "sw": "6f00", "data": "00", "executed": False},
        },
        {**_RULE, "name": "m", "nth": 2, "fault": {"kind": "truncate", "keep": 1, "status": True}},
        {**_RULE, "name": "o", "nth": "every", "fault": {"kind": "remove", "bytes": 0, "back": 1.5}},
        {**_RULE, "name": "p", "event": "reset", "fault": {"kind": "delay", "seconds": 2}},
        {**_RULE, "name": "q", "fault": {"kind": "flip", "bits": 2, "where": "answer"}},
        {**_RULE, "name": "r", "fault": {"kind": "over-long", "length": 300, "fill": "00"}},
        {**_RULE, "name": "s", "fault": {"kind": "malformed-tlv", "shape": "nested"}},
        {**_RULE, "name": "u", "fault": {"kind": "power-cut", "bytes": 3}},
        {**_RULE, "name": "v", "fault": {"kind": "mute"}},
    ],
}

_LISTED = {"reason": "02", "from": "20260101", "until": "20361231"}
_CARD = {"kind": "card", "identification": "00" * 16, "number": "A00000000"}
_RANGE = {"kind": "range", "first": "B00000000", "last": "B00000999"}
BLACKLIST: dict[str, Any] = {
    "format": 1,
    "publisher": "990000-TEST",
    "regions": ["990000"],
    "state": {"sequence": 2, "history": "0" * 64},
    "follows": {"sequence": 1, "history": "F" * 64},
    "issued": "20261129120000",
    "listed": [{**_CARD, **_LISTED}, {**_RANGE, **_LISTED}],
    "unlisted": [{**_CARD, "number": "A00000001"}, {**_RANGE, "first": "A99999999"}],
    "signature": "0" * 128,
}

STATEMENT: dict[str, Any] = {
    "sample": {"product": "p", "version": "1", "manufacturer": "m", "date": "2026-11-29"},
    "answers": {
        "card": {"ssse": True, "pse": False},
        "ssse": {"version": "2.0", "options": {"card_block_scope": "card"}},
        "chip.transmission": {"protocol": "T=0"},
        "chip.transmission.case4": "direct",
        "ssse.dir_sfi": 9,
    },
}

_TOTALS = {"passed": 0, "failed": 1, "inconclusive": 0, "not_applicable": 0, "waiting": 0}
REPORT: list[dict[str, Any]] = [
    {
        "schema": "dualcos.report.campaign/1",
        "campaign": "c",
        "at": "2026-11-29T08:00:00Z",
        "began": "2026-11-29T07:00:00Z",
        "laboratory": "l",
        "tool": "t",
        "sample": {"kind": "profile", "name": "social-2.0", "settings": ["ssse.pin_tries=5"]},
        "sound": False,
        "wrong": ["it is not signed"],
        "remarks": [],
        "fingerprint": "",
        "key_known": False,
        "root": "0" * 64,
        "files_otherwise": ["u.json"],
        "hidden_settings": ["ssse.pin"],
        "ics": {"card.ssse": True},
        "totals": _TOTALS,
        "new_failures": 0,
    },
    {
        "schema": "dualcos.report.vector/1",
        "id": "U-1",
        "unit": "U",
        "title": "t",
        "title_zh": "题",
        "clause": ["SSC-5 §6"],
        "item": ["防拔"],
        "requirement": ["F12"],
        "verdict": "fail",
        "standing": "same",
        "where": "steps[0]",
        "text": "0084000007 expected 9000, came 6700",
        "kind": "",
        "answer": {"sent": "00840000 07", "expected": ["9000"], "came": "6700"},
        "reason": None,
        "findings": [{"kind": "taken.le", "certainty": "likely", "text": "t", "zh": "题", "expected": [4, 8]}],
        "known": {"reason": "r", "link": "l", "expires": "2026-12-31"},
        "runs": 1,
        "seconds": 0.5,
        "exchanges": [
            {"schema": "dualcos.power/1", "seq": 1, "event": "cold", "atr": "3B00"},
            {
                "schema": "dualcos.exchange/1",
                "seq": 2,
                "env": "ssse",
                "place": "SSSE",
                "command": "0084000007",
                "answer": "6700",
                "sw": "6700",
                "name": "GET CHALLENGE",
                "zh": "取随机数",
            },
        ],
        "repeat": "dualcos lab run id=U-1",
    },
]
TERMINAL: dict[str, Any] = {
    "form": "atm",
    "terminal": "T0000001",
    "merchant": "M00000000000001",
    "merchant_name": "测试商店",
    "operator": "02",
    "category": "6011",
    "institution": "00000001",
    "kind": "14",
    "capabilities": "604020",
    "additional": "8E80B05000",
    "choice": "confirm",
    "aids": ["A000000333010101"],
    "partial": False,
    "version": "0030",
    "tac_denial": "0010000000",
    "tac_online": "DC4004F800",
    "tac_default": "DC4000A800",
    "floor_limit": 20000,
    "threshold": 5000,
    "target_percent": 10,
    "most_target_percent": 50,
    "ddol": "9F3704",
    "tdol": "9F0206",
    "online_pin": False,
    "random_selection": False,
    "skips_default": True,
    "stops_at_6985": True,
    "sm_algorithms": True,
    "exceptions": ["6299990000000000202"],
    "revoked": ["A000000333F1000001"],
    "test_keys": False,
    "authority_keys": ["9F0605A0000003339F220101"],
    "mac": "x9.19",
    "tpdu": "6000020000",
    "tries": 2,
    "slip_width": 40,
}
LEASH: dict[str, Any] = {
    "title": "t",
    "title_zh": "z",
    "rule": [
        {
            "match": {
                "service": "load",
                "region": ["990000", 1],
                "amount": {"min": 1, "max": 2},
                "number": {"prefix": "T"},
            },
            "after": 1,
            "times": 2,
            "note": "n",
            "first": "o",
            "answer": {"time": "x", "running": 1},
            "wrong": ["mac2"],
            "delay": 0.5,
            "duplicate": True,
            "close": True,
        },
        {"refuse": "no", "late": "behind"},
        {"drop": "after commit", "unsolicited": "behind"},
    ],
}
