"""Steps about money: load, settlement, what became of those that were cut off, what the terminal has stored of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.amounts_typed import fen, some_fen
from dualcos.cli.standing.step_kinds import SERVICE, StepDone, StepKind, counted, detail, yuan
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.messages.social_services import ReadCard, ServiceRefused
from dualcos.terminal.social import updating
from dualcos.terminal.social.hsm_path import BackEndRefused, clause_of, said_of
from dualcos.terminal.social.medical_desk import MedicalOutcome
from dualcos.terminal.social.medical_record_states import RecordState, UploadState
from dualcos.terminal.social.medical_records import MedicalRecord, SettlementMode
from dualcos.terminal.social.purchase_steps import LoggedTransaction, OrderAmounts
from dualcos.terminal.social.terminal_journal import StoredUpload
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import TerminalBusiness
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.whole_texts import whole

_NUMBER = re.compile(whole("[1-9][0-9]{0,8}"))
_KINDS: Mapping[str, PartText] = MappingProxyType(
    {"31": PartText("划入", "load"), "32": PartText("消费", "settlement")}
)
_BY_TOTAL = (SettlementMode.ONLINE, SettlementMode.ONLINE_OR_OFFLINE)
_NOTHING = PartText("", "")
_TOTAL = PartText("金额", "total")
_UPDATE = "update"


# --- what the card has ------------------------------------------------------------------------------------------------


def balance(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """查余额 of the account and the year's two totals (SSC-7 §11)."""
    del asked
    held = counter.desk.balance(counter.card())
    return StepDone(
        PartText(f"账户余额 {yuan(held.account)}", f"account balance {yuan(held.account)}"),
        (
            detail("账户余额", "account balance", yuan(held.account)),
            detail("本年度自付累计", "paid by the holder this year", yuan(held.self_paid)),
            detail("本年度统筹累计", "paid by the fund this year", yuan(held.pooled)),
            detail("缴费年度", "year of these", held.year),
            detail(
                "累计口径",
                "of these",
                "settlements on line count their total as the holder's, account and fund as the fund's",
            ),
        ),
    )


