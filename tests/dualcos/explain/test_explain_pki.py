"""Explanations of the PKI environment: its own names, PINs told apart, keys never shown."""

from __future__ import annotations

import pytest
from explain_bench import Bench

from dualcos.explain import line
from dualcos.explain.refusal_reasons import words

PKI, APPLICATION = "00A404000C504B492EC9E7BBE1B1A3D5CF", "00A4000002DF01"


@pytest.fixture
def bench():
    found = Bench(name="social-3.0-pki")
    found.send(PKI, APPLICATION)
    return found


def test_names_are_those_of_this_side(bench):
    assert "证书环境" in bench.send(PKI).meaning
    assert bench.send(APPLICATION).meaning == "SS.CERT.ADF1 certificate application 证书应用"
    assert bench.send("00A40000020018").meaning == "0018 signature certificate 签名证书"
    assert bench.send("00A40000020077").meaning == "0077"


def test_pins_and_key_pairs(bench):
    assert "user PIN" in bench.send("0020018110" + "00" * 16).meaning
    assert "manager PIN" in bench.send("0020010010" + "00" * 16).meaning
    made = bench.send("8040000008C0020012C2020013")
    assert made.meaning == "0012 signature public key 签名公钥, 0013 signature private key 签名私钥"
    assert [detail.zh for detail in made.sent] == ["公钥文件", "私钥"]
    assert "user PIN (00 20 01 81)" in words(made.reasons[0])


@pytest.mark.parametrize("command", ["804A021012C110" + "5A" * 16, "804E000110C2020013C108" + "5A" * 8 + "0000"])
def test_keys_on_the_wire_are_masked(bench, command):
    shown = bench.send(command)
    assert shown.hidden
    assert "5A5A" not in line(shown).replace(" ", "")


def test_objects_that_cannot_be_read(bench):
    assert bench.send("8040000008C0FF00000000000000"[:26]).sent == ()
