"""What is said outside: content-free data in an outbox row, made into words only at the door that speaks it.

Names of alerts are random words (intake/alert_reference.py); there is nothing of a help-seeker in here, not even how
urgent it is.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from intake.alert_model import Message, News, Trouble
from intake.alert_policy import Target


class Kind(StrEnum):
    NOTICE = "notice"  # alerts that want an answer
    NEWS = "news"  # somebody has taken it, or it is over
    TROUBLE = "trouble"  # for state coordination
    CODE = "code"  # a six-digit code for a number that is to be verified
    CHANGED = "changed"  # this number is no longer, or newly, a service phone
    PROBE = "probe"  # a trial from the console, whether this phone is reached; `code` tells two of them apart
    ANSWER = "answer"  # for a help-seeker: the team has answered; the door that knows the mailbox brings it


class Saying(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One message. `about`: (alert id, round); `late`: minutes after its time; `owner`: member id."""

    kind: Kind
    team: str = ""
    message: Message | None = None
    about: tuple[tuple[str, int], ...] = ()
    news: News | None = None
    owner: str = ""
    trouble: Trouble | None = None
    target: Target | None = None
    code: str = ""
    late: int = 0


def dump(saying: Saying) -> str:
    """As stored in the outbox."""
    return msgspec.json.encode(saying).decode()


def load(text: str) -> Saying:
    """Raises msgspec.DecodeError for what we did not write."""
    return msgspec.json.decode(text, type=Saying)
