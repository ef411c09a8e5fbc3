import type { Power } from "../../libos/hal/mod.ts";
import type { World } from "./world.ts";

/** Power that records what was asked of it. */
export class SimPower implements Power {
  exitCode: number | undefined;
  readonly #world: World;
  readonly #name: string;
  readonly #turnOff: () => void;
  readonly #isOff: () => boolean;
  readonly #onReset: (() => void) | undefined;
  #handler: (() => void) | undefined;

  constructor(
    world: World,
    name: string,
    turnOff: () => void,
    isOff: () => boolean,
    onReset: (() => void) | undefined,
  ) {
    this.#world = world;
    this.#name = name;
    this.#turnOff = turnOff;
    this.#isOff = isOff;
    this.#onReset = onReset;
  }

  off(exitCode: number): void {
    if (this.#isOff()) return;
    this.exitCode = exitCode;
    this.#world.trace(this.#name, "off", { exitCode });
    this.#turnOff();
  }

  reset(): void {
    if (this.#isOff()) return;
    const onReset = this.#onReset;
    this.off(0);
    if (onReset !== undefined) this.#world.at(this.#world.nowUs, { isHandler: true, run: onReset });
  }

  onRequest(handler: () => void): void {
    this.#handler = handler;
  }

  request(): void {
    this.#world.at(this.#world.nowUs, {
      isHandler: true,
      isStale: this.#isOff,
      run: () => this.#handler?.(),
    });
  }
}
