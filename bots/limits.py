"""How much one account, one homeserver and all together may ask of the messenger's door. Pure; time is an argument.

A bucket holds tokens that come back with time. Nobody can use up what others need: an account that asks too much is
slowed alone, and accounts of one homeserver together never get more than half of what there is for all.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

KEPT = 20_000  # buckets; whoever has not been here for longest has a full one anyway


@dataclass(frozen=True, slots=True)
class Rate:
    """``most`` at once, then one more every ``seconds``."""

    most: int
    seconds: float

    @property
    def half(self) -> Rate:
        return Rate(max(1, self.most // 2), self.seconds * 2)


class Buckets:
    """One bucket for each key."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> tokens, as of this second

    def wait(self, key: str, now: float) -> float:
        """Seconds until a token is there; 0 if there is one."""
        return max(0.0, (1 - self._level(key, now)) * self._rate.seconds)

    def take(self, key: str, now: float) -> None:
        """One token less; may only be called when there is one."""
        self._levels[key] = (self._level(key, now) - 1, now)
        self._levels.move_to_end(key)
        while len(self._levels) > KEPT:
            self._levels.popitem(last=False)

    def _level(self, key: str, now: float) -> float:
        tokens, since = self._levels.get(key, (float(self._rate.most), now))
        return min(self._rate.most, tokens + (now - since) / self._rate.seconds)


class Fair:
    """A limit for each account, and one for all of which no homeserver gets more than half."""

    def __init__(self, account: Rate, together: Rate) -> None:
        self._account = Buckets(account)
        self._server = Buckets(together.half)
        self._together = Buckets(together)

    def ask(self, account: str, now: float) -> float:
        """0: granted, and counted. Otherwise the seconds after which it is worth asking again; nothing is counted."""
        wait = max(self.account_wait(account, now), self.others_wait(account, now))
        if wait == 0:
            self._account.take(account, now)
            self._server.take(server_of(account), now)
            self._together.take("", now)
        return wait

    def account_wait(self, account: str, now: float) -> float:
        """What this account itself has to wait for."""
        return self._account.wait(account, now)

    def others_wait(self, account: str, now: float) -> float:
        """What it has to wait for because of others."""
        return max(self._server.wait(server_of(account), now), self._together.wait("", now))


def server_of(account: str) -> str:
    """@name:server -> server."""
    return account.partition(":")[2]
