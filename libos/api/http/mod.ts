/**
 * `http`: servers and clients in the shape of Node's module, over any `net`.
 *
 * Read `server-connection.ts` for the way of a request, `outgoing-message.ts` for the way of an
 * answer, `client-connection.ts` and `agent.ts` for the other side. README.md says what differs
 * from Node.
 */
import { createHttpClient, type HttpClient } from "./client.ts";
import type { HttpNeeds } from "./needs.ts";
import { HttpRuntime } from "./runtime.ts";
import { createHttpServing, type HttpServing } from "./serving.ts";

export type { Agent, AgentOptions } from "./agent.ts";
export type { ClientRequest } from "./client-request.ts";
export type { ClientResponseListener, RequestFunction } from "./client.ts";
export type {
  IncomingHttpHeaders,
  OutgoingHttpHeader,
  OutgoingHttpHeaders,
} from "./header-fields.ts";
export type { IncomingMessage } from "./incoming-message.ts";
export type { HttpNeeds, HttpNet, HttpSocket, NetServer, UrlLike } from "./needs.ts";
export type { OutgoingMessage } from "./outgoing-message.ts";
export type { AgentLike, RequestOptions } from "./request-options.ts";
export type { ServerOptions } from "./server-options.ts";
export type { ServerResponse } from "./server-response.ts";
export type { HttpServer, RequestListener } from "./server.ts";
export type { ForeignListener } from "./serving.ts";

/** The module `http` of one system. */
export interface Http extends HttpServing, HttpClient {}

/**
 * Makes the module `http` for one system.
 *
 * @param needs A `net` of Node's shape, and time.
 */
export function createHttp(needs: HttpNeeds): Http {
  const runtime = new HttpRuntime(needs);
  return Object.assign(createHttpServing(runtime), createHttpClient(runtime));
}
