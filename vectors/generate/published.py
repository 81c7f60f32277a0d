"""Published values as commands (公布数值): literal bytes, nothing is computed while they are played."""

from __future__ import annotations

from vectors.generate.build import GOOD, Json, Unit, gpo, select, send, standard, vector, verify

_LAB = "profiles/published.toml"
_OWN_SHOP = "4455414C434F5320544553542053484F50202020"
_OWN = "000000012345000000000000015600000480000156260315003F7C21A9143052"
_OWN_OVERRIDES: Json = {
    "pse": {
        "elements": {"82": "7C00", "9F36": "0011", "9F13": "0011"},
        "internal": {"0E01": ["9F51", "9F52", "9F56", "9F57", "9F36", "9F13"]},
    }
}
_LAB_DATA = "000000001000000000000000" + "0156" + "0000000000" + "0156" + "000125" + "164721" + "00" + "11223344"
_CDA_DATA = _LAB_DATA


def laboratory() -> list[Json]:
    """The laboratory's keys: one transaction, PIN verified, and a script after it."""
    arqc = send(f"80AE800020{_LAB_DATA}00", "9000 8013 80 0001 DBDCBB916F4F6579 07010103A4000001")
    arpc = send("008200000ABA98DE6E91CD36033030")
    done = send(f"80AE4000223030{_LAB_DATA}00", "9000 8013 40 0001 B8C84AEC68E76124 0701010364000001")
    setup = [select(), gpo(), verify()]
    scripts = (
        ("BLOCK", "应用锁定", "APPLICATION BLOCK", [send("841E000004C8DD9B32"), select("6283")]),
        ("PUT", "设置数据", "PUT DATA 9F58 = 07", [send("04DA9F580507992372D2"), send("80CA9F5800", "9000 9F580107")]),
        ("UNBLOCK", "密码解锁", "PIN UNBLOCK", [send("84240000044532D67C")]),
        (
            "CHANGE",
            "密码修改",
            "PIN CHANGE to 1234, P2 02",
            [send("8424000214AA747601D292DFE99FA524D1D549B20A6CCEF30B"), send("80A8000002830000", "6985")],
        ),
    )
    found = [
        vector("VEC-2", "实验室密钥：联机交易", "laboratory keys: ARQC, ARPC, TC", [arqc, arpc, done], setup),
        vector(
            "VEC-2-NO-PIN",
            "实验室密钥：无密码",
            "laboratory keys: ARQC without PIN",
            [send(f"80AE800020{_LAB_DATA}00", "9000 8013 80 0001 C18C3C4ADB1DF905 07010103A0000001")],
            [select(), gpo()],
        ),
    ]
    found += [
        vector(f"VEC-2-{name}", f"实验室密钥：{zh}", f"laboratory keys: {en}", steps, [*setup, arqc, arpc, done])
        for name, zh, en, steps in scripts
    ]
    return found


def signatures() -> list[Json]:
    """The published card key: dynamic and combined signatures."""
    pdol = "01560000000000100001560000000000000000000000000000000000000000"
    dda = {
        "pse": {
            "elements": {"9F36": "00AD", "9F13": "00AD"},
        }
    }
    cda = {
        "pse": {
            "elements": {"9F36": "0020", "9F13": "0020", "9F38": "9F1A029F7A019F02065F2A029F4E14"},
            "fci": ["50", "87", "9F38", "5F2D"],
        }
    }
    opened = [select(), send(f"80A8000021831F{pdol}00")]
    return [
        vector(
            "VEC-6",
            "DDA 签名",
            "the dynamic signature for ATC 00AE and 9F37 11223344",
            [send("00880000041122334400", "9000 " + _DDA)],
            [select(), gpo()],
            overrides=dda,
        ),
        vector(
            "VEC-9",
            "两次 CDA",
            "combined signatures in both GENERATE ACs",
            [
                send(f"80AE900020{_CDA_DATA}00", "9000 " + _CDA_FIRST),
                send("008200000A3E7EF9DF08F760513030"),
                send(f"80AE5000223030{_CDA_DATA}00", "9000 " + _CDA_SECOND),
            ],
            opened,
            overrides=cda,
        ),
    ]


