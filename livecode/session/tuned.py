"""A line in this process whose prompt is fixed: what a set asks for in words is left out, and one prompt plays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from livecode.generator.core import Core
from livecode.osc.link import Timed
from livecode.osc.wire import Arg, Message
from livecode.session.local import LocalLine
from livecode.session.scribe import PROMPTS

WORDS: Final = frozenset({*PROMPTS, "/livecode/clear", "/livecode/weight", "/livecode/free"})


class Tuned(LocalLine):
    """Plays one prompt in place of all that the set has, with their weights."""

    def __init__(self, core: Core, prompt: str) -> None:
        super().__init__(core)
        super().command(Message("/livecode/prompt", ("prompt", prompt)))

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        """Send what is left."""
        kept = [message for message in messages if not _is_words(message)]
        if kept:
            super().command(*kept, beat=beat)

    def send(self, address: str, *args: Arg) -> None:
        """Send it if it is left."""
        if not _is_words(Message(address, args)):
            super().send(address, *args)

    def span(
        self,
        player: str,
        generation: int,
        seq: int,
        begin: Fraction,
        end: Fraction,
        events: Sequence[Timed],
        *,
        epoch: int,
        cycle: Fraction,
    ) -> int:
        """Send a stretch of a player's music without its words."""
        kept = [(beat, message) for beat, message in events if not _is_words(message)]
        return super().span(player, generation, seq, begin, end, kept, epoch=epoch, cycle=cycle)


def _is_words(message: Message) -> bool:
    curve_of_weight = message.address == "/livecode/curve" and message.args[:1] == ("weight",)
    return message.address in WORDS or curve_of_weight
