"""What the dialogue says about a callback and the web does not: German and English."""

SAID: dict[str, dict[str, str]] = {
    "de": {
        "call_later": "Gern rufen wir Sie an. Erst sollen Sie sehen, wer Ihre Nummer liest.",
        "call_begin": "Ein Anruf. Ich frage nach Nummer, Zeit und wie wir uns melden. Gesendet wird erst mit „fertig“. "
        "Lieber kein Anruf? „ohne anruf“",
        "call_instead": "Es ist schon ein Anruf vereinbart. Was Sie jetzt sagen, gilt an seiner Stelle.",
        "call_number_hint": "Löschen Sie Ihre Nachricht mit der Nummer danach bitte hier im Messenger. Der Anruf geht "
        "ins Gefängnis? Dann schreiben Sie „gefängnis“.",
        "call_right": "Ja, sie stimmt",
        "call_wrong": "Nein, eine andere",
        "call_write": "Gut, dann schreibe ich lieber",
        "call_hours": "{day}. Da ist jemand vom Team da: {hours}.\nVon wann bis wann? Zum Beispiel „10-11“ oder „10:30 "
        "bis 12“. „egal“: die ganze Zeit.",
        "call_hours_unclear": "Diese Zeit habe ich nicht verstanden. Schreiben Sie zum Beispiel „10-11“ oder „egal“.",
        "call_hours_none": "In dieser Zeit ist dort niemand. Möglich ist: {hours}.",
        "call_enough": "Das reicht",
        "call_more": "Welche Zeiten noch?\nBisher: {times}",
        "call_proposed": "Vorschlag: {text}\nSchreiben Sie „ja“, oder einen anderen Satz.",
        "call_proposed_word": "Vorschlag: {text}\nSchreiben Sie „ja“, oder ein anderes Wort.",
        "call_no": "Nein",
        "call_interpreter": "Schreiben Sie dem Team nachher bitte, für welche Sprache.",
        "call_ready": "So rufen wir Sie an:\n{rules}\n\nNoch ist nichts gesendet. „fertig“ verschließt und sendet "
        "alles. Soll etwas anders sein? „rückruf“ beginnt die Fragen neu, „ohne anruf“ lässt den Anruf weg.",
        "call_first": "Gesendet ist noch nichts: erst noch diese Fragen zum Anruf. „ohne anruf“ lässt ihn weg.",
        "call_agreed": "Der Anruf ist vereinbart. Nur das Team kennt Nummer und Absprache. Ändern: „rückruf“. Absagen: "
        "„ohne anruf“. Löschen Sie hier bitte Ihre Nachrichten mit Nummer und Wort.",
        "call_off": "Gut, ohne Anruf. Davon ist nichts gesendet.",
        "call_none": "Es ist kein Anruf vereinbart.",
    },
    "en": {
        "call_later": "We are glad to call you. First you should see who will read your number.",
        "call_begin": "A call. I ask for number, time and how we introduce ourselves. Only “done” sends it. Rather no "
        "call? “no call”",
        "call_instead": "A call is agreed already. What you say now takes its place.",
        "call_number_hint": "Afterwards please delete your message with the number here in the messenger. Is the call "
        "to a prison? Then write “prison”.",
        "call_right": "Yes, it is right",
        "call_wrong": "No, another one",
        "call_write": "Good, then I would rather write",
        "call_hours": "{day}. Somebody of the team is there then: {hours}.\nFrom when to when? Such as “10-11” or "
        "“10:30 to 12” (24 hours, German time). “any”: all of it.",
        "call_hours_unclear": "I did not understand this time. Write “10-11”, for example, or “any”.",
        "call_hours_none": "Nobody is there at this time. Possible is: {hours}.",
        "call_enough": "That is enough",
        "call_more": "Any other times?\nSo far: {times}",
        "call_proposed": "Proposed: {text}\nWrite “yes”, or another sentence.",
        "call_proposed_word": "Proposed: {text}\nWrite “yes”, or another word.",
        "call_no": "No",
        "call_interpreter": "Please write to the team later for which language.",
        "call_ready": "This is how we call you:\n{rules}\n\nNothing has been sent yet. “done” seals and sends it all. "
        "Should something be different? “callback” begins the questions anew, “no call” leaves the call out.",
        "call_first": "Nothing has been sent yet: first these questions about the call. “no call” leaves it out.",
        "call_agreed": "The call is agreed. Only the team knows number and rules. To change it: “callback”. To cancel: "
        "“no call”. Please delete your messages here with number and word.",
        "call_off": "Good, without a call. Nothing of it was sent.",
        "call_none": "No call is agreed.",
    },
}