_DDA = (
    "808180 6ED01E28B4C409B96F0CB60FDC952A6EDF128A8F8278B2B1A363D4CE2B999E943FF815C312B1E2A50B24A5A1A8E26014B9EB8908"
    "ADB9FDB1855E8BD4F57DEF565442C98EB2C5F92230533508DC2ABA22F52BA3F3F91A505A9A30EE3E5B29C4FB74493983F965D1705E1CB863"
    "5A7117E48151D35CF4A654899DF19EB53019F76B"
)
_CDA_FIRST = (
    "7781989F2701809F360200219F4B8180883D0546D982AA19A8461AE3894F0ADC6B5E1BD858D141F86C4F5C8905071DC4E50E23A3649E97927C"
    "C1F3147E6931831B1C87922B8DDEDE0E3A945F45087AFEFAF2A644FAB9B9DED204FDD8FB62283AB2F7CD2D318614413F860A9CF1E5F8F519"
    "D447D7E09446CA2714433AA3F357AFC93626D208C44162D0A84EE72E6182C19F100807010103A0000201"
)
_CDA_SECOND = (
    "7781989F2701409F360200219F4B818055C4F8E2AAA14429131B7BADAC54FE73D3038428D353C07F746C6074145861884D7CF087118617869"
    "5DF78469E817B3639D7C861FB1EAC6FF252A2276C54190FBA996D8826AD57B7F0DEAF53F2E7FA615A13FBB84D5F7F49CE04EF1E493D98C5ED"
    "17CCB888A669E55A625D3FEEF6A209B8D357C1839D4D24D4DD9B03257647E79F10080701010360000201"
)


