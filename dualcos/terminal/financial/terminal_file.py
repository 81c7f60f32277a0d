"""A payment terminal's settings as somebody writes them: a TOML file, from which the kernel's and its own are made.

All has a usual value: a POS that takes UnionPay debit and credit cards. Amounts are whole fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntFlag
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from dualcos.messages.pos_envelope import PosEnvelope
from dualcos.messages.terminal_parameters import (
    UNIONPAY_TAC,
    ActionCodes,
    AidParameters,
    AuthorityKey,
    AuthorityKeyName,
    BadParameters,
    authority_key,
)
from dualcos.messages.terminal_results import Tvr
from dualcos.terminal.financial.kernel.kernel_settings import (
    Additional,
    Capability,
    CardholderChoice,
    KernelSettings,
    RevokedCertificate,
    RiskSettings,
    TerminalData,
    terminal_data,
)
from dualcos.terminal.financial.payment_settings import SlipForm
from dualcos.terminal.terminal_forms import FormFactor
from dualcos.textforms.what_is_wrong import what_is_wrong
from dualcos.textforms.whole_texts import ONE_LINE, whole

OneLine = Annotated[str, Meta(pattern=ONE_LINE, max_length=40)]
Code = Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{10}"), description="5 bytes, hex: bits as in the TVR")]
Aid = Annotated[str, Meta(pattern=whole("([0-9A-Fa-f]{2}){5,16}"), description="5 to 16 bytes, hex")]
Fen = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Percent = Annotated[int, Meta(ge=0, le=99)]
Objects = Annotated[str, Meta(pattern=whole("([0-9A-Fa-f]{2})*"))]
Revoked = Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{18}"), description="RID 5, index 1, serial number 3, hex")]
KeyRecord = Annotated[str, Meta(pattern=whole("([0-9A-Fa-f]{2})+"))]
AccountNumber = Annotated[str, Meta(pattern=whole("[0-9]{12,19}"))]

B = TypeVar("B", bound=IntFlag)


class TerminalFileError(ValueError):
    """The settings are none; says which and why, in one line."""


class TerminalFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """终端参数. What is left out is as ``form`` has it, and as UnionPay's terminals have it."""

    form: Annotated[Literal["pos", "pc", "kiosk", "atm"], Meta(description="what kind of terminal 终端形态")] = "pos"
    terminal: Annotated[str, Meta(pattern=whole("[0-9A-Z]{8}"), description="终端号 (9F1C, field 41)")] = "12345678"
    merchant: Annotated[str, Meta(pattern=whole("[0-9A-Z]{15}"), description="商户号 (9F16, field 42)")] = (
        "123456789012345"
    )
    merchant_name: Annotated[OneLine, Meta(description="商户名称 (9F4E)")] = "TEST SHOP"
    operator: Annotated[str, Meta(pattern=whole("[0-9]{2}"), description="操作员号")] = "01"
    category: Annotated[str, Meta(pattern=whole("[0-9]{4}"), description="商户类别码 (9F15)")] | None = None
    institution: Annotated[str, Meta(pattern=whole("([0-9]{8,11})?"), description="受理机构 (field 32)")] = ""
    kind: Annotated[str, Meta(pattern=whole("[123][1-6]"), description="终端类型 (9F35)")] | None = None
    capabilities: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{6}"), description="终端性能 (9F33)")] | None = None
    additional: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{10}"), description="终端附加性能 (9F40)")] | None = None
    choice: Annotated[Literal["list", "confirm", "none"], Meta(description="how the holder chooses 应用选择方式")] = (
        "list"
    )
    aids: Annotated[tuple[Aid, ...], Meta(min_length=1, description="applications it takes, in its order 应用")] = (
        "A000000333010101",
        "A000000333010102",
        "A000000333010103",
    )
    partial: Annotated[bool, Meta(description="longer names on the card match, too (ASI) 部分匹配")] = True
    version: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"), description="应用版本号 (9F09)")] = "0020"
    tac_denial: Annotated[Code, Meta(description="TAC-拒绝")] = UNIONPAY_TAC.denial.hex().upper()
    tac_online: Annotated[Code, Meta(description="TAC-联机")] = UNIONPAY_TAC.online.hex().upper()
    tac_default: Annotated[Code, Meta(description="TAC-缺省")] = UNIONPAY_TAC.default.hex().upper()
    floor_limit: Annotated[Fen, Meta(description="最低限额 (9F1B)")] = 0
    threshold: Annotated[Fen, Meta(description="随机选择阈值 (DF15)")] = 0
    target_percent: Annotated[Percent, Meta(description="目标百分数 (DF17)")] = 99
    most_target_percent: Annotated[Percent, Meta(description="最大目标百分数 (DF16)")] = 99
    ddol: Annotated[Objects, Meta(description="缺省DDOL")] = "9F3704"
    tdol: Annotated[Objects, Meta(description="缺省TDOL")] = ""
    online_pin: Annotated[bool, Meta(description="联机PIN (DF18)")] = True
    random_selection: Annotated[bool, Meta(description="随机选择")] = True
    skips_default: Annotated[bool, Meta(description="on line only: not reached is declined 不看缺省行为代码")] = False
    stops_at_6985: Annotated[bool, Meta(description="issuer authentication refused ends it 发卡行认证6985即终止")] = (
        False
    )
    sm_algorithms: Annotated[bool, Meta(description="SM2, SM3 国密算法")] = False
    exceptions: Annotated[
        tuple[AccountNumber, ...] | None, Meta(description="account numbers of the exception file 异常文件")
    ] = None
    test_keys: Annotated[bool, Meta(description="the test authorities' keys are in it 测试CA公钥")] = True
    authority_keys: Annotated[
        tuple[KeyRecord, ...], Meta(description="more keys, as an acquirer sends them (hex of TLVs) CA公钥")
    ] = ()
    revoked: Annotated[
        tuple[Revoked, ...], Meta(description="issuer certificates that are not taken any more 发卡行公钥证书回收列表")
    ] = ()
    mac: Annotated[
        Literal["ecb-hex", "xor-3des", "x9.19"], Meta(description="how messages are sealed 报文鉴别算法")
    ] = "ecb-hex"
    tpdu: Annotated[str, Meta(pattern=whole("60[0-9A-Fa-f]{8}"), description="transport header")] = "6000010000"
    tries: Annotated[int, Meta(ge=1, le=99, description="tries before a person is asked 重发次数")] = 3
    slip_width: Annotated[int, Meta(ge=24, le=64, description="columns of a slip 签购单宽度")] = 32

    @property
    def form_factor(self) -> FormFactor:
        """Its form."""
        return FormFactor.of_option(self.form)

    def data(self) -> TerminalData:
        """Of the kernel. Raises TerminalFileError for a type (9F35) or functions (9F40) of another form."""
        usual = terminal_data(self.form_factor)
        data = self._data_like(usual)
        if data.form is not usual.form:
            raise TerminalFileError(
                f"form: {self.form} does not go with kind {data.kind} and additional {data.additional:010X}"
                f" (9F35, 9F40), which are of {data.form.row.en}"
            )
        types = self.form_factor.row.types
        if data.kind not in types:
            raise TerminalFileError(f"kind: no {self.form} is of type {data.kind} (9F35); it is {', '.join(types)}")
        return data

    def _data_like(self, usual: TerminalData) -> TerminalData:
        return TerminalData(
            kind=self.kind or usual.kind,
            capabilities=_bits(Capability, self.capabilities, usual.capabilities),
            additional=_bits(Additional, self.additional, usual.additional),
            serial=self.terminal,
            terminal=self.terminal,
            merchant=self.merchant,
            category=self.category or usual.category,
            merchant_name=self.merchant_name,
            choice=CardholderChoice(self.choice),
        )

    def applications(self) -> tuple[AidParameters, ...]:
        """One for each name, with the same parameters. Raises TerminalFileError for codes that overlook a failed CDA in
        a terminal that does it: a forged card has none of its own that would see it.
        """
        tac = ActionCodes(*map(bytes.fromhex, (self.tac_denial, self.tac_online, self.tac_default)))
        if self.data().capabilities & Capability.CDA:
            for name, code in (("tac_online", tac.online), ("tac_default", tac.default)):
                if not int.from_bytes(code, "big") & Tvr.CDA_FAILED.mask:
                    raise TerminalFileError(f"{name}: bit 1.3 (CDA failed) is 0, and this terminal does CDA")
        return tuple(
            AidParameters(
                bytes.fromhex(aid),
                partial=self.partial,
                version=bytes.fromhex(self.version),
                tac=tac,
                floor_limit=self.floor_limit,
                threshold=self.threshold,
                target_percent=self.target_percent,
                most_target_percent=self.most_target_percent,
                default_ddol=bytes.fromhex(self.ddol),
                default_tdol=bytes.fromhex(self.tdol),
                online_pin=self.online_pin,
            )
            for aid in self.aids
        )

    def keys(self, test_keys: Mapping[AuthorityKeyName, AuthorityKey]) -> dict[AuthorityKeyName, AuthorityKey]:
        """``test_keys`` if they are wanted, and the others. Raises TerminalFileError for a record that is none."""
        found = dict(test_keys) if self.test_keys else {}
        for number, record in enumerate(self.authority_keys):
            try:
                key = authority_key(bytes.fromhex(record))
            except BadParameters as error:
                raise TerminalFileError(f"authority_keys[{number}]: {error}") from None
            found[key.name] = key
        return found

    def kernel(
        self, test_keys: Mapping[AuthorityKeyName, AuthorityKey], random: Callable[[int], bytes]
    ) -> KernelSettings:
        """All that the kernel goes by. Raises TerminalFileError."""
        excepted = self.exceptions
        risk = RiskSettings(
            is_excepted=None if excepted is None else lambda pan, _: pan in excepted,
            random_selection=self.random_selection,
        )
        return KernelSettings(
            self.data(),
            self.applications(),
            random,
            self.keys(test_keys),
            risk,
            self.skips_default,
            self.stops_at_6985,
            frozenset(map(_revoked, self.revoked)),
            sm_algorithms=self.sm_algorithms,
        )

    def envelope(self) -> PosEnvelope:
        """What stands in front of a message."""
        return PosEnvelope(tpdu=bytes.fromhex(self.tpdu))

    def slip_form(self) -> SlipForm:
        """How slips look."""
        return SlipForm(width=self.slip_width)


def terminal_file(told: Any) -> TerminalFile:  # noqa: ANN401 - TOML of any shape
    """The settings in what a TOML text says. Raises TerminalFileError."""
    try:
        return msgspec.convert(told, TerminalFile)
    except msgspec.ValidationError as error:
        raise TerminalFileError(what_is_wrong(error)) from None


def _revoked(told: str) -> RevokedCertificate:
    raw = bytes.fromhex(told)
    return RevokedCertificate(AuthorityKeyName(raw[:5], raw[5]), raw[6:])


def _bits(kind: type[B], said: str | None, usual: B) -> B:
    return usual if said is None else kind(int(said, 16))
