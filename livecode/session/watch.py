"""Plays a set's file again whenever it is saved: what has changed swaps at the next beat, the rest plays on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from livecode.errors import LivecodeError
from livecode.session.session import Session
from livecode.session.setfile import read_set
from livecode.session.stage import Stage


class Watch:
    """Looks after one set; `look` is to be called a few times a second."""

    def __init__(self, path: Path, session: Session, stage: Stage, *, say: Callable[[str], object]) -> None:
        """Begin with the stage that the file gave; what was saved since it was read is seen by the first `look`."""
        self.path, self.stage = path, stage
        self._session, self._say = session, say
        self._seen = stage.source
        self._coming: str | None = None  # what the look before found

    def look(self) -> bool:
        """Read the file if it has been saved anew; True if it then played. An error is said and changes nothing.

        It is read when two looks have found the same: an editor may be in the midst of writing it.
        """
        content = self._content()
        if content is None or content == self._seen:
            return False  # editors that replace a file leave a moment without one
        if content != self._coming:
            self._coming = content
            return False
        self._seen = content
        try:
            stage = read_set(self.path, self._session)
            changed = list(stage.changed(self.stage, seed=self._session.seed))
            ended = stage.gone(self.stage)
            self._session.commit(stage, self.stage)
            self.stage.end("it has been saved anew since; its threads play no more")
        except LivecodeError as error:
            self._say(f"{error}\nnothing has changed")
            return False
        except Exception as error:  # noqa: BLE001  # a player's own function that failed only now; the set plays on
            self._say(f"{self.path.name}: {type(error).__name__}: {error}\nnothing has changed")
            return False
        self.stage = stage
        news = [*(f"{name} changes" for name in changed), *(f"{name} ends" for name in ended)]
        self._say(f"{self.path.name} saved: {', '.join(news) or 'the same music'}")
        return True

    def _content(self) -> str | None:
        """Return the file's text; None while there is none, or none that can be read."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
