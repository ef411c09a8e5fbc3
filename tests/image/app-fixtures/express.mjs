/** An unchanged express on the image's own http. */
import fs from "node:fs";
import express from "express";

fs.mkdirSync("/public");
fs.writeFileSync("/public/page.html", "<p>static</p>".repeat(100));
const app = express();
app.use(express.json());
app.use(express.urlencoded({ extended: false }));
app.use("/files", express.static("/public"));
app.get("/hello/:name", (request, response) => {
  response.json({ hello: request.params.name, query: request.query });
});
app.post("/sum", (request, response) => {
  response.send(String(request.body.numbers.reduce((a, b) => a + b, 0)));
});
app.post("/form", (request, response) => void response.json(request.body));
app.get("/fail", () => {
  throw new Error("on purpose");
});
app.listen(80, () => console.log("express listens"));
