/** A server whose answers depend on everything that enters, and that ends in several ways. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { lookup } from "node:dns/promises";

const held: Uint8Array[] = [];
let count = 0;

const server = createServer((request, response) => {
  count++;
  const path = request.url ?? "";
  if (path === "/throw") throw new TypeError(`request ${count} is too much`);
  if (path === "/reject") void Promise.reject(new Error(`rejected ${count}`));
  if (path === "/exit") process.exit(7);
  if (path === "/heap") for (;;) held.push(new Uint8Array(65_536));
  if (path === "/loop") for (;;) count++;
  if (path === "/file") {
    response.end(readFileSync("/data/hello.txt"));
    return;
  }
  if (path === "/late") {
    setTimeout(() => void lookup("localhost").then(({ address }) => response.end(address)), 5);
    return;
  }
  response.end(`${count} ${path} ${Math.random()} ${Date.now()} ${performance.now()}\n`);
});
server.listen(80, () => console.log("ready"));
