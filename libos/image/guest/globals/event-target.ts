/** The globals `Event`, `CustomEvent` and `EventTarget`. */
import { CustomEvent, Event, EventTarget } from "../event-target.ts";
import { defineGlobals } from "../machine.ts";

defineGlobals({ CustomEvent, Event, EventTarget });
