/** The globals `URL` and `URLSearchParams`. */
import { defineGlobals } from "../machine.ts";
import { URLSearchParams } from "../url/search-params.ts";
import { URL } from "../url/url.ts";

defineGlobals({ URL, URLSearchParams });
