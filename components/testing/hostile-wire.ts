import type { TestStack } from "./stack.ts";
import { createStack } from "./stack.ts";
import type { RawPeer } from "./raw-peer.ts";
import { createRawPeer } from "./raw-peer.ts";
import type { TestWorld } from "./world.ts";
import { createTestWorld } from "./world.ts";

export const OUR_MAC = "02:00:00:00:00:01";
export const PEER_MAC = "02:00:00:00:00:02";
/** 10.0.0.1 and 10.0.0.2. */
export const OUR_ADDRESS = 0x0a00_0001;
export const PEER_ADDRESS = 0x0a00_0002;

/** A whole stack at the end of a cable whose other end is hostile. */
export interface HostileWire {
  readonly world: TestWorld;
  readonly stack: TestStack;
  readonly peer: RawPeer;
  /** Sends a frame and lets the stack do what it does with it; then `peer` has the answers. */
  feed(frame: Uint8Array): void;
}

/** How much time passes with each frame: enough that timers run out in a long run. */
const STEP_US = 20_000;

export function createHostileWire(cidr: string = "10.0.0.1/24"): HostileWire {
  const world = createTestWorld();
  const cable = world.cable();
  const stack = createStack(world.host("ours"), cable.a, cidr);
  const region = world.slab.region(2 ** 17);
  const peer = createRawPeer(cable.b, region, region.regionOffset);
  return {
    world,
    stack,
    peer,
    feed(frame: Uint8Array): void {
      if (frame.length < 14 || frame.length > 1514) return;
      peer.receive();
      peer.send(frame);
      world.runFor(STEP_US);
    },
  };
}

/** Makes something once, when it is first asked for: the fuzzer imports all targets to run one. */
export function lazy<Value>(make: () => Value): () => Value {
  let value: { readonly made: Value } | undefined;
  return () => (value ??= { made: make() }).made;
}
