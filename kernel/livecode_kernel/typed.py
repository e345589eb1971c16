"""What becomes of a cell's text: pastes are cleaned before it runs, and lost words are said and put back after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from livecode.answers import Kept, cleaned, unheard


class Typed:
    """Looks after the cells of one shell."""

    def __init__(self, shell: Any, words: Mapping[str, Any]) -> None:
        """Look after these words of the language, each with what it is."""
        self._shell = shell
        self._kept = Kept(words)

    def install(self) -> None:
        """Begin."""
        self._shell.input_transformers_cleanup.insert(0, clean_lines)
        self._shell.events.register("post_run_cell", self.after_cell)

    def remove(self) -> None:
        """End."""
        if clean_lines in self._shell.input_transformers_cleanup:
            self._shell.input_transformers_cleanup.remove(clean_lines)
        self._shell.events.unregister("post_run_cell", self.after_cell)

    def after_cell(self, result: Any) -> None:
        """Say under a cell what it did to words of the language, and what in it nobody hears."""
        code = cleaned(str(getattr(result.info, "raw_cell", "") or ""))
        said = [sentence for _, sentence in unheard(code, self._kept.words)]
        said += self._kept.look(self._shell.user_ns, code)
        for sentence in said:
            print(sentence, flush=True)


def clean_lines(lines: list[str]) -> list[str]:
    """Return a cell's lines without the prompts and the indentation that came with a paste."""
    return cleaned("".join(lines)).splitlines(keepends=True)
