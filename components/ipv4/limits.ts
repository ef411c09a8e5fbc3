/** The bounds and times of one IPv4. */
export interface Ipv4Limits {
  /** Interfaces, and addresses of each. */
  readonly maxInterfaces: number;
  readonly maxAddresses: number;
  /** Entries of the routing table; beyond it `addRoute` refuses. */
  readonly maxRoutes: number;
  /** Destinations whose path MTU is remembered; the eldest gives way. */
  readonly maxPathMtus: number;
  /** How long a lowered path MTU holds, in microseconds (RFC 1191 6.3: 10 minutes). */
  readonly pathMtuAgeUs: number;
  /** Packets under reassembly; beyond it the eldest is dropped. */
  readonly maxReassemblies: number;
  /** Bytes of packet memory for reassembly; beyond it fragments are dropped. */
  readonly reassemblyBytes: number;
  /** Fragments of one packet; with more it is dropped. */
  readonly maxFragments: number;
  /** How long fragments wait for the others (RFC 1122 3.3.2 asks for 60 to 120 s of all). */
  readonly reassemblyUs: number;
}

export const IPV4_LIMITS: Ipv4Limits = {
  maxInterfaces: 16,
  maxAddresses: 64,
  maxRoutes: 256,
  maxPathMtus: 1_024,
  pathMtuAgeUs: 600_000_000,
  maxReassemblies: 64,
  reassemblyBytes: 1_048_576,
  maxFragments: 128,
  reassemblyUs: 30_000_000,
};
