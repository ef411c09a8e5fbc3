/** What the contract suite asks of whoever brings an adapter. */
import type {
  BlockDevice,
  Hal,
  NetDevice,
  NetOffloads,
  PacketMemory,
  ShareDevice,
} from "../../libos/hal/mod.ts";

/** `test` of a runner: node:test, Deno, or tap behind a line of glue. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** Brings one adapter. */
export interface ContractHarness {
  /** The adapter's name: tests are called "<name>: <behaviour>". */
  readonly name: string;
  /** The devices that its systems have; tests of others are not added. */
  readonly devices: readonly ("net" | "disk" | "share")[];
  /** Makes a fresh system; the suite ends it. */
  start(options: StartOptions): Promise<SystemUnderTest>;
}

/** What a test wants of its system, where the adapter has it. */
export interface StartOptions {
  /** What both network devices offer; absent: nothing. */
  readonly offloads?: Partial<NetOffloads>;
}

/** A system, with the world around it that the tests act on. */
export interface SystemUnderTest {
  readonly hal: Hal;
  /**
   * Lets the platform go on until `isDone`.
   *
   * @param limitUs Where to give up; default 10 seconds of the system's own time.
   * @returns False when it was given up.
   */
  until(isDone: () => boolean, limitUs?: number): Promise<boolean>;
  readonly console: {
    /** What has been written to a stream so far. */
    output(stream: 1 | 2): Uint8Array;
    type(bytes: Uint8Array): void;
    endInput(): void;
  };
  readonly power: {
    /** As Ctrl-C does. */
    requestEnd(): void;
    /** The code with which the system ended. */
    exitCode(): number | undefined;
  };
  /** A network device and the device at its far end. No frame gets lost between them. */
  readonly net?: {
    readonly near: NetEnd;
    readonly far: NetEnd;
    setLink?(isUp: boolean): void;
  };
  /** A disk of at least 64 sectors, and one that is read-only. */
  readonly disk?: { readonly device: BlockDevice; readonly readOnly: BlockDevice };
  readonly share?: {
    readonly device: ShareDevice;
    /** The same folder, read-only. */
    readonly readOnly: ShareDevice;
    readonly host: HostFolder;
  };
  /** Closes the system, if it is open, and everything around it. */
  end(): Promise<void>;
}

/** A network device with the memory that it works on. */
export interface NetEnd {
  readonly device: NetDevice;
  readonly memory: PacketMemory;
}

/** The shared folder as other programs of the host see it. Paths are relative to it. */
export interface HostFolder {
  write(path: string, text: string): void;
  read(path: string): string;
  mkdir(path: string): void;
  symlink(target: string, path: string): void;
  remove(path: string): void;
  mkfifo(path: string): void;
  /** A file beside the shared folder, with text in it: what nobody may reach. */
  readonly outside: { readonly path: string; readonly text: string };
}

/** One part of the contract: adds its tests for one adapter. */
export type ContractPart = (harness: ContractHarness, test: TestFunction) => void;

/** Adds one test with a system of its own. */
export function testSystem(
  harness: ContractHarness,
  test: TestFunction,
  name: string,
  run: (system: SystemUnderTest) => Promise<void>,
  options: StartOptions = {},
): void {
  test(`${harness.name}: ${name}`, async () => {
    const system = await harness.start(options);
    try {
      await run(system);
    } finally {
      await system.end();
    }
  });
}
