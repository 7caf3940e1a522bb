/** Entry of the console: reads what the page carries, draws the first view. */
import { start } from "./views/app.tsx";
import { Console } from "./console.ts";
import { type Dictionary, speak } from "./words.ts";

const page = document.documentElement;
speak(page.lang || "de", JSON.parse(document.getElementById("words")?.textContent ?? "{}") as Dictionary);
const house = new Console(page.dataset["root"] ?? "", page.dataset["exit"] ?? "/raus");
house.begin();
start(house, document.getElementById("console")!);
