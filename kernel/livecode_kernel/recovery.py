"""What a kernel that was restarted finds again: its players and their code.

The music outlives the kernel (the generator goes on), so the code behind it must not die with it. A small file in
livecode's folder, one for each port, keeps what was typed for every player that plays, and at which generator.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livecode import home
from livecode.session.session import Session


@dataclass(slots=True)
class Memo:
    """The file of one generator, and what an earlier kernel left in it."""

    path: Path
    generator: int  # the generator's process
    left: dict[str, str] = field(default_factory=dict)  # player -> what was typed for it

    @classmethod
    def of(cls, session: Session) -> Memo:
        """Return the memo of the generator that a session plays on."""
        status: Mapping[str, Any] = getattr(session.line, "status", dict)()
        port = getattr(session.line, "port", 0)
        return cls(home.sessions() / f"{port}.json", int(status.get("pid", 0)))

    def find(self) -> None:
        """Read what is there, if the same generator still plays it."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            if kept["generator"] == self.generator:
                self.left = {str(player): str(text) for player, text in kept["players"].items() if text}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.left = {}

    def write(self, session: Session) -> None:
        """Keep what plays now, and what is left over and has not been taken up."""
        if session.presence is not None:
            self.generator = session.presence.pid  # another one may have been started since
        playing = {player: session.text(player) for player in session.playing()}
        for player in playing:
            self.left.pop(player, None)
        kept = {"generator": self.generator, "players": {**self.left, **playing}}
        partial = self.path.with_suffix(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError):  # the set goes on without a memo
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
            partial.replace(self.path)

    def sentence(self) -> str:
        """Say what was found."""
        names = ", ".join(self.left)
        plural = len(self.left) > 1
        return (
            f"{names} still play{'' if plural else 's'} from before: recover() takes "
            f"{'them' if plural else 'it'} up again, hush() ends {'them' if plural else 'it'}"
        )
