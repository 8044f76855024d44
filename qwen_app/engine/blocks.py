"""Which sequence owns which block of the KV cache, and which blocks can be used again.

Plain Python: blocks are numbers. A full block is known by a digest of every token up to its end,
so two prompts that begin alike share blocks, and so does the next turn of a conversation. A
block that nobody owns keeps its content until its turn comes to be overwritten, the one that was
released longest ago first.

The idea of hashed blocks is vLLM's automatic prefix caching (docs.vllm.ai, design notes).
"""

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Sequence as Seq


class BlockPool:
    """A bounded pool of KV-cache blocks.

    Law: ``free + owned == num_blocks`` after every call, where a block is owned while at least
    one sequence holds it.

    Args:
        num_blocks: how many blocks there are, at least 1.
        block_size: tokens per block, at least 1.
        reuse: keep the content of released blocks for prompts that begin alike.
    """

    def __init__(self, num_blocks: int, block_size: int, *, reuse: bool = True) -> None:
        if num_blocks < 1 or block_size < 1:
            raise ValueError(f"a pool of {num_blocks} blocks of {block_size} tokens is empty")
        self.num_blocks = num_blocks
        self.block_size = block_size
        self.reuse = reuse
        self._owners = [0] * num_blocks
        self._digest_of: list[bytes | None] = [None] * num_blocks
        self._block_of: dict[bytes, int] = {}
        # Blocks without an owner, in the order in which they will be overwritten.
        self._free: OrderedDict[int, None] = OrderedDict.fromkeys(range(num_blocks))

    @property
    def free(self) -> int:
        """Blocks without an owner."""
        return len(self._free)

    @property
    def owned(self) -> int:
        return sum(1 for owners in self._owners if owners)

    def blocks_for(self, tokens: int) -> int:
        """How many blocks hold so many tokens."""
        return -(-tokens // self.block_size)

    def match(self, digests: Seq[bytes]) -> list[int]:
        """The blocks of the longest known prefix; they are not taken yet."""
        blocks: list[int] = []
        if self.reuse:
            for digest in digests:
                block = self._block_of.get(digest)
                if block is None:
                    break
                blocks.append(block)
        return blocks

    def take(self, blocks: Seq[int]) -> None:
        """Become an owner of blocks that `match` found."""
        for block in blocks:
            self._owners[block] += 1
            self._free.pop(block, None)

    def allocate(self, count: int) -> list[int] | None:
        """So many blocks for new content, or None (and no change) if there are not enough."""
        if count > len(self._free):
            return None
        blocks = [self._free.popitem(last=False)[0] for _ in range(count)]
        for block in blocks:
            self._owners[block] = 1
            self._forget(block)
        return blocks

    def remember(self, block: int, digest: bytes) -> None:
        """The content of this block, now complete, is what the digest stands for."""
        if self.reuse and digest not in self._block_of:
            self._forget(block)
            self._digest_of[block] = digest
            self._block_of[digest] = block

    def exclusive(self, blocks: Seq[int]) -> list[int]:
        """Those of the blocks that have a single owner."""
        return [block for block in blocks if self._owners[block] == 1]

    def release(self, blocks: Seq[int], *, spoiled: bool = False) -> None:
        """Give blocks back; the last ones are overwritten first, since a prefix is only of use
        from its beginning.

        Args:
            spoiled: what this owner alone wrote is not to be used again (its step failed).
        """
        for block in reversed(blocks):
            self._owners[block] -= 1
            if spoiled and self._owners[block] == 0:
                self._forget(block)
            if self._owners[block] == 0:
                self._free[block] = None
                if self._digest_of[block] is None:
                    self._free.move_to_end(block, last=False)

    def _forget(self, block: int) -> None:
        digest = self._digest_of[block]
        if digest is not None:
            self._digest_of[block] = None
            del self._block_of[digest]


def block_digests(
    tokens: Seq[int], block_size: int, known: Seq[bytes] = (), *, upto: int | None = None
) -> list[bytes]:
    """The digest of each full block of ``tokens[:upto]``.

    Args:
        known: digests of the first blocks from an earlier call, which are not computed again.

    Returns:
        ``known`` and the rest; each is 16 bytes of BLAKE2b over the one before and the block's
        ids, so that equal digests mean equal tokens from the start (up to a 128-bit collision).
    """
    digests = list(known)
    end = len(tokens) if upto is None else upto
    for start in range(len(digests) * block_size, end - block_size + 1, block_size):
        parent = digests[-1] if digests else b""
        ids = array("I", tokens[start : start + block_size]).tobytes()
        digests.append(hashlib.blake2b(parent + ids, digest_size=16).digest())
    return digests
