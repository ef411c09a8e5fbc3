/** How an image ends: by itself, by a signal, or by an error that nobody caught. */
import { openControl, type Tell } from "./control.ts";
import { native, trace, writeLine } from "./machine.ts";

/** Tells whoever started the machine; undefined where nobody listens. */
export const tell: Tell | undefined = openControl(native);

/** As Node's, for a main module that waits when nothing is left to do. */
const UNSETTLED_EXIT_CODE = 13;

/** The process of the application, where it has one. */
export interface Observer {
  exitCode(): number;
  /** Nothing is left to do. @returns Whether somebody listens, who may have found something. */
  onBeforeExit(exitCode: number): boolean;
  /** The image ends. */
  onExit(exitCode: number): void;
  /** @returns False when nobody listens for the signal. */
  onSignal(signal: "SIGINT" | "SIGTERM"): boolean;
}

const image: {
  observer?: Observer;
  stop?: () => Promise<void>;
  begin?: () => void;
  isEnding: boolean;
} = { isEnding: false };

/** The process of the application hears of signals and of the end. */
export function observe(observer: Observer): void {
  image.observer = observer;
}

/** `begin` is called when the application goes on though its main module failed. */
export function onLoadingEnded(begin: () => void): void {
  image.begin = begin;
}

/** An error that nobody caught was heard by the application, which goes on. */
export function continueAfterError(): void {
  image.begin?.();
}

/** The system is stopped before the machine is switched off. */
export function onEnd(stop: () => Promise<void>): void {
  image.stop = stop;
}

/** Nothing is left to do. @returns Whether the application listens for that. */
export function beforeEnd(): boolean {
  return !image.isEnding && image.observer?.onBeforeExit(image.observer.exitCode()) === true;
}

/**
 * Ends in good order: what is queued is sent, then the machine is switched off.
 *
 * @param isLoaded False: the application's main module waits for what never comes.
 */
export function end(isLoaded = true): void {
  if (image.isEnding) return;
  image.isEnding = true;
  trace?.print();
  const given = (): number => image.observer?.exitCode() ?? 0;
  const isUnsettled = !isLoaded && given() === 0;
  const exitCode = (): number => given() || (isUnsettled ? UNSETTLED_EXIT_CODE : 0);
  image.observer?.onExit(exitCode());
  if (isUnsettled) {
    writeLine("libos: the application waits for something that never comes: top-level await");
  }
  const stopped = image.stop?.() ?? Promise.resolve();
  void stopped.then(() => native.power.off(exitCode()));
}

/** Ctrl-C, or the power button: the application's handlers, or the end where it has none. */
export function interrupt(signal: "SIGINT" | "SIGTERM"): void {
  if (image.observer?.onSignal(signal) === true) return;
  tell?.("interrupted");
  end();
}
