"""How the bank's side reads its standard where it contradicts itself or is silent (对标准的理解)."""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.lab.ics.question import TRUE_OR_FALSE, Answer, FieldOptions, Question, Words

_OPTIONS = FieldOptions("pse.options", "pse")

_RISK: tuple[Question, ...] = (
    _OPTIONS.asks(
        "exhausted_pin_first_rule_only",
        "检查 12（密码尝试次数超限）只执行第一个被置位的规则",
        "check 12, PIN tries exceeded: only the first ADA bit that is set acts",
        "PBOC-5 §14.4.3.12, figure 11",
        {
            False: ("否，每个置位都起作用", "no, every bit acts"),
            True: ("是，按图 11 依次", "yes, chained as in figure 11"),
        },
    ),
    _OPTIONS.asks(
        "block_on_earlier_exhausted_pin",
        "检查 12：ADA 2.b3 拒绝交易并锁定应用",
        "check 12: ADA 2.b3 declines and blocks the application",
        "PBOC-5 §14.4.3.12",
        {True: ("是", "yes"), False: ("否，忽略此位", "no, it is ignored")},
    ),
    _OPTIONS.asks(
        "cvr_shows_block_at_check_12",
        "检查 12 锁定应用时 CVR 3.b2 置位",
        "CVR 3.b2 is set when check 12 blocks the application",
        "PBOC-5 A.1",
        TRUE_OR_FALSE,
    ),
    _OPTIONS.asks(
        "skip_zero_amount",
        "金额为零时跳过金额检查",
        "checks of the amount are skipped for an amount of zero",
        "PBOC-5 §14.4.2",
        {False: ("否，照样比较", "no, it is compared all the same"), True: ("是", "yes")},
    ),
    _OPTIONS.asks(
        "count_foreign_without_own_currency",
        "无 9F51（9F57）时每笔交易计为国际交易",
        "without 9F51 (9F57) every transaction counts as foreign",
        "PBOC-5 §14.4.3.7",
        {False: ("否，不检查也不计数", "no: neither checked nor counted"), True: ("是", "yes")},
    ),
    _OPTIONS.asks(
        "count_foreign_when_declined",
        "脱机拒绝也计入国际交易计数器",
        "offline declines count for the international counters too",
        "PBOC-5 §14.5.1, §16.7.2.1, A.1",
        {True: ("是", "yes"), False: ("否，仅接受的交易", "no, accepted transactions only")},
    ),
)

_FIRST: tuple[Question, ...] = (
    _OPTIONS.asks(
        "advice_only_if_tries_ran_out_now",
        "仅当密码次数在本次交易中用尽时要求通知（ADA 1.b4）",
        "ADA 1.b4 asks for an advice only if the PIN tries ran out in this transaction",
        "PBOC-5 A.1, figure 12, §14.5.1",
        {True: ("是", "yes"), False: ("否，次数为零即要求", "no: whenever the counter is 0")},
    ),
    _OPTIONS.asks(
        "cda_unsupported_refused",
        "卡片不支持 CDA 而终端请求 CDA",
        "CDA is asked of a card without it",
        "PBOC-5 §14.5.4",
        {False: ("不做 CDA，正常应答", "it answers without CDA"), True: ("拒绝，6A81", "refused with 6A81")},
    ),
    _OPTIONS.asks(
        "second_ea_marks_cvr",
        "第二次外部认证使本次认证视为失败",
        "a second EXTERNAL AUTHENTICATE makes the authentication a failed one",
        "PBOC-5 figure 14, §15.4.3; conformance case IAU061",
        {True: ("是，CVR 2.b4 置位", "yes, CVR 2.b4 is set"), False: ("否，仅设失败指示位", "no, the indicator only")},
    ),
)

