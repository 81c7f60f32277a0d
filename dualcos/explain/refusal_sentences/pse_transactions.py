"""Reasons of the bank side in use: transactions, the PIN, issuer authentication, scripts."""

from __future__ import annotations

from dualcos.explain.catalogue_entry import CatalogueEntry, Wording

REASONS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "no template 83",
        Wording("the data must begin with template 83, not {received}", "数据应以模板 83 开头，收到 {received}"),
        Wording(
            "The PDOL values were sent without 83 and length in front; a card without PDOL wants 83 00.",
            "PDOL 数据前没有 83 和长度；没有 PDOL 的卡应发 83 00。",
        ),
        Wording("80 A8 00 00 Lc 83 L values; Lc is L + 2.", "80 A8 00 00 Lc 83 L 值；Lc = L + 2。"),
    ),
    CatalogueEntry(
        "template 83 without length",
        Wording("the length behind 83 cannot be read: {received}", "无法读取 83 之后的长度：{received}"),
        Wording(
            "The data end behind 83, or its length begins with 82 or 84, which no command of 255 bytes needs.",
            "数据在 83 处结束，或长度以 82、84 开头（255 字节以内不需要）。",
        ),
        Wording(
            "One byte of length, from 80 (128) values on 81 and a byte.",
            "长度为一字节；128 字节及以上用 81 加一字节。",
        ),
    ),
    CatalogueEntry(
        "PDOL length",
        Wording(
            "the PDOL asks for {needed}; 83 announces {announced}, {received} came",
            "PDOL 要求 {needed}；83 声明 {announced}，收到 {received} 字节",
        ),
        Wording(
            "The PDOL of another card was used, Lc and the length behind 83 do not agree, or the terminal sends 83 00 "
            "without having read the FCI.",
            "使用了其他卡的 PDOL，或 Lc 与 83 之后的长度不一致，或终端没有读 FCI 就发 83 00。",
        ),
        Wording(
            "Take 9F38 from the FCI of this SELECT and send each element in its order and length.",
            "从本次 SELECT 的 FCI 取 9F38，按其顺序和长度逐项发送。",
        ),
    ),
    CatalogueEntry(
        "foreign country or currency",
        Wording("the issuer restricts this card to its own country and currency", "发卡行限制本卡只在本国、本币使用"),
        Wording(
            "9F1A or 5F2A in the PDOL data is not 0156, often because the terminal's setting is a test country or the "
            "code was sent in binary (009C).",
            "PDOL 数据中的 9F1A 或 5F2A 不是 0156，常因终端设为测试国家，或代码用二进制（009C）发送。",
        ),
        Wording(
            "Country 01 56 and currency 01 56, BCD; or a card without this restriction "
            "(`pse.options.gpo_refuses_foreign`).",
            "国家代码 01 56、货币代码 01 56（BCD）；或使用无此限制的卡（`pse.options.gpo_refuses_foreign`）。",
        ),
        ("PBOC-5 §7.4",),
    ),
    CatalogueEntry(
        "ATC used up",
        Wording("ATC {number:04X}: application blocked for ever", "ATC {number:04X}：应用永久锁定"),
        Wording(
            "The transaction counter has reached its end: on a test card that starts high, or after 65,535 "
            "transactions of a load test.",
            "交易计数器已到最大值：起始值设高的测试卡，或压力测试做了 65535 次交易。",
        ),
        Wording(
            "The application is lost; take a fresh card (or restore its snapshot).",
            "该应用不能再用；换卡（或恢复快照）。",
        ),
        ("PBOC-5 §7.4, figure 5",),
    ),
    CatalogueEntry(
        "cryptogram the card does not make",
        Wording("P1 {received:02X} asks for what this card does not do", "P1 {received:02X} 要求的密文本卡不生成"),
        Wording(
            "CDA was asked of a card whose AIP has no CDA, or ARQC in the second GENERATE AC, and this card is set to "
            "refuse instead of answering with what it can.",
            "对 AIP 不含 CDA 的卡要求 CDA，或第二次 GENERATE AC 要求 ARQC，而本卡设置为拒绝。",
        ),
        Wording(
            "P1 40 (TC) or 00 (AAC) in the second one; the CDA bit (10) only if AIP has it.",
            "第二次用 P1 = 40（TC）或 00（AAC）；AIP 支持时才置 CDA 位（10）。",
        ),
        ("PBOC-5 §14.5, §16, B.6",),
    ),
    CatalogueEntry(
        "offline PIN locked",
        Wording("no PIN tries are left; the issuer's script restores them", "PIN 已无剩余次数，须由发卡行脚本恢复"),
        Wording(
            "Wrong PINs in earlier transactions; the counter lives on the card and is not filled by power-off. GET "
            "DATA 9F17 tells it beforehand.",
            "以前的交易中 PIN 输错；计数器保存在卡上，断电不恢复。可先用 GET DATA 9F17 查询。",
        ),
        Wording(
            "PIN CHANGE/UNBLOCK (84 24 00 00) by script; the terminal goes to the next CVM.",
            "用脚本 PIN CHANGE/UNBLOCK（84 24 00 00）恢复；终端转下一种持卡人验证方法。",
        ),
        ("PBOC-5 §11.4.2, B.15",),
    ),
    CatalogueEntry(
        "wrong offline PIN",
        Wording("wrong PIN, {number} tries left", "PIN 不正确，剩余 {number} 次"),
        Wording(
            "The block is wrong oftener than the PIN: the card compares the format-2 block 2N ‖ digits ‖ F… as a "
            "whole; the social side's packed PIN, ASCII digits, or a block filled with 0 never match.",
            "往往是 PIN 块格式错误：卡片整块比较 2N ‖ 数字 ‖ F…；社保侧的压缩 PIN、ASCII 数字或填 0 的块都不会匹配。",
        ),
        Wording(
            "24 12 34 FF FF FF FF FF for 1234, in the clear, P2 80. The bank PIN and the social PIN are two.",
            "1234 应为 24 12 34 FF FF FF FF FF，明文，P2 = 80。银行 PIN 与社保个人密码是两个。",
        ),
        ("PBOC-5 §11.4.2, B.15",),
    ),
    CatalogueEntry(
        "no new PIN",
        Wording(
            "what deciphers under {key} is no new PIN block without the current PIN",
            "用 {key} 解密后不是新 PIN 块（不含当前 PIN 的形式）",
        ),
        Wording(
            "With P2 02 the block is LD ‖ (card key's left digits XOR the new PIN block) ‖ padding under the ENC "
            "session key of this ATC; form 01 (with the current PIN), another ATC or no XOR gives this.",
            "P2 = 02 时明文为 LD ‖（由密钥取出的数字 XOR 新 PIN 块）‖ 填充，用本次 ATC 的 ENC 过程密钥加密；用了 P2 = "
            "01 的形式、别的 ATC 或漏掉 XOR 都会如此。",
        ),
        Wording(
            "Build it by PBOC-5 B.10.3 without the current PIN; session key from the ATC of this transaction.",
            "按 PBOC-5 B.10.3 不含当前 PIN 的方式组成；过程密钥用本次交易的 ATC。",
        ),
        ("PBOC-5 B.10.3, C.3",),
    ),
    CatalogueEntry(
        "no new PIN with the current one",
        Wording(
            "what deciphers under {key} is no new PIN block with the current PIN",
            "用 {key} 解密后不是含当前 PIN 的新 PIN 块",
        ),
        Wording(
            "P2 01 mixes the current PIN into the block: another current PIN, form 02, or another ATC than this "
            "transaction's.",
            "P2 = 01 时块中含当前 PIN：当前 PIN 不对，用了 P2 = 02 的形式，或不是本次交易的 ATC。",
        ),
        Wording(
            "Send P2 02 where the issuer does not know the current PIN; else take the PIN as it is on the card.",
            "发卡行不知道当前 PIN 时用 P2 = 02；否则使用卡上的当前 PIN。",
        ),
        ("PBOC-5 B.10.3, C.3",),
    ),
    CatalogueEntry(
        "second issuer authentication",
        Wording("only one is allowed in a transaction", "一次交易只允许一次发卡行认证"),
        Wording(
            "EXTERNAL AUTHENTICATE was repeated after 6300 or after 9000; the second one counts as failed, the second "
            "GENERATE AC sees it.",
            "在 6300 或 9000 之后重发外部认证；第二次按失败处理，并影响第二次 GENERATE AC。",
        ),
        Wording(
            "Send it once, whatever the answer, then the second GENERATE AC.",
            "只发送一次，不论结果如何，随后进行第二次 GENERATE AC。",
        ),
        ("PBOC-5 §15.4.3",),
    ),
    CatalogueEntry(
        "no cryptogram to authenticate",
        Wording("it follows a GENERATE AC answered ARQC or AAC", "须在 GENERATE AC 返回 ARQC 或 AAC 之后"),
        Wording(
            "The ARPC was sent before the first GENERATE AC, after a TC (offline approved), or after the second.",
            "在第一次 GENERATE AC 之前、TC（脱机批准）之后或第二次之后发送了 ARPC。",
        ),
        Wording(
            "Only an ARQC goes online; send the issuer's answer between the two GENERATE AC.",
            "只有 ARQC 需要联机；在两次 GENERATE AC 之间发送发卡行应答。",
        ),
        ("PBOC-5 §15.4.3",),
    ),
    CatalogueEntry(
        "wrong ARPC",
        Wording(
            "the ARPC does not fit the cryptogram of this transaction, {cryptogram} (ATC {atc}), and the response code "
            "{code}",
            "ARPC 与本次交易的密文 {cryptogram}（ATC {atc}）及应答码 {code} 不符",
        ),
        Wording(
            "ARPC of another transaction, response code in the message (8A) other than the one the ARPC was computed "
            "with, or computed under the card key instead of the session key of this ATC.",
            "其他交易的 ARPC，或应答码（8A）与计算 ARPC 时不同，或用了卡片密钥而不是本次 ATC 的过程密钥。",
        ),
        Wording(
            "ARQC XOR (response code ‖ 000000000000), enciphered under the AC session key of this ATC; send ARPC 8 ‖ "
            "code 2.",
            "（ARQC XOR（应答码 ‖ 000000000000））用本次 ATC 的 AC 过程密钥加密；发送 ARPC 8 ‖ 应答码 2。",
        ),
        ("PBOC-5 §15.4.3",),
    ),
    CatalogueEntry(
        "wrong MAC of a script",
        Wording(
            "MAC wrong: session key {key} of ATC {atc}, first cryptogram {cryptogram}",
            "脚本 MAC 不正确：ATC {atc} 的过程密钥 {key}，第一次密文 {cryptogram}",
        ),
        Wording(
            "The MAC covers header, Lc, ATC, the cryptogram of the *first* GENERATE AC, then data: the second "
            "cryptogram, another ATC, Lc without the MAC, or chaining from script to script gives this.",
            "MAC 覆盖命令头、Lc、ATC、第一次 GENERATE AC 的密文和数据：用了第二次的密文、别的 ATC、Lc 不含 MAC，或脚本"
            "之间串接都会如此。",
        ),
        Wording(
            "84/04 INS P1 P2 Lc (with 4) ‖ ATC 2 ‖ first cryptogram 8 ‖ data, padded with 80, under the MAC session "
            "key of this ATC.",
            "84/04 INS P1 P2 Lc（含 4）‖ ATC 2 ‖ 第一次密文 8 ‖ 数据，补 80，用本次 ATC 的 MAC 过程密钥计算。",
        ),
        ("PBOC-5 §17.6, C.2.4",),
    ),
)
