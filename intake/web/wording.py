"""What the pages call things, once for the page that runs in the browser and once for the pages without JavaScript.

Every function takes ``_`` (the translation of the page's language) and gives plain values; the choices are triples of
(value in the protocol, label, hint or empty).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

Translate = Callable[[str], str]
Choice = tuple[str, str, str]

# "own_concern" is also what is meant when nothing was ticked: the widest door, open to everybody.
DEFAULT_ROLE = "own_concern"

# What stands behind /schreiben: short, and it tells nothing to somebody who reads the address bar.
ROLE_PATHS = {"": DEFAULT_ROLE, "/1": "exit", "/2": "relative", "/3": "professional"}


def roles(_: Translate) -> list[Choice]:
    """Who writes (protocol: role). Violence is no role: it leads to a signpost page and is never routed."""
    return [
        ("exit", _("Ich will selbst raus"), ""),
        ("relative", _("Ich sorge mich um jemanden"), ""),
        ("professional", _("Ich bin Fachkraft"), _("Schule, Jugendhilfe, Verein, Amt")),
        ("own_concern", _("Etwas anderes"), _("Zum Beispiel eigene Zweifel")),
    ]


def topics(_: Translate) -> list[Choice]:
    """What it is about (protocol: phenomena). None chosen means the same as "unknown"."""
    return [
        ("RE", _("Rechte Szene"), ""),
        ("IS", _("Islamistische Szene"), ""),
        ("LE", _("Linke Szene und Gewalt"), ""),
        ("AB", _("Extreme Gruppen aus anderen Ländern"), ""),
        ("RB", _("Reichsbürger"), ""),
        ("VD", _("Verschwörungs-Glaube"), ""),
        ("HG", _("Hass und Gewalt ohne feste Richtung"), ""),
        ("unknown", _("Weiß ich nicht"), ""),
    ]


def kinds(_: Translate) -> dict[str, tuple[str, str]]:
    """Kind of carrier -> (badge, what it means)."""
    return {
        "civil": (_("Nicht staatlich"), _("Das Team gehört zu keiner Behörde.")),
        "state": (_("Staatlich"), _("Das Team gehört zu einer Behörde.")),
        "mixed": (_("Gemischt"), _("Ein Verein und eine Behörde arbeiten zusammen.")),
    }


def duty_short(_: Translate) -> dict[bool, str]:
    """Bound by the Legalitätsprinzip or not, as a badge."""
    return {True: _("Muss Straftaten verfolgen: ja"), False: _("Muss Straftaten verfolgen: nein")}


def duty_long(_: Translate) -> dict[bool, str]:
    """Bound by the Legalitätsprinzip or not, as a sentence."""
    return {
        True: _("Erfährt es von einer Straftat, muss es ermitteln."),
        False: _("Erfährt es von einer Straftat, muss es nicht ermitteln."),
    }


def reasons(_: Translate) -> dict[str, str]:
    """Why the routing table names a team."""
    return {
        "regional_centre": _("Es ist für diese Gegend da."),
        "topic_team": _("Es kennt sich mit diesem Thema aus."),
        "kreis_offer": _("Es ist für diese Gegend da."),
        "land_offer": _("Es ist für dieses Bundesland da."),
        "statewide_network": _("Es ist für das ganze Bundesland da."),
        "nationwide_offer": _("Es ist für ganz Deutschland da."),
        "first_contact_desk": _("Es hilft zuerst und sucht mit Ihnen das richtige Team."),
        "other_topic": _("Es arbeitet sonst zu anderen Themen."),
        "other_audience": _("Es ist sonst für andere Menschen da."),
        "other_area": _("Es ist sonst für eine andere Gegend da."),
        "closed": _("Es ist zurzeit geschlossen. Die Antwort dauert länger."),
        "breaks_only_civil": _("Es passt, ist aber nicht unabhängig vom Staat."),
    }


def answer_time(_: Translate, days: int) -> str:
    """The promise of one team, in its working days."""
    return _("in 1 Arbeitstag") if days == 1 else _("in {n} Arbeitstagen").format(n=days)


def night(_: Translate) -> dict[bool, str]:
    """Beside the "urgent" tick: what it does, honestly, at night."""
    return {
        True: _("Das Team sieht Ihre Nachricht zuerst. Es hat auch nachts Bereitschaft, aber es kann dauern."),
        False: _("Das Team sieht Ihre Nachricht zuerst. Nachts und am Wochenende liest hier niemand mit."),
    }


def faults(_: Translate) -> dict[str, str]:
    """Error code (of the server or of the browser library) -> a kind sentence. Nothing typed is ever lost by one."""
    still_there = _("Ihr Text ist noch da.")
    again = _("Versuchen Sie es in einer Minute noch einmal.")
    return {
        "empty_text": _("Hier steht noch nichts. Ein Satz reicht."),
        "too_large": _("Ihr Text ist sehr lang. Möglich sind 200.000 Zeichen.")
        + " "
        + still_there
        + " "
        + _("Bitte teilen Sie ihn in zwei Nachrichten."),
        "network": _("Keine Verbindung. Es ist nichts gesendet.") + " " + still_there + " " + again,
        "unavailable": _("Gerade geht es nicht.") + " " + still_there + " " + again,
        "busy": _("Gerade schreiben viele.") + " " + still_there + " " + again,
        "stamp": _("Gerade schreiben viele.") + " " + still_there + " " + again,
        "insecure_context": _(
            "Die Verbindung ist nicht sicher genug. Darum senden wir nichts. Öffnen Sie die Seite bitte mit https."
        ),
        "old_browser": _("Dieser Browser kann Ihren Text nicht verschließen. Darum senden wir nichts.")
        + " "
        + still_there
        + " "
        + _("Nehmen Sie bitte einen neueren Browser. Oder schalten Sie JavaScript aus und laden Sie die Seite neu."),
        "crypto": _("Das Verschließen hat nicht geklappt. Darum ist nichts gesendet.")
        + " "
        + still_there
        + " "
        + _("Kopieren Sie ihn zur Sicherheit und laden Sie die Seite neu."),
        "directory_forged": _("Wir können nicht sicher prüfen, wer Ihre Nachricht liest. Darum senden wir nichts.")
        + " "
        + still_there
        + " "
        + _("Bitte versuchen Sie es später noch einmal."),
        "directory_expired": _(
            "Die Liste der Teams ist veraltet. Vielleicht geht auch die Uhr Ihres Geräts falsch. Prüfen Sie "
            "bitte Datum und Uhrzeit."
        )
        + " "
        + still_there,
        "team_changed": _(
            "Bei diesem Team hat sich etwas geändert. Bitte sehen Sie noch einmal nach, wer Ihre Nachricht liest."
        )
        + " "
        + still_there,
        "mailbox_missing": _(
            "Zu diesen Wörtern finden wir nichts. Vielleicht ist ein Wort anders, oder die Nachrichten sind "
            "schon gelöscht."
        ),
        "mailbox_taken": _("Das hat nicht geklappt. Bitte senden Sie noch einmal.") + " " + still_there,
        "mailbox_erased": _(
            "Diese Nachrichten sind gelöscht und kommen nicht zurück. Sie können jederzeit neu schreiben."
        ),
        "mailbox_full": _("Hier ist kein Platz mehr für weitere Nachrichten. Schreiben Sie uns bitte neu.")
        + " "
        + still_there,
        "cannot_move": _(
            "Das Team hat Ihre Nachricht schon angenommen. Schreiben Sie ihm, dass Sie ein anderes Team möchten."
        ),
        "appointment_other": _(
            "Das geht so nicht mehr: Es gilt ein anderer Termin, oder das Team kann zu dieser Zeit nicht. Bitte sehen "
            "Sie noch einmal nach."
        ),
        "handover_over": _("Hier hat sich inzwischen etwas geändert. Bitte sehen Sie noch einmal nach."),
        "signature_forged": _("Diese Nachricht ist nicht vom Team unterschrieben. Bitte glauben Sie ihr nicht."),
        "envelope_unreadable": _("Diese Nachricht ist beschädigt. Wir können sie nicht öffnen."),
        "place_unknown": _("Diese Postleitzahl kennen wir nicht. Sie können das Feld auch leer lassen."),
        "kreis_unknown": _(
            "Diesen Ort kennen wir nicht. Versuchen Sie die Postleitzahl oder den Kreis. Sie können das Feld "
            "auch leer lassen."
        ),
        "place_short": _(
            "Eine Postleitzahl hat fünf Ziffern. Für Orte in anderen Ländern lassen Sie das Feld bitte leer."
        ),
        "code_unclear": _(
            "Bei den Wörtern stimmt noch etwas nicht. Es sind acht Wörter. Vergleichen Sie sie bitte mit Ihrer Notiz."
        ),
        "no_time": _("In diesen Zeiten kann das Team nicht anrufen. Bitte wählen Sie eine andere Zeit."),
        "sent_not_shown": _(
            "Ihre Nachricht ist gesendet. Anzeigen können wir sie gerade nicht. Versuchen Sie es in einer "
            "Minute noch einmal."
        ),
    }


# Faults that only one of the two pages can meet; what is in neither list, both can.
WRITE_FAULTS = frozenset({"place_unknown", "kreis_unknown", "place_short"})
CALL_FAULTS = frozenset({"no_time"})
ANSWERS_FAULTS = frozenset(
    {
        "mailbox_missing",
        "mailbox_erased",
        "mailbox_full",
        "cannot_move",
        "appointment_other",
        "handover_over",
        "signature_forged",
        "envelope_unreadable",
        "code_unclear",
        "sent_not_shown",
    }
)


def script_both(_: Translate) -> dict[str, str]:
    """What both working pages say; ``{x}`` is filled in by the script."""
    return {
        "deputy": _("Vertretung für {team}"),
        "more_teams": _("{n} weitere Teams zeigen"),
        "others_none": _("Ein anderes passendes Team gibt es zurzeit nicht."),
        "sealing": _("Wird verschlossen …"),
        "sent": _("Verschlossen gesendet."),
        "erase_on": _("Am {day} werden Ihre Nachrichten gelöscht, wenn bis dahin nichts Neues kommt."),
        "team": _("Beratungsteam"),
    }


def script_write(_: Translate) -> dict[str, str]:
    """What only the page for writing says."""
    return {
        "not_carrier": _("Dieser Träger soll es nicht lesen"),
        "day": _("in 1 Arbeitstag"),
        "days": _("in {n} Arbeitstagen"),
        "to": _("An: {team}"),
        "back_in": _("{carrier} doch wieder zulassen"),
        "no_team": _(
            "Für Ihren Wunsch gibt es hier kein passendes Team. Wir suchen nicht heimlich ein anderes aus. "
            "Sie können selbst eines wählen:"
        ),
        "none_at_all": _(
            "Zurzeit kann hier kein Team Ihre Nachricht annehmen. Unter „Soforthilfe“ finden Sie Menschen, die zuhören."
        ),
        "place_found": _("Diesen Kreis haben wir gefunden. Stimmt das?"),
        "broken": _("Ohne den Wunsch „nicht staatlich“ gäbe es: {teams}."),
        "place_which": _("Das passt auf mehrere Kreise. Welcher ist es?"),
        "place_kreise": _("Welcher Kreis ist es?"),
        "place_unsure": _("Weiß ich nicht"),
        "sending": _("Wird gesendet …"),
        "answer_by": _("Das Team antwortet bis {day}."),
        "copied": _("Kopiert. Die Zwischenablage ist nicht geheim: Kopieren Sie danach bitte etwas anderes."),
        "not_copied": _("Kopieren geht hier nicht. Schreiben Sie die Wörter bitte ab."),
        "practised": _("Das stimmt. Sie haben die Wörter richtig."),
        "practise_other": _("Noch nicht ganz. Wort {n} ist anders."),
        "again": _("Noch einmal versuchen"),
        "look_again": _("Nachsehen, wer liest"),
    }


def script_call(_: Translate) -> dict[str, str]:
    """What the form of a callback says."""
    return {
        "call_time": _("{day}, {from} bis {to} Uhr"),
        "call_number": _("Wir rufen diese Nummer an: {number}"),
        "call_no_times": _(
            "Dieses Team kann in den nächsten zwei Wochen nicht anrufen. Sie können ihm schreiben oder ein anderes "
            "wählen."
        ),
        "call_choose": _("Bitte wählen Sie eine Zeit."),
        "call_text": _("Bitte rufen Sie mich an."),
    }


def call_states(_: Translate) -> dict[str, str]:
    """What the person reads about a callback, for each state (intake/callbacks.py); {n}: attempts."""
    return {
        "requested": _("Wir rufen Sie an:"),
        "again": _("Wir haben angerufen und Sie nicht erreicht (Versuche: {n}). Wir rufen noch einmal an:"),
        "due": _("Wir rufen Sie gleich an."),
        "attempting": _("Gerade ruft jemand bei Ihnen an."),
        "reached": _("Wir haben Sie erreicht. Ihre Nummer löschen wir nach einem Tag."),
        "not_reached": _(
            "Wir haben angerufen und Sie nicht erreicht (Versuche: {n}). Sie können eine neue Zeit nennen oder "
            "schreiben."
        ),
        "wrong": _("Die Nummer gehört einem fremden Menschen. Wir haben sie gelöscht."),
        "withdrawn": _("Der Anruf ist abgesagt. Wir rufen nicht an, und die Nummer ist gelöscht."),
        "expired": _(
            "Wir haben es in Ihrer Zeit nicht geschafft. Das tut uns sehr leid. Bitte nennen Sie uns eine neue Zeit "
            "oder schreiben Sie."
        ),
    }


def counselling(_: Translate) -> dict[str, str]:
    """What the person reads about a counselling that the team has recorded (intake/cases.py)."""
    return {
        "case": _("Beratung"),
        "case_information": _("Ein Informationsgespräch ist festgehalten."),
        "case_one_off": _("Ein einzelnes Beratungsgespräch ist festgehalten."),
        "case_clarification": _("Ein Gespräch ist festgehalten, in dem erst geklärt wird, worum es geht."),
        "case_case": _("Eine längere Beratung ist festgehalten."),
        "case_voluntary": _("Sie haben sie selbst gewollt und können jederzeit aufhören."),
        "case_condition": _("Der Anlass ist eine Auflage oder Weisung eines Gerichts."),
        "case_authority": _("Der Anlass ist die Vermittlung durch eine Behörde."),
        "case_paused": _("Sie ruht gerade."),
        "case_ended": _("Sie ist beendet."),
        "case_offered": _("Eine Vereinbarung ist Ihnen angeboten."),
        "case_active": _("Eine Vereinbarung gilt."),
        "case_dissolved": _("Die Vereinbarung ist aufgelöst."),
        "case_review": _("Sie wird am {day} gemeinsam wieder angesehen."),
        "case_companions": _("Wer Sie aus dem Team begleitet: {n} von 2 Menschen."),
        "case_interval": _("Kontakt alle {n} Tage."),
        "case_as_needed": _("Kontakt nach Bedarf."),
        "case_papers": _("Dokumentation"),
        "case_sheets": _("Fassungen: {n}. Sie sind verschlossen. Lesen kann sie nur das Team. Fragen Sie es danach."),
        "case_longer": _("Länger gespeichert"),
        "case_kept": _("Bis {day}, länger als sonst. Der Grund ist festgehalten. Fragen Sie das Team danach."),
    }


def told(says: dict[str, str], found: Any, day: Callable[[date], str]) -> list[tuple[str, str]]:
    """(name, sentences) about a counselling (web/api.py, CounsellingAnswer), as client/pages/rights.ts says them."""
    said = [says[f"case_{found.kind}"]]
    said += [says[f"case_{one}"] for one in (found.mandate, found.state, found.agreement) if f"case_{one}" in says]
    if found.review_on is not None:
        said.append(says["case_review"].format(day=day(found.review_on)))
    if found.state != "ended":
        said.append(says["case_companions"].format(n=found.companions))
        paced = "case_as_needed" if found.interval_days is None else "case_interval"
        said.append(says[paced].format(n=found.interval_days))
    rows = [(says["case"], " ".join(said))]
    if found.sheets:
        rows.append((says["case_papers"], says["case_sheets"].format(n=found.sheets)))
    if found.kept_until is not None:
        rows.append((says["case_longer"], says["case_kept"].format(day=day(found.kept_until))))
    return rows


def appointment_says(_: Translate) -> dict[str, str]:
    """What the person reads about the planned contact."""
    return {
        "next": _("Ihr nächster Termin: {when}."),
        "was": _("Der Termin war: {when}. Ihr Team trägt gerade ein, wie es weitergeht."),
        "none": _("Gerade ist kein Termin geplant."),
        "wish": _(
            "Sie haben vorgeschlagen: {when}. Ihr Team sagt hier Bescheid, ob es passt. Bis dahin gilt der Termin."
        ),
        "after": _("Danach voraussichtlich: {days}."),
        "needed": _("Kontakt nach Bedarf: so, wie Sie es brauchen."),
        "daily": _("Vereinbart ist jeden Tag."),
        "every": _("Vereinbart ist alle {n} Tage."),
        "proposed": _("Ihr Vorschlag ist beim Team."),
        "skipped": _("Das ist in Ordnung. Dieser Termin fällt aus."),
        "paced": _("Das ist geändert. Ihr Team sieht es."),
        "title": _("Termin"),
        "saved": _("Gespeichert. Sie können die Datei jederzeit wieder löschen."),
    }


def script_answers(_: Translate) -> dict[str, str]:
    """What only the page for reading says."""
    return {
        **counselling(_),
        "rights_letters": _("Ihr Schriftwechsel"),
        "rights_sealed": _("Nachrichten: {n}. Sie sind verschlossen. Lesen können sie nur Sie und „{team}“."),
        "rights_who": _("Wer dafür verantwortlich ist"),
        "rights_until": _("Wird gelöscht am"),
        "rights_file": "text.txt",
        "words_left": _("{n} von 8 Wörtern"),
        "words_all": _("Alle 8 Wörter sind da."),
        "words_many": _("Das sind mehr als 8 Wörter. Es gehören genau 8 dazu."),
        "word_meant": _("„{word}“ kennen wir nicht. Meinten Sie:"),
        "word_unknown": _("„{word}“ kennen wir nicht. Sehen Sie bitte auf Ihrer Notiz nach."),
        "read_as": _("Wir haben gelesen: {words}"),
        "opening": _("Wird geöffnet …"),
        "you": _("Sie"),
        "attachment": _("Dabei ist ein Anhang: ein Bild oder eine Sprachnachricht. Das Team hat ihn."),
        "waiting": _("{team} hat Ihre Nachricht. Antwort bis {day}."),
        "taken": _("{team} hat Ihre Nachricht angenommen."),
        "answered": _("{team} hat geantwortet."),
        "closed": _("{team} hat das Gespräch abgeschlossen. Sie können trotzdem weiterschreiben."),
        "nothing_new": _("Es ist noch keine neue Antwort da."),
        "moving": _("Wird für das neue Team verschlossen …"),
        "moved": _("Jetzt liest {team} Ihre Nachricht. Das alte Team hat keinen Zugang mehr."),
        "move_to": _("Für „{team}“ verschließen"),
        "call_ask": _("Ich möchte angerufen werden"),
        "call_change": _("Zeit, Nummer oder Absprache ändern"),
        **{f"call_{state}": says for state, says in call_states(_).items()},
        **{f"ap_{name}": says for name, says in appointment_says(_).items()},
        "reads_now": _("Jetzt liest hier: {team} ({carrier}, {kind})."),
        "ho_asked": _("{from} fragt: Darf {to} Ihre Nachrichten übernehmen?"),
        "ho_noted": _("{from} hat notiert: Sie sind einverstanden, dass {to} übernimmt ({day})."),
        "ho_agreed": _("Sie haben Ja gesagt. {to} bekommt jetzt alles verschlossen angeboten."),
        "ho_offered": _(
            "{to} ist gefragt und hat noch nicht angenommen. Bis dahin liest dort niemand Ihre Nachrichten."
        ),
        "ho_accepted": _("{to} hat übernommen. {from} hat keinen Zugang mehr."),
        "ho_returned": _("{to} kann nicht übernehmen. {from} kümmert sich weiter."),
        "ho_refused": _("Sie haben Nein gesagt. Alles bleibt bei {from}."),
        "ho_withdrawn": _("Sie haben Ihr Ja zurückgenommen. Alles bleibt bei {from}."),
        "ho_cancelled": _("{from} hat die Frage zurückgenommen."),
        "ho_kind": _("{to}: {carrier}, {kind}."),
        "ho_yes": _("Ja, {to} darf übernehmen"),
        "ho_no": _("Nein"),
        "ho_back": _("Doch nicht weitergeben"),
        "ho_said_yes": _("Ja, ich bin einverstanden, dass {to} meine Nachrichten übernimmt."),
        "ho_said_no": _("Nein, ich möchte nicht, dass {to} meine Nachrichten übernimmt."),
        "kind_state": _("staatlich"),
        "kind_civil": _("nicht staatlich"),
        "kind_mixed": _("gemischt"),
    }
