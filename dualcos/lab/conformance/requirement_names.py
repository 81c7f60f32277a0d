"""Requirements: what vectors decide and properties ask, each declared here once with its clause.

``F`` firewall and sessions, ``T`` power cuts (assurance contract), ``M`` models: the properties of ``docs/properties.md``,
which ``dualcos.lab.properties`` asks of drawn traffic and vectors of chosen examples. ``P``: what 总体方案 itself demands
of a card. A requirement for which there is no vector says why.
"""

# ruff: noqa: E501 - the table is read by column

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.explain.catalogue_entry import Wording
from dualcos.lab.conformance.nearest_names import near


class Requirement(NamedTuple):
    """``sentence`` and ``zh``: what it says, in English and Chinese; ``without``: why no vector decides it, None where
    some do.
    """

    identity: str
    sentence: str
    zh: str
    clause: str
    without: Wording | None = None


_WALL = "LD/T 6001.2 防火墙; SSC-4 §5.5"
_STATE = "SSC-7 §5.8, §6.6; SSC-5 §6.11.1"
_MESSAGING = "SSC-4 §8; SSC-7 §7.4"
_PULL = "LD/T 6001.2 防拔; assurance contract"
_DRAWN = Wording(
    "examples show little of it: traffic is drawn and compared by `dualcos fuzz firewall`",
    "举例只能说明少许：由 `dualcos fuzz firewall` 随机产生通信并比较",
)
_EVERY = Wording(
    "it needs every cut of every command, and cuts in what follows: `dualcos fuzz firewall`",
    "须在每条命令的每个掉电点掉电，并在其后再次掉电：`dualcos fuzz firewall`",
)
_PROCESS = Wording(
    "it is about the program, not about answers: `dualcos fuzz firewall`",
    "涉及程序而非应答：`dualcos fuzz firewall`",
)

