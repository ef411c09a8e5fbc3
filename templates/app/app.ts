import { http } from "libos";

let visits = 0;

const server = http.createServer((request, response) => {
  visits++;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(
    `Hello! You asked for ${request.url}, visit ${visits}, over a TCP/IP stack in TypeScript.\n`,
  );
});

server.listen(80, () => console.log("http: listening on port 80"));
