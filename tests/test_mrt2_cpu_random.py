"""Random numbers of the cpu home are mlx's, bit for bit, so that a seed means the same take on both homes."""

from __future__ import annotations

import numpy as np
import pytest

from livecode.engines.mrt2.cpu.random import Gumbel, branch, key_of, level_keys, next_key, threefry


def test_threefry_gives_the_published_test_vectors() -> None:
    """Known answers of Random123 1.14 for threefry2x32 with 20 rounds."""
    assert threefry((0, 0), 0, 0) == (0x6B200159, 0x99BA4EFE)
    assert threefry((0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, 0xFFFFFFFF) == (0x1CB996FC, 0xBB002BE7)
    assert threefry((0x13198A2E, 0x03707344), 0x243F6A88, 0x85A308D3) == (0xC4923A9C, 0x483DF7A0)


def test_keys_and_noise_are_mlxs() -> None:
    mx = pytest.importorskip("mlx.core", reason="mlx is not installed here")
    key = mx.random.key(42)
    keys, following = level_keys(key_of(42))
    noise = Gumbel(1024).draw(keys)
    for level in range(12):
        assert tuple(int(word) for word in np.array(key)) == keys[level]
        drawn = np.array(mx.random.gumbel((1, 6 + 12 * 1024), key=key))[0]
        own = drawn[6 + 1024 * level : 6 + 1024 * (level + 1)]
        np.testing.assert_allclose(noise[level], own, rtol=2e-6, atol=2e-6)
        key = mx.random.split(key)[1]
    assert tuple(int(word) for word in np.array(key)) == following


def test_a_large_seed_uses_both_words_and_takes_have_keys_of_their_own() -> None:
    assert key_of(2**32 + 5) == (1, 5)
    keys = {branch(key_of(42), number) for number in range(1, 9)}
    assert len(keys) == 8
    assert next_key(key_of(42)) not in keys