PROPERTY_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("F1", "what e answers does not depend on f's traffic", "e 的应答与 f 中的通信无关", _WALL, _DRAWN),
    Requirement("F2", "what e answers does not depend on f's secrets and contents", "e 的应答与 f 的密钥、个人密码和文件内容无关", _WALL, _DRAWN),
    Requirement("F3", "a command changes only the cells of the environment that executes it", "命令只改变执行它的环境的存储单元", _WALL, _DRAWN),
    Requirement("F4", "an excursion into f leaves e as the bare excursion does", "进入 f 操作后返回，e 与仅选择过 f 时相同", _WALL, _DRAWN),
    Requirement("F5", "after leaving, e is as a fresh session over the same memory", "离开之后，e 如同在同一存储上新开始的会话", _STATE),
    Requirement("F5a", "after each way out every access rule asks again", "无论以何种方式离开，此后各访问条件均须重新满足", _STATE),
    Requirement("F5b", "each SELECT keeps and drops what the table of session items says", "每次 SELECT 按会话项目表保留或清除各项", _STATE),
    Requirement("F5c", "a SELECT that is refused has one effect on e, whoever refuses it", "被拒绝的 SELECT 对 e 的影响只有一种，与由谁拒绝无关", f"{_STATE}; SSC-5 §7"),
    Requirement("F5d", "GET RESPONSE continues the command whose answer waits, or is a command like any other", "GET RESPONSE 是有待取应答的命令的延续，否则按普通命令处理", "SSC-5 §6.6, §7; PBOC-3 §9.3.1.3; ISO 7816-4 §5.3.4"),
    Requirement("F6", "nothing earned in f satisfies a rule of e", "在 f 中取得的权限不满足 e 的任何访问条件", _WALL),
    Requirement("F7", "no identifier, path or partial name leads from e to f", "任何标识符、路径或部分名均不能由 e 通向 f", _WALL),
    Requirement("F7a", "e answers to the same identifiers whether or not f exists", "无论 f 是否存在，e 响应的标识符相同", _WALL, _DRAWN),
    Requirement("F7b", "e answers as on a card where f does not exist", "e 的应答与没有 f 的卡相同", _WALL),
    Requirement("F7c", "in a directory only its own files answer to an identifier", "在一个目录中，只有其自身的文件响应标识符", "SSC-4 §6.1; SSC-3 §5.2"),
    Requirement("F8", "no key or PIN in an answer or in the trace", "应答和跟踪记录中不出现密钥或个人密码", "SSC-4 §6.4, §7.4"),
    Requirement("F8a", "no key or PIN in a repr", "对象的文本表示（repr）中不出现密钥或个人密码", "SSC-4 §6.4, §7.4", _PROCESS),
    Requirement("F9", "between two successes a try counter only goes down, by one for each wrong presentation", "两次成功之间，尝试计数器只减不增，每次错误出示减 1", "SSC-7 §5.8, §6.6"),
    Requirement("F10", "a refusal changes nothing but the counters its command declares", "命令被拒绝时，除其声明的计数器外不作任何改变", "SSC-5 §6"),
    Requirement("F11", "any one bit of a protected command flipped: refused, nothing changed", "受保护的命令任一比特翻转：命令被拒绝，且无任何改变", _MESSAGING),
    Requirement("F12", "where protection is required no weaker form is accepted", "要求安全报文之处，不接受较弱的保护形式", _MESSAGING),
    Requirement("F13", "hand-over is one-way: only the own master key's proof changes an environment", "控制权移交不可逆：只有经环境自身的主控密钥鉴别，才能改变该环境", "总体方案 一（四）; SSC-4 §5"),
    Requirement("F14", "transaction numbers rise; none carries two cryptograms over other data", "交易序号递增；同一序号下不为不同数据产生两个密文", "PBOC-5 §16; assurance contract T6"),
    Requirement("F15", "what a random number made acceptable is never accepted again", "凭随机数被接受过的数据，不再被接受", "SSC-5 §6.5; SSC-7 §6.6"),
    Requirement("F15a", "a wrong use consumes the random number", "使用错误同样使随机数失效", "SSC-5 §6.5; SSC-7 §6.6"),
    Requirement("F15b", "a random number of one environment is none in another", "一个环境的随机数在另一环境中无效", "SSC-5 §6.5", _DRAWN),
    Requirement("F16", "card-wide effects come only by the channels declared for them", "影响全卡的作用只能经为其声明的途径产生", "SSC-5 §6.2.1; PBOC-5 B.4; 总体方案 一（四）"),
    Requirement("F17", "any bytes get an answer of at least two bytes", "任意字节均得到至少两字节的应答", "SSC-2 §9"),
    Requirement("F17a", "the nearest malformed forms of every data field: a declared word, and nothing changed", "各数据域最接近正确的错误形式：返回声明的状态字，且无任何改变", "SSC-5 tables 7 to 78; PBOC-5 annex B; ISO 7816-3 §12.1"),
    Requirement("F17b", "the same under a right MAC or master key, and in the making of a card", "报文鉴别码或主控密钥正确时，以及制卡过程中，F17a 同样成立", "SSC-5 §6.3, §6.8, §6.13; PBOC-5 B.10; EMV CPS 3.2.7; SSC-10 §5.2"),
    Requirement("F18", "same card, same seed, same bytes: same answers and memory", "同一张卡、同一随机种子、同样的字节：应答和存储相同", "own promise: evidence can be repeated", _PROCESS),
    Requirement("F19", "f locked and blocked does not change what e answers", "f 被锁定不改变 e 的应答", _WALL),
    Requirement("F20", "e's trace does not depend on f's traffic", "e 的跟踪记录与 f 中的通信无关", _WALL, _DRAWN),
    Requirement("F21", "answers depend on memory, random numbers and commands, not on what the process did before or does besides", "应答只取决于存储、随机数和命令，与进程此前或同时所做的其他事情无关", "own promise: evidence can be repeated", _PROCESS),
    Requirement("F21a", "who explains a card with its keys in view changes nothing of it", "持有密钥对卡片作解释，不改变卡片的任何内容", "own promise: evidence can be repeated", _PROCESS),
    Requirement("F22", "rights, counters and MACs go by the names of keys, not by their bytes", "权限、计数器和报文鉴别码以密钥的名称区分，不以密钥值区分", "SSC-4 §5.3, §6; SSC-7 §6.6, §13; PBOC-5 annex C"),
    Requirement("F22a", "what proves one command is nothing in another, made with the same bytes", "一条命令的鉴别数据用于另一命令无效，即使由相同字节产生", "SSC-4 §8; SSC-7 §7.4; PBOC-5 C.2.4", _DRAWN),
    Requirement("F23", "a command reaches as far as declared, under every option that widens one", "在放宽作用范围的各选项下，命令的作用不超出声明的范围", "SSC-5 §6.1, §6.2; SSC-7 §13; PBOC-5 B.2, B.4; 总体方案 一（一）2"),
    Requirement("F23a", "the same of any traffic under any value of any option", "任一选项取任意值、任意通信下，F23 同样成立", "SSC-5 §6.1, §6.2; SSC-7 §13; PBOC-5 B.2, B.4; 总体方案 一（一）2", _DRAWN),
    Requirement("F24", "what a failing command keeps and drops of a session is one table, in every stack", "命令失败时保留和清除哪些会话项目由同一张表规定，各应用一致", f"{_STATE}; SSC-5 §6.5, §6.6, §7; SSC-9 §9.8, §9.10; PBOC-5 §15.3, §17.6"),
    Requirement("F27", "no refusal gives a try back, none before the comparison costs one, a locked secret is not accepted", "拒绝不退还尝试次数，比较之前的拒绝不消耗次数，已锁定的密钥或个人密码不被接受", "SSC-7 §5.8, §6.6, §13.3"),
    Requirement("F27a", "a right ends with the tries of the key that earned it", "密钥的尝试次数用尽，凭其取得的权限即失效", "SSC-7 §13.3; the COS's rule for other keys"),
    Requirement("F27b", "a right ends when its key is replaced", "密钥被更换，凭其取得的权限即失效", "SSC-4 §5.3; the COS's rule for other keys"),
    Requirement("F27c", "an application made anew under its identifier inherits no right", "以原标识符重新建立的应用不继承任何权限", "SSC-10 §5.2; the COS's rule"),
    Requirement("F25", "whatever the cells of f hold, e and the ATR stay whole, and f answers", "无论 f 的存储单元为何内容，e 和复位应答不受影响，且 f 有应答", "LD/T 6001.2 防火墙; SSC-4 §5.5; 总体方案 一（一）2"),
    Requirement("F25a", "the same of every cell in turn", "逐一对每个存储单元，F25 同样成立", "LD/T 6001.2 防火墙; SSC-4 §5.5; 总体方案 一（一）2", _DRAWN),
    Requirement("F26", "every stored counter, amount and total at its edges: a declared word, and none begins again", "所存的计数器、金额和累计值到达边界时：返回声明的状态字，且不从头开始", "SSC-5 §7; SSC-7 §11, §12; SSC-9 §9.9; PBOC-5 §16"),
    Requirement("T7", "a booked load or purchase whose answer was lost still gives its proof", "圈存或消费已入账而应答丢失时，仍可取得其交易证明", "SSC-7 §14; assurance contract T7"),
    Requirement("M1", "a record file answers as the model of it", "记录文件的应答与其模型一致", "SSC-3 §5.3; SSC-5 §6.10, §6.13"),
    Requirement("T2", "a try is spent before anything is compared", "先扣减尝试次数，后作比较", "SSC-7 §5.8; assurance contract T2"),
)  # fmt: skip
"""In the order of ``docs/properties.md``."""

