"""Tells the performer what is wrong with what is received: noise, a fault of the server's, an end of all hearing."""

from __future__ import annotations

from livecode.generator.core import ENGINE, Core
from livecode.osc.server import Server


class Reception:
    """Looks at the server once a second; the engine's thread."""

    def __init__(self, server: Server, core: Core) -> None:
        self._server, self._core = server, core
        self._noise = 0  # malformed packets that were told of
        self._deaf = False  # told that nothing is received any more

    def look(self) -> None:
        """Tell what is new."""
        noise = self._server.counts.malformed
        if noise > self._noise:
            self._core.refused("", "", "", (), f"{noise - self._noise} packets were no OSC", kind="malformed")
            self._noise = noise
        while self._server.troubles:
            text = f"a fault in livecode itself: {self._server.troubles.popleft()}"
            self._core.report("fault", "", text, ENGINE)
        if not self._server.hears and not self._deaf:
            self._deaf = True
            text = "nothing is heard of any client any more; what plays goes on. Start the generator anew soon"
            self._core.report("deaf", "", text, ENGINE)
