/** A website on its own TCP/IP stack: `npm start`, then http://127.0.0.1:8080/. */
import { fs, http, system } from "libos";
import { createWebsite } from "./website.ts";

const PORT = 80;

const server = createWebsite({ fs, http, system }, { root: "/www" });
server.listen(PORT, () => console.log(`website: listening on port ${PORT} of the system`));
