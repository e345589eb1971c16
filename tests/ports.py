"""Ports for tests, none twice: also while others run beside them, and between being chosen and being opened."""

from __future__ import annotations

import os
import socket
from itertools import count

FIRST, LAST = 10_000, 30_000  # below those that systems hand out by themselves
_next = count(os.getpid() * 101)


def free_port() -> int:
    """Return a port of the local host on which nobody listens, by UDP or TCP."""
    for number in _next:
        port = FIRST + number % (LAST - FIRST)
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
    raise AssertionError("there is always a next number")
