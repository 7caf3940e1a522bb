"""Somebody was first, or the form is older than the world: 409."""

from intake.errors.base import IntakeError


class Conflict(IntakeError):
    """Somebody was first, or the form is older than the world."""

    code = "conflict"
    status = 409


class StaleKey(Conflict):
    """Sealed to a key that the team no longer uses. `details["directory"]`: current signed directory, base64."""

    code = "stale_key"
    de = "Das Team hat inzwischen einen neuen Schlüssel. Ihr Text wird neu verschlossen."
    en = "The team has a new key by now. Your text is being sealed again."


class MailboxTaken(Conflict):
    """The mailbox id exists with another token."""

    code = "mailbox_taken"
    de = "Dieses Postfach ist schon vergeben. Bitte laden Sie die Seite neu und senden Sie noch einmal."
    en = "This mailbox is already taken. Please reload the page and send again."


class MailboxErased(Conflict):
    """A late repetition of a contact that was erased: it must not come back to life."""

    code = "mailbox_erased"
    de = "Diese Nachricht wurde gelöscht und kommt nicht zurück. Sie können jederzeit neu schreiben."
    en = "This message has been deleted and will not come back. You can write anew at any time."


class MailboxFull(Conflict):
    """The mailbox has reached its limit of entries or bytes."""

    code = "mailbox_full"
    de = "Dieses Postfach ist voll. Bitte warten Sie auf die Antwort oder schreiben Sie uns neu."
    en = "This mailbox is full. Please wait for the answer or write to us anew."


class AlreadyClaimed(Conflict):
    """A colleague was first. `details["by"]`: name of the colleague."""

    code = "already_claimed"
    de = "Das hat schon jemand aus dem Team übernommen."
    en = "Somebody in the team has already taken this."


class NotInThisState(Conflict):
    """The contact is not in a state that allows this. `details["state"]`: the state it is in."""

    code = "not_in_this_state"
    de = "Das geht in diesem Stand der Anfrage nicht mehr. Bitte laden Sie neu."
    en = "This is not possible in the present state of the request. Please reload."


class AlreadyCalling(Conflict):
    """Two wanted to call the same person at once; the other one was first. `details["by"]`: name of the colleague."""

    code = "already_calling"
    de = "Gerade ruft schon jemand aus dem Team dort an."
    en = "Somebody in the team is calling there already."


class NumberTaken(Conflict):
    """A callback to this number is open already."""

    code = "number_taken"
    de = "Für diese Nummer ist schon ein Rückruf vereinbart. Mit den acht Wörtern von damals können Sie ihn ändern."
    en = "A callback to this number is agreed already. With the eight words of that time you can change it."


class NotNow(Conflict):
    """Outside the agreed times, or too soon after the last attempt."""

    code = "not_now"
    de = "Jetzt ist keine vereinbarte Zeit. Bitte rufen Sie nur in den Zeiten an, die die Person genannt hat."
    en = "This is not an agreed time. Please call only in the times that the person has named."


class HandoverState(Conflict):
    """The hand-over is not in a stage that allows this, or another one is still open. `details["state"]`."""

    code = "handover_state"
    de = "Bei dieser Weitergabe ist das gerade nicht möglich. Bitte laden Sie neu und sehen Sie, wie weit sie ist."
    en = "This is not possible for this hand-over now. Please reload and see how far it is."


class HandoverStale(Conflict):
    """The person or the team has written since: the offer would not open everything."""

    code = "handover_stale"
    de = "Inzwischen ist etwas dazugekommen. Das abgebende Team muss noch einmal verschließen, dann geht es weiter."
    en = "Something has been added in the meantime. The team that hands over must seal once more, then it goes on."


class HandoverLoop(Conflict):
    """No contact is sent in a circle."""

    code = "handover_loop"
    de = "Dieses Team hat die Anfrage schon einmal abgegeben. Im Kreis wird niemand weitergereicht."
    en = "This team has handed the request on before. Nobody is passed around in a circle."


class SignedYesNeeded(Conflict):
    """From a civil team to another carrier only with the person's own signed yes: their wish is sealed."""

    code = "signed_yes_needed"
    de = "Von nicht staatlich zu staatlich nur mit dem Ja der Person selbst. Bitte fragen Sie sie in den Nachrichten."
    en = "From non-state to state only with the person's own yes. Please ask them in the messages."


class CallbackOpen(Conflict):
    """A callback is agreed with the present team; its number is sealed for that team alone."""

    code = "callback_open"
    de = "Es ist noch ein Rückruf vereinbart. Rufen Sie zuerst an, oder beenden Sie den Rückruf."
    en = "A callback is still agreed. Please call first, or end the callback."


class LogMoved(Conflict):
    """Somebody else changed the team's people in the meantime."""

    code = "log_moved"
    de = "Im Team hat sich gerade etwas geändert. Bitte sehen Sie noch einmal hin, und versuchen Sie es dann neu."
    en = "Something has just changed in the team. Please look again, and then try anew."


class LastLead(Conflict):
    """A team without a lead could let nobody in any more."""

    code = "last_lead"
    de = "Das ist die letzte Leitung dieses Teams. Machen Sie zuerst jemand anderen zur Leitung."
    en = "This is the last lead of the team. First make somebody else a lead."


class KeyChanged(Conflict):
    """The member has another key than the one that was compared: nothing was granted."""

    code = "key_changed"
    de = "Diese Person hat inzwischen einen anderen Schlüssel. Bitte vergleichen Sie die acht Wörter noch einmal."
    en = "This person has another key by now. Please compare the eight words once more."


class MemberTaken(Conflict):
    """The account name exists already, somewhere."""

    code = "member_taken"
    de = "Diesen Namen gibt es hier schon. Bitte wählen Sie einen anderen."
    en = "This name exists here already. Please choose another one."


class RotaChanged(Conflict):
    """Somebody saved the plan in between."""

    code = "rota_changed"
    de = "Den Dienstplan hat inzwischen jemand anderes geändert. Bitte laden Sie ihn neu."
    en = "Somebody else has changed the rota in the meantime. Please load it again."


class SheetLocked(Conflict):
    """The sealed visit sheet is handed out from the last level on only."""

    code = "sheet_locked"
    de = "Der Besuchszettel öffnet sich erst, wenn die letzte Stufe erreicht ist."
    en = "The visit sheet opens only when the last level is reached."
