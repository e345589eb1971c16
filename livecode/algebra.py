"""Keeps numpy's algebra on one thread, and names the versions that decide a sound's last bits.

With two threads a product of float32 matrices is summed in another order, and its last bit differs: a replay would not
give the same samples. What a library reads at its start is set before numpy is imported where that can be
(`one_thread_from_here`); OpenBLAS, MKL and BLIS are also held while numpy is already at work (`one_thread`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, MutableMapping
from importlib import metadata
from typing import Any, Final

# Each library's own word; Apple's Accelerate knows no other way.
VARIABLES: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def one_thread_from_here(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let a process, and those that it starts, do algebra on one thread; of use only before it imports numpy."""
    environment.update(dict.fromkeys(VARIABLES, "1"))


class OneThread:
    """Holds the algebra of this process on one thread until it is released."""

    def __init__(self) -> None:
        import numpy as np  # noqa: F401  # its library can only be held once it is there
        import threadpoolctl

        limits: Any = threadpoolctl.threadpool_limits
        self._limits: Any = limits(limits=1, user_api="blas")

    def release(self) -> None:
        """Give the process the threads back that it had."""
        self._limits.restore_original_limits()


def threads() -> int:
    """Return how many threads numpy's algebra may use in this process; 1 where no library says."""
    return max((int(pool["num_threads"]) for pool in _pools()), default=1)


def versions() -> dict[str, str]:
    """Return what decides the last bits of a sound here, by name: numpy, simd, blas, soxr, libsndfile."""
    import numpy as np
    import soundfile

    simd = np.show_config(mode="dicts").get("SIMD Extensions", {})
    blas = [f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip() for pool in _pools()]
    return {
        "numpy": np.__version__,
        "simd": " ".join([*simd.get("baseline", ()), *simd.get("found", ())]),
        "blas": ", ".join(blas) or str(np.show_config(mode="dicts")["Build Dependencies"]["blas"].get("name", "")),
        "soxr": metadata.version("soxr"),
        "libsndfile": str(soundfile.__libsndfile_version__),
    }


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return what was other then than now, a phrase each.

    >>> differences({"numpy": "2.0.1", "soxr": "1.1.0"}, {"numpy": "2.4.6", "soxr": "1.1.0", "blas": "x"})
    ['numpy 2.0.1 (here 2.4.6)']
    """
    return [f"{name} {then[name]} (here {now[name]})" for name in then if name in now and then[name] != now[name]]


def _pools() -> Iterable[Mapping[str, Any]]:
    from threadpoolctl import threadpool_info

    return [pool for pool in threadpool_info() if pool.get("user_api") == "blas"]
