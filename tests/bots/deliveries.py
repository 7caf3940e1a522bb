"""Deliveries as the outbox hands them over."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from intake import sayings
from intake.alert_model import Message
from intake.alert_reference import Reference
from intake.outbox import Address, Delivery
from intake.sayings import Saying

NUMBER = "+4915123456789"
LINK = "https://erstkontakt.example/team/"
TEAM = "Fach- und Beratungsstelle für Ausstieg „Łódź“ in Westmecklenburg"
KRANICH = Reference(("Kranich", "Lampe"), "4711")


def delivery(address: Address | None = None, **more: Any) -> Delivery:
    given: dict[str, Any] = {
        "id": secrets.token_hex(16),
        "channel": "sms",
        "recipient": "mira",
        "attempts": 1,
        "saying": Saying(sayings.Kind.NOTICE, "rz-wm", message=Message.NEW, about=(("a1", 2),)),
        "address": address or Address(number=NUMBER),
        "language": "de",
        "team": TEAM,
        "zone": "Europe/Berlin",
        "references": (KRANICH,),
        "owner": "",
        "link": LINK,
        "late": timedelta(),
    }
    return Delivery(**{**given, **more})
