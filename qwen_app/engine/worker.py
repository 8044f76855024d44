"""The loop that owns one model: take, schedule, run, sample, deliver."""

import logging
import threading
from dataclasses import replace
from itertools import chain

import torch
from torch import Tensor

from qwen_app.decoding.sampler import sample
from qwen_app.engine.answer import Answer
from qwen_app.engine.base import EngineStats
from qwen_app.engine.inbox import Inbox, Ticket, closed
from qwen_app.engine.runner import Runner, packed
from qwen_app.engine.scheduler import Scheduler
from qwen_app.engine.sequence import Sequence, Slice
from qwen_app.engine.threads import ThreadGovernor
from qwen_app.errors import AppError, DeadlineExceeded, GenerationFailed
from qwen_app.messages import Delta

log = logging.getLogger(__name__)


class Worker:
    """One thread, one model, one cache. All of its state is touched by its thread alone, but
    for `stats`, which others may read.

    Args:
        number: its place among the inbox's workers.
        threads: most threads for the model's operations on a CPU.
    """

    def __init__(
        self,
        number: int,
        runner: Runner,
        scheduler: Scheduler,
        inbox: Inbox,
        *,
        threads: int = 1,
    ) -> None:
        self.number = number
        self.runner = runner
        self.scheduler = scheduler
        self.inbox = inbox
        self.stats = EngineStats()
        self._on_cpu = runner.cache.device.type == "cpu"
        self._governor = ThreadGovernor(threads)
        self._answers: dict[Sequence, tuple[Ticket, Answer]] = {}
        self._tickets: dict[Ticket, None] = {}
        self._thread = threading.Thread(target=self._run, name=f"engine-{number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        self._thread.join(timeout)

    def cached_prefix(self, digests: list[bytes]) -> int:
        """How many leading blocks of a prompt its cache holds; a guess, from another thread."""
        return len(self.scheduler.pool.match(digests))

    def _run(self) -> None:
        if self._on_cpu:
            torch.set_num_threads(self._governor.threads)
        while not self.inbox.closed:
            try:
                self._cycle()
            except Exception as error:
                self._recover(error)
        for ticket in list(self._tickets):
            self._fail(ticket, closed())

    def _cycle(self) -> None:
        """One step, or a sleep until there is one to do."""
        self._join_new()
        self._drop_ended()
        self._publish()
        if not self._tickets:
            self.inbox.wait(self.number)
            return
        slices = packed(self.scheduler.schedule())
        if not slices:
            raise RuntimeError("requests are waiting, and the scheduler found no work")
        for piece in slices:
            self._answers[piece.sequence][1].on_model()
        slices, logits = self._compute(slices)
        self.scheduler.advance(slices)
        self._deliver([s.sequence for s in slices if s.completes], logits)

    # --- joining and leaving ------------------------------------------------------------------

    def _join_new(self) -> None:
        for ticket in self.inbox.take(self.number, self.scheduler.room):
            self._tickets[ticket] = None
            prompt_tokens = sum(answer.sequence.prompt_length for answer in ticket.answers)
            self._count(requests=1, prompt_tokens=prompt_tokens)
            for answer in ticket.answers:
                self._answers[answer.sequence] = (ticket, answer)
                self.scheduler.add(answer.sequence)
            for answer in ticket.answers:
                try:
                    self._put(ticket, answer.begin())
                except AppError as error:
                    self._fail(ticket, error)
                    break
                if answer.finished:
                    self._leave(answer)
            self._close_if_finished(ticket)

    def _drop_ended(self) -> None:
        for ticket in self.inbox.overdue():
            if (stream := ticket.stream) is not None:
                stream.finish(_overdue())
        for ticket in list(self._tickets):
            if ticket.cancelled or ticket.stream is None:
                self._count(cancelled=1)
                self._forget(ticket)
            elif ticket.overdue:
                self._fail(ticket, _overdue())

    def _leave(self, answer: Answer, *, spoiled: bool = False) -> None:
        if spoiled:
            self.runner.erase(self.scheduler.pool.exclusive(answer.sequence.blocks))
        self.scheduler.finish(answer.sequence, spoiled=spoiled)
        self._answers.pop(answer.sequence, None)

    def _forget(self, ticket: Ticket, *, spoiled: bool = False) -> None:
        for answer in ticket.answers:
            self._leave(answer, spoiled=spoiled)
        self._tickets.pop(ticket, None)

    def _fail(self, ticket: Ticket, error: BaseException, *, spoiled: bool = False) -> None:
        self._count(failed=1)
        self._forget(ticket, spoiled=spoiled)
        if (stream := ticket.stream) is not None:
            stream.finish(error)

    def _close_if_finished(self, ticket: Ticket) -> None:
        if ticket in self._tickets and ticket.finished:
            self._forget(ticket)
            if (stream := ticket.stream) is not None:
                stream.finish()

    # --- the step -----------------------------------------------------------------------------

    def _compute(self, slices: list[Slice]) -> tuple[list[Slice], Tensor]:
        """Logits of a step. If it fails, each sequence is tried alone, so that the one which is
        at fault fails alone.

        Returns:
            The slices that were computed, and a row for each of them that completes.
        """
        try:
            return slices, self._run_model(slices)
        except Exception as error:
            if len(slices) > 1:
                log.exception("a step of %d sequences failed; trying each alone", len(slices))
                parts = [self._compute([piece]) for piece in slices]
                done = list(chain.from_iterable(part for part, _ in parts))
                rows = [logits for part, logits in parts if part]
                return done, torch.cat(rows) if rows else torch.empty(0)
            log.exception("a step failed; its request ends with an error")
            if slices[0].sequence in self._answers:
                ticket, _ = self._answers[slices[0].sequence]
                self._fail(ticket, _failed(error), spoiled=True)
            return [], torch.empty(0)

    def _run_model(self, slices: list[Slice]) -> Tensor:
        if not self._on_cpu:
            return self.runner.run(slices)
        self._governor.begin()
        logits = self.runner.run(slices)
        if self._governor.end():
            torch.set_num_threads(self._governor.threads)
            log.debug("the model now uses %d threads", self._governor.threads)
        return logits

    def _deliver(self, sequences: list[Sequence], logits: Tensor) -> None:
        """Choose each sequence's next token and send what it says."""
        # A sibling's failure in this very step may have ended a ticket.
        keep = [i for i, s in enumerate(sequences) if s in self._answers]
        if not keep:
            return
        if len(keep) < len(sequences):
            logits = logits[torch.tensor(keep, device=logits.device)]
        pairs = [self._answers[sequences[i]] for i in keep]
        masks = [answer.mask() for _, answer in pairs]
        chosen = sample(logits, [answer.state for _, answer in pairs], masks)
        for (ticket, answer), result in zip(pairs, chosen, strict=True):
            if ticket not in self._tickets:
                continue
            if isinstance(result, AppError):
                self._fail(ticket, result, spoiled=True)
                continue
            try:
                self._put(ticket, answer.take(result))
                if withdrawn := answer.withdrawn():
                    self.scheduler.take_back(answer.sequence, withdrawn)
            except AppError as error:
                self._fail(ticket, error)
            except Exception as error:
                log.exception("delivering a token failed; its request ends with an error")
                self._fail(ticket, _failed(error))
            else:
                if answer.finished:
                    self._leave(answer)
                    self._close_if_finished(ticket)

    def _put(self, ticket: Ticket, deltas: list[Delta]) -> None:
        stream = ticket.stream
        for delta in deltas:
            if delta.receipt is not None:
                self._count(
                    cached_tokens=delta.receipt.cached_tokens,
                    generated_tokens=delta.receipt.completion_tokens,
                    forced_tokens=delta.receipt.forced_tokens,
                )
            if stream is not None:
                stream.put(delta)

    def _recover(self, error: Exception) -> None:
        """Something outside a single request broke: fail them all, start from a clean slate."""
        log.exception("the generation loop failed; its requests end with an error")
        for ticket in list(self._tickets):
            try:
                self._fail(ticket, _failed(error), spoiled=True)
            except Exception:
                log.exception("clearing a failed request failed")
        self._tickets.clear()
        self._answers.clear()
        self.scheduler = self.scheduler.fresh()

    # --- the account --------------------------------------------------------------------------

    def _count(self, **more: int) -> None:
        self.stats = replace(
            self.stats, **{name: getattr(self.stats, name) + by for name, by in more.items()}
        )

    def _publish(self) -> None:
        pool = self.scheduler.pool
        self.stats = replace(
            self.stats,
            running=len(self.scheduler.running),
            waiting=len(self.scheduler.waiting),
            kv_blocks_total=pool.num_blocks,
            kv_blocks_used=pool.num_blocks - pool.free,
            preemptions=self.scheduler.preemptions,
        )


def _failed(error: BaseException) -> GenerationFailed:
    kind = type(error).__name__
    return GenerationFailed(
        f"Generating the answer failed ({kind}). Try again; the server's log has the details.",
        f"生成回答时出错（{kind}）。请重试；详细信息见服务器日志。",
    )


def _overdue() -> DeadlineExceeded:
    return DeadlineExceeded(
        "The answer took longer than the time limit of the request. "
        "Ask for fewer tokens, or raise request_timeout_s.",
        "生成回答超过了请求的时间限制。请减少 max_tokens，或调大 request_timeout_s。",
    )
