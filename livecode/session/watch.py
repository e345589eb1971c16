"""Plays a set's file again whenever it is saved: what has changed swaps at the next beat, the rest plays on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from livecode.answers import sentence
from livecode.errors import LivecodeError
from livecode.home import spelled
from livecode.session.beside import Contents, contents_of
from livecode.session.session import Session
from livecode.session.setfile import read_set
from livecode.session.stage import Stage


class Watch:
    """Looks after one set and the modules beside it; `look` is to be called a few times a second."""

    def __init__(self, path: Path, session: Session, stage: Stage, *, say: Callable[[str], object]) -> None:
        """Begin with the stage that the file gave; what was saved since it was read is seen by the first `look`."""
        self.path, self.stage = path, stage
        self._session, self._say = session, say
        self._seen: Contents = stage.contents
        self._coming: Contents = {}  # what the look before found
        self._failed = False  # what was saved last has a mistake, maybe one that another file of the folder mends

    def look(self) -> bool:
        """Read the set if a file of it has been saved anew; True if it then played.

        An error is said and changes nothing. It is read when two looks have found the same: an editor may be in the
        midst of writing it.
        """
        contents = self._contents()
        if self.path not in contents or contents == self._seen:
            return False  # editors that replace a file leave a moment without one
        if contents != self._coming:
            self._coming = contents
            return False
        saved = [path for path in contents if self._seen.get(path) != contents[path]]
        name = ", ".join(spelled(path.name) for path in saved) or spelled(self.path.name)
        try:
            stage = read_set(self.path, self._session, self.stage)
            changed = list(stage.changed(self.stage, seed=self._session.seed))
            ended = stage.gone(self.stage)
            self._session.commit(stage, self.stage)
            self.stage.end("it has been saved anew since; its threads play no more")
        except LivecodeError as error:
            return self._fails(str(error), contents)
        except Exception as error:  # noqa: BLE001  # a player's own function that failed only now; the set plays on
            return self._fails(f"{name}: {sentence(error)}", contents)
        self.stage, self._failed, self._seen = stage, False, stage.contents
        news = [*(f"{player} changes" for player in changed), *(f"{player} ends" for player in ended)]
        self._say(f"{name} saved: {', '.join(news) or 'the same music'}")
        return True

    def _fails(self, sentence: str, contents: Contents) -> bool:
        """Say what is wrong with what was saved, and wait for the next save."""
        self._failed = True
        self._seen = self._contents() | contents
        self._say(f"{sentence}\nnothing has changed")
        return False

    def _contents(self) -> Contents:
        """Return what is in the set's files now: those that it was read from, and all of the folder after a mistake."""
        paths = set(self._seen)
        if self._failed:
            paths.update(self.path.parent.glob("*.py"))
        return contents_of(sorted(paths))
