"""The scheduler and its block pool, without a model: a step "computes" by advancing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.engine.blocks import BlockPool, block_digests
from qwen_app.engine.runner import packed
from qwen_app.engine.scheduler import Scheduler, SchedulerSettings
from qwen_app.engine.sequence import Sequence, Slice

SIZE = 4


def sequence(length: int, *, token: int = 1, leader: Sequence | None = None) -> Sequence:
    return Sequence([token] * length, length, leader)


def scheduler(blocks: int = 64, *, batch: int = 4, budget: int | None = 8) -> Scheduler:
    return Scheduler(BlockPool(blocks, SIZE), SchedulerSettings(batch, budget))


def step(scheduler: Scheduler) -> list[Slice]:
    """One step; every sequence that completes gets a token (its own length, for variety)."""
    slices = scheduler.schedule()
    scheduler.advance(slices)
    for piece in slices:
        if piece.completes:
            piece.sequence.tokens.append(len(piece.sequence.tokens))
    return slices


def test_a_long_prompt_is_cut_into_chunks_and_does_not_stall_decoding() -> None:
    s = scheduler()
    first, long = sequence(3), sequence(40, token=2)
    s.add(first)
    step(s)
    s.add(long)
    chunks = []
    while not long.prefilled:
        slices = step(s)
        assert any(p.sequence is first and p.count == 1 for p in slices)
        chunks += [p.count for p in slices if p.sequence is long]
    assert sum(chunks) == 40
    assert max(chunks) <= 8


def test_without_chunking_a_prompt_is_one_slice() -> None:
    s = scheduler(budget=None)
    s.add(sequence(40))
    assert [p.count for p in step(s)] == [40]


def test_a_short_prompt_overtakes_a_long_one_in_prefill() -> None:
    s = scheduler()
    long, short = sequence(200), sequence(6, token=2)
    s.add(long)
    step(s)
    s.add(short)
    for _ in range(3):
        step(s)
    assert short.prefilled
    assert 8 < long.computed < 200


def test_equal_prompts_are_prefilled_in_the_order_of_their_arrival() -> None:
    s = scheduler(budget=8)
    prompts = [sequence(16, token=i) for i in range(4)]
    for one in prompts:
        s.add(one)
    done: list[Sequence] = []
    while len(done) < 4:
        step(s)
        done += [one for one in prompts if one.prefilled and one not in done]
    assert done == prompts


def test_short_prompts_without_end_do_not_starve_a_long_one() -> None:
    s = scheduler(blocks=200, budget=8)
    long = sequence(200)
    s.add(long)
    for i in range(200):
        short = Sequence([i + 10] * 7, 7)
        s.add(short)
        for piece in step(s):
            if piece.sequence is not long and piece.sequence.prefilled:
                s.finish(piece.sequence)
        if long.prefilled:
            break
    assert long.prefilled


def test_a_prefix_is_computed_once() -> None:
    s = scheduler()
    prompt = list(range(19))
    first = Sequence(list(prompt), 19)
    s.add(first)
    while not first.prefilled:
        step(s)
    s.finish(first)
    again = Sequence([*prompt, 99, 98], 21)
    s.add(again)
    slices = step(s)
    assert again.cached == 16  # four full blocks of four
    assert [p.start for p in slices if p.sequence is again] == [16]


def test_an_identical_prompt_still_computes_its_last_token() -> None:
    s = scheduler()
    for _ in range(2):
        one = Sequence(list(range(16)), 16)
        s.add(one)
        while not one.prefilled:
            slices = step(s)
        assert slices[-1].start + slices[-1].count == 16
        s.finish(one)
    assert one.cached == 12


def test_choices_of_one_request_share_the_prefill() -> None:
    s = scheduler(budget=64)
    leader = Sequence(list(range(17)), 17)
    followers = [Sequence(list(range(17)), 17, leader) for _ in range(3)]
    for one in (leader, *followers):
        s.add(one)
    assert [p.sequence for p in step(s)] == [leader]
    step(s)
    assert [f.cached for f in followers] == [16, 16, 16]


def test_a_follower_starts_when_its_leader_is_gone() -> None:
    s = scheduler()
    leader = sequence(30)
    follower = sequence(30, leader=leader)
    s.add(leader)
    s.add(follower)
    step(s)
    s.finish(leader)
    step(s)
    assert follower.running


def test_a_full_pool_preempts_the_youngest_and_loses_nothing() -> None:
    s = scheduler(blocks=12, batch=4, budget=64)
    old, young = sequence(16), sequence(16, token=2)
    s.add(old)
    s.add(young)
    for _ in range(40):
        step(s)
        if s.preemptions:
            break
    assert s.preemptions == 1
    assert old.running
    assert not young.running
    said = list(young.tokens)
    s.finish(old)
    while young.remaining != 1 or not young.running:
        step(s)
    assert young.tokens[: len(said)] == said


def test_memory_is_given_back_in_the_order_that_keeps_prefixes() -> None:
    pool = BlockPool(4, SIZE)
    blocks = pool.allocate(3)
    assert blocks is not None
    digests = block_digests(range(12), SIZE)
    for block, digest in zip(blocks, digests, strict=True):
        pool.remember(block, digest)
    pool.release(blocks)
    pool.allocate(2)  # the block never used, then the end of the prefix
    assert pool.match(digests) == blocks[:2]


def test_spoiled_content_is_not_found_again_unless_somebody_shares_it() -> None:
    pool = BlockPool(4, SIZE)
    blocks = pool.allocate(2)
    assert blocks is not None
    digests = block_digests(range(8), SIZE)
    for block, digest in zip(blocks, digests, strict=True):
        pool.remember(block, digest)
    pool.take(blocks[:1])
    assert pool.exclusive(blocks) == blocks[1:]
    pool.release(blocks, spoiled=True)
    assert pool.match(digests) == blocks[:1]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 9), st.integers(0, 60))
def test_digests_grow_as_the_sequence_does(tokens: list[int], size: int, cut: int) -> None:
    whole = block_digests(tokens, size)
    part = block_digests(tokens[:cut], size)
    assert whole[: len(part)] == part
    assert block_digests(tokens, size, part) == whole


def test_digests_depend_on_everything_before() -> None:
    assert block_digests([1, 2, 3, 4], 2)[1] != block_digests([9, 2, 3, 4], 2)[1]


@pytest.mark.parametrize("seed", range(30))
def test_no_block_is_lost_over_random_schedules_with_aborts(seed: int) -> None:
    rng = random.Random(seed)
    pool = BlockPool(rng.randint(16, 40), SIZE, reuse=rng.random() < 0.8)
    budget = rng.choice([None, 4, 16, 64])
    s = Scheduler(pool, SchedulerSettings(rng.randint(1, 6), budget))
    longest = pool.num_blocks * SIZE
    live: list[Sequence] = []
    for _ in range(400):
        roll = rng.random()
        if roll < 0.3 and len(live) < 12:
            # A few token values only, so that prefixes repeat.
            tokens = [rng.randint(0, 1) for _ in range(rng.randint(1, longest // 2))]
            leader = rng.choice(live) if live and rng.random() < 0.2 else None
            live.append(Sequence(tokens, len(tokens), leader))
            s.add(live[-1])
        elif roll < 0.4 and live:
            gone = live.pop(rng.randrange(len(live)))
            s.finish(gone, spoiled=rng.random() < 0.1)
        slices = packed(s.schedule())
        assert len({id(p.sequence) for p in slices}) == len(slices)
        assert len(s.running) <= s.settings.max_batch_size
        assert bool(slices) == bool(live)
        prefill = sum(p.count for p in slices if p.count > 1)
        assert budget is None or prefill <= budget
        for piece in slices:
            assert piece.start == piece.sequence.computed
            assert piece.count >= 1
            assert pool.blocks_for(piece.start + piece.count) <= len(piece.sequence.blocks)
        s.advance(slices)
        for piece in slices:
            one = piece.sequence
            if piece.completes:
                one.tokens += [rng.randint(0, 1)] * rng.choice([1, 1, 1, 5])  # 5: forced tokens
                if len(one.tokens) >= longest - 5:
                    s.finish(one)
                    live.remove(one)
        owners = [b for one in live for b in one.blocks]
        assert pool.free + len(set(owners)) == pool.num_blocks
        assert pool.owned == len(set(owners))
    for one in live:
        s.finish(one)
    assert pool.free == pool.num_blocks
    assert not s.running
    assert not s.waiting
