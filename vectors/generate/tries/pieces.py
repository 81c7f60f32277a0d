"""Pieces of the table of tries: commands, ways to a place, presentations and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from vectors.generate.powerless import PSE as PSE_BIRTH
from vectors.generate.powerless import SSSE as SSSE_BIRTH

Json = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "generated"
V, W = "00112233445566778899AABBCCDDEEFF", "0F0E0D0C0B0A09080706050403020100"
"""Invented values of keys that are loaded for a vector."""


def send(command: str, expect: str | list[Any] = "9000") -> Json:
    """A command and its answer."""
    return {"send": command, "expect": expect}


def call(routine: str) -> Json:
    """A routine of the social side's and the manager's."""
    return {"routine": routine}


def draw(length: int) -> Json:
    """GET CHALLENGE."""
    return send(f"00840000{length:02X}", f"9000 {{challenge:{length}}}")


def select(name: str) -> Json:
    """SELECT by name."""
    return send(f"00A40400{len(name) // 2:02X}{name}", "9000 *")


def load(under: str, header: str, value: str) -> list[Json]:
    """WRITE KEY, enciphered and with MAC, on a random number of 8 bytes."""
    return [draw(8), send(f"{{load_key({under}, {header}, {value})}}")]


def proof(key: str, kid: str = "00", version: str = "", *, flip: bool = False) -> str:
    """EXTERNAL AUTHENTICATION with authentication data and original."""
    data = f"ext_auth({key})"
    return f"008200{kid}{16 + bool(version):02X}{{{f'flip({data})' if flip else data}}}{version}"


def prove(key: str, kid: str = "00", version: str = "") -> list[Json]:
    """A key of the social side's form proved."""
    return [draw(8), send(proof(key, kid, version))]


ZEROS = "00" * 16
PKI_NAME, PKI_APPLICATION = "504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631"
PSAM_APPLICATION, SX1, SX2 = "D15600000590", "7378312E73682EC9E7BBE1B1A3D5CF", "7378322E73682EC9E7BBE1B1A3D5CF"
PSE_NAME, AID = "315041592E5359532E4444463031", "A000000333010101"
CMK_SM4 = f"sm4({V})"
PMK = "tdes(D80E6B2A94F3175C40B96E1F8A23C7D5)"
SMK = "tdes(3C71A58E0FD24B96E81D5A7734C2906F)"
PSAM_MK = "tdes(5F8C1D3A6E2B9047C4F1A8E36D0B7295)"
IN_PSAM, IN_PKI = [select(PSAM_APPLICATION)], [select(PKI_NAME), select(PKI_APPLICATION)]
PSE_BORN = [call("initialised"), *PSE_BIRTH.birth(), select(PSE_NAME)]
SSSE_BORN = [call("initialised"), *SSSE_BIRTH.birth(), *SSSE_BIRTH.prove(SMK)]
PSAM_MADE = [
    send("80E0030008{transport(TK)}"),
    send(f"80E001001F000000FF013F00010000000000800000{SX1}"),
    *load("TK", "000000EF3300FF10", "5F8C1D3A6E2B9047C4F1A8E36D0B7295"),
    *prove(PSAM_MK),
]
BLANK, PSAM_BLANK, LAB = (
    "../profiles/published-blank.toml",
    "../profiles/published-psam-blank.toml",
    "../pse/profiles/lab.toml",
)


class Refusal(NamedTuple):
    """A refusal by name, and the steps that earn it where a presentation could come."""

    name: str
    zh: str
    en: str
    steps: list[Json]


class Presentation(NamedTuple):
    """How one secret is shown. ``row``: the command row; ``way``: to the place; ``draw``: what comes before each showing;
    ``wrong``, ``right``: the showing; ``words``: of wrong ones one after the other, until ``then`` is what a right one
    gets. ``counter``: its white-box name, empty where nobody counts; ``more``: profile and changes to it.
    """

    row: str
    name: str
    zh: str
    en: str
    way: list[Json]
    draw: list[Json]
    wrong: str
    right: str
    refusals: list[Refusal]
    more: Json
    words: tuple[str, ...] = ("63C2", "63C1", "63C0")
    then: str = "6983"
    counter: str = ""


def used_up(right: str) -> Refusal:
    """The right presentation again: its random number has served."""
    return Refusal("6984", "没有随机数", "the random number is used up", [send(right, "6984")])


def not_serving(length: int, command: str) -> Refusal:
    """A random number of a length that the key's cipher does not take."""
    text = f"a random number of {length} bytes does not serve this cipher"
    return Refusal(f"6984-{length}", f"{length} 字节随机数不适用", text, [draw(length), send(command, "6984")])


def no_such_key(command: str, what: str = "KID") -> Refusal:
    """No such number, or no such version."""
    text = "no key of that number" if what == "KID" else "no key of that version"
    return Refusal(f"6A88-{what}", "无此密钥或版本", text, [draw(8), send(command, "6A88")])


def by_key(
    name: str,
    key: str,
    kid: str,
    way: list[Json],
    more: Json,
    refusals: Iterable[Refusal] = (),
    **how: Any,  # noqa: ANN401 - fields of Presentation
) -> Presentation:
    """EXTERNAL AUTHENTICATION of the social form, by key name."""
    return Presentation(
        how.pop("row", "ssse 0082 EXTERNAL AUTHENTICATION"),
        name,
        f"外部鉴别 KID {kid}",
        f"EXTERNAL AUTHENTICATION, {name}",
        way,
        [draw(how.pop("random", 8))],
        proof(key, kid, how.get("version", ""), flip=True),
        proof(key, kid, how.pop("version", "")),
        [used_up(proof(key, kid)), *refusals],
        more,
        **how,
    )
