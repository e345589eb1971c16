"""How much is sent to whom: so many bytes a second, and little to an address that has not shown that it wants it.

Anybody can write another's address on a packet. So an address is sent at most three times what came from it until it
has answered with a number that was sent there. On this machine itself nobody can feign an address: there whatever
comes after something was sent counts as the answer, and what one packet asks for is answered in full.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from livecode.osc.server import Source

FACTOR: Final = 3  # times what came from an address, before it has answered
RATE: Final = 128 * 1024  # bytes a second to one address ...
BURST: Final = 256 * 1024  # ... and at once
RATE_OF_ALL: Final = 512 * 1024  # bytes a second to all addresses together
OVERHEAD: Final = 64  # bytes that a packet costs besides its own
MOST_KNOWN: Final = 4096  # addresses remembered that have not answered, and as many that have
CHALLENGE_SECONDS: Final = 0.25  # between two questions to one address
MOST_WRONG: Final = 3  # answers in LOCK_SECONDS; what more comes is not looked at
LOCK_SECONDS: Final = 10.0
NUMBERS: Final = 2**24  # what every program can say exactly, Pure Data's 32-bit floats included

Verdict = Literal["send", "unproven", "full"]
# What is sent: an answer to a packet from that very address, news, or something that another address has asked for.
Purpose = Literal["answer", "news", "elsewhere"]


@dataclass(slots=True)
class _Account:
    number: int  # to be answered with
    received: int = 0  # bytes
    sent: int = 0  # bytes
    proven: bool = False
    left: float = BURST  # bytes that may be sent now
    at: float = 0.0  # when that was worked out, monotonic seconds
    second: int = -1  # of `spent`
    spent: int = 0  # bytes in that second
    asked: float = float("-inf")  # when it was asked for its number
    wrong: int = 0  # answers
    wronged: float = float("-inf")  # when the first of these came


class Budget:
    """Keeps the accounts. Safe from any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._now = clock
        self._lock = threading.Lock()
        self._unproven: OrderedDict[Source, _Account] = OrderedDict()  # heard of longest ago first
        self._proven: OrderedDict[Source, _Account] = OrderedDict()
        self._asked: OrderedDict[int, Source] = OrderedDict()  # who was asked for a number
        self._left: float = RATE_OF_ALL
        self._at = clock()
        self._second = -1
        self._busy: tuple[int, int] = (1, 0)  # addresses that were sent something in the last second, and in this one

    def heard(self, source: Source, size: int) -> None:
        """Take in that a packet of so many bytes came from an address."""
        with self._lock:
            account = self._account(source)
            account.received += size
            if account.sent and not account.proven and is_here(source.host):
                self._prove(source, account)

    def fund(self, source: Source, size: int) -> None:
        """Take in that somebody else asked for something to be sent to an address."""
        with self._lock:
            self._account(source).received += size

    def question(self, source: Source, size: int) -> int | None:
        """Return the number to ask an address for in so many bytes; None if it is not to be asked now."""
        now = self._now()
        with self._lock:
            account = self._account(source)
            if account.proven or now - account.asked < CHALLENGE_SECONDS or not self._pays(account, size):
                return None
            account.asked = now
            account.sent += size
            self._asked[account.number] = source
            if len(self._asked) > MOST_KNOWN:
                self._asked.popitem(last=False)
            return account.number

    def answered(self, source: Source, number: int) -> Source | None:
        """Take a number that an address answers with; return the address that is proven by it, or None.

        That may be another port of the same host: who could read what was sent there speaks for it.
        """
        now = self._now()
        with self._lock:
            mine = self._account(source)
            if now - mine.wronged > LOCK_SECONDS:
                mine.wrong = 0
            if mine.wrong >= MOST_WRONG:
                return None
            asked = self._asked.get(number)
            account = None if asked is None or asked.host != source.host else self._unproven.get(asked)
            if asked is not None and account is not None and account.number == number:
                del self._asked[number]
                self._prove(asked, account)
                return asked
            if not mine.proven:
                mine.wronged = now if not mine.wrong else mine.wronged
                mine.wrong += 1
            return None

    def may(self, source: Source, size: int, purpose: Purpose) -> Verdict:
        """Return whether so many bytes may be sent now, and take them as sent if so."""
        now = self._now()
        with self._lock:
            account = self._account(source)
            if not account.proven and not self._trusts(source, account, size, purpose):
                return "unproven"
            cost = size + OVERHEAD
            self._refill(account, now)
            second = int(now)
            if account.second != second:
                account.second, account.spent = second, 0
            if cost > min(account.left, self._left) or account.spent + cost > self._share(self._left - cost):
                return "full"
            if not account.spent:
                self._busy = (self._busy[0], self._busy[1] + 1)
            account.spent += cost
            account.left -= cost
            account.sent += size
            self._left -= cost
            return "send"

    def _share(self, left: float) -> float:
        """Return what one address may be sent in a second where so many bytes are left for all.

        Where little is left, whoever was sent little comes first: nobody takes all of it from the others.
        """
        fair = RATE_OF_ALL / max(self._busy)
        return RATE_OF_ALL if left > RATE_OF_ALL / 2 else fair if left > RATE_OF_ALL / 4 else fair / 4

    def _trusts(self, source: Source, account: _Account, size: int, purpose: Purpose) -> bool:
        """Return whether an address that has not answered is sent so much."""
        if purpose == "elsewhere":
            return False
        return (purpose == "answer" and is_here(source.host)) or self._pays(account, size)

    @staticmethod
    def _pays(account: _Account, size: int) -> bool:
        return account.sent + size <= FACTOR * account.received

    def _refill(self, account: _Account, now: float) -> None:
        account.left = min(BURST, account.left + RATE * max(0.0, now - account.at))
        account.at = now
        self._left = min(RATE_OF_ALL, self._left + RATE_OF_ALL * max(0.0, now - self._at))
        self._at = now
        if int(now) != self._second:
            self._second = int(now)
            self._busy = (max(1, self._busy[1]), 0)

    def _account(self, source: Source) -> _Account:
        """Return an address's account, as the one heard of last."""
        accounts = self._proven if source in self._proven else self._unproven
        account = accounts.get(source)
        if account is None:
            account = accounts[source] = _Account(secrets.randbelow(NUMBERS - 1) + 1, at=self._now())
            if len(accounts) > MOST_KNOWN:
                accounts.popitem(last=False)
        accounts.move_to_end(source)
        return account

    def _prove(self, source: Source, account: _Account) -> None:
        account.proven = True
        self._unproven.pop(source, None)
        self._proven[source] = account
        if len(self._proven) > MOST_KNOWN:
            self._proven.popitem(last=False)


def is_here(host: str) -> bool:
    """Return whether an address is this machine's own, which no packet from outside can carry."""
    return host.startswith("127.")
