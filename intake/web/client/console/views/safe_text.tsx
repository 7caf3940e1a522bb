/** Text of a stranger: text nodes only. What would lie about itself is shown by its name; very long texts open in parts. */
import { useState } from "preact/hooks";
import { head, pieces } from "../safe_text.ts";
import { languageCode, t } from "../words.ts";

const FIRST = 4_000;
const STEP = 20_000;

export function SafeText({ text }: { text: string }) {
  const [limit, setLimit] = useState(FIRST);
  const shown = head(text, limit);
  const rest = text.length - shown.length;
  return (
    <>
      <div class="words" dir="auto">
        {pieces(shown).map((piece, i) => piece.kind === "text" ? piece.text
          : <span key={i} class="control" role="img" aria-label={t("Steuerzeichen {code}", { code: piece.code })} title={piece.code}>{piece.name}</span>)}
      </div>
      {rest > 0 && <button type="button" class="link" onClick={() => setLimit(limit + STEP)}>{t("Weiterlesen (noch {n} Zeichen)", { n: rest.toLocaleString(languageCode()) })}</button>}
    </>
  );
}
