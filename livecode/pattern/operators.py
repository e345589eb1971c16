"""Arithmetic as methods and signs: ``p.add(x)``, ``p.add.squeeze(x)``, ``p + x``, ``p @ q`` for Tidal's ``p # q``."""

from __future__ import annotations

from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.arithmetic import OPERATORS, Aligned
from livecode.pattern.chance import side_by_side
from livecode.pattern.core import Core
from livecode.pattern.node import stack
from livecode.pattern.values import Audio
from livecode.pattern.weighing import asks


class Operators(Core):
    """What two patterns make together."""

    # Each of these is an operation that waits for its other side: p.add(x), p.add.squeeze(x).

    @property
    def add(self) -> Aligned[Self]:
        """Add numbers, pitches, or controls; text is put behind text.

        >>> mini("0 2").add("10 20")
        10 22
        >>> mini("0 2").add.squeeze("10 20")
        10 20 12 22
        """
        return Aligned(self, OPERATORS["add"])

    @property
    def sub(self) -> Aligned[Self]:
        """Subtract.

        >>> mini("5 3").sub(1)
        4 2
        """
        return Aligned(self, OPERATORS["sub"])

    @property
    def mul(self) -> Aligned[Self]:
        """Multiply.

        >>> mini("2 3").mul(2)
        4 6
        """
        return Aligned(self, OPERATORS["mul"])

    @property
    def div(self) -> Aligned[Self]:
        """Divide.

        >>> mini("2 3").div(2)
        1 1.5
        """
        return Aligned(self, OPERATORS["div"])

    @property
    def mod(self) -> Aligned[Self]:
        """Take what is left over when dividing.

        >>> mini("5 7").mod(4)
        1 3
        """
        return Aligned(self, OPERATORS["mod"])

    @property
    def pow(self) -> Aligned[Self]:
        """Raise to a power.

        >>> mini("2 3").pow(2)
        4 9
        """
        return Aligned(self, OPERATORS["pow"])

    @property
    def set(self) -> Aligned[Self]:
        """Take the other's values; of controls, those of both, the other's where both have one.

        >>> mini("1 2").set("a b")
        a b
        """
        return Aligned(self, OPERATORS["set"])

    @property
    def keep(self) -> Aligned[Self]:
        """Keep these values; of controls, those of both, these where both have one.

        >>> mini("1 2").keep("a b c")
        [0..1/2 (0..1/3): 1, 0..1/2 (1/3..1/2): 1, 1/2..1 (1/2..2/3): 2, 1/2..1 (2/3..1): 2]
        """
        return Aligned(self, OPERATORS["keep"])

    @property
    def keepif(self) -> Aligned[Self]:
        """Keep these values where the other is true.

        >>> mini("1 2").keepif("1 0")
        1 ~
        """
        return Aligned(self, OPERATORS["keepif"])

    @property
    def lt(self) -> Aligned[Self]:
        """Tell whether these are less.

        >>> mini("1 2").lt(2)
        True False
        """
        return Aligned(self, OPERATORS["lt"])

    @property
    def gt(self) -> Aligned[Self]:
        """Tell whether these are more.

        >>> mini("1 2").gt(1)
        False True
        """
        return Aligned(self, OPERATORS["gt"])

    @property
    def lte(self) -> Aligned[Self]:
        """Tell whether these are not more.

        >>> mini("1 2").lte(1)
        True False
        """
        return Aligned(self, OPERATORS["lte"])

    @property
    def gte(self) -> Aligned[Self]:
        """Tell whether these are not less.

        >>> mini("1 2").gte(2)
        False True
        """
        return Aligned(self, OPERATORS["gte"])

    @property
    def eq(self) -> Aligned[Self]:
        """Tell whether both are equal.

        >>> mini("1 2").eq(2)
        False True
        """
        return Aligned(self, OPERATORS["eq"])

    @property
    def ne(self) -> Aligned[Self]:
        """Tell whether both differ.

        >>> mini("1 2").ne(2)
        True False
        """
        return Aligned(self, OPERATORS["ne"])

    @property
    def and_(self) -> Aligned[Self]:
        """Tell whether both are true.

        >>> mini("1 0").and_(1)
        1 0
        """
        return Aligned(self, OPERATORS["and"])

    @property
    def or_(self) -> Aligned[Self]:
        """Tell whether one is true.

        >>> mini("1 0").or_(0)
        1 0
        """
        return Aligned(self, OPERATORS["or"])

    @property
    def band(self) -> Aligned[Self]:
        """Take the bits that both have.

        >>> mini("3 5").band(1)
        1 1
        """
        return Aligned(self, OPERATORS["band"])

    @property
    def bor(self) -> Aligned[Self]:
        """Take the bits that one has.

        >>> mini("2 4").bor(1)
        3 5
        """
        return Aligned(self, OPERATORS["bor"])

    @property
    def bxor(self) -> Aligned[Self]:
        """Take the bits that only one has.

        >>> mini("3 5").bxor(1)
        2 4
        """
        return Aligned(self, OPERATORS["bxor"])

    @property
    def blshift(self) -> Aligned[Self]:
        """Move the bits up.

        >>> mini("1 2").blshift(1)
        2 4
        """
        return Aligned(self, OPERATORS["blshift"])

    @property
    def brshift(self) -> Aligned[Self]:
        """Move the bits down.

        >>> mini("2 4").brshift(1)
        1 2
        """
        return Aligned(self, OPERATORS["brshift"])

    def in_(self, *others: Any) -> Self:
        """Take the other's values in this rhythm: ``set.in_``.

        >>> mini("0 1").in_("a b")
        a b
        """
        return self.set(*others)

    def out(self, *others: Any) -> Self:
        """Take the other's values and rhythm, where this one has events: ``set.out``.

        >>> mini("0 1").out("a b c")
        [0..1/3: a, 1/3..2/3 (1/3..1/2): b, 1/3..2/3 (1/2..2/3): b, 2/3..1: c]
        """
        return self.set.out(*others)

    def mix(self, *others: Any) -> Self:
        """Take the other's values, in both rhythms: ``set.mix``.

        >>> mini("0 1").mix("a")
        a a
        """
        return self.set.mix(*others)

    def squeeze(self, *others: Any) -> Self:
        """Squeeze a cycle of the other into each event: ``set.squeeze``. For a choice by number see `squeeze_pick`.

        >>> mini("0 1").squeeze("a b")
        a b a b
        """
        return self.set.squeeze(*others)

    def squeezeout(self, *others: Any) -> Self:
        """Take the other's values, a cycle of this one squeezed into each: ``set.squeezeout``.

        >>> mini("0 1").squeezeout("a b")
        a a b b
        """
        return self.set.squeezeout(*others)

    def poly(self, *others: Any) -> Self:
        """Combine with the other at this one's pace of steps, the other first: ``set.poly``.

        >>> mini("0 1").add.poly("10 20 30")
        10 21
        """
        return self.set.poly(*others)

    def __and__(self, other: Any) -> Self:
        """``p & q`` plays both at once, as ``stack(p, q)`` does."""
        return self._at_once(self, other)

    def __rand__(self, other: Any) -> Self:
        return self._at_once(other, self)

    def _at_once(self, one: Any, other: Any) -> Self:
        if one is None:
            raise PatternError(
                "'>>' comes before '&', so that the first of these has been played alone; "
                "put brackets around both: d1 >> (prompt('techno') & note('c e'))"
            )
        for part in (one, other):
            if not isinstance(part, Core | str | list):
                raise PatternError(f"'&' plays patterns at once, and {part!r} is none; of bits it is p.band({part!r})")
        parts = [self.of(part) for part in (one, other)]
        nodes, draws = side_by_side(parts)
        counts = [part.steps_count for part in parts if part.steps_count]
        return type(self)(stack(nodes), steps=max(counts) if counts else None, draws=draws)

    def __or__(self, other: Any) -> Self:
        raise PatternError(
            "'|' puts no patterns together: '&' plays them at once, cat(p, q) a cycle of each in turn, randcat(p, q) "
            "one by chance; of bits it is p.bor(q)"
        )

    __ror__ = __or__

    def __add__(self, other: Any) -> Self:
        if hasattr(other, "prompt_layers") and asks(self):  # a blend knows how to be added to prompts
            return NotImplemented
        return self.add(_asked(other) if isinstance(other, str | Audio) and asks(self) else other)

    def __radd__(self, other: Any) -> Self:
        if asks(self):
            if isinstance(other, str | Audio):
                return self.of(_asked(other)).add(self)
            if other == 0:  # where sum() begins
                return self
        return self.of(other).add.out(self)

    def __sub__(self, other: Any) -> Self:
        return self.sub(other)

    def __rsub__(self, other: Any) -> Self:
        return self.of(other).sub.out(self)

    def __mul__(self, other: Any) -> Self:
        return self.mul(other)

    def __rmul__(self, other: Any) -> Self:
        return self.of(other).mul.out(self)

    def __truediv__(self, other: Any) -> Self:
        return self.div(other)

    def __rtruediv__(self, other: Any) -> Self:
        return self.of(other).div.out(self)

    def __mod__(self, other: Any) -> Self:
        return self.mod(other)

    def __rmod__(self, other: Any) -> Self:
        return self.of(other).mod.out(self)

    def __pow__(self, other: Any) -> Self:
        return self.pow(other)

    def __rpow__(self, other: Any) -> Self:
        return self.of(other).pow.out(self)

    def __matmul__(self, other: Any) -> Self:
        """``p @ q`` is Tidal's ``p # q``: controls of both, q's where both have one, in p's rhythm."""
        return self.set(other)

    def __neg__(self) -> Self:
        return self.mul(-1)


def _asked(what: str | Audio) -> Core:
    """Return a text that is added to prompts as the prompt that it is."""
    from livecode.pattern.prompt import prompt

    return prompt(what)
