import type { Address } from "../ip/mod.ts";

/** What a record says, by its type. Names are text as in `name.ts`. */
export type RecordData =
  | { readonly kind: "A"; readonly address: Address }
  /** `u8[16]`; `formatIpv6` makes text of it. */
  | { readonly kind: "AAAA"; readonly bytes: Uint8Array }
  | { readonly kind: "CNAME" | "NS" | "PTR"; readonly target: string }
  | {
      readonly kind: "SOA";
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refreshS: number;
      readonly retryS: number;
      readonly expireS: number;
      /** How long a negative answer may be kept (RFC 2308, 4). */
      readonly minimumS: number;
    }
  | { readonly kind: "MX"; readonly preference: number; readonly exchange: string }
  /** Character strings of up to 255 bytes each. */
  | { readonly kind: "TXT"; readonly strings: readonly Uint8Array[] }
  /** RFC 2782. */
  | {
      readonly kind: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  /** RFC 8659. */
  | {
      readonly kind: "CAA";
      readonly flags: number;
      readonly tag: string;
      readonly value: Uint8Array;
    }
  /** RFC 3403. */
  | {
      readonly kind: "NAPTR";
      readonly order: number;
      readonly preference: number;
      readonly flags: string;
      readonly services: string;
      readonly regexp: string;
      readonly replacement: string;
    }
  /** EDNS (RFC 6891): the record's class and TTL carry fields of their own. */
  | { readonly kind: "OPT"; readonly options: readonly EdnsOption[] }
  /** Any other type (RFC 3597). */
  | { readonly kind: "UNKNOWN"; readonly bytes: Uint8Array };

export interface EdnsOption {
  readonly code: number;
  readonly bytes: Uint8Array;
}

export interface DnsQuestion {
  readonly name: string;
  /** `DNS_TYPE`. */
  readonly type: number;
  /** `DNS_CLASS`. */
  readonly class: number;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Seconds, 0 .. 2^32 - 1 as on the wire. */
  readonly ttlS: number;
  readonly data: RecordData;
}
