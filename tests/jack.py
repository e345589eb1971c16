"""JACK's dummy sound server, for tests: it keeps exact time and needs no sound card."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from patience import FAREWELL, PATIENCE


def _said(command: list[str], environment: dict[str, str]) -> bytes:
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, check=False, env=environment, **both).stdout


@contextlib.contextmanager
def dummy_server(
    name: str, rate: int = 48_000, outputs: int = 2
) -> Iterator[tuple[dict[str, str], subprocess.Popen[bytes]]]:
    """Run a server in periods of 10 ms that answers; give the environment that finds it, and its process.

    JACK remembers eight names, also of servers that were killed: a test's name is always the same one.
    """
    for program in ("jackd", "jack_wait"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (apt-get install jackd2)")
    environment = {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1"}
    every = os.environ | environment
    dummy = ["-d", "dummy", "-r", str(rate), "-p", str(rate // 100), "-P", str(outputs)]
    command = ["jackd", "-r", "--name", name, *dummy]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=every)
    try:
        deadline = time.monotonic() + PATIENCE
        ask = ["jack_wait", "--check", "--server", name]
        while b"not running" in _said(ask, every):
            assert server.poll() is None, f"jackd ended with {server.returncode}"
            assert time.monotonic() < deadline, "jackd does not answer"
            time.sleep(0.05)
        yield environment, server
    finally:
        server.terminate()
        try:
            server.wait(FAREWELL)  # it waits longer for clients that were killed
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
