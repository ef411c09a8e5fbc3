/** How the first network device of a system gets its addresses. */

/** A fixed address of the first network device. */
export interface StaticNetwork {
  readonly kind: "static";
  /** Dotted quad. */
  readonly address: string;
  readonly prefixLength: number;
  /** The default route's next hop; absent: there is none. */
  readonly gateway?: string;
  /** Name servers. */
  readonly nameServers: readonly string[];
}

/** Addresses by DHCP, on the first network device. */
export interface DhcpNetwork {
  readonly kind: "dhcp";
}

export type NetworkConfig = StaticNetwork | DhcpNetwork;
