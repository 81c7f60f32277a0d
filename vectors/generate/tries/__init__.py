"""The table of tries: every row that authenticates, every refusal it knows, in every stack, cipher and key version.

One vector per presentation and refusal: a wrong one, the refusal, a wrong one, the refusal, … until the secret is
locked. The words of the wrong ones alone show whether a refusal in between has cost a try or given one back; on a card
in process the counters are looked at as well. Which rows authenticate, and which class, parameters and lengths they do
not take, the card's command rows say; what must be answered is the clause's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cos.kernel.command_rows import CommandRow
from dualcos.lab.conformance.coverage import named, tables
from dualcos.lab.conformance.try_counters import COUNTED
from vectors.generate.items_and_requirements import for_items
from vectors.generate.social.gates import misfits
from vectors.generate.tries import others, social
from vectors.generate.tries.others import TERMINAL, TRANSACTION
from vectors.generate.tries.pieces import (
    BLANK,
    FOLDER,
    LAB,
    PMK,
    PSAM_BLANK,
    PSE_BORN,
    Json,
    Presentation,
    Refusal,
    V,
    call,
    draw,
    load,
    proof,
    prove,
    send,
)
from vectors.generate.vector_layout import layout


def presentations() -> list[Presentation]:
    """The whole table."""
    return [
        *social.social_keys(),
        *social.pin(),
        social.unblock("social-2.0", "3DES"),
        social.unblock("social-3.0", "SM4"),
        social.transport("manager 80E0 0300 TRANSPORT KEY AUTHENTICATION", "TRANSPORT", BLANK),
        *others.bank(),
        *others.certificates(),
        *others.key_card(),
        social.transport("psam 80E0 0300 TRANSPORT KEY AUTHENTICATION", "PSAM-TRANSPORT", PSAM_BLANK),
    ]


# --- rows ---------------------------------------------------------------------------------------------------------


def authenticating() -> dict[str, CommandRow[Any]]:
    """Every command row whose refusals may move a counter of tries, by name."""
    return {str(name): row for stack, rows in tables() for name, row in named(stack, rows) if COUNTED & set(row.writes)}


_GATES = {
    "6E00": ("类别错误", "another class"),
    "6A86": ("P1 P2 错误", "wrong P1 P2"),
    "6700": ("长度错误", "wrong length"),
}


def _at_the_gates(row: CommandRow[Any]) -> Iterator[Refusal]:
    for sw, command in misfits(row):
        zh, en = _GATES[sw]
        yield Refusal(sw, zh, en, [send(command, sw)])


def refusals_of(shown: Presentation) -> list[Refusal]:
    """What its row refuses in front of the handler, then its own."""
    return [*_at_the_gates(authenticating()[shown.row]), *shown.refusals]


# --- vectors ------------------------------------------------------------------------------------------------------


def _looked_at(shown: Presentation, moved: int) -> list[Json]:
    return [{"state": {"counter": {shown.counter: moved}}}] if shown.counter else []


def _vector(shown: Presentation, refusal: Refusal) -> Json:
    counts = shown.then != "9000"
    steps: list[Json] = []
    for number, word in enumerate(shown.words, 1):
        moved = -number if counts else 0
        steps += [*shown.draw, send(shown.wrong, word), *_looked_at(shown, moved)]
        steps += [*refusal.steps, *_looked_at(shown, moved)] if number < len(shown.words) and number < _MOST else []
    return {
        "id": f"TRIES-{shown.name}-{refusal.name}",
        "title": {"zh": f"{shown.zh}：{refusal.zh}", "en": f"{shown.en}: {refusal.en}"},
        **shown.more,
        "setup": shown.way,
        "steps": [*steps, *shown.draw, send(shown.right, shown.then)],
    }


_MOST = 3  # so often the refusal comes between wrong presentations


def _restored(shown: Presentation) -> Json:
    """Success, and nothing else, fills the counter."""
    twice = [step for word in shown.words[:2] for step in (*shown.draw, send(shown.wrong, word))]
    right = [*shown.draw, send(shown.right)]
    again = [*shown.draw, send(shown.wrong, shown.words[0])]
    return {
        "id": f"TRIES-{shown.name}-RESTORED",
        "title": {"zh": f"{shown.zh}：成功后复原", "en": f"{shown.en}: a success gives all tries back"},
        **shown.more,
        "setup": shown.way,
        "steps": [*twice, *right, *_looked_at(shown, 0), *again],
    }


def _issuer() -> Iterator[Json]:
    """Issuer authentication counts no tries: one in a transaction. A refusal in front of it is not that one."""
    row = authenticating()[ISSUER]
    way = [*TRANSACTION, send(f"80AE800034{TERMINAL}00", "9000 8013 80 {atc:2} {ac:8} *")]
    right = "008200000A{arpc(UDKAC, atc, ac, 3030)}3030"
    wrong = "008200000A{flip(arpc(UDKAC, atc, ac, 3030))}3030"
    for refusal in _at_the_gates(row):
        for name, zh, en, steps in (
            ("RIGHT", "之后正确", "then the right one", [*refusal.steps, send(right)]),
            ("WRONG", "之后错误", "then a wrong one, the only one", [*refusal.steps, send(wrong, "6300"), *refusal.steps, send(right, "6985")]),
        ):  # fmt: skip
            yield {
                "id": f"TRIES-ARPC-{refusal.name}-{name}",
                "title": {"zh": f"发卡行认证：{refusal.zh}，{zh}", "en": f"issuer authentication: {refusal.en}, {en}"},
                "profile": LAB,
                "setup": way,
                "steps": steps,
            }


ISSUER = "pse 0082 EXTERNAL AUTHENTICATE"


def _groups() -> Iterator[Json]:
    """Versions of one number have a counter each."""
    for name, profile, way, key, kid in (
        ("SSSE-3DES", "social-2.0", [call("ssse")], "UKSSSE", "04"),
        ("SSSE-SM4", "social-3.0", [call("ssse")], "UKSSSE", "04"),
        ("DF03-3DES", "social-2.0", [call("ssse"), call("app(DF03)")], "RK1DF03", "84"),
    ):
        wrong = {version: proof(f"{key}:{version}", kid, f"0{version}", flip=True) for version in "123"}
        steps = [
            step
            for version, word in (("1", "63C2"), ("2", "63C2"), ("1", "63C1"), ("3", "63C2"), ("1", "63C0"))
            for step in (draw(8), send(wrong[version], word))
        ]
        steps += [draw(8), send(proof(f"{key}:1", kid, "01"), "6983")]
        steps += [step for version in "23" for step in prove(f"{key}:{version}", kid, f"0{version}")]
        yield {
            "id": f"TRIES-GROUPS-{name}",
            "title": {"zh": f"{kid} 各组各计", "en": f"each version of {kid} counts for itself, {name}"},
            "profile": profile,
            "setup": way,
            "steps": steps,
        }


def _never() -> Json:
    """A master key of the bank side under which the bank's form of 8 bytes cannot be made: no try is spent on it."""
    loaded = [*PSE_BORN, draw(8), send(f"0082000008{{bank_auth({PMK})}}"), *load(PMK, "000000EF3303FF10", V)]
    tried = [step for _ in range(4) for step in (draw(8), send("0082000008" + "00" * 8, "6984"))]
    return {
        "id": "TRIES-PMK-SM4",
        "title": {
            "zh": "SM4 主控密钥无 8 字节形式",
            "en": "an SM4 master key has no proof of 8 bytes: nothing is spent",
        },
        "profile": BLANK,
        "setup": loaded,
        "steps": [*tried, {"state": {"counter": {"PSE.MK": 0}}}],
    }


def vectors() -> Iterator[Json]:
    """All of them."""
    for shown in presentations():
        yield from (_vector(shown, refusal) for refusal in refusals_of(shown))
        yield _restored(shown)
    yield from _issuer()
    yield from _groups()
    yield _never()


def unit() -> Json:
    """The file."""
    return {
        "unit": "TRIES",
        "title": {"zh": "密码与密钥的尝试次数（逐行）", "en": "Tries, row by row"},
        "purpose": "A refusal before the comparison costs no try, no refusal gives one back, success alone does.",
        "clause": ["SSC-7 §5.8", "SSC-7 §6.6", "SSC-7 §13"],
        "profile": "social-2.0",
        "destructive": True,
        "provenance": {
            "kind": "inferred",
            "source": "SSC-7 §5.8, §6.6: what was compared and failed is counted, and only that; words of each stack's own "
            "tables; the PKI side's and the PSAM's after SSC-5",
            "confidence": "medium",
        },
        "vectors": list(vectors()),
    }


def units() -> dict[str, Json]:
    """By name of file."""
    return {"tries": for_items(unit())}


def write() -> None:
    """Write it."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
