/** What went wrong, whoever said so, as one sentence for the counsellor. */
import { isClientError } from "../lib/errors.ts";
import { ApiError } from "./api.ts";
import { t, tn } from "./words.ts";

export function failure(error: unknown): string {
  if (error instanceof ApiError && error.code === "stale_key") return t("Das Team hat einen neuen Schlüssel. Bitte sperren und entsperren Sie einmal und senden dann noch einmal. Ihr Text bleibt da.");
  if (error instanceof ApiError && error.code === "too_many") return tn("Das war gerade zu schnell. Bitte warten Sie eine Sekunde.", "Das war gerade zu schnell. Bitte warten Sie {n} Sekunden.", Number(error.body["retry_after"]) || 1);
  if (error instanceof ApiError) return error.message;
  if (isClientError(error, "directory_expired") || isClientError(error, "directory_not_yet_valid")) return t("Das Verzeichnis der Teams gilt heute nicht, oder die Uhr dieses Geräts geht falsch. Ohne gültiges Verzeichnis wird nichts geöffnet.");
  if (isClientError(error, "directory_forged") || isClientError(error, "directory_malformed") || isClientError(error, "directory_rolled_back"))
    return t("Das Verzeichnis der Teams ist nicht echt. Bitte nicht weiterarbeiten. Rufen Sie Ihre Leitung an.");
  if (isClientError(error, "insecure_context")) return t("Diese Verbindung ist nicht sicher genug. Bitte öffnen Sie die Seite mit https.");
  if (isClientError(error, "network") || isClientError(error, "unavailable")) return t("Gerade gibt es keine Verbindung. Nichts ist verloren. Versuchen Sie es gleich noch einmal.");
  if (isClientError(error, "too_large")) return t("Das ist zu lang. Bitte kürzen Sie den Text.");
  if (isClientError(error, "empty_text")) return t("Hier steht noch nichts.");
  return t("Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.");
}
