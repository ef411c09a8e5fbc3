/** A DevTools client: as much of the protocol as these tests need. */

export interface DevTools {
  send(method: string): void;
  /** Where it stood, each time that it paused: the innermost function. */
  readonly paused: readonly { readonly reason: string; readonly functionName: string }[];
  /** Scripts with source maps, by the beginning of their maps' URLs. */
  readonly maps: ReadonlyMap<string, string>;
  close(): void;
}

const MAP_CHARACTERS = 40;

/** @param url What the inspector prints: `ws://…`. */
export async function attachDevTools(url: string): Promise<DevTools> {
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const paused: { reason: string; functionName: string }[] = [];
  const maps = new Map<string, string>();
  let id = 0;
  socket.addEventListener("message", (event) => {
    const { method, params } = JSON.parse(String(event.data)) as {
      method?: string;
      params: {
        reason: string;
        callFrames: { functionName: string }[];
        url: string;
        sourceMapURL?: string;
      };
    };
    if (method === "Debugger.scriptParsed" && params.sourceMapURL) {
      maps.set(params.url, params.sourceMapURL.slice(0, MAP_CHARACTERS));
    }
    if (method !== "Debugger.paused") return;
    paused.push({ reason: params.reason, functionName: params.callFrames[0]!.functionName });
  });
  return {
    send: (method) => socket.send(JSON.stringify({ id: id++, method })),
    paused,
    maps,
    close: () => socket.close(),
  };
}
