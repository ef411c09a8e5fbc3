/** The bounds of one UDP. */
export interface UdpLimits {
  /** Sockets at one time; beyond it `bind` answers EADDRINUSE. */
  readonly maxSockets: number;
  /** The range of ephemeral ports, both ends included (RFC 6335: 49152 to 65535). */
  readonly ephemeralFirst: number;
  readonly ephemeralLast: number;
}

export const UDP_LIMITS: UdpLimits = {
  maxSockets: 4_096,
  ephemeralFirst: 49_152,
  ephemeralLast: 65_535,
};
