"""Every sentence of the first-contact dialogue, German and English. What the web also says is taken from there.

Plain words, one question at a time, short numbered choices: a messenger has no buttons. Nothing here names the subject
in a message that comes by itself (reminder, end of a draft): it may stand on a lock screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bots import conversation_call_texts
from intake.web import wording
from intake.web.i18n import Catalogue, Languages

LANGUAGES = ("de", "en")
Door = Literal["matrix", "terminal"]
_CATALOGUES = Languages(LANGUAGES)

SAID: dict[str, dict[str, str]] = {
    "de": {
        "hello": "Guten Tag. Gut, dass Sie da sind. Ich bin ein Programm und bringe Ihre Nachricht zu einem "
        "Beratungsteam. (English? Write “english”.)",
        "matrix": "Ehrlich vorab, wer was sieht:\n- Dieses Programm liest Ihren Text für einen Moment, bis er "
        "verschlossen ist. Danach liest ihn nur das Team.\n- Der Anbieter des Messengers sieht, dass Ihr Konto uns "
        "schreibt und wann, aber nicht was.\n- Ein Konto mit Ihrem Namen oder Ihrer Telefonnummer verrät Sie.\n- Das "
        "Formular im Web weiß weniger über Sie. Es geht auch mit dem Tor Browser: {web}",
        "terminal": "Ehrlich vorab, wer was sieht:\n- Dieses Programm verschließt Ihren Text hier auf diesem Gerät. "
        "Danach liest ihn nur das Team.\n- Was Sie tippen, bleibt im Fenster stehen, bis Sie es schließen.\n- Das "
        "Formular im Web: {web}",
        "any_time": "Jederzeit: „hilfe“, „stopp“, „löschen“, „mensch“, „sprache“, „code“. „raus“ ist der Notausgang.",
        "who": "Wer schreibt?",
        "violence": "Ich bin von Gewalt betroffen",
        "signposts": "Diese Stellen sind nur für Betroffene da:\n{list}\n\nMöchten Sie trotzdem hier weiter, dann "
        "wählen Sie bitte eine der anderen Antworten.",
        "topic": "Worum geht es? Mehreres ist möglich, zum Beispiel „1, 3“.",
        "place": "Wo leben Sie? Oder der Mensch, um den es geht? Postleitzahl oder Kreis. Oder schreiben Sie „nichts“.",
        "reader": "Wer wird es lesen?",
        "place_is": "Gesucht für: {place}. (Stimmt das nicht? „zurück“)",
        "yes": "Ja, dieses Team soll es lesen",
        "undo": "Meine Wünsche zurücknehmen",
        "write": "{to}\nSchreiben Sie, wie Sie möchten, in so vielen Nachrichten, wie Sie möchten. Ein Satz reicht. "
        "Bitte keine vollen Namen von anderen.\n\nErst wenn Sie nur das Wort „fertig“ schreiben, wird alles zusammen "
        "verschlossen und gesendet. Ist es dringend, schreiben Sie vorher „dringend“: {night}\nLieber "
        "telefonieren? „rückruf“.",
        "kept": "Ihren Text habe ich aufgehoben. Er ist noch nicht gesendet. Nur noch kurz:",
        "kept_ready": "Was Sie vorhin geschrieben haben, liegt schon dabei.",
        "collected": "Habe ich. Schreiben Sie ruhig weiter. „fertig“ sendet alles.",
        "changed": "Geändert.",
        "change_late": "Das ist schon gesendet und lässt sich nicht mehr ändern. Schreiben Sie bitte dazu, was "
        "anders ist.",
        "change_unknown": "Eine geänderte Nachricht lese ich nicht als Antwort. Schreiben Sie sie bitte neu.",
        "full": "Es passen 200.000 Zeichen in eine Sendung. Diese letzte Nachricht habe ich nicht mehr aufgenommen. "
        "Schreiben Sie „fertig“, danach können Sie weiterschreiben.",
        "empty": "Hier steht noch nichts, also habe ich nichts gesendet. Ein Satz reicht.",
        "near_send": "Soll es abgehen? Dann schreiben Sie bitte nur das eine Wort: fertig\nBisher ist nichts gesendet.",
        "send_later": "Gesendet ist noch nichts: erst sollen Sie sehen, wer es liest.",
        "under_way": "Ihre Nachricht ist gerade unterwegs. Einen Moment bitte.",
        "seal": "Wird verschlossen …",
        "sent": "Ihre Nachricht ist angekommen. Niemand außer dem Team kann sie lesen.\n{answer_by}\n{erase_on}",
        "answers_here": "Die Antwort bringe ich hierher. Wollen Sie das nicht, schreiben Sie „nur web“.",
        "answers_web": "Sie lesen sie mit den Wörtern im Web: {web}antworten",
        "code_is": "Ihre acht Wörter:\n\n{words}\n\nDamit kommen Sie auch im Web an Ihre Nachrichten. Notieren Sie "
        "sie, am besten auf Papier. Geben Sie sie niemandem; auch das Team fragt nie danach. Schreiben Sie danach "
        "„notiert“, dann nehme ich diese Nachricht zurück.",
        "noted": "Gut. Die Nachricht mit den Wörtern habe ich zurückgenommen.",
        "more_sent": "Ist beim Team.",
        "mailbox": "Sie können jederzeit weiterschreiben, „fertig“ sendet. „rückruf“: wir rufen Sie an. "
        "„neu“ beginnt eine neue Anfrage.",
        "urgent": "Als dringend vermerkt. (Doch nicht? „nicht dringend“) {night}",
        "not_urgent": "Gut, nicht dringend.",
        "urgent_sent": "Ihre Nachricht ist schon gesendet. Schreiben Sie dem Team bitte, was jetzt dringend ist.",
        "help": "Soforthilfe:\n110 Polizei: wenn jemand Sie bedroht\n112 Rettung: wenn ein Leben in Gefahr ist\n0800 "
        "1110111 zum Reden, Tag und Nacht, kostenlos\n\nHier:\nfertig – alles senden · dringend – das Team sieht es "
        "zuerst\nrückruf – wir rufen Sie an · ohne anruf – doch nicht\nzurück – eine Frage zurück · stopp – "
        "nichts senden, Entwurf weg\nlöschen – alles löschen · mensch – "
        "ohne Fragen zu einem Team\ncode – mit acht Wörtern weiter · nur web – Antworten nur im Web\nsprache – "
        "english, deutsch · raus – Notausgang",
        "danger": "Das klingt nach Gefahr. Sie müssen nicht warten, bis hier jemand liest:\n110 Polizei\n112 "
        "Rettung\n0800 1110111 zum Reden, Tag und Nacht\n\nDieser Hinweis kommt von selbst. Es ist nichts gesendet.",
        "stopped": "Gut, ich höre auf. Der Entwurf ist weg, gesendet ist davon nichts. Wenn Sie wieder schreiben, "
        "bin ich da.",
        "stopped_mailbox": "Was Sie früher gesendet haben, bleibt beim Team. „löschen“ nimmt auch das weg.",
        "erase": "Alles löschen, auch was beim Team liegt? Dann ist es sofort weg, niemand kann es zurückholen. "
        "Schreiben Sie „ja“. Alles andere heißt nein.",
        "not_erased": "Gut, es bleibt alles da.",
        "erased": "Alles ist gelöscht: der Entwurf, Ihre Nachrichten und die Antworten. Meine Nachrichten hier nehme "
        "ich zurück und verlasse den Raum.\n\nDas kann ich nicht löschen: was Sie selbst hier geschrieben haben, und "
        "dass es diesen Raum gab. Löschen Sie Ihre Nachrichten, verlassen Sie den Raum und vergessen Sie ihn in "
        "Ihrem Messenger. Der Anbieter kann weiter sehen, dass wir geschrieben haben.",
        "quiet": "Hier war es lange still. Darum nehme ich meine Nachrichten zurück und verlasse diesen Raum. Sie sind "
        "jederzeit wieder willkommen: Beginnen Sie einfach ein neues Gespräch mit mir.",
        "human": "Hier antwortet ein Programm. Menschen lesen Ihre Nachricht, sobald Sie sie senden. Sofort mit "
        "einem Menschen sprechen: 0800 1110111, Tag und Nacht, kostenlos.",
        "human_skip": "Ich überspringe die Fragen.",
        "language": "Schreiben Sie „deutsch“ oder “english”.",
        "now_speaking": "Gut, auf Deutsch.",
        "trial": "Probelauf: Das liest nur eine Maschine, kein Mensch. Brauchen Sie Hilfe, dann schreiben Sie bitte "
        "„neu“.",
        "code": "Schreiben Sie die acht Wörter. Danach löschen Sie bitte Ihre Nachricht mit den Wörtern. „zurück“ "
        "bricht ab.",
        "code_count": "Ich habe {count} Wörter gelesen. Acht gehören dazu.",
        "code_wrong": "Zu diesen Wörtern finde ich nichts. Vielleicht ist ein Wort anders, oder die Nachrichten sind "
        "schon gelöscht. Gelesen habe ich: {words}",
        "bound": "Gefunden: Ihre Nachrichten bei {team}. Antworten kommen ab jetzt hierher. Löschen Sie bitte Ihre "
        "Nachricht mit den Wörtern.",
        "web_only": "Gut. Ich habe den Zugang vergessen und bringe nichts mehr hierher. Ihre Nachrichten erreichen "
        "Sie mit den acht Wörtern im Web: {web}antworten",
        "no_mailbox": "Hier ist noch nichts gesendet. Mit „code“ geben Sie acht Wörter ein, die Sie schon haben.",
        "not_understood": "Das habe ich nicht verstanden. Eine Zahl genügt.",
        "remind": "Sind Sie noch da? Es ist nichts gesendet. Ich hebe alles noch {minutes} Minuten auf, dann lösche "
        "ich es.",
        "expired": "Es war länger still. Ich habe alles Ungesendete gelöscht. Sie können jederzeit neu schreiben.",
        "from_team": "{team}:\n\n{text}",
        "attached": "Das kann ich nicht weitergeben, nur Text, Bilder und Sprachnachrichten. Ich habe es nicht "
        "geöffnet. Schreiben Sie bitte in Worten, was Sie sagen möchten.",
        "too_large": "Das ist zu groß. Bilder und Sprachnachrichten dürfen bis zu 10 MB haben. Ich habe es nicht "
        "genommen.",
        "picture": "[Bild „{name}“, {size} MB]",
        "voice": "[Sprachnachricht „{name}“, {size} MB]",
        "file_collected": "Ist dabei. Ein Bild kann verraten, wann, wo und womit es aufgenommen wurde. „fertig“ sendet "
        "alles. Löschen Sie es vorher hier, dann geht es nicht mit.",
        "removed": "Ist nicht mehr dabei.",
        "all_passed": "Die Anhänge sind auch beim Team.",
        "not_passed": "„{name}“ konnte ich nicht weitergeben. Der Text ist beim Team. Schicken Sie es gern noch "
        "einmal.",
        "undecryptable": "Eine Nachricht von Ihnen kann ich nicht entschlüsseln. Bitte schreiben Sie sie noch "
        "einmal. Hilft das nicht, melden Sie sich im Messenger ab und wieder an, oder nehmen Sie das Formular: {web}",
        "unencrypted": "Dieser Raum ist nicht verschlüsselt. Hier nehme ich nichts an, damit niemand mitliest. "
        "Schalten Sie in den Einstellungen des Raums „Verschlüsselung“ ein, oder nehmen Sie das Formular: {web}",
        "unencrypted_message": "Diese Nachricht war nicht verschlüsselt. Ich habe sie nicht genommen, damit niemand "
        "mitliest. Bitte schreiben Sie sie verschlüsselt noch einmal, oder nehmen Sie das Formular: {web}",
        "restarted": "Ich musste neu starten. Was Sie noch nicht gesendet hatten, ist dabei verloren gegangen. Das tut "
        "mir leid. Bitte schreiben Sie es noch einmal.",
        "missed": "Vielleicht konnte ich in der letzten Zeit etwas von Ihnen nicht lesen. Habe ich nicht geantwortet, "
        "dann schreiben Sie es bitte noch einmal.",
        "flooded": "Das waren sehr viele Nachrichten auf einmal. Die letzten habe ich nicht mehr aufgenommen. Bitte "
        "warten Sie eine Minute und schreiben Sie sie dann noch einmal.",
        "gone": "Was Sie früher gesendet hatten, gibt es nicht mehr: Es ist gelöscht, oder die Zeit ist um. Was Sie "
        "jetzt geschrieben haben, habe ich aufgehoben. Es kann eine neue Anfrage werden.",
        "group": "Hier schreibe ich nur mit einem Menschen allein und verschlüsselt. Darum verlasse ich diesen Raum. "
        "Bitte öffnen Sie einen eigenen Chat mit mir, in dem sonst niemand ist.",
        "new_device": "An Ihrem Konto ist ein neues Gerät angemeldet. Waren Sie das? Wenn nicht, liest vielleicht "
        "jemand mit. Dann schreiben Sie hier bitte nichts mehr und nehmen Sie das Formular: {web}",
        "no_directory": "Gerade kann ich nicht sicher prüfen, wer Ihre Nachricht lesen würde. Darum geht es hier "
        "nicht weiter. Bitte versuchen Sie es später noch einmal.",
    },
    "en": {
        "hello": "Hello. It is good that you are here. I am a program and bring your message to a counselling team. "
        "(Deutsch? Schreiben Sie „deutsch“.)",
        "matrix": "To be honest about who sees what:\n- This program reads your text for a moment, until it is "
        "sealed. After that only the team reads it.\n- The provider of the messenger sees that your account writes "
        "to us and when, but not what.\n- An account with your name or telephone number gives you away.\n- The form "
        "on the web knows less about you. It also works with Tor Browser: {web}en/",
        "terminal": "To be honest about who sees what:\n- This program seals your text here on this device. After "
        "that only the team reads it.\n- What you type stays in the window until you close it.\n- The form on the "
        "web: {web}en/",
        "any_time": "At any time: “help”, “stop”, “delete”, “human”, “language”, “code”. “exit” is the emergency exit.",
        "who": "Who is writing?",
        "violence": "I have experienced violence",
        "signposts": "These places are there only for people who were hurt:\n{list}\n\nIf you would still like to go "
        "on here, please choose one of the other answers.",
        "topic": "What is it about? You can choose more than one, such as “1, 3”.",
        "place": "Where do you live? Or the person it is about? Postcode or district (Kreis). Or write “nothing”.",
        "reader": "Who will read it?",
        "place_is": "Searched for: {place}. (Not right? “back”)",
        "yes": "Yes, this team should read it",
        "undo": "Take back my wishes",
        "write": "{to}\nWrite as you like, in as many messages as you like. One sentence is enough. Please do not "
        "give full names of other people.\n\nOnly when you write the single word “done” is all of it sealed and "
        "sent. If it is urgent, write “urgent” first: {night}\nRather talk on the "
        "phone? “callback”.",
        "kept": "I have kept your text. It is not sent yet. Just a few questions:",
        "kept_ready": "What you wrote before is already with it.",
        "collected": "Got it. Go on if you like. “done” sends everything.",
        "changed": "Changed.",
        "change_late": "That has already been sent and can no longer be changed. Please write what is different.",
        "change_unknown": "I do not read a changed message as an answer. Please write it anew.",
        "full": "200,000 characters fit into one sending. I have not taken this last message. Write “done”, then you "
        "can write more.",
        "empty": "There is nothing here yet, so I have sent nothing. One sentence is enough.",
        "near_send": "Should it be sent? Then please write just the one word: done\nNothing has been sent so far.",
        "send_later": "Nothing has been sent: first you should see who will read it.",
        "under_way": "Your message is on its way. One moment please.",
        "seal": "Sealing …",
        "sent": "Your message has arrived. Nobody but the team can read it.\n{answer_by}\n{erase_on}",
        "answers_here": "I will bring the answer here. If you do not want that, write “web only”.",
        "answers_web": "You read it with the words on the web: {web}en/antworten",
        "code_is": "Your eight words:\n\n{words}\n\nWith them you also get to your messages on the web. Note them, "
        "best on paper. Do not give them to anybody; even the team never asks for them. Then write “noted”, and I "
        "will take this message back.",
        "noted": "Good. I have taken back the message with the words.",
        "more_sent": "The team has it.",
        "mailbox": "You can write more at any time, “done” sends it. “callback”: we call you. "
        "“new” begins a new request.",
        "urgent": "Marked as urgent. (Not after all? “not urgent”) {night}",
        "not_urgent": "Good, not urgent.",
        "urgent_sent": "Your message has already been sent. Please write to the team what is urgent now.",
        "help": "Urgent help:\n110 Police: if somebody threatens you\n112 Ambulance: if a life is in danger\n0800 "
        "1110111 to talk, day and night, free\n\nHere:\ndone – send everything · urgent – the team sees it first\n"
        "callback – we call you · no call – rather not\nback – one question back · stop – send nothing, draft "
        "gone\ndelete – delete everything · human – to a team "
        "without questions\ncode – go on with eight words · web only – answers on the web only\nlanguage – english, "
        "deutsch · exit – emergency exit",
        "danger": "That sounds like danger. You do not have to wait until somebody reads this:\n110 Police\n112 "
        "Ambulance\n0800 1110111 to talk, day and night\n\nThis hint comes by itself. Nothing has been sent.",
        "stopped": "Good, I stop. The draft is gone, nothing of it was sent. When you write again, I am here.",
        "stopped_mailbox": "What you sent earlier stays with the team. “delete” takes that away as well.",
        "erase": "Delete everything, also what the team has? It will be gone at once, nobody can bring it back. "
        "Write “yes”. Anything else means no.",
        "not_erased": "Good, everything stays.",
        "erased": "Everything is deleted: the draft, your messages and the answers. I take back my messages here and "
        "leave the room.\n\nThis I cannot delete: what you wrote here yourself, and that this room existed. Delete "
        "your messages, leave the room and forget it in your messenger. The provider can still see that we wrote to "
        "each other.",
        "quiet": "It has been quiet here for a long time. So I take back my messages and leave this room. You are "
        "always welcome again: simply start a new conversation with me.",
        "human": "A program answers here. People read your message as soon as you send it. To talk to somebody right "
        "now: 0800 1110111, day and night, free (in German).",
        "human_skip": "I skip the questions.",
        "language": "Write “english” or „deutsch“.",
        "now_speaking": "Good, in English.",
        "trial": "Trial: only a machine reads this, nobody else. If you need help, please write “new”.",
        "code": "Write the eight words. Afterwards please delete your message with the words. “back” cancels.",
        "code_count": "I have read {count} words. There should be eight.",
        "code_wrong": "I find nothing for these words. Perhaps one word is different, or the messages are already "
        "deleted. I have read: {words}",
        "bound": "Found: your messages with {team}. From now on answers come here. Please delete your message with "
        "the words.",
        "web_only": "Good. I have forgotten the key and bring nothing here any more. You reach your messages with "
        "the eight words on the web: {web}en/antworten",
        "no_mailbox": "Nothing has been sent here yet. With “code” you enter eight words that you already have.",
        "not_understood": "I did not understand that. A number is enough.",
        "remind": "Are you still there? Nothing has been sent. I keep everything for another {minutes} minutes, then "
        "I delete it.",
        "expired": "It has been quiet for a while. I have deleted everything that was not sent. You can write anew "
        "at any time.",
        "from_team": "{team}:\n\n{text}",
        "attached": "I cannot pass this on, only text, pictures and voice messages. I have not opened it. Please write "
        "in words what you would like to say.",
        "too_large": "This is too large. Pictures and voice messages may have up to 10 MB. I have not taken it.",
        "picture": "[Picture “{name}”, {size} MB]",
        "voice": "[Voice message “{name}”, {size} MB]",
        "file_collected": "It is with the rest. A picture can tell when, where and with what it was taken. “done” "
        "sends everything. Delete it here first, and it does not go along.",
        "removed": "It is no longer part of it.",
        "all_passed": "The attachments are with the team, too.",
        "not_passed": "I could not pass on “{name}”. The team has the text. You are welcome to send it once more.",
        "undecryptable": "I cannot decrypt one of your messages. Please write it once more. If that does not help, "
        "sign out of your messenger and in again, or use the form: {web}en/",
        "unencrypted": "This room is not encrypted. I take nothing here, so that nobody can read along. Switch on "
        "“encryption” in the settings of the room, or use the form: {web}en/",
        "unencrypted_message": "This message was not encrypted. I have not taken it, so that nobody can read along. "
        "Please write it once more, encrypted, or use the form: {web}en/",
        "restarted": "I had to start anew. What you had not sent yet was lost. I am sorry. Please write it once more.",
        "missed": "Perhaps I could not read something that you wrote lately. If I have not answered, please write it "
        "once more.",
        "flooded": "That was very much at once. I have not taken the last messages. Please wait a minute and then "
        "write them once more.",
        "gone": "What you sent earlier is no longer there: it was deleted, or its time is over. I have kept what you "
        "wrote just now. It can become a new request.",
        "group": "I only write with one person alone, and encrypted. So I leave this room. Please open a chat of your "
        "own with me, with nobody else in it.",
        "new_device": "A new device is signed in to your account. Was that you? If not, somebody may be reading "
        "along. Then please write nothing more here and use the form: {web}en/",
        "no_directory": "Right now I cannot check safely who would read your message. So it does not go on here. "
        "Please try again later.",
    },
}


for _language in LANGUAGES:
    SAID[_language] |= conversation_call_texts.SAID[_language]


def catalogue(language: str) -> Catalogue:
    """The web's sentences in this language."""
    return _CATALOGUES.catalogue(language)


