/** What the objects of one system's `http` share. */
import { formatHttpDate, HTTP_LIMITS, type ParserOptions } from "../../../components/http/mod.ts";
import { latin1Decoder } from "./latin1.ts";
import type { HttpNeeds } from "./needs.ts";

const SECOND_US = 1_000_000;

/** One system's needs, and its `Date:` of the running second. */
export class HttpRuntime {
  readonly needs: HttpNeeds;
  readonly maxHeaderSize: number;
  /** As `Kernel.heapState`. */
  readonly heapState: Uint8Array;
  #dateSecond = -1;
  #dateField = "";
  #keepAliveMs = -1;
  #keepAliveMax = -1;
  #keepAliveFields = "";
  #parserOptions: ParserOptions | undefined;

  constructor(needs: HttpNeeds) {
    this.needs = needs;
    this.heapState = needs.heapState ?? new Uint8Array(2);
    this.maxHeaderSize = needs.maxHeaderSize ?? 16_384;
  }

  defer(callback: () => void): void {
    this.needs.defer(callback);
  }

  /** One object for the parsers of all connections that take heads of so many bytes. */
  parserOptions(maxHeaderBytes: number): ParserOptions {
    const known = this.#parserOptions;
    if (known?.limits?.maxHeaderBytes === maxHeaderBytes) return known;
    const { bytes } = this.needs;
    return (this.#parserOptions = {
      limits: { ...HTTP_LIMITS, maxHeaderBytes, maxStartLineBytes: maxHeaderBytes },
      latin1: latin1Decoder(bytes),
      helpers: bytes,
    });
  }

  /** `Date: …\r\n`, made once a second. */
  dateField(): string {
    const wallUs = this.needs.wallUs();
    const second = Math.floor(wallUs / SECOND_US);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      this.#dateField = `Date: ${formatHttpDate(second * 1_000)}\r\n`;
    }
    return this.#dateField;
  }

  /**
   * The fields of a connection that stays: the last ones again, since they hardly ever change.
   *
   * @param timeoutMs How long it may be idle, and `max` how many requests it may carry; 0: any number.
   */
  keepAliveFields(timeoutMs: number, max: number): string {
    if (timeoutMs !== this.#keepAliveMs || max !== this.#keepAliveMax) {
      this.#keepAliveMs = timeoutMs;
      this.#keepAliveMax = max;
      const most = max > 0 ? `, max=${max}` : "";
      const seconds = Math.floor(timeoutMs / 1_000);
      this.#keepAliveFields = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}${most}\r\n`;
    }
    return this.#keepAliveFields;
  }
}