def log(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """查明细: the card's own journal, newest first (SSC-7 §12)."""
    del asked
    card = counter.card()
    records, of_card = counter.desk.log(card), said_of(card.environment)
    stored = (each.record for each in counter.desk.journal.records())
    modes = {each.sequence: each.mode for each in stored if each.of_card(of_card)}
    rows = []
    for each in records:
        kind = _KINDS.get(each.kind, PartText(each.kind, each.kind))
        amounts = _by_total(each) if modes.get(each.sequence) in _BY_TOTAL else _by_payer(each)
        rows.append(detail(kind.zh, kind.en, f"{each.sequence}  {each.time}  {each.terminal}  {', '.join(amounts)}"))
    if any(each.sequence not in modes and not each.account and each.pooled for each in records):
        rows.append(detail("联网结算的记录", "of those on line", "holder: the total; pooled: account and fund"))
    return StepDone(PartText(f"{len(records)}条记录", counted(len(records), "record")), tuple(rows))


def _by_payer(logged: LoggedTransaction) -> Iterator[str]:
    yield f"account {yuan(logged.account)}"
    if logged.self_paid is not None:
        yield f"holder {yuan(logged.self_paid)}"
    if logged.pooled is not None:
        yield f"pooled {yuan(logged.pooled)}"


def _by_total(logged: LoggedTransaction) -> Iterator[str]:
    """Of one on line the card is told the total in the holder's place, account and fund in the fund's (38号)."""
    yield f"total {yuan(logged.self_paid or 0)}"
    yield f"account and fund {yuan(logged.pooled or 0)}"


# --- load and settlement ----------------------------------------------------------------------------------------------


def load(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """账户划入, on line (SSC-7 §11)."""
    return _outcome(counter.desk.load(counter.card(), some_fen(asked)))


def settle(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """医疗消费 in one of the three modes (SSC-7 §12; 人社信息函〔2012〕38号)."""
    total, mode, amounts = _ordered(asked)
    card = counter.card()
    done = _outcome(counter.desk_in(mode).settle(card, total, amounts))
    return done._replace(details=(*done.details, *_unanswered(counter, said_of(card.environment))))


def _unanswered(counter: CounterAtWork, card: ReadCard) -> Iterator[TerminalDetail]:
    """What the back end was to say of this card and has not said: another record than that of what was settled."""
    for each in counter.desk.journal.open_records():
        if each.record.state is RecordState.ASKED and each.record.of_card(card):
            what = f"record {each.number}, {yuan(each.record.total)}; `upload` has it told that nothing came of that"
            yield detail("后台未答复的请求", "request without an answer", what)


def _ordered(asked: StepAsked) -> tuple[int, SettlementMode | None, OrderAmounts | None]:
    """How much, how, and who pays what. Raises Fault."""
    total = some_fen(asked)
    return total, *mode_asked(asked, total)


def mode_asked(asked: StepAsked, total: int) -> tuple[SettlementMode | None, OrderAmounts | None]:
    """How ``total`` fen are to be settled, and who pays what of them. Raises Fault."""
    given = asked.options.get("mode")
    mode = SettlementMode(int(given)) if given is not None else None
    shares = {
        name: fen(asked, str(asked.options[name]), f"--{name}")
        for name in ("account", "pooled")
        if name in asked.options
    }
    if shares and mode is not SettlementMode.OFFLINE:
        raise asked.fault(
            PartText(
                "--account、--pooled只用于--mode 3；联网时由后台分摊",
                "--account and --pooled are of --mode 3; on line the back end says who pays",
            )
        )
    amounts = None
    if shares:
        account, pooled = shares.get("account", 0), shares.get("pooled", 0)
        amounts = OrderAmounts(account, total - account - pooled, pooled)
        if amounts.self_paid < 0:
            first, then, whole_sum = f"--account {yuan(account)}", f"--pooled {yuan(pooled)}", yuan(total)
            raise asked.fault(
                PartText(
                    f"{first}加{then}超过结算金额{whole_sum}",
                    f"{first} and {then} are more than the {whole_sum} to be settled",
                )
            )
    return mode, amounts


def _outcome(done: MedicalOutcome) -> StepDone:
    said, upload = done.record.state.words, done.upload
    told = _reported(upload) if upload is not None else _NOTHING
    comma = PartText("，", ", ") if upload is not None else _NOTHING
    kind, line = _kind(done.record), _off_line(done.record)
    words = PartText(
        f"{kind.zh}{said.zh}{line.zh}{comma.zh}{told.zh}", f"{kind.en} {said.en}{line.en}{comma.en}{told.en}"
    )
    return StepDone(words, tuple(medical_rows(done)), refused_report(upload))


def _off_line(record: MedicalRecord) -> PartText:
    """Why a settlement that may be off line was."""
    if record.mode is SettlementMode.ONLINE_OR_OFFLINE and record.offline and record.tac:
        return PartText("（后台无应答，临时脱网）", " off line, as the back end did not answer")
    return _NOTHING


def refused_report(upload: StoredUpload | None) -> TerminalStopped | None:
    """Why the back end did not take a report, None if it did or has not said."""
    if upload is None or upload.state is not UploadState.REFUSED or not isinstance(upload.answer, ServiceRefused):
        return None
    return BackEndRefused(upload.answer, clause_of(upload.request))


def _kind(record: MedicalRecord) -> PartText:
    return _KINDS.get(record.kind, PartText("交易", "transaction"))


def _reported(upload: StoredUpload) -> PartText:
    words = upload.state.words
    return PartText(words.zh, f"report {words.en}")


def medical_rows(done: MedicalOutcome) -> Iterator[TerminalDetail]:
    """What there is to say of a load or settlement."""
    return record_rows(done.number, done.record)


def record_rows(number: int, record: MedicalRecord, total: PartText = _TOTAL) -> Iterator[TerminalDetail]:
    """The same of a record; ``total``: what its amount is called."""
    yield detail("终端记录号", "record", number)
    yield detail(total.zh, total.en, yuan(record.total))
    if record.shares is not None:
        account, pooled, holder = map(yuan, record.shares)
        yield detail("个人账户支付", "from the account", account)
        yield detail("统筹基金支付", "from the fund", pooled)
        yield detail("个人自付", "from the holder", holder)
    if record.sequence:
        yield detail("卡交易序号", "number at the card", record.sequence)
    if record.terminal_sequence:
        yield detail("终端交易序号", "number at the terminal", f"{record.terminal} {record.terminal_sequence}")
    if record.time:
        yield detail("交易时间", "time", record.time)
    if record.tac:
        yield detail("交易验证码", "TAC", record.tac)


# --- what is open -----------------------------------------------------------------------------------------------------


def recover(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """防拔: what was cut off is brought to its end (SSC-7 §14)."""
    card = counter.card()
    done = counter.desk.recover(card, override="set-aside" in asked.options)
    update = updating.resume_update(card, counter.updates, counter.terminal.parts.back_end)
    rows = [row for each in done for row in (_summary(each.number, each.record, each.upload), *medical_rows(each))]
    if update is not None:
        state = PartText("完整", "complete") if update.complete else PartText("不完整", "not complete")
        rows.append(detail("更新", "update", f"{state.en} {state.zh}", update.address))
    found = len(done) + (update is not None)
    if not found:
        return StepDone(PartText("没有未完成的交易", "nothing was open with this card"))
    return StepDone(PartText(f"已处理{found}笔未完成的交易", f"{found} brought to an end"), tuple(rows))


def _summary(number: int, record: MedicalRecord, upload: StoredUpload | None) -> TerminalDetail:
    """One line of a stored transaction."""
    kind, state = _kind(record), record.state.words
    report = _reported(upload) if upload is not None else PartText("不上传", "no report")
    text = f"{number}  {yuan(record.total)}  card {record.card.number}  {record.time or '-'}"
    return detail(kind.zh, kind.en, f"{text}  {state.en} {state.zh}; {report.en} {report.zh}")


def upload(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """上传 of all that waits; needs no card."""
    del asked
    came = counter.desk.upload()
    rows = [detail("已上传", "taken", each.record) for each in came.taken]
    rows += [
        detail("后台拒绝", "refused", f"{each.upload.record}: {each.refusal.en} {each.refusal.zh}")
        for each in came.refused
    ]
    updating.report_update(counter.terminal.parts.back_end, counter.updates)
    said = PartText(
        f"已上传{len(came.taken)}，被拒{len(came.refused)}，待传{came.waiting}",
        f"{len(came.taken)} taken, {len(came.refused)} refused, {came.waiting} waiting",
    )
    refused = next((BackEndRefused(each.refusal, clause_of(each.upload.request)) for each in came.refused), None)
    return StepDone(said, tuple(rows), refused or silent_back_end(came.waiting))


def silent_back_end(waiting: int) -> TerminalStopped | None:
    """Why an upload is not done behind which something still waits."""
    return TerminalStopped(StopCause.NO_BACK_END) if waiting else None


def journal(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """终端记录: all that the terminal has stored; needs no card."""
    del asked
    stored = counter.desk.journal.records()
    rows = []
    for each in stored:
        reports = counter.desk.journal.uploads_of(each.number)
        rows.append(_summary(each.number, each.record, reports[-1] if reports else None))
    pending = counter.updates.pending()
    if pending is not None:
        rows.append(detail("未完成的更新", "update pending", f"card {pending.number}", pending.order.address))
    return StepDone(
        PartText(f"{len(stored)}条终端记录", f"{counted(len(stored), 'record')} in the terminal"), tuple(rows)
    )


def give_up(counter: CounterAtWork, asked: StepAsked) -> StepDone:
    """The card of a record, or of the update that is pending, never comes back: the back end decides."""
    number = _given_up(asked)
    if number is None:
        closed = updating.give_up_update(counter.updates, counter.terminal.parts.back_end)
        late = _NOTHING if closed else PartText("，待报告", ", its report waits")
        return StepDone(PartText(f"更新已放弃{late.zh}", f"no update is pending{late.en}"))
    return _outcome(counter.desk.give_card_up(number))


def _given_up(asked: StepAsked) -> int | None:
    """The record, None for the update that is pending. Raises Fault."""
    if asked.words[1] == _UPDATE:
        return None
    if not _NUMBER.fullmatch(asked.words[1]):
        raise asked.fault(
            PartText(
                "give-up后面写记录号（见journal），或写update",
                "give-up names a record by its number, as `journal` has it, or `update`",
            )
        )
    return int(asked.words[1])


MONEY_STEPS = (
    StepKind("balance", "", PartText("查余额", "the account's balance and the year's totals"), balance,
             needs_card=True),
    StepKind("log", "", PartText("查明细", "the card's own records of loads and settlements"), log, needs_card=True),
    StepKind("load", "YUAN", PartText("账户划入", "from the back end's account onto the card"), load, 1, 1,
             check=some_fen, needs_card=True, businesses=(TerminalBusiness.LOAD,)),
    StepKind("settle", "YUAN", PartText("医疗消费", "a medical settlement"), settle, 1, 1,
             ("mode", "account", "pooled"), check=_ordered, needs_card=True,
             businesses=(TerminalBusiness.SETTLEMENT,)),
    StepKind("recover", "", PartText("防拔恢复", "bring to an end what was cut off"), recover, options=("set-aside",),
             needs_card=True, meant=lambda asked: SERVICE if "set-aside" in asked.options else ()),
    StepKind("upload", "", PartText("上传", "send the back end what waits for it"), upload,
             businesses=SERVICE),
    StepKind("journal", "", PartText("终端记录", "what the terminal has stored"), journal, businesses=SERVICE),
    StepKind("give-up", "RECORD|update", PartText("放弃", "the card of a record or update never comes back"), give_up,
             1, 1, check=_given_up, businesses=SERVICE),
)  # fmt: skip
