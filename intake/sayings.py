"""What is said outside: content-free data in an outbox row, made into words only at the door that speaks it.

Names of alerts are random words (intake/alert_reference.py); there is nothing of a help-seeker in here, not even how
urgent it is.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from intake.alert_model import Message, News, Trouble
from intake.alert_policy import Target
from intake.appointments import News as AppointmentNews
from intake.checkin_model import Message as CheckIn


class Kind(StrEnum):
    NOTICE = "notice"  # alerts that want an answer
    NEWS = "news"  # somebody has taken it, or it is over
    TROUBLE = "trouble"  # for state coordination
    CODE = "code"  # a six-digit code for a number that is to be verified
    CHECK_IN = "check_in"  # of a field visit: to the visiting counsellor, and news about phone and drill
    CHANGED = "changed"  # this number is no longer, or newly, a service phone
    PROBE = "probe"  # a trial from the console, whether this phone is reached; `code` tells two of them apart
    APPOINTMENT = "appointment"  # to the companions: a contact appointment is near, or was changed
    ANSWER = "answer"  # for a help-seeker: the team has answered; the door that knows the mailbox brings it


class Saying(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One message. `about`: (alert id, round), (visit id, check) or (mailbox, number of an appointment).

    `late`: minutes after its time; `owner`: member id; `at`: unix minute in which something begins or is due;
    `done` of `total` phones answered.
    """

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
    check_in: CheckIn | None = None
    at: int | None = None
    done: int = 0
    total: int = 0
    appointment: AppointmentNews | None = None


def dump(saying: Saying) -> str:
    """As stored in the outbox."""
    return msgspec.json.encode(saying).decode()


def load(text: str) -> Saying:
    """Raises msgspec.DecodeError for what we did not write."""
    return msgspec.json.decode(text, type=Saying)
