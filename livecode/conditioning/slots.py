"""Prompt slots: whose words sound, with which weight, and how old words give way to new.

A slot is (player, voice). Its share at a frame is its weight times its player's, over the sum of all. A slot whose
player is muted counts as 0 while its values keep tracking. When nobody is left the last blend holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from livecode.conditioning.line import Line
from livecode.conditioning.values import Prepared, Prompt
from livecode.errors import ControlError
from livecode.frames import Exact

SlotKey = tuple[str, str]  # (player, voice)
MOST_SLOTS: Final = 256
MOST_OF_PLAYER: Final = 128  # slots; those of other programs are all one player's
FOREIGN = "osc"  # the player of slots that other programs make


@dataclass(slots=True)
class _Words:
    """One prompt in a slot, and how far it has come (1) or gone (0)."""

    prepared: Prepared
    level: Line


@dataclass(slots=True)
class Slot:
    """One prompt slot."""

    weight: Line = field(default_factory=lambda: Line.constant(1.0))
    words: list[_Words] = field(default_factory=list)
    pending: tuple[Prompt, Exact, str] | None = None  # a prompt that is not prepared yet, its glide in ticks, its curve
    text: str = ""

    def put(self, prepared: Prepared, now: Exact, glide: Exact, curve: str = "linear") -> None:
        """Let a prompt take the slot over ``glide`` ticks."""
        self.pending = None
        if not glide or not self.words:
            self.words = [_Words(prepared, Line.constant(1.0))]
            return
        end = now + glide
        for old in self.words:
            old.level = old.level.to(0.0, now, end, curve)
        self.words.append(_Words(prepared, Line(now, end, 0.0, 1.0, curve=curve)))

    def shares(self, now: Exact) -> Iterator[tuple[Prepared, float]]:
        """Yield the prompts with their part of the slot, which sum to 1; drop what has gone."""
        levels = [(words, words.level.at(now)) for words in self.words]
        if len(levels) > 1:
            self.words = [words for words, level in levels if level > 0 or words is self.words[-1]]
        total = sum(level for _, level in levels)
        for words, level in levels:
            if level > 0:
                yield words.prepared, level / total


class Slots:
    """All slots, their players' weights, and the blend they make."""

    def __init__(self) -> None:
        self.slots: dict[SlotKey, Slot] = {}
        self.players: dict[str, Line] = {}  # a player's own weight, over all its voices
        self._last: tuple[tuple[Prepared, float], ...] = ()
        self.holding = False  # nobody has an opinion: the last blend goes on

    def __iter__(self) -> Iterator[SlotKey]:
        return iter(self.slots)

    def prompt(
        self,
        key: SlotKey,
        prompt: Prompt,
        prepared: Prepared | None,
        now: Exact,
        glide: Exact,
        curve: str = "linear",
    ) -> None:
        """Put a prompt into a slot; one that is not prepared waits, and what was there goes on."""
        slot = self._slot(key)
        slot.text = str(prompt)
        if prepared is None:
            slot.pending = (prompt, glide, curve)
        else:
            slot.put(prepared, now, glide, curve)

    def _slot(self, key: SlotKey) -> Slot:
        if key not in self.slots:
            if len(self.slots) >= MOST_SLOTS:
                raise ControlError(f"{MOST_SLOTS} prompts at once are the most; clear or hush some")
            if sum(player == key[0] for player, _ in self.slots) >= MOST_OF_PLAYER:
                raise ControlError(
                    f"{MOST_OF_PLAYER} prompts of one player ({key[0]}) are the most; clear some of them"
                )
        return self.slots.setdefault(key, Slot())

    def prompts(self) -> set[Prompt]:
        """Return the prompts that slots have or wait for."""
        held = {words.prepared.prompt for slot in self.slots.values() for words in slot.words}
        return held | {slot.pending[0] for slot in self.slots.values() if slot.pending is not None}

    def ready(self, prepared: Prepared, now: Exact) -> None:
        """Let every slot that waits for this prompt have it."""
        for slot in self.slots.values():
            if slot.pending is not None and slot.pending[0] == prepared.prompt:
                slot.put(prepared, now, *slot.pending[1:])

    def weigh(self, key: SlotKey, line: Callable[[Line], Line], *, whole_player: bool) -> None:
        """Change a slot's weight, or its player's over all voices."""
        if whole_player:
            self.players[key[0]] = line(self.players.get(key[0], Line.constant(1.0)))
        else:
            slot = self._slot(key)
            slot.weight = line(slot.weight)

    def clear(self, key: SlotKey) -> None:
        """Take a slot away; its share goes to the others."""
        self.slots.pop(key, None)

    def clear_player(self, player: str) -> None:
        """Take all of a player's slots and its weight away."""
        for key in [key for key in self.slots if key[0] == player]:
            del self.slots[key]
        self.players.pop(player, None)

    def free(self) -> None:
        """Take all style away."""
        self.slots.clear()
        self._last = ()

    def settle(self) -> None:
        """Let every weight and crossfade be where it was going: beats are about to jump."""
        self.players = {player: Line.constant(line.stop) for player, line in self.players.items()}
        for slot in self.slots.values():
            slot.weight = Line.constant(slot.weight.stop)
            slot.words = [_Words(words.prepared, Line.constant(1.0)) for words in slot.words[-1:]]

    def weight(self, key: SlotKey, now: Exact) -> float:
        """Return a slot's weight times its player's."""
        player = self.players.get(key[0])
        return self.slots[key].weight.at(now) * (1.0 if player is None else player.at(now))

    def blend(self, now: Exact, silent: Callable[[str], bool]) -> tuple[tuple[Prepared, float], ...]:
        """Return the prompts with their shares, which sum to 1, for a frame that begins at ``now``."""
        found: dict[Prompt, tuple[Prepared, float]] = {}
        for key, slot in self.slots.items():
            weight = 0.0 if silent(key[0]) else self.weight(key, now)
            for prepared, part in slot.shares(now):
                if weight > 0:
                    before = found.get(prepared.prompt, (prepared, 0.0))[1]
                    found[prepared.prompt] = (prepared, before + weight * part)
        total = sum(share for _, share in found.values())
        self.holding = not found and bool(self._last)
        if found:
            self._last = tuple((prepared, share / total) for prepared, share in found.values())
        return self._last

    def worded(self) -> Iterable[str]:
        """Return the players that have words in a slot."""
        return {key[0] for key, slot in self.slots.items() if slot.words}
