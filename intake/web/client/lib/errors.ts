/**
 * Everything that can go wrong, as codes. Pages translate a code into a sentence; nothing here is shown as it stands.
 *
 *   ClientError
 *     InsecureContext …  the page cannot do cryptography at all
 *     directory_*        the signed directory is not to be trusted
 *     envelope_*         a sealed text is not ours, not for us, or not from whom it says
 *     everything else    what the server or the line answered
 */
export type ErrorCode =
  | "insecure_context" // no crypto.subtle: plain http on a host that is not loopback or onion
  | "old_browser" // something the sealing needs is missing
  | "network" // no answer: offline, line broken, time out
  | "unavailable" // 5xx: the server cannot take it now (disk full, locked, restarting)
  | "busy" // 429: too many; `seconds` says when to try again
  | "too_large" // 413, or more than 200,000 characters
  | "empty_text"
  | "refused" // any other 4xx: the server did not accept the form of the request
  | "malformed_answer" // the server's answer is not what was agreed
  | "stamp" // the proof of work was refused again and again
  | "directory_forged"
  | "directory_expired"
  | "directory_not_yet_valid" // issued more than 26 hours ahead of this device's clock
  | "directory_rolled_back"
  | "directory_malformed"
  | "key_forged" // a team key that is not the one in the directory
  | "team_unknown"
  | "team_changed" // the newer directory no longer offers this team under the same facts: ask the person again
  | "stale_twice" // the team's key changed twice during one sending
  | "mailbox_taken"
  | "mailbox_erased" // the person has erased it: it does not come back by sending again
  | "mailbox_full"
  | "mailbox_missing" // no mailbox for this code: wrong code, or erased
  | "cannot_move" // somebody has taken the contact already
  | "no_time" // no wished time is one in which the team can call
  | "appointment_other" // another appointment holds by now, or the time is no longer free: look again
  | "handover_over" // the hand-over is not where the page thinks: look again
  | "code_unclear" // see ReturnCodeUnclear
  | "passphrase_wrong"
  | "envelope_malformed"
  | "envelope_unreadable"
  | "signature_forged"
  | "payload_malformed";

const NAME = "ClientError";

/** A known failure. `code` is for the page, `message` for developers; neither holds anything a person typed. */
export class ClientError extends Error {
  readonly code: ErrorCode;
  /** busy: seconds until the next try is welcome */
  readonly seconds: number | null;

  constructor(code: ErrorCode, message: string = code, seconds: number | null = null) {
    super(message);
    this.name = NAME;
    this.code = code;
    this.seconds = seconds;
  }

  /** The page shell and the lazily loaded library each carry their own copy of this class; an error of one is an error of the other. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== ClientError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof Error && value.name === NAME;
  }
}

export function isClientError(error: unknown, code?: ErrorCode): error is ClientError {
  return error instanceof ClientError && (code === undefined || error.code === code);
}
