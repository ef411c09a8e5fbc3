/** What an agent's pool of connections is put through, in ours and in Node's. */
import type { Agent } from "node:http";
import { observe, OK } from "./client-script.ts";
import type { ClientScript } from "./transcript.ts";

/** What @types/node leaves out. */
type OpenAgent = Agent & { totalSocketCount: number; options: object };

export const AGENT_SCRIPTS: readonly ClientScript[] = [
  {
    name: "a kept connection carries the next request",
    answer: [OK],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true });
      const next = (left: number): void => {
        const request = module.get({ port, host: "127.0.0.1", agent, path: `/${left}` });
        observe(request, log, `request ${left}`);
        // Not at 'close' itself: whether the socket is free by then is a matter of luck.
        request.on("close", () => {
          setTimeout(() => {
            log(Object.values(agent.sockets).flat().length);
            log(Object.values(agent.freeSockets).flat().length);
            if (left > 0) next(left - 1);
            else agent.destroy();
          }, 20);
        });
      };
      next(2);
    },
  },
  {
    name: "maxSockets lets requests wait",
    answer: [10, OK],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true, maxSockets: 1 });
      for (const path of ["/1", "/2", "/3"]) {
        const request = module.get({ port, host: "127.0.0.1", agent, path });
        observe(request, log, path);
      }
      log(Object.values(agent.requests).flat().length, (agent as OpenAgent).totalSocketCount);
    },
  },
  {
    name: "maxSockets without keep-alive",
    answer: [10, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "END"],
    use(module, port, log) {
      const agent = new module.Agent({ maxSockets: 1 });
      for (const path of ["/1", "/2"]) {
        observe(module.get({ port, host: "127.0.0.1", agent, path }), log, path);
      }
    },
  },
  {
    name: "a timeout hint of the server empties the pool",
    answer: ["HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok"],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true });
      const request = module.get({ port, host: "127.0.0.1", agent }, (response) => {
        response.resume();
        response.on("end", () => {
          setTimeout(() => log(Object.values(agent.freeSockets).flat().length), 20);
        });
      });
      request.on("error", (error) => log("error", error));
      request.on("close", () => log("close"));
    },
  },
  {
    name: "the names of pools",
    answer: [],
    use(module, _port, log) {
      const agent = new module.Agent();
      log(agent.getName(), agent.getName({ host: "a", port: 1, localAddress: "b", family: 4 }));
      log(agent.getName({ socketPath: "/s" }), agent.maxSockets, agent.maxFreeSockets);
      log((agent as OpenAgent).options, (module.globalAgent as OpenAgent).options);
    },
  },
  {
    name: "a request that is destroyed while it waits",
    answer: [10, OK],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true, maxSockets: 1 });
      observe(module.get({ port, host: "127.0.0.1", agent, path: "/1" }), log, "/1");
      const second = module.get({ port, host: "127.0.0.1", agent, path: "/2" });
      observe(second, log, "/2");
      second.destroy();
      observe(module.get({ port, host: "127.0.0.1", agent, path: "/3" }), log, "/3");
    },
  },
  {
    name: "createConnection",
    answer: [OK],
    use(module, port, log) {
      const request = module.get({
        createConnection: (options) => {
          log(options.host, options.port);
          return new module.Agent().createConnection({ port, host: "127.0.0.1" }) as never;
        },
      });
      observe(request, log);
    },
  },
];
