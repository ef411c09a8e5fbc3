/** A system that makes its numbers up: for tests, and to look at the page without one. */
import type { State } from "../modules.ts";

/** @param nowMs The clock; the state is a function of it. */
export function createFakeSystem(nowMs: () => number): { state(): State } {
  const startMs = nowMs();
  const wave = (periodS: number, seconds: number): number =>
    0.5 + 0.5 * Math.sin((2 * Math.PI * seconds) / periodS);
  const total = { seconds: 0, in: 0, out: 0, requests: 0, busyUs: 0 };
  const advance = (seconds: number): void => {
    for (; total.seconds < seconds; total.seconds += 0.1) {
      const load = wave(23, total.seconds) ** 3 + 0.3 * wave(5, total.seconds) ** 2;
      total.in += 0.1 * 90_000 * load;
      total.out += 0.1 * (2_600_000 * load + 9_000);
      total.busyUs += 0.1 * 1e6 * (0.02 + 0.4 * load);
    }
  };
  return {
    state() {
      const seconds = (nowMs() - startMs) / 1_000;
      advance(seconds);
      return {
        platform: { name: "node", engine: "v8 13.6", arch: "x86_64" },
        uptimeUs: Math.round(seconds * 1e6) + 754_000_000,
        turns: Math.round(seconds * 900),
        busyUs: Math.round(total.busyUs),
        memory: {
          totalBytes: 67_108_864,
          usedBytes: 9_437_184,
          owners: [
            {
              name: "tcp.send",
              usedBytes: 5_242_880,
              peakBytes: 8_388_608,
              limitBytes: 33_554_432,
            },
            {
              name: "tcp.receive",
              usedBytes: 2_097_152,
              peakBytes: 4_194_304,
              limitBytes: 33_554_432,
            },
            {
              name: "eth0.ring",
              usedBytes: 1_572_864,
              peakBytes: 1_572_864,
              limitBytes: 4_194_304,
            },
            { name: "ipv4.fragments", usedBytes: 0, peakBytes: 65_536, limitBytes: 1_048_576 },
          ],
        },
        tasks: [
          task(1, 0, "init", seconds * 120),
          task(2, 1, "app", seconds * 90),
          task(3, 1, "dhcp", 14),
          task(4, 1, "dns", 31),
        ],
        interfaces: [
          link("eth0", "10.0.2.15/24", total.in, total.out, 65_520),
          link("lo", "127.0.0.1/8", 1_200, 1_200, 65_535),
        ],
        connectionCount: 5,
        connections: [
          connection("*", "LISTEN", 0, 0),
          ...[41_822, 41_830, 41_846, 52_110].map((port, index) =>
            connection(
              `10.0.2.2:${port}`,
              index === 3 ? "TIME-WAIT" : "ESTABLISHED",
              total.in / (index + 1.5),
              total.out / (index * 2 + 1.5),
            ),
          ),
        ],
        tcp: { segmentsReceived: seconds * 300, segmentsSent: seconds * 410, passiveOpens: 27 },
        fs: [
          { mount: "/", type: "memfs", totalBytes: 33_554_432, freeBytes: 31_457_280, files: 41 },
          { mount: "/www", type: "share", totalBytes: 0, freeBytes: 0, files: 0 },
        ],
      } as unknown as State;
    },
  };
}

function task(id: number, parent: number, name: string, turns: number): State["tasks"][number] {
  const busyUs = Math.round(turns * 37);
  return { id, parent, name, state: "running", turns: Math.round(turns), busyUs, bytes: 0 };
}

function link(
  name: string,
  address: string,
  received: number,
  sent: number,
  mtuBytes: number,
): State["interfaces"][number] {
  return {
    name,
    address,
    hardwareAddress: "02:00:00:00:00:01",
    mtuBytes,
    receivedFrames: Math.round(received / 400),
    receivedBytes: Math.round(received),
    sentFrames: Math.round(sent / 9_000),
    sentBytes: Math.round(sent),
    drops: 0,
  };
}

function connection(
  remote: string,
  state: string,
  received: number,
  sent: number,
): State["connections"][number] {
  const isListener = state === "LISTEN";
  return {
    local: isListener ? "0.0.0.0:80" : "10.0.2.15:80",
    remote,
    state,
    srttUs: isListener ? 0 : 180 + Math.round(received % 700),
    cwndBytes: isListener ? 0 : 655_200,
    sendWindowBytes: isListener ? 0 : 1_048_576,
    bytesSent: Math.round(sent),
    bytesReceived: Math.round(received),
    retransmits: 0,
    sendQueueBytes: 0,
    receiveQueueBytes: 0,
  };
}
