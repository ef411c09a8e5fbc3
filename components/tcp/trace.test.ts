import t from "tap";
import { flagText } from "./trace.ts";
import { createScript } from "./testing/script.ts";

t.test("a connection can be read in the trace", async (t) => {
  const lines: string[] = [];
  const s = createScript(t, { trace: (line) => lines.push(line) });
  s.accept();
  s.write(2000);
  s.wait(200);
  s.sends(". 1 ack 2001");
  const connection = '"connection":"10.0.0.1:80 10.0.0.2:40000"';
  const wanted = [
    `tcp state {${connection},"from":"CLOSED","to":"SYN-RECEIVED"}`,
    `tcp send {${connection},"flags":"S.","seq":0,"ack":1,"win":65535,"len":0}`,
    `tcp state {${connection},"from":"SYN-RECEIVED","to":"ESTABLISHED"}`,
    `tcp send {${connection},"flags":".","seq":1,"ack":1,"win":65535,"len":1000}`,
    `tcp receive {${connection},"flags":".","seq":1,"ack":2001,"win":65535,"len":0,"sacks":0}`,
  ];
  for (const line of wanted) t.ok(lines.includes(line), line);
  const again = lines.find((line) => line.startsWith("tcp retransmit "));
  t.match(again, /"reason":"lost","len":1000,"una":1,"nxt":2001,"cwnd":1000/);
  t.ok(lines.some((line) => line.startsWith("tcp timeout ")));
});

t.test("flags are written as tcpdump writes them", async (t) => {
  t.equal(flagText(0x12), "S.");
  t.equal(flagText(0x19), "FP.");
  t.equal(flagText(0x04), "R");
});
