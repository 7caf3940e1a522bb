/** Everything a help-seeker's page needs, as one lazily loaded piece. Pages get it through load.ts and import only types from elsewhere. */
export type { AgreementForm, Time } from "./agreement.ts";
export { fetchTimes } from "./api.ts";
export { berlinDay, prepareCode, questionOf, sealContact, sendContact } from "./contact.ts";
export type { PreparedCode, Receipt, SealedContact } from "./contact.ts";
export { Directory, readDirectory } from "./directory.ts";
export type { Carrier, Signpost, Team } from "./directory.ts";
export { Mailbox, openMailbox } from "./mailbox.ts";
export type { Callback, Entry } from "./mailbox.ts";
export { readNumber } from "./numbers.ts";
export type { NumberRules, PhoneNumber } from "./numbers.ts";
export { checkedText, MAX_TEXT, PHENOMENA, ROLES } from "./payloads.ts";
export type { ContactForm, Phenomenon, Role } from "./payloads.ts";
export { fetchRegions, Regions } from "./regions.ts";
export type { Place } from "./regions.ts";
export { checkWord, generate, parse as parseCode, ReturnCodeUnclear } from "./return_code.ts";
export type { WordProblem } from "./return_code.ts";
export { lookUp, QuestionUnknown } from "./routing.ts";
export type { Candidate, Found, Question } from "./routing.ts";
