"""What is answered to code that is not the language, or not any more: foreign lines, lost words, pastes."""

from __future__ import annotations

from livecode.answers.hint import hint, sentence
from livecode.answers.kept import Kept, in_a_set, lost_words, star_imported
from livecode.answers.pasted import cleaned
from livecode.answers.quiet import unheard

__all__ = ["Kept", "cleaned", "hint", "in_a_set", "lost_words", "sentence", "star_imported", "unheard"]
