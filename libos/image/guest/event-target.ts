/** `Event`, `CustomEvent` and `EventTarget` (DOM standard, 2), for targets that have no parents. */

interface EventOptions {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}

export class Event {
  static readonly NONE: number = 0;
  static readonly CAPTURING_PHASE: number = 1;
  static readonly AT_TARGET: number = 2;
  static readonly BUBBLING_PHASE: number = 3;
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly isTrusted: boolean = false;
  readonly timeStamp: number = performance.now();
  target: EventTarget | null = null;
  currentTarget: EventTarget | null = null;
  eventPhase: number = Event.NONE;
  defaultPrevented = false;
  cancelBubble = false;
  /** No further listener is called. */
  isStopped = false;
  /** `preventDefault` does nothing in a passive listener. */
  isPassive = false;

  constructor(type: string, options: EventOptions = {}) {
    this.type = String(type);
    this.bubbles = options.bubbles === true;
    this.cancelable = options.cancelable === true;
    this.composed = options.composed === true;
  }

  get srcElement(): EventTarget | null {
    return this.target;
  }

  get returnValue(): boolean {
    return !this.defaultPrevented;
  }

  composedPath(): EventTarget[] {
    return this.currentTarget === null ? [] : [this.currentTarget];
  }

  preventDefault(): void {
    if (this.cancelable && !this.isPassive) this.defaultPrevented = true;
  }

  stopPropagation(): void {
    this.cancelBubble = true;
  }

  stopImmediatePropagation(): void {
    this.isStopped = true;
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown;

  constructor(type: string, options: EventOptions & { readonly detail?: unknown } = {}) {
    super(type, options);
    this.detail = options.detail ?? null;
  }
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

interface ListenerOptions {
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly capture?: boolean;
  readonly signal?: EventTarget & { readonly aborted: boolean };
}

interface Entry {
  readonly listener: Listener;
  readonly isCapture: boolean;
  readonly options: ListenerOptions;
  isRemoved: boolean;
}

export class EventTarget {
  readonly #entries: Map<string, Entry[]> = new Map();

  addEventListener(
    type: string,
    listener: Listener | null,
    options: ListenerOptions | boolean = {},
  ): void {
    const chosen = typeof options === "boolean" ? { capture: options } : options;
    if (listener === null || listener === undefined || chosen.signal?.aborted === true) return;
    const isCapture = chosen.capture === true;
    let entries = this.#entries.get(type);
    if (entries === undefined) this.#entries.set(type, (entries = []));
    if (entries.some((entry) => entry.listener === listener && entry.isCapture === isCapture))
      return;
    entries.push({ listener, isCapture, options: chosen, isRemoved: false });
    const remove = (): void => this.removeEventListener(type, listener, isCapture);
    chosen.signal?.addEventListener("abort", remove, { once: true });
  }

  removeEventListener(
    type: string,
    listener: Listener | null,
    options: ListenerOptions | boolean = {},
  ): void {
    const isCapture = typeof options === "boolean" ? options : options.capture === true;
    const entries = this.#entries.get(type) ?? [];
    const found = entries.find(
      (entry) => entry.listener === listener && entry.isCapture === isCapture,
    );
    if (found === undefined) return;
    found.isRemoved = true;
    entries.splice(entries.indexOf(found), 1);
  }

  /** @returns False when a listener has prevented the default of an event that can be canceled. */
  dispatchEvent(event: Event): boolean {
    event.target = event.currentTarget = this;
    event.eventPhase = Event.AT_TARGET;
    for (const entry of [...(this.#entries.get(event.type) ?? [])]) {
      if (event.isStopped) break;
      if (!entry.isRemoved) this.#call(entry, event);
    }
    event.currentTarget = null;
    event.eventPhase = Event.NONE;
    return !event.defaultPrevented;
  }

  /** What a listener throws is an error that nobody caught, and the next one is called. */
  #call({ listener, isCapture, options }: Entry, event: Event): void {
    if (options.once === true) this.removeEventListener(event.type, listener, isCapture);
    event.isPassive = options.passive === true;
    try {
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
    event.isPassive = false;
  }
}
