/**
 * Tasks: named, cancellable, supervised scopes with an account.
 *
 * The tree of tasks is what `ps` shows. A task ends when its main function has ended and its
 * children have ended; cancelling a task cancels its children first. A child that fails, and is not
 * restarted, fails its parent (as in structured concurrency), unless the parent supervises with
 * `onChildFailure: "ignore"`.
 */
import { assert } from "./assert.ts";
import type { TimerEntry, Timers } from "./timers.ts";

export type TaskState = "running" | "done" | "failed" | "cancelled";

/** What a task has used. */
export interface TaskAccount {
  /** Synchronous runs that were charged to the task. */
  turns: number;
  /** Microseconds of those runs. */
  busyUs: number;
  /** Bytes that it moved, as its owner reports them. */
  bytes: number;
  /** How often supervision has started it again. */
  restarts: number;
}

/** When a task that has ended is started again. Restarts are spaced by a doubling delay. */
export interface RestartPolicy {
  readonly when: "never" | "on-failure";
  /** After so many restarts the task fails for good. */
  readonly maxRestarts: number;
  /** The first delay in microseconds; it doubles with each restart, up to 30 s. */
  readonly delayUs: number;
}

export interface TaskOptions {
  readonly restart?: RestartPolicy;
  /** What the failure of a child does to this task. Default: "fail". */
  readonly onChildFailure?: "fail" | "ignore";
}

/** The reason with which a cancelled task's waits reject. */
export class CancelledError extends Error {
  override readonly name: string = "CancelledError";
  readonly code = "ECANCELED";
}

export interface Task {
  readonly id: number;
  readonly name: string;
  readonly parent: Task | undefined;
  readonly children: ReadonlySet<Task>;
  readonly state: TaskState;
  /** Why it failed, when `state` is "failed". */
  readonly error: unknown;
  readonly startedUs: number;
  readonly account: TaskAccount;
  /** Settles when the task has ended for good; never rejects. */
  readonly ended: Promise<TaskState>;
  /** Starts a child. Its main function begins to run before `spawn` returns. */
  spawn(name: string, main: (task: Task) => Promise<void> | void, options?: TaskOptions): Task;
  /** Runs `job` now and charges its time to this task. */
  run<Result>(job: () => Result): Result;
  /** Asks the task and all below it to end. Idempotent. */
  cancel(): void;
  /** Calls `handler` when the task is cancelled; at once if it has been. @returns Unsubscribes. */
  onCancel(handler: () => void): () => void;
  /** Resolves after `us` microseconds; rejects with `CancelledError` when the task is cancelled. */
  sleep(us: number): Promise<void>;
}

const MAX_RESTART_DELAY_US = 30_000_000;

/** What tasks need from their kernel. */
export interface TaskNeeds {
  readonly timers: Timers;
  nowUs(): number;
  /** The most tasks alive at one time; `spawn` throws beyond it. */
  readonly maxTasks: number;
}

class TaskTree {
  readonly needs: TaskNeeds;
  nextId = 1;
  alive = 0;

  constructor(needs: TaskNeeds) {
    this.needs = needs;
  }
}

class KernelTask implements Task {
  readonly id: number;
  readonly name: string;
  readonly parent: KernelTask | undefined;
  readonly children: Set<KernelTask> = new Set();
  readonly startedUs: number;
  readonly account: TaskAccount = { turns: 0, busyUs: 0, bytes: 0, restarts: 0 };
  readonly ended: Promise<TaskState>;
  state: TaskState = "running";
  error: unknown = undefined;
  readonly #tree: TaskTree;
  readonly #options: TaskOptions;
  readonly #main: (task: Task) => Promise<void> | void;
  readonly #cancelHandlers: Set<() => void> = new Set();
  #cancelled = false;
  #mainEnded = false;
  #restartTimer: TimerEntry | undefined;
  #settle: (state: TaskState) => void = () => {};

