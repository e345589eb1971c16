"""A pattern sent out by osc_out is tagged with the second at which the generator's own notes of that beat are heard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from patience import GLANCE, PATIENCE
from ports import free_port

from livecode.osc.link import Link
from livecode.osc.wire import Bundle, decode
from livecode.pattern import hit, note
from livecode.session.current import speaking
from livecode.session.osc_out import osc_out
from livecode.session.session import Session

pytestmark = [pytest.mark.live, pytest.mark.realtime]


def test_osc_out_is_in_step_with_what_is_heard(tmp_path: Path) -> None:
    port = free_port()
    generator = subprocess.Popen(
        [sys.executable, "-m", "livecode", "serve", "--engine", "tones", "--sink", "null", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"LIVECODE_HOME": str(tmp_path)},
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(GLANCE)
    sent: list[tuple[float, float]] = []  # the tag, and how long before it the bundle came
    ended = threading.Event()

    def receive() -> None:
        while not ended.is_set():
            try:
                packet = decode(listener.recv(65_536))
            except TimeoutError:
                continue
            assert isinstance(packet, Bundle)
            assert packet.tag is not None
            sent.append((packet.tag, packet.tag - time.time()))

    receiving = threading.Thread(target=receive)
    receiving.start()
    heard: list[float] = []  # unix seconds at which the generator's notes sound
    link = Link(port=port)
    session = Session(link)

    def news(address: str, args: tuple[Any, ...]) -> None:
        if address == "/livecode/reply/event" and args[1] == "note":
            heard.append(float(args[4]))

    try:
        deadline = time.monotonic() + PATIENCE
        while not link.alive(0.5):
            assert time.monotonic() < deadline
        link.news.append(news)
        link.subscribe("events", 25)
        session.keep()
        with speaking(session):
            session.play("d1", note("60*4"))
            osc_out(hit("bd*4"), port=listener.getsockname()[1])
            deadline = time.monotonic() + PATIENCE
            while min(len(sent), len(heard)) < 14:
                assert time.monotonic() < deadline, (sent, heard)
                time.sleep(0.05)
    finally:
        ended.set()
        receiving.join(PATIENCE)
        link.send("/livecode/quit")
        session.close()
        listener.close()
        generator.wait(PATIENCE)
    both = [(tag, min(heard, key=lambda at: abs(at - tag))) for tag, _ in sent if heard[1] < tag < heard[-1]]
    assert len(both) >= 8
    # The tempo is frame-true: a note's beat is its frame. The clock that is told is a few milliseconds good.
    assert max(abs(tag - at) for tag, at in both) < 0.01
    assert sum(ahead > 0.05 for _, ahead in sent) > len(sent) * 0.8
