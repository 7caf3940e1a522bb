// entry: pages that only need the quick exit
import { watchExit } from "./exit.ts";

watchExit();
