/** The side of `http` that asks: requests, and the agents that keep their connections. */
import { Agent as BaseAgent, type AgentOptions } from "./agent.ts";
import { callable } from "./callable.ts";
import { ClientRequest as BaseClientRequest, type ClientEnvironment } from "./client-request.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import type { UrlLike } from "./needs.ts";
import type { RequestOptions } from "./request-options.ts";
import type { HttpRuntime } from "./runtime.ts";

export type ClientResponseListener = (response: IncomingMessage) => void;

/** `(url, options?, listener?)` or `(options, listener?)`. */
export interface RequestFunction {
  (url: string | UrlLike, listener?: ClientResponseListener): BaseClientRequest;
  (
    url: string | UrlLike,
    options: RequestOptions,
    listener?: ClientResponseListener,
  ): BaseClientRequest;
  (options: RequestOptions, listener?: ClientResponseListener): BaseClientRequest;
}

/** What `http` has for who asks. */
export interface HttpClient {
  readonly globalAgent: BaseAgent;
  readonly Agent: new (options?: AgentOptions) => BaseAgent;
  readonly ClientRequest: new (...parameters: unknown[]) => BaseClientRequest;
  /** Starts a request, which `end()` completes. */
  readonly request: RequestFunction;
  /** Sends a request without a body. */
  readonly get: RequestFunction;
}

/** How long a kept connection of the global agent may be idle, in milliseconds. */
const GLOBAL_AGENT_TIMEOUT_MS = 5_000;

/** Makes the client of one system. */
export function createHttpClient(runtime: HttpRuntime): HttpClient {
  class ClientRequest extends BaseClientRequest {}
  class Agent extends BaseAgent {}
  for (const { prototype } of [ClientRequest, Agent]) {
    Object.defineProperty(prototype, "_runtime", { value: runtime });
  }
  const globalAgent = new Agent({
    keepAlive: true,
    scheduling: "lifo",
    timeout: GLOBAL_AGENT_TIMEOUT_MS,
  });
  const environment: ClientEnvironment = { runtime, globalAgent, makeAgent: () => new Agent() };
  Object.defineProperty(ClientRequest.prototype, "_environment", { value: environment });
  const request = (input: unknown, options?: unknown, listener?: unknown): BaseClientRequest =>
    new ClientRequest(input, options, listener);
  return {
    globalAgent,
    Agent: callable(Agent, 1),
    ClientRequest: callable(ClientRequest),
    request,
    get: (input: unknown, options?: unknown, listener?: unknown): BaseClientRequest =>
      request(input, options, listener).end(),
  };
}
