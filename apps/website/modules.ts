/**
 * The modules that the website is given. `app.ts` gives it those of `libos`; a test may give it
 * others of the same shape.
 */
import type { fs, http, SystemState } from "libos";

export type Fs = typeof fs;
export type Http = typeof http;
export type State = SystemState;
export type Request = InstanceType<Http["IncomingMessage"]>;
export type Response = InstanceType<Http["ServerResponse"]>;

/** What the website needs. */
export interface WebsiteModules {
  readonly fs: Fs;
  readonly http: Http;
  readonly system: { state(): State };
}