  constructor(
    tree: TaskTree,
    parent: KernelTask | undefined,
    name: string,
    main: (task: Task) => Promise<void> | void,
    options: TaskOptions,
  ) {
    this.#tree = tree;
    this.parent = parent;
    this.name = name;
    this.#main = main;
    this.#options = options;
    this.id = tree.nextId++;
    this.startedUs = tree.needs.nowUs();
    tree.alive++;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  start(): void {
    let result: Promise<void> | void;
    try {
      result = this.run(() => this.#main(this));
    } catch (error) {
      this.#mainFailed(error);
      return;
    }
    if (result === undefined) {
      this.#mainDone();
    } else {
      result.then(
        () => this.#mainDone(),
        (error: unknown) => this.#mainFailed(error),
      );
    }
  }

  spawn(
    name: string,
    main: (task: Task) => Promise<void> | void,
    options: TaskOptions = {},
  ): KernelTask {
    if (this.#cancelled) throw new CancelledError(`task ${this.name} is cancelled`);
    assert(this.state === "running", `task ${this.name} has ended: it can't spawn ${name}`);
    const { alive, needs } = this.#tree;
    if (alive >= needs.maxTasks) {
      throw new RangeError(`task ${name}: the limit of ${needs.maxTasks} tasks is reached`);
    }
    const child = new KernelTask(this.#tree, this, name, main, options);
    this.children.add(child);
    child.start();
    return child;
  }

  run<Result>(job: () => Result): Result {
    const { needs } = this.#tree;
    const startedUs = needs.nowUs();
    try {
      return job();
    } finally {
      this.account.turns++;
      this.account.busyUs += needs.nowUs() - startedUs;
    }
  }

  cancel(): void {
    if (this.#cancelled || this.state !== "running") return;
    this.#cancelled = true;
    for (const child of this.children) child.cancel();
    if (this.#restartTimer !== undefined) {
      this.#restartTimer.cancel();
      this.#mainEnded = true;
    }
    const handlers = [...this.#cancelHandlers];
    this.#cancelHandlers.clear();
    for (const handler of handlers) handler();
    this.#endWhenEmpty();
  }

  onCancel(handler: () => void): () => void {
    if (this.#cancelled) {
      handler();
      return () => {};
    }
    this.#cancelHandlers.add(handler);
    return () => this.#cancelHandlers.delete(handler);
  }

  sleep(us: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { timers, nowUs } = this.#tree.needs;
      let unsubscribe = (): void => {};
      const timer = timers.create(() => {
        unsubscribe();
        resolve();
      }, undefined);
      timer.set(nowUs() + us);
      unsubscribe = this.onCancel(() => {
        timer.cancel();
        reject(new CancelledError(`task ${this.name} was cancelled`));
      });
    });
  }

  #mainDone(): void {
    this.#mainEnded = true;
    this.#endWhenEmpty();
  }

  #mainFailed(error: unknown): void {
    if (this.#cancelled) {
      this.#mainDone();
      return;
    }
    const { restart } = this.#options;
    if (restart?.when === "on-failure" && this.account.restarts < restart.maxRestarts) {
      const delayUs = Math.min(restart.delayUs * 2 ** this.account.restarts, MAX_RESTART_DELAY_US);
      this.account.restarts++;
      this.#restartTimer = this.#tree.needs.timers.create(() => {
        this.#restartTimer = undefined;
        this.start();
      }, undefined);
      this.#restartTimer.set(this.#tree.needs.nowUs() + delayUs);
      return;
    }
    this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.state !== "running") return;
    this.error = error;
    this.#mainEnded = true;
    for (const child of this.children) child.cancel();
    this.#end("failed");
  }

  #endWhenEmpty(): void {
    if (this.state !== "running" || !this.#mainEnded || this.children.size > 0) return;
    this.#end(this.#cancelled ? "cancelled" : "done");
  }

  #end(state: TaskState): void {
    this.state = state;
    this.#tree.alive--;
    this.#cancelHandlers.clear();
    const { parent } = this;
    if (parent !== undefined) {
      parent.children.delete(this);
      if (state === "failed" && parent.#options.onChildFailure !== "ignore") {
        parent.#fail(this.error);
      } else {
        parent.#endWhenEmpty();
      }
    }
    this.#settle(state);
  }
}

/** Makes the root of a tree: a task that runs until it is cancelled. */
export function createTaskTree(needs: TaskNeeds): Task {
  const root = new KernelTask(
    new TaskTree(needs),
    undefined,
    "init",
    (task) => new Promise((resolve) => task.onCancel(() => resolve())),
    { onChildFailure: "ignore" },
  );
  root.start();
  return root;
}
