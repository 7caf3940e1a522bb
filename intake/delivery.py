"""What every channel outward has in common: a message, and the one error that the outbox understands."""

from __future__ import annotations

from datetime import timedelta


class DeliveryError(Exception):
    """A message was not brought. The text is for logs: it names the channel and the reason, never content or numbers.

    ``permanent``: repeating it cannot help, use another channel. Otherwise the outbox repeats it with the same
    transaction id, after ``retry_after`` if the other side has asked for that.
    """

    def __init__(self, reason: str, *, permanent: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after
