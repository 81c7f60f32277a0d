"""Why the desk says no, each reason once, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.social_services import ServiceRefused


class DeskReason(NamedTuple):
    """One reason for people."""

    zh: str
    en: str


REASONS: Mapping[str, DeskReason] = MappingProxyType(
    {
        "running-number-used": DeskReason("流水号已用于另一请求", "this running number was another request's"),
        "card-without-keys": DeskReason("没有此卡地区和算法的密钥", "no keys for a card of this region and algorithm"),
        "key-unknown": DeskReason("密钥地址不存在或用途不符", "no key for this use at that address"),
        "length-wrong": DeskReason("命令的 Lc 与数据不符", "Lc of the command does not fit its data"),
        "mac2-wrong": DeskReason("MAC2 不正确", "MAC2 is wrong"),
        "card-unknown": DeskReason("卡不在登记库中", "the register has no such card"),
        "number-differs": DeskReason("卡号与登记不符", "the card number is not the registered one"),
        "card-not-in-use": DeskReason("卡不在正常状态", "the card is not in use: lost, locked, cancelled or not begun"),
        "terminal-may-not": DeskReason("终端无此更新权限", "this terminal may not update that file"),
        "nothing-to-write": DeskReason("该文件没有待更新的数据", "nothing is waiting to be written into that file"),
        "permit-unknown": DeskReason("没有此更新许可", "no such permit"),
        "permit-of-another": DeskReason("更新许可属于另一卡或终端", "the permit is another card's or terminal's"),
        "permit-used": DeskReason("更新许可已使用", "the permit has been used"),
        "mac1-wrong": DeskReason("MAC1 不正确", "MAC1 is wrong: this is not the card's load"),
        "sequence-used": DeskReason(
            "划入序号已用过", "a load with this sequence number was credited, or the card has begun a later one"
        ),
        "amount-too-large": DeskReason("金额超出卡上余额的范围", "the card's balance cannot hold that much"),
        "not-enough": DeskReason("个人账户余额不足", "the account has less than that"),
        "voucher-unknown": DeskReason("没有此凭证号", "no such voucher"),
        "voucher-of-another": DeskReason("凭证属于另一卡或终端", "the voucher is another card's or terminal's"),
        "voucher-used": DeskReason("凭证已结算", "that voucher has been settled"),
        "credited-already": DeskReason("此划入已入账", "that load was credited"),
        "tac-wrong": DeskReason("TAC 不正确", "the TAC is wrong"),
        "person-differs": DeskReason("社会保障号码与登记不符", "the social security number is not the card's"),
        "not-insured": DeskReason("未参加医疗保险", "the holder is not insured"),
        "figures-differ": DeskReason("金额与预结算不符", "the amounts are not those of the pre-settlement"),
        "offline-figures-older": DeskReason(
            "卡内脱网累计少于已上传的结算",
            "the card shows less settled off line than has come in: an older state of it",
        ),
        "offline-uploads-missing": DeskReason(
            "卡内脱网累计多于已上传的结算", "the card shows more settled off line than has come in: uploads are missing"
        ),
        "lists-unreadable": DeskReason("黑名单文件无法读取", "the publisher's blacklist cannot be read"),
        "settlement-differs": DeskReason(
            "同一终端、序号和时间已有另一笔结算", "another settlement has this terminal, sequence and time"
        ),
        "settlement-not-reported": DeskReason("该结算未上传", "no such settlement has come in with its TAC"),
        "settlement-disputed": DeskReason("该结算待查，不能撤销", "that settlement is disputed: its MAC2 was refused"),
        "cancelled-already": DeskReason("该结算已撤销", "that settlement has been taken back"),
        "nothing-due": DeskReason("没有应缴的保险费", "nothing is due that is not paid"),
        "amount-differs": DeskReason("金额与应缴不符", "the amount is not the one that is due"),
        "premium-paid": DeskReason("该保费已另行缴纳，请退款", "another payment has paid that: give this one back"),
        "payment-of-another": DeskReason("该付款已用于另一笔保费", "that payment was another premium's"),
        "payment-cancelled": DeskReason("该付款已撤销", "that payment was cancelled"),
    }
)


class DeskRefusal(Exception):
    """The desk says no; ``code`` is a key of ``REASONS``."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code].en)
        self.code = code


def refused(running: int, code: str) -> ServiceRefused:
    """The answer; ``code`` is a key of ``REASONS``."""
    return ServiceRefused(running=running, code=code, zh=REASONS[code].zh, en=REASONS[code].en)
