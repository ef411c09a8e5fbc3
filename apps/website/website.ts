/** The website: files of a folder, and the feed of the dashboard. */
import type { Request, Response, WebsiteModules } from "./modules.ts";
import { Sampler, type Snapshot } from "./sampler.ts";
import { createStaticFiles } from "./static-files.ts";
import { Traffic } from "./traffic.ts";

export interface WebsiteOptions {
  /** The folder with the pages. */
  readonly root: string;
}

/** The server of the website, as `http.createServer` makes it. */
export type WebsiteServer = ReturnType<WebsiteModules["http"]["createServer"]>;

const SAMPLE_MS = 1_000;
/** A browser that looks at the dashboard keeps its connections; it need not open them again. */
const KEEP_ALIVE_MS = 60_000;
/** The most dashboards that are fed at one time; further ones poll. */
const MAX_VIEWERS = 100;
const MAX_DOWNLOAD_BYTES = 1 << 28;
const DOWNLOAD_PART = new Uint8Array(8_192).fill(0x2e);

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'self'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** Makes the server; the caller lets it listen. */
export function createWebsite(modules: WebsiteModules, options: WebsiteOptions): WebsiteServer {
  const { fs, http, system } = modules;
  const traffic = new Traffic();
  const sampler = new Sampler();
  const viewers = new Set<Response>();
  const files = createStaticFiles({ fs, root: options.root });
  /** Undefined until somebody asks, or the first second is over. */
  let latest: Snapshot | undefined;

  const take = (): Snapshot => (latest = sampler.take(system.state(), traffic.state(viewers.size)));
  const sample = (): void => {
    const snapshot = take();
    if (viewers.size === 0) return;
    const event = `data: ${JSON.stringify(snapshot)}\n\n`;
    for (const viewer of viewers) {
      // A viewer that does not keep up misses samples; nothing piles up for it.
      if (!viewer.writableNeedDrain) viewer.write(event);
    }
  };
  const tick = setInterval(() => {
    try {
      sample();
    } catch (error) {
      // On a machine whose memory is full of connections a sample is left out.
      if (!String(error).includes("out of memory")) throw error;
    }
  }, SAMPLE_MS);

  const server = http.createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    traffic.watch(request, response, path !== "/api/state" && path !== "/api/events");
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (path === "/api/state") sendState(response);
    else if (path === "/api/events") feed(request, response);
    else if (path === "/api/ping") response.end("pong\n");
    else if (path === "/api/download") download(request, response);
    else files(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("close", () => clearInterval(tick));

  function sendState(response: Response): void {
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Cache-Control", "no-store");
    response.end(JSON.stringify({ ...(latest ?? take()), history: sampler.history }));
  }

  /** Server-Sent Events: a snapshot each second. */
  function feed(request: Request, response: Response): void {
    if (viewers.size >= MAX_VIEWERS) {
      response.writeHead(503, { "Retry-After": "5" }).end("Too many viewers.\n");
      return;
    }
    response.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
    });
    response.write("retry: 1000\n\n");
    viewers.add(response);
    response.on("close", () => viewers.delete(response));
    request.resume();
  }
  return server;
}

/** Sends `?bytes=N` dots, as fast as the connection takes them: something to look at in the charts. */
function download(request: Request, response: Response): void {
  const wanted = Number(/[?&]bytes=(\d+)/.exec(request.url ?? "")?.[1] ?? 1 << 20);
  let left = Math.min(wanted, MAX_DOWNLOAD_BYTES);
  response.writeHead(200, {
    "Content-Type": "text/plain",
    "Content-Length": left,
    "Cache-Control": "no-store",
  });
  const send = (): void => {
    while (left > 0) {
      const part = left < DOWNLOAD_PART.length ? DOWNLOAD_PART.subarray(0, left) : DOWNLOAD_PART;
      left -= part.length;
      if (!response.write(part)) return;
    }
    response.end();
  };
  response.on("drain", send);
  send();
}
