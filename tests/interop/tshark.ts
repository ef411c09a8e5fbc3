/** tshark as an independent judge of frames. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PcapWriter } from "../../libos/observe/pcap.ts";

/** False where tshark is not installed: the caller says so and skips. */
export function hasTshark(): boolean {
  try {
    execFileSync("tshark", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Every check that tshark has for the protocols that we write. */
const CHECKS = ["ip.check_checksum", "udp.check_checksum", "tcp.check_checksum"];

/** A capture under construction. */
export class Capture {
  readonly #parts: Uint8Array[] = [];
  readonly #writer = new PcapWriter((bytes) => this.#parts.push(bytes.slice()));
  frameCount = 0;

  add(timeUs: number, frame: Uint8Array): void {
    this.#writer.begin(1_767_225_600_000_000 + timeUs, frame.length).set(frame);
    this.#writer.commit(frame);
    this.frameCount++;
  }

  /**
   * Asks tshark for fields of the frames that a display filter passes.
   *
   * @returns One array for each frame; a field that is there several times is joined by ",".
   */
  fields(filter: string, ...names: string[]): string[][] {
    const folder = mkdtempSync(join(tmpdir(), "libos-tshark-"));
    try {
      const path = join(folder, "capture.pcap");
      writeFileSync(path, Buffer.concat(this.#parts));
      const checks = CHECKS.flatMap((check) => ["-o", `${check}:TRUE`]);
      const wanted = names.flatMap((name) => ["-e", name]);
      const format = ["-T", "fields", "-E", "separator=|", "-E", "occurrence=a"];
      const text = execFileSync(
        "tshark",
        ["-n", "-r", path, ...checks, "-Y", filter, ...format, ...wanted],
        { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      );
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split("|"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** @returns What tshark finds wrong: malformed packets, bad checksums, errors of any protocol. */
  complaints(): string[] {
    const filter =
      '_ws.malformed or ip.checksum.status == "Bad" or udp.checksum.status == "Bad"' +
      ' or tcp.checksum.status == "Bad" or icmp.checksum.status == "Bad"' +
      " or _ws.expert.severity == error";
    return this.fields(filter, "frame.number", "frame.protocols", "_ws.expert.message").map(
      (line) => line.join(" "),
    );
  }
}