_SECOND: tuple[Question, ...] = (
    _OPTIONS.asks(
        "arc_source",
        "第二个 GENERATE AC 使用的授权响应码",
        "the authorisation response code that the second GENERATE AC goes by",
        "PBOC-5 §16.6, figure 16",
        {
            "ea": ("外部认证中的；与 8A 不同则拒绝", "that of EXTERNAL AUTHENTICATE; another in 8A declines"),
            "8A": ("总是 CDOL2 中的 8A", "always 8A of CDOL2"),
        },
    ),
    _OPTIONS.asks(
        "second_arqc",
        "第二个 GENERATE AC 请求 ARQC",
        "ARQC asked in the second GENERATE AC",
        "PBOC-5 figures 16 and 20",
        {
            "aac": ("应答 AAC", "AAC"),
            "6985": ("6985", "6985"),
            "figure-20": (
                "联机后 AAC，未能联机则按 TC",
                "AAC after an online answer, like TC when unable to go online",
            ),
        },
    ),
    _OPTIONS.asks(
        "decline_if_mandatory_ea_missing",
        "必须的发卡行认证未执行时，ADA 1.b6 使 TC 变为 AAC",
        "ADA 1.b6 turns a TC into an AAC when mandatory issuer authentication did not take place",
        "PBOC-5 §16.6.2",
        {True: ("是", "yes"), False: ("否，忽略此位", "no, it is ignored")},
    ),
    _OPTIONS.asks(
        "online_indicator_kept_when_turned_down",
        "批准后因 ADA 改为拒绝时，联机授权指示位保持为 1",
        "approved but turned down by ADA: the online authorisation indicator stays 1",
        "PBOC-5 §16.6.2.2",
        {True: ("是", "yes"), False: ("否，清除", "no, it is cleared")},
    ),
    _OPTIONS.asks(
        "second_blocked_answers_aac",
        "两个 GENERATE AC 之间脚本锁定应用后，第二个应答 AAC",
        "a script blocked the application between the two GENERATE AC: the second answers AAC",
        "PBOC-5 §17.5",
        {True: ("是", "yes"), False: ("否，从下一笔交易起", "no, the block counts from the next transaction")},
    ),
    _OPTIONS.asks(
        "unable_cumulative_any_currency",
        "未能联机时累计金额检查适用于任何货币",
        "unable to go online: the cumulative amount is checked in any currency",
        "PBOC-5 §16.7.1.4, figure 19",
        {False: ("否，仅本币", "no, the card's own only"), True: ("是", "yes")},
    ),
    _OPTIONS.asks(
        "unable_pin_bit_needs_ada",
        "未能联机时 CVR 3.b7 仅在 ADA 2.b5 置位时给出",
        "unable to go online: CVR 3.b7 only together with ADA 2.b5",
        "PBOC-5 §16.7.1, figure 19",
        {True: ("是", "yes"), False: ("否，次数为零即给出", "no, whenever the try counter is 0")},
    ),
)

_WORDS: tuple[Question, ...] = (
    _OPTIONS.asks(
        "atc_stops_before_ffff",
        "应用交易计数器停在 FFFE",
        "the transaction counter stops at FFFE",
        "PBOC-5 §7.4, figure 5",
        {
            False: ("否，到 FFFF 后锁定", "no: at FFFF, which blocks for ever"),
            True: ("是，不再计数", "yes, without counting"),
        },
    ),
    _OPTIONS.asks(
        "gpo_refuses_foreign",
        "PDOL 中的国家或货币与卡片不同则拒绝应用初始化",
        "another country or currency in the PDOL data ends GET PROCESSING OPTIONS with 6985",
        "PBOC-5 §7.4",
        {False: ("否", "no"), True: ("是，6985", "yes, 6985")},
    ),
    _OPTIONS.asks(
        "gpo_template_word",
        "应用初始化的数据不以 83 开头",
        "GET PROCESSING OPTIONS whose data do not start with 83",
        "PBOC-5 §7",
        {"6A80": ("6A80", "6A80"), "6700": ("6700", "6700")},
    ),
    _OPTIONS.asks(
        "blocked_pin_always_6983",
        "密码已锁定时的 VERIFY",
        "VERIFY when the PIN is blocked",
        "PBOC-5 §11.3, §11.4.2, figure 7, B.15.5",
        {
            False: ("交易中第一次 6984，之后 6983", "6984 for the first of a transaction, then 6983"),
            True: ("总是 6983", "always 6983"),
        },
    ),
    _OPTIONS.asks(
        "verify_without_offline_pin",
        "不支持脱机密码的卡上的 VERIFY",
        "VERIFY on a card without offline PIN",
        "PBOC-5 §11",
        {"6A81": ("6A81", "6A81"), "6D00": ("6D00", "6D00")},
    ),
    _OPTIONS.asks(
        "verify_after_first_ac",
        "答 ARQC 之后、第二个 GENERATE AC 之前允许 VERIFY",
        "VERIFY is allowed between an ARQC and the second GENERATE AC",
        "PBOC-5 §11",
        {True: ("是", "yes"), False: ("否，6985", "no, 6985")},
    ),
)

