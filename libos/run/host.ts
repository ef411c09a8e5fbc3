/** The platform under an application in this process: user mode on Node, or the simulator. */
import fs from "node:fs";
import { openUserModeHal } from "../../host-adapters/gateway/user-mode-node.ts";
import { createNodeHal } from "../../host-adapters/node/mod.ts";
import {
  createFolderShare,
  type FolderShareOptions,
} from "../../host-adapters/shared/folder-share.ts";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import type { Host } from "./host-types.ts";
import { userModeHost } from "./user-mode-host.ts";

interface Shares {
  readonly shares: readonly FolderShareOptions[];
  readonly mounts: Host["mounts"];
}

/**
 * Makes the platform that a configuration asks for.
 *
 * @param seed Given: the simulator, with all chance from this seed.
 * @throws Error, one line, when a folder can't be had.
 */
export function startHost(config: ResolvedConfig, seed?: number): Host {
  const volumes: Shares = {
    shares: config.volumes.map(({ hostPath, readOnly }, index) => ({
      name: `volume${index}`,
      path: hostPath,
      readOnly,
    })),
    mounts: config.volumes.map(({ path }, index) => ({ share: `volume${index}`, path })),
  };
  if (seed !== undefined) return startSimulation(config, volumes, seed);
  return config.net === "none" ? startAlone(config, volumes) : startUserMode(config, volumes);
}

function startUserMode(config: ResolvedConfig, volumes: Shares): Host {
  const { memoryBytes } = config;
  return userModeHost(openUserModeHal({ memoryBytes, shares: volumes.shares }), volumes.mounts);
}

function startAlone(config: ResolvedConfig, volumes: Shares): Host {
  const hal = createNodeHal({ memoryBytes: config.memoryBytes, shares: volumes.shares });
  return {
    hal,
    network: { kind: "dhcp" },
    mounts: volumes.mounts,
    publisher: undefined,
    closed: Promise.resolve(),
    description: "loopback only",
    hold: () => hal.hold(),
    release: () => hal.release(),
    run: () => Promise.resolve(),
  };
}

/** One system in a world of its own: virtual time, seeded chance, a network without anybody else. */
function startSimulation(config: ResolvedConfig, volumes: Shares, seed: number): Host {
  const world = createSimulation({ seed, replayCommand: `libos run --seed ${seed}` });
  const schedule = (job: () => void): void => world.at(world.nowUs, job);
  const hal = world.createHal({
    name: "app",
    memoryBytes: config.memoryBytes,
    net: config.net === "none" ? [] : [{ network: world.createNetwork() }],
    shares: volumes.shares.map((share) => createFolderShare(fs, schedule, share)),
  });
  return {
    hal,
    network: {
      kind: "static",
      address: "10.0.2.15",
      prefixLength: 24,
      nameServers: [],
    },
    mounts: volumes.mounts,
    publisher: undefined,
    closed: Promise.resolve(),
    description: `the simulator, seed ${seed}`,
    hold: () => {},
    release: () => {},
    async run() {
      const { nowUs, events } = await world.run();
      process.stderr.write(
        `libos: seed ${seed}: nothing is left to happen at ${(nowUs / 1e6).toFixed(6)} s, after ${events} events\n`,
      );
    },
  };
}
