"""What a service phone is told about field visits, German and English. Content-free: times, never place or person.

Own PIN and duress PIN are answered from the same rows; there is no sentence here that only one of them can bring.
"""

from __future__ import annotations

from intake.checkin_model import Message, Reply

ASK: dict[str, dict[Message, str]] = {
    "de": {
        Message.TEST: "Funktionstest für {at} Uhr. Bitte antworten Sie „ok“. Erst dann ist der Termin abgesichert.",
        Message.SOON: "Um {at} Uhr ist Ihre Rückmeldung dran. Antworten Sie: ok mit PIN · länger 30 · bin raus mit PIN",
        Message.NOW: "Ihre Rückmeldung steht aus. Bitte jetzt: ok mit PIN. Sonst rufen wir gleich jemanden.",
        Message.DRILL: "Übung. Bitte antworten Sie „ok“. Es wird niemand alarmiert.",
        Message.TECHNICAL: "Ein Diensthandy im Außentermin antwortet nicht. Das kann an der Technik liegen. "
        "Bitte sehen Sie in die Konsole und fragen Sie auf anderem Weg nach.",
        Message.REPORT: "Die Übung ist zu Ende. Geantwortet: {done} von {total}. Näheres steht in der Konsole.",
    },
    "en": {
        Message.TEST: "Function test for {at}. Please answer “ok”. Only then is your field visit secured.",
        Message.SOON: "At {at} your check-in is due. Answer: ok with PIN · longer 30 · i am out with PIN",
        Message.NOW: "Your check-in is missing. Please now: ok with PIN. Otherwise somebody is called in a moment.",
        Message.DRILL: "Drill. Please answer “ok”. Nobody is alarmed.",
        Message.TECHNICAL: "A service phone on a field visit does not answer. It may be a technical fault. "
        "Please look into the console and ask in another way.",
        Message.REPORT: "The drill is over. Answered: {done} of {total}. More in the console.",
    },
}
SHORT: dict[str, dict[Message, str]] = {
    "de": {
        Message.TEST: "Funktionstest, bitte bestätigen.",
        Message.SOON: "Um {at} Uhr ist Ihre Rückmeldung dran.",
        Message.NOW: "Ihre Rückmeldung steht aus. Bitte jetzt melden.",
        Message.DRILL: "Übung, bitte bestätigen.",
        Message.TECHNICAL: "Ein Diensthandy antwortet nicht. Bitte in die Konsole sehen.",
        Message.REPORT: "Übung zu Ende: {done} von {total}.",
    },
    "en": {
        Message.TEST: "Function test, please confirm.",
        Message.SOON: "At {at} your check-in is due.",
        Message.NOW: "Your check-in is missing. Please report now.",
        Message.DRILL: "Drill, please confirm.",
        Message.TECHNICAL: "A service phone does not answer. Please look into the console.",
        Message.REPORT: "Drill over: {done} of {total}.",
    },
}
REPLY: dict[str, dict[Reply, str]] = {
    "de": {
        Reply.ARMED: "Funktionstest bestätigt. Ihr Termin ist abgesichert. Nächste Rückmeldung: {at} Uhr.",
        Reply.NOTED: "Danke. Der Termin läuft weiter, Rückmeldung um {at} Uhr. Schon fertig? Dann „bin raus“ mit PIN.",
        Reply.NEXT: "Danke. Nächste Rückmeldung: {at} Uhr.",
        Reply.DONE: "Danke. Ihr Termin ist beendet. Kommen Sie gut an.",
        Reply.ALL_CLEAR: "Danke, gut dass Sie sich melden. Alle, die gerufen wurden, bekommen Entwarnung.{next}",
        Reply.CANCELLED: "Gut, der Termin ist abgesagt. Es wird niemand gerufen.",
        Reply.EXTENDED: "Gut, verlängert. Nächste Rückmeldung: {at} Uhr.",
        Reply.PLANNED: "Gut, Rückmeldung um {at} Uhr. Absagen geht mit „absagen“, früher fertig mit „bin raus“.",
        Reply.PIN: "Bitte mit Ihrer PIN, zum Beispiel: ok 12345",
        Reply.WRONG_PIN: "Diese PIN stimmt nicht. Bitte noch einmal.",
        Reply.TOO_LONG: "So lange geht es nicht. Höchstens drei Stunden mehr und zwölf Stunden im Ganzen.",
        Reply.PAST: "Diese Zeit ist vorbei, oder das Ende liegt vor dem Beginn. Zum Beispiel: besuch 18:00 bis 19:30",
        Reply.TWO: "Zu dieser Zeit läuft schon ein Termin von Ihnen. Bitte beenden oder verlängern Sie ihn.",
        Reply.ESCALATED: "Es ist schon jemand gerufen. Geht es Ihnen gut? Dann bitte „ok“ mit PIN.",
        Reply.OVER: "Dieser Termin ist schon beendet. Sie müssen nichts tun.",
        Reply.OLD_CHECK: "Das war eine ältere Nachricht. Bitte antworten Sie auf die neueste.",
        Reply.NO_VISIT: "Gerade läuft kein Außentermin von Ihnen. Planen: besuch 18:00 bis 19:30",
        Reply.SECOND: "Vermerkt. Eine zweite Person muss dasselbe bestätigen.",
        Reply.CLOSED: "Der Termin ist geschlossen.",
        Reply.NOT_YOU: "Ihren eigenen Termin beenden Sie mit „ok“ und PIN.",
    },
    "en": {
        Reply.ARMED: "Function test confirmed. Your visit is secured. Next check-in: {at}.",
        Reply.NOTED: "Thank you. The visit goes on, check-in at {at}. Done already? Then “i am out” with PIN.",
        Reply.NEXT: "Thank you. Next check-in: {at}.",
        Reply.DONE: "Thank you. Your visit is over. Get home safely.",
        Reply.ALL_CLEAR: "Thank you, good that you report. Everybody who was called gets the all-clear.{next}",
        Reply.CANCELLED: "Fine, the visit is cancelled. Nobody is called.",
        Reply.EXTENDED: "Fine, extended. Next check-in: {at}.",
        Reply.PLANNED: "Fine, check-in at {at}. To cancel: “cancel”, done earlier: “i am out”.",
        Reply.PIN: "Please with your PIN, for example: ok 12345",
        Reply.WRONG_PIN: "This PIN is not right. Please try again.",
        Reply.TOO_LONG: "Not for so long. At most three hours more, and twelve hours in all.",
        Reply.PAST: "This time is over, or the end lies before the beginning. For example: visit 18:00 to 19:30",
        Reply.TWO: "A visit of yours runs at that time already. Please end or extend it.",
        Reply.ESCALATED: "Somebody has been called already. Are you well? Then please “ok” with PIN.",
        Reply.OVER: "This visit is over already. Nothing to do for you.",
        Reply.OLD_CHECK: "That was an older message. Please answer the latest one.",
        Reply.NO_VISIT: "No field visit of yours runs right now. To plan one: visit 18:00 to 19:30",
        Reply.SECOND: "Noted. A second person has to confirm the same.",
        Reply.CLOSED: "The visit is closed.",
        Reply.NOT_YOU: "You end your own visit with “ok” and PIN.",
    },
}
GOES_ON = {"de": " Der Termin läuft weiter, Rückmeldung um {at} Uhr.", "en": " The visit goes on, check-in at {at}."}
HELP = {
    "de": "\nAußentermine:\nbesuch 18:00 bis 19:30 · bis 18:00 · zuhause bis 21:00 · büro 16:00 bis 18:00\n"
    "ok 12345 – mir geht es gut (mit PIN)\nlänger 30 · bin raus · absagen",
    "en": "\nField visits:\nvisit 18:00 to 19:30 · until 18:00 · home by 21:00 · office 16:00 to 18:00\n"
    "ok 12345 – I am well (with PIN)\nlonger 30 · i am out · cancel",
}
