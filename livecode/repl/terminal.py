"""The terminal: a prompt that is always there, music behind it, and a toolbar below it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style

from livecode import home
from livecode.errors import LivecodeError
from livecode.repl import keys
from livecode.repl.completer import LanguageCompleter
from livecode.repl.evaluate import Evaluator, is_complete
from livecode.repl.toolbar import STATUS_RATE, WIDTH, News, pieces
from livecode.session.connection import ALONE_TOLD_SECONDS, alone_sentence, has_ended, revive
from livecode.session.current import speaking
from livecode.session.session import Session
from livecode.session.words import hush, quit_generator
from livecode.visible import visible

PROMPT: Final = "~ "
CONTINUED: Final = ". "
REFRESH_SECONDS: Final = 0.1
STYLE: Final = Style.from_dict(
    {
        "bottom-toolbar": "noreverse bg:#262626 #c8c8c8",
        "alert": "bold #ff8787",
        "clip": "bold #ff5f5f",
        "state": "#ffd787",
        "prompt": "#87afd7",
    }
)


class Terminal:
    """One performer at one terminal."""

    def __init__(
        self,
        session: Session,
        namespace: dict[str, Any],
        *,
        history: History | None = None,
        input: Input | None = None,  # noqa: A002  # prompt_toolkit's own name
        output: Output | None = None,
        say: Callable[[object], object] = print,
    ) -> None:
        self._print = say
        keys.teach_ctrl_dot()
        self.session = session
        self.evaluator = Evaluator(session, namespace)
        self.news = News()
        session.line.news.append(self.news.take)
        session.listen(self._told)
        self._prompts: PromptSession[str] = PromptSession(
            PROMPT,
            multiline=Condition(lambda: True),
            prompt_continuation=lambda width, number, soft: CONTINUED,
            key_bindings=keys.bindings(self.hush, is_complete),
            completer=LanguageCompleter(namespace, session),
            complete_while_typing=False,
            auto_suggest=AutoSuggestFromHistory(),
            history=history or _history(),
            lexer=_lexer(),
            bottom_toolbar=self._toolbar,
            refresh_interval=REFRESH_SECONDS,
            style=STYLE,
            input=input,
            output=output,
        )

    def _say(self, what: object) -> None:
        self._print(visible(what))

    def hush(self) -> None:
        """Stop everything, from a key."""
        try:
            with speaking(self.session):
                hush()
        except LivecodeError as error:
            self._say(error)

    def run(self, greeting: str = "") -> None:
        """Read and evaluate until Ctrl-D."""
        subscribe = getattr(self.session.line, "subscribe", None)
        if subscribe is not None:
            subscribe("status", STATUS_RATE)
        self._ask_for_ctrl_dot(keys.ASK_FOR_CTRL_DOT)
        try:
            with patch_stdout(raw=True):
                if greeting:
                    self._say(greeting)
                while self.turn():
                    pass
        finally:
            self._ask_for_ctrl_dot(keys.ASK_NO_MORE)
            self.evaluator.close()

    def turn(self) -> bool:
        """Read one cell and evaluate it; False when the performer leaves."""
        try:
            text = self._prompts.prompt()
        except KeyboardInterrupt:
            return True
        except EOFError:
            return not self._leaves()
        if not text.strip():
            return True
        try:
            if self.news.status() is None or has_ended(self.session):
                self._revive()
            shown = self.evaluator.run(text)
        except KeyboardInterrupt:
            shown = "interrupted; the music plays on"
        except SystemExit:
            return not self._leaves()
        if shown:
            self._say(shown)
        return True

    def _revive(self) -> None:
        """Start a generator again if the one that played has gone."""
        try:
            revive(self.session)
        except LivecodeError as error:
            self._say(error)

    def _leaves(self) -> bool:
        """Ask what becomes of the music; True if the performer leaves."""
        if self.session.started is not None:
            question = "End the generator? [y] it falls silent, [k] keep it playing, [n] stay here: "
            end = self._end
        elif self.session.playing():
            question = "Stop what you play? [y] hush it, [k] keep it repeating, [n] stay here: "
            end = self._hush_mine
        else:
            return True
        while True:
            try:
                answer = self._ask(question)
            except KeyboardInterrupt:
                return False
            except EOFError:
                answer = "y"
            if answer in ("y", "yes", ""):
                end()
                return True
            if answer in ("k", "keep"):
                return True
            if answer in ("n", "no"):
                return False

    def _hush_mine(self) -> None:
        with speaking(self.session):
            for player in self.session.playing():
                hush(player)

    def _ask(self, question: str) -> str:
        asking: PromptSession[str] = PromptSession(input=self._prompts.input, output=self._prompts.output)
        return asking.prompt(question).strip().lower()

    def _end(self) -> None:
        try:
            with speaking(self.session):
                quit_generator()
        except LivecodeError as error:
            self._say(error)

    def _told(self, kind: str, player: str, text: str) -> None:
        if kind in ("started", "ended"):
            return
        self._say(f"{player}: {text}" if player else text)

    def _toolbar(self) -> StyleAndTextTuples:
        width = min(WIDTH, self._prompts.output.get_size().columns)
        return [(style, text) for style, text in pieces(self.session, self.news, width=width)]

    def _ask_for_ctrl_dot(self, sequence: str) -> None:
        output = self._prompts.output
        if isinstance(output, Vt100_Output):  # not where it goes into a file, or to a console of Windows
            output.write_raw(sequence)
            output.flush()


def _history() -> History:
    try:
        folder = home.home()
        folder.mkdir(parents=True, exist_ok=True)
        return FileHistory(str(folder / "history"))
    except OSError as error:
        print(f"history is not kept: {error.strerror}", file=sys.stderr)
        return InMemoryHistory()


def _lexer() -> PygmentsLexer | None:
    try:
        return PygmentsLexer(import_module("pygments.lexers.python").PythonLexer)
    except ImportError:  # it comes with IPython; without it there are no colours
        return None


def greeting(status: Mapping[str, Any], *, started: bool, alone: float = 0.0) -> str:
    """Return what is said at the start: what plays, where, how long alone (seconds), and how to stop it."""
    found = "started" if started else "found one that was running"
    told = [alone_sentence(alone)] if alone >= ALONE_TOLD_SECONDS else []
    told += [f"a recording has ended: {status['recording_ended']}"] if status.get("recording_ended") else []
    return (
        f"engine {status.get('engine')} ({status.get('kind')}), {found}, port {status.get('port')}, "
        f"into {status.get('sink')}\n"
        + "".join(f"{line}\n" for line in told)
        + 'd1 >> prompt("warm analog pads")   hush() or Ctrl-. or Alt-. stops   help() helps   Ctrl-D leaves'
    )
