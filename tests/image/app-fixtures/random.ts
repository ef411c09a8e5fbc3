/** Draws random values, as an application that needs entropy. */
import { randomBytes } from "node:crypto";

const drawn = new Set(Array.from({ length: 600 }, () => randomBytes(16).toString("hex")));
console.log("drawn", drawn.size, [...drawn][0]);
