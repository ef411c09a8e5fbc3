/** `node:diagnostics_channel` in an image. */

type Listener = (message: unknown, name: string) => void;
type AnyFunction = (...values: never[]) => unknown;

/** Those who listen to one kind of event. */
export class Channel {
  readonly name: string;
  readonly #listeners: Listener[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get hasSubscribers(): boolean {
    return this.#listeners.length > 0;
  }

  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  unsubscribe(listener: Listener): boolean {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
    return at >= 0;
  }

  publish(message: unknown): void {
    for (const listener of [...this.#listeners]) listener(message, this.name);
  }
}

const channels = new Map<string, Channel>();

export function channel(name: string): Channel {
  let found = channels.get(name);
  if (found === undefined) channels.set(name, (found = new Channel(name)));
  return found;
}

export const subscribe = (name: string, listener: Listener): void =>
  channel(name).subscribe(listener);
export const unsubscribe = (name: string, listener: Listener): boolean =>
  channel(name).unsubscribe(listener);
export const hasSubscribers = (name: string): boolean =>
  channels.get(name)?.hasSubscribers === true;

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** The channels of one operation's beginning and end. */
export class TracingChannel {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;

  constructor(name: string) {
    const of = (event: string): Channel => channel(`tracing:${name}:${event}`);
    [this.start, this.end, this.asyncStart, this.asyncEnd, this.error] = EVENTS.map(of) as [
      Channel,
      Channel,
      Channel,
      Channel,
      Channel,
    ];
  }

  get hasSubscribers(): boolean {
    return EVENTS.some((event) => this[event].hasSubscribers);
  }

  subscribe(handlers: Partial<Record<(typeof EVENTS)[number], Listener>>): void {
    for (const event of EVENTS) if (handlers[event]) this[event].subscribe(handlers[event]);
  }

  unsubscribe(handlers: Partial<Record<(typeof EVENTS)[number], Listener>>): void {
    for (const event of EVENTS) if (handlers[event]) this[event].unsubscribe(handlers[event]);
  }

  traceSync(
    call: AnyFunction,
    context: object = {},
    self?: unknown,
    ...values: unknown[]
  ): unknown {
    this.start.publish(context);
    try {
      const result = Reflect.apply(call, self, values);
      Object.assign(context, { result });
      return result;
    } catch (error) {
      Object.assign(context, { error });
      this.error.publish(context);
      throw error;
    } finally {
      this.end.publish(context);
    }
  }
}

export const tracingChannel = (name: string): TracingChannel => new TracingChannel(name);

/** The module itself. */
const diagnostics: Readonly<Record<string, unknown>> = {
  Channel,
  channel,
  subscribe,
  unsubscribe,
  hasSubscribers,
  tracingChannel,
};
export default diagnostics;
