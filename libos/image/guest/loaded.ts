/** Evaluated last: the application's main module has been evaluated. */
import { applicationLoaded } from "./boot.ts";

applicationLoaded();