CUT_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("T1", "after a power cut each environment is as before or as after the interrupted command", "掉电后，各环境处于被中断命令执行之前或执行之后的状态", f"{_PULL} T1"),
    Requirement("T3", "recovery cut and run again ends the same", "恢复过程中掉电并再次恢复，结果相同", f"{_PULL} T3", _EVERY),
    Requirement("T4", "after a cut the session is gone and the other environment's memory is byte-identical", "掉电后会话消失，另一环境的存储逐字节不变", f"{_PULL} T4"),
    Requirement("T5", "no try counter is higher after a cut than without it", "掉电后，尝试计数器不高于未掉电时", f"{_PULL} T5"),
    Requirement("T6", "no cryptogram, MAC or TAC is made twice under one ATC or sequence number over other data", "同一 ATC 或交易序号下，不为不同数据产生两个密文、MAC 或 TAC", f"{_PULL} T6; PBOC-5 §16", _EVERY),
    Requirement("T8", "only the card's edge sees the power loss", "只有卡的最外层能察觉掉电", f"{_PULL} T8", _PROCESS),
)  # fmt: skip
"""The assurance contract besides T2 and T7, which properties ask without any cut. T6 is F14 at every cut."""

_ONE, _FOUR = "总体方案 一（一）", "总体方案 一（四）"
PLAN_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("P1", "one COS serves both applications, each with security, files and commands of its own", "一个 COS 支持两个应用，各有自己的安全体系、文件和命令", f"{_ONE}2, 4"),
    Requirement("P2", "data and keys lie in SSSE and PSE; a terminal enters each by selecting it", "数据和密钥存放于 SSSE 和 PSE，终端通过选择进入各环境", f"{_ONE}3"),
    Requirement("P3", "the card master key creates SSSE and PSE and loads their master keys", "卡片主控密钥建立 SSSE 和 PSE，并装载其主控密钥", _FOUR),
    Requirement("P4", "from then on the card master key has no power over either", "此后卡片主控密钥对两者均无控制权", _FOUR),
    Requirement("P5", "SSSE's master key creates the files below SSSE and loads the social keys", "SSSE 的主控密钥建立 SSSE 下的文件，并装载社会保障应用的密钥", _FOUR),
    Requirement("P6", "PSE's master key creates the files below PSE and loads the bank's keys", "PSE 的主控密钥建立 PSE 下的文件，并装载金融应用的密钥", _FOUR),
    Requirement("P7", "an environment changes its master key by itself", "各环境自行更换其主控密钥", _FOUR),
    Requirement("P8", "the PSAM is of the social application only", "PSAM 卡仅用于社会保障应用", _FOUR, Wording("nothing of the bank's lies in a PSAM and no command of one is about it: there is nothing to send", "PSAM 卡中没有金融应用的内容，其命令也与金融应用无关：无命令可发")),
    Requirement("P9", "the bank's side is for use at home only", "金融应用仅限境内使用", "总体方案 二（三）1"),
    Requirement("P10", "the bank's side is an RMB debit application", "金融应用为人民币借记应用", "总体方案 二（三）2"),
    Requirement("P11", "both sides can be personalised one after the other, by different hands", "两个应用可由不同单位先后个人化", "总体方案 五（二）", Wording("it is about hands, not about answers: make bureau makes cards both ways and plays on them", "涉及操作单位而非应答：make bureau 以两种方式制卡并执行向量")),
)  # fmt: skip
"""What the plan demands of a card. What it demands of terminals, systems and offices no card can show."""

REQUIREMENTS: tuple[Requirement, ...] = (*PROPERTY_REQUIREMENTS, *CUT_REQUIREMENTS, *PLAN_REQUIREMENTS)

_BY_IDENTITY: Mapping[str, Requirement] = MappingProxyType({each.identity: each for each in REQUIREMENTS})


def requirement_called(identity: str) -> Requirement:
    """The requirement. Raises KeyError."""
    return _BY_IDENTITY[identity]


def unknown_requirement(names: Iterable[str]) -> str | None:
    """What is wrong with the first of ``names`` that is no requirement; None if all are."""
    for name in names:
        if name not in _BY_IDENTITY:
            return f"{name!r} is no requirement{near(name, _BY_IDENTITY)}"
    return None