_SCRIPTS: tuple[Question, ...] = (
    _OPTIONS.asks(
        "script_refused_after_failed_ea",
        "外部认证失败后拒绝脚本命令",
        "script commands are refused after a failed EXTERNAL AUTHENTICATE",
        "PBOC-5 §17.6.2",
        {False: ("否，照样执行", "no, they are executed"), True: ("是，6985", "yes, 6985")},
    ),
    _OPTIONS.asks(
        "script_refused_after_wrong_mac",
        "同一交易中一条脚本 MAC 错误后拒绝其后的脚本",
        "script commands are refused after one with a wrong MAC",
        "PBOC-5 §17.6",
        {False: ("否，照样执行", "no, they are executed"), True: ("是，6985", "yes, 6985")},
    ),
    _OPTIONS.asks(
        "script_failure_sticky",
        "脚本失败指示位保持到成功的联机交易",
        "the script failure indicator stays until a good online transaction",
        "PBOC-5 §17.6.4",
        {True: ("是", "yes"), False: ("否，由最后一条命令决定", "no, the last command decides")},
    ),
    _OPTIONS.asks(
        "script_missing_mac_counts",
        "无 MAC 的脚本命令计入脚本计数器",
        "a script command without MAC is counted",
        "PBOC-5 figure 23; conformance case ISL012",
        {False: ("否", "no"), True: ("是", "yes")},
    ),
    _OPTIONS.asks(
        "missing_mac_word",
        "脚本命令缺 MAC",
        "a script command without MAC",
        "PBOC-5 tables B.19 and B.32",
        {"6700": ("6700", "6700"), "6987": ("6987", "6987")},
    ),
    _OPTIONS.asks(
        "put_data_unknown_tag",
        "PUT DATA 不可写的标签",
        "PUT DATA of a tag that may not be written",
        "PBOC-5 table B.19",
        {"6A88": ("6A88", "6A88"), "6A80": ("6A80", "6A80"), "6A81": ("6A81", "6A81")},
    ),
    _OPTIONS.asks(
        "update_record_length",
        "UPDATE RECORD 的长度与记录不符",
        "UPDATE RECORD with another length than the record has",
        "PBOC-5 §17.5",
        {"6700": ("6700", "6700"), "6A84": ("6A84", "6A84")},
    ),
    _OPTIONS.asks(
        "card_block_scope",
        "卡片锁定（银行侧）的范围",
        "how far CARD BLOCK of the bank's side reaches",
        "总体方案 一（一）; PBOC-5 §17.5, B.4.1",
        {"environment": ("仅支付系统环境", "the bank's environment"), "card": ("整卡", "the whole card")},
    ),
)

_READABLE: Mapping[Answer, Words] = {True: ("可读", "readable"), False: ("不可读，6A88", "not readable, 6A88")}

_DATA: tuple[Question, ...] = (
    _OPTIONS.asks(
        "get_data_atc",
        "取数据：9F36 与 9F13",
        "GET DATA: 9F36 and 9F13",
        "PBOC-5 §12.3, B.7",
        _READABLE,
    ),
    _OPTIONS.asks("get_data_ptc", "取数据：9F17", "GET DATA: 9F17", "PBOC-5 §11.1", _READABLE),
    _OPTIONS.asks(
        "get_data_limits",
        "取数据：0D01 组的限额",
        "GET DATA: the limits of group 0D01",
        "PBOC-5 B.7.1; conformance case GET011",
        _READABLE,
    ),
    _OPTIONS.asks(
        "get_data_static",
        "取数据：0E01 组的风险数据",
        "GET DATA: the risk data of group 0E01",
        "PBOC-5 table B.10; PBOC-10 table 1",
        _READABLE,
    ),
    _OPTIONS.asks(
        "master_key_in_use",
        "发卡后支付系统环境的主控密钥仍可使用",
        "the environment's master key is still of use in an issued PSE",
        "总体方案 一（二）",
        {True: ("是", "yes"), False: ("否，其命令不存在", "no, its commands do not exist")},
    ),
    _OPTIONS.asks(
        "personalised_word",
        "已个人化的应用中的个人化命令",
        "the channel's commands in an application that is personalised",
        "PBOC-10 §6.3",
        {"6985": ("6985", "6985"), "6D00": ("6D00", "6D00")},
    ),
)

BANK_READINGS: tuple[Question, ...] = (*_RISK, *_FIRST, *_SECOND, *_WORDS, *_SCRIPTS, *_DATA)
"""One question for each field of the bank's options."""
