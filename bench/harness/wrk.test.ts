import t from "tap";
import { parseWrk } from "./wrk.ts";

const OUTPUT = `Running 2s test @ http://127.0.0.1:40101/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   406.07us  615.51us   8.10ms   94.21%
    Req/Sec    50.34k     4.90k   57.55k    70.00%
  Latency Distribution
     50%  310.00us
     75%  345.00us
     90%  486.00us
     99%    3.69ms
  100208 requests in 2.00s, 15.96MB read
Requests/sec:  50160.71
Transfer/sec:      7.99MB
`;

t.test("the rate and the latencies are read, in milliseconds", async (t) => {
  t.same(parseWrk(OUTPUT), {
    requestsPerSecond: 50160.71,
    latencyMsMedian: 0.31,
    latencyMs99: 3.69,
    errors: 0,
  });
});

t.test("a latency of whole seconds is followed by a blank", async (t) => {
  t.equal(parseWrk(OUTPUT.replace("3.69ms", "1.10s ")).latencyMs99, 1100);
});

t.test("failed answers and connections are added up", async (t) => {
  const failed = OUTPUT.replace(
    "Requests/sec",
    "  Socket errors: connect 1, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 10\nRequests/sec",
  );
  t.equal(parseWrk(failed).errors, 17);
});

t.test("what wrk did not print is refused", async (t) => {
  t.throws(() => parseWrk("unable to connect to 127.0.0.1:1"), /not what wrk/);
});