def web(language: str) -> dict[str, str]:
    """What the scripts of the pages say; ``{x}`` is filled in by whoever says it."""
    _ = catalogue(language).gettext
    return wording.script_both(_) | wording.script_write(_) | wording.script_answers(_)


def attachment(language: str, kind: str, name: str, size: int) -> str:
    """The line that stands for a file in the text: what it is, its name, its size."""
    megabytes = f"{max(0.1, size / 1e6):.1f}"
    return SAID[language][kind].format(name=name, size=megabytes if language == "en" else megabytes.replace(".", ","))


def limits(language: str, *, bound: bool = False) -> str:
    """The three limits of confidentiality; ``bound``: and the Legalitätsprinzip."""
    _ = catalogue(language).gettext
    lines = [
        _("Das Team gibt nichts weiter. Drei Ausnahmen:"),
        "- " + _("Sie erlauben es."),
        "- " + _("Ein Mensch ist in Lebensgefahr, oder eine schwere Straftat ist geplant."),
        "- " + _("Ein Gericht verlangt eine Aussage."),
    ]
    if bound:
        lines.append(_("Dieses Team muss außerdem jede Straftat verfolgen, von der es erfährt."))
    return "\n".join(lines)


def card(language: str, facts: dict[str, Any], place: str) -> str:
    """Who reads: the facts that the web shows (``Board.card``), as lines."""
    _ = catalogue(language).gettext
    carrier = facts["carrier"]
    lines = [
        facts["name"],
        f"{_('Träger')}: {carrier.name} ({wording.kinds(_)[carrier.kind][0]})",
        f"{wording.kinds(_)[carrier.kind][1]} {wording.duty_long(_)[carrier.legality_principle]}",
        f"{_('Antwort')}: {facts['answer']} · {_('Sprachen')}: {facts['languages']}",
        f"{_('Warum dieses Team')}: {facts['why']}",
    ]
    if place:
        lines.append(SAID[language]["place_is"].format(place=place))
    return "\n".join(lines) + "\n\n" + limits(language, bound=carrier.legality_principle)


def numbered(question: str, labels: Sequence[str]) -> str:
    """A question and its answers: ``1 Ja``."""
    return "\n".join([question, *(f"{number} {label}" for number, label in enumerate(labels, 1))])
