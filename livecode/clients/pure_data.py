"""A patch for Pure Data: prompts, weights, hits, notes and controls by netsend and oscformat, replies printed."""

from __future__ import annotations

from livecode.clients.template import fill
from livecode.controls import HITS, masters
from livecode.osc.server import PORT


def files(*, port: int = PORT) -> dict[str, str]:
    """Return the patch by its name."""
    names = " \\, ".join(control.name for control in masters())
    return {"livecode.pd": fill("livecode.pd", {"port": port, "hits": " ".join(HITS), "masters": names})}
