/** Packages of npm as they are: the same lines in an image as in Node. */
import { Buffer } from "node:buffer";
import { EventEmitter, once } from "node:events";
import http from "node:http";
import files from "fs-extra";
import { WebSocket, WebSocketServer } from "ws";

const folder = "/tmp/libos-packages";
await files.outputFile(`${folder}/a/b/c.txt`, "hello");
await files.copy(`${folder}/a`, `${folder}/copy`);
console.log(await files.readFile(`${folder}/copy/b/c.txt`, "utf8"), await files.pathExists("/no"));
await files.outputJson(`${folder}/j.json`, { a: 1 }, { spaces: 2 });
console.log(await files.readJson(`${folder}/j.json`));
await files.move(`${folder}/copy`, `${folder}/moved/x`);
files.ensureDirSync(`${folder}/q/w`);
await files.emptyDir(`${folder}/moved`);
console.log(files.readdirSync(folder), files.existsSync(`${folder}/moved/x`));
await files.remove(folder);
console.log(files.existsSync(folder));

const server = http.createServer();
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket, { url }) => {
  socket.on("message", (data, isBinary) => socket.send(`${data} ${isBinary} ${url}`));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/path`);
await once(client, "open");
console.log("one EventEmitter:", client instanceof EventEmitter, server instanceof EventEmitter);
client.send("text");
client.send(new Uint8Array(70_000).fill(120));
for (let count = 0; count < 2; count++) {
  const [data] = await once(client, "message");
  console.log(String(data).slice(0, 20), data.length, data instanceof Buffer);
}
client.close(1000, "done");
const [code, reason] = await once(client, "close");
console.log("closed", code, String(reason));
sockets.close();
server.close(() => console.log("the end"));
