"""Attention written out for CPUs, and products in bf16."""

import pytest
import torch
import torch.nn.functional as F

from qwen_app.train import precision
from qwen_app.train.corpus import document_mask
from qwen_app.train.objective import masked_attention
from qwen_app.train.precision import bf16_pays


def test_attention_equals_the_librarys() -> None:
    torch.manual_seed(0)
    q = torch.randn(2, 11, 6, 8, requires_grad=True)
    k, v = (torch.randn(2, 11, 2, 8, requires_grad=True) for _ in range(2))
    owners = torch.tensor([[0] * 4 + [1] * 5 + [-1] * 2, [0] * 11])
    mask = document_mask(owners)
    ours = masked_attention(q, k, v, mask)
    theirs = F.scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=mask, enable_gqa=True
    ).transpose(1, 2)
    torch.testing.assert_close(ours, theirs)
    weights = torch.randn_like(ours)
    mine = torch.autograd.grad((ours * weights).sum(), (q, k, v))
    others = torch.autograd.grad((theirs * weights).sum(), (q, k, v))
    for one, other in zip(mine, others, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("wide", "narrow", "pays"), [(2.0, 1.0, True), (1.0, 3.0, False)])
def test_bf16_is_used_where_it_is_faster(
    monkeypatch: pytest.MonkeyPatch, wide: float, narrow: float, pays: bool
) -> None:
    times = {torch.float32: wide, torch.bfloat16: narrow}
    monkeypatch.setattr(precision, "_product_s", times.__getitem__)
    assert bf16_pays(torch.device("cpu")) is pays


def test_a_product_takes_time() -> None:
    assert precision._product_s(torch.float32) > 0