def own() -> list[Json]:
    """The worked example with invented keys: ATC 0012, DDA done, and its scripts."""
    dda = send("00880000043F7C21A900", "9000 808180[128]")
    asked = {"ARQC": "80", "AAC": "00", "TC": "40"}

    def first(kind: str, ac: str, cvr: str) -> Json:
        cid = asked[kind]
        return send(f"80AE{cid}0034{_OWN}{_OWN_SHOP}00", f"9000 8013 {cid} 0012 {ac} 070101{cvr}01")

    def last(kind: str, cid: str, ac: str, cvr: str, arc: str = "3030") -> Json:
        return send(f"80AE{asked[kind]}0022{arc}{_OWN}00", f"9000 8013 {cid} 0012 {ac} 070101{cvr}01")

    start = [select(), gpo(), dda]
    arqc = first("ARQC", "E3F2918989673FFD", "03A00002")
    good, bad = send("008200000A57825135A7B12C593030"), send("008200000A57825135A7B12C583030", "6300")
    online = [*start, arqc]
    rows: list[tuple[str, str, list[Json], list[Json]]] = [
        ("ONLINE", "ARQC, ARPC, TC", [arqc, good, last("TC", "40", "74D1D49DD4AA32AF", "03600002")], start),
        ("NO-DDA", "ARQC without DDA", [first("ARQC", "53B3730C0D8F5003", "03A00000")], start[:2]),
        ("AAC", "AAC at once", [first("AAC", "CC06689484EBBBC0", "03800002")], start),
        ("TC", "TC at once", [first("TC", "B210A1FCD22D4B23", "03900002")], start),
        ("ONLINE-AAC", "AAC after a right ARPC", [good, last("AAC", "00", "7B2A231B34F2FB69", "03200002")], online),
        ("EA-FAILED-TC", "TC after a wrong ARPC", [bad, last("TC", "40", "87DAD4861958141D", "03680002")], online),
        ("EA-FAILED-AAC", "AAC after a wrong ARPC", [bad, last("AAC", "00", "4589C177FA8F3412", "03280002")], online),
        ("NO-EA", "TC without authentication", [last("TC", "40", "C4517213B881C0CF", "03600402")], online),
        ("Z3", "AAC, unable to go online", [last("AAC", "00", "BCD7720EA68C754F", "03210002", "5A33")], online),
        ("Y3", "TC, unable to go online", [last("TC", "40", "9EE86CED85FF008C", "03610002", "5933")], online),
    ]
    arcs = (
        ("3031", "3DDB2F88FAF27E63"),
        ("3130", "600068E089DD51CB"),
        ("3035", "D4C1A8D6CC327345"),
        ("3531", "AC5BBB00C2108F4E"),
    )
    rows += [(f"ARC-{arc}", f"ARPC for {arc}", [send(f"008200000A{arpc}{arc}")], online) for arc, arpc in arcs]
    six, five, again = "26123456FFFFFFFF", "2598765FFFFFFFFF", [select(), gpo()]
    scripts: list[tuple[str, str, list[Json]]] = [
        ("PUT", "04DA9F5805055CDCDDF0", [send("80CA9F5800", "9000 9F580105")]),
        ("PUT-AMOUNT", "04DA9F540A0000005000002A0A8DBC", [send("80CA9F5400", "9000 9F5406000000500000")]),
        ("RECORD", "04DC01240E70089F1401059F230109F788A54C", [send("00B2012400", "9000 70089F1401059F230109")]),
        ("BLOCK", "841E000004CA89EA9A", [select("6283")]),
        ("UNBLOCK", "84180000043C311112", [select()]),
        ("CARD-BLOCK", "84160000041285D3CF", [select("6A81")]),
        ("PIN-UNBLOCK", "8424000004639519D1", []),
        ("PIN-6", "842400021470D5A8A086C2F25F411671EA6E0BFA6EE3C1AA63", [*again, send(f"0020008008{six}")]),
        ("PIN-6-CURRENT", "8424000114741F8FB3581C8330411671EA6E0BFA6E2A31B5D7", [*again, send(f"0020008008{six}")]),
        ("PIN-5", "842400021433A7D16E7B97093C411671EA6E0BFA6E779AC65C", [*again, send(f"0020008008{five}")]),
    ]
    rows += [(f"SCRIPT-{name}", "script " + name, [send(each), *after], online) for name, each, after in scripts]
    rows.append(
        (
            "SCRIPT-PIN-5-CURRENT",
            "two changes in one script, the second with the current PIN",
            [
                send(scripts[7][1]),
                send("84240001149AA2E86160A92606411671EA6E0BFA6ECC7BCDEC"),
                *again,
                send(GOOD, "63C2"),
                send(f"0020008008{five}"),
            ],
            online,
        )
    )
    options = {**_OWN_OVERRIDES["pse"], "elements": {**_OWN_OVERRIDES["pse"]["elements"], "9F52": "0000", "9F56": "00"}}
    return [
        vector(f"VEC-8-{name}", f"自编算例：{name}", f"worked example: {en}", steps, setup, profile="bank-only", overrides={"pse": options})
        for name, en, steps, setup in rows
    ]  # fmt: skip


def unit() -> Unit:
    """The file."""
    return Unit(
        "published.json",
        "BANK-VALUES",
        "公布的密文数值",
        "Published cryptograms",
        "Whole transactions with published keys and numbers; every byte is literal.",
        ["PBOC-5 annex C", "PBOC-5 annex D", "PBOC-7 §5", "PBOC-7 §11"],
        standard(
            "laboratory keys and card key as published; the worked example is ours",
            "published",
            computed_by="twice, with two independent implementations (pyca cryptography, pyemv; RSA by integers)",
        ),
        [*laboratory(), *signatures(), *own()],
        _LAB,
    )
