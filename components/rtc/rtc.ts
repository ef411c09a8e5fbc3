/**
 * The MC146818 real-time clock of a PC (Motorola MC146818A): the time of day when the machine starts.
 *
 * The clock counts seconds and is read twice, so that no reading mixes two of them.
 */
import type { Machine, Ports } from "../../libos/hal/mod.ts";
import { DeviceError } from "../pci/mod.ts";

/** Registers of the clock. */
const RTC = {
  SECONDS: 0x00,
  MINUTES: 0x02,
  HOURS: 0x04,
  DAY: 0x07,
  MONTH: 0x08,
  YEAR: 0x09,
  STATUS_A: 0x0a,
  STATUS_B: 0x0b,
} as const;

const INDEX_PORT = 0x70;
const DATA_PORT = 0x71;
const UPDATE_IN_PROGRESS_MASK = 0x80;
const BINARY_MASK = 0x04;
const HOURS_24_MASK = 0x02;
const PM_MASK = 0x80;

export interface RtcOptions {
  /**
   * The register of the century, as the ACPI table FADT names it; 0: there is none, and years 00 .. 69
   * are of the 21st century. Default 0x32, where PCs have it.
   */
  readonly centuryRegister?: number;
  /** Attempts at a reading; an update takes 2 ms at the most. */
  readonly maxReads?: number;
}

const CENTURY_REGISTER = 0x32;
const MAX_READS = 100_000;

/** The fields of a date, in the clock's own time, which is UTC. */
interface Reading {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/**
 * Reads the time of day.
 *
 * @returns Microseconds since 1970-01-01T00:00:00Z, whole seconds, of a clock that keeps UTC.
 * @throws DeviceError when there is no such clock, or it never tells a date.
 */
export function readRtc(machine: Machine, options: RtcOptions = {}): number {
  const { ports } = machine;
  if (ports === undefined) throw new DeviceError("rtc: this machine has no ports");
  const { centuryRegister = CENTURY_REGISTER, maxReads = MAX_READS } = options;
  let last: Reading | undefined;
  for (let round = 0; round < maxReads; round++) {
    if ((readRegister(ports, RTC.STATUS_A) & UPDATE_IN_PROGRESS_MASK) !== 0) continue;
    const reading = readFields(ports, centuryRegister);
    if (reading === undefined) throw new DeviceError("rtc: it tells no date");
    if (last !== undefined && isSame(last, reading)) return toMicroseconds(reading);
    last = reading;
  }
  throw new DeviceError("rtc: its time never rests");
}

function readRegister(ports: Ports, register: number): number {
  ports.out8(INDEX_PORT, register);
  return ports.in8(DATA_PORT);
}

/** @returns Undefined for numbers that are no date. */
function readFields(ports: Ports, centuryRegister: number): Reading | undefined {
  const statusB = readRegister(ports, RTC.STATUS_B);
  const isBinary = (statusB & BINARY_MASK) !== 0;
  const decode = (value: number): number => (isBinary ? value : (value >> 4) * 10 + (value & 15));
  const field = (register: number): number => decode(readRegister(ports, register));
  const rawHours = readRegister(ports, RTC.HOURS);
  const isPm = (rawHours & PM_MASK) !== 0;
  const hours12 = (decode(rawHours & ~PM_MASK) % 12) + (isPm ? 12 : 0);
  const year = field(RTC.YEAR);
  const century = centuryRegister === 0 ? (year < 70 ? 20 : 19) : field(centuryRegister);
  const reading = {
    year: century * 100 + year,
    month: field(RTC.MONTH),
    day: field(RTC.DAY),
    hours: (statusB & HOURS_24_MASK) !== 0 ? decode(rawHours) : hours12,
    minutes: field(RTC.MINUTES),
    seconds: field(RTC.SECONDS),
  };
  return isDate(reading) ? reading : undefined;
}

function isDate({ year, month, day, hours, minutes, seconds }: Reading): boolean {
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  return isDay && year >= 1970 && year < 2200 && hours < 24 && minutes < 60 && seconds < 60;
}

function isSame(a: Reading, b: Reading): boolean {
  return toMicroseconds(a) === toMicroseconds(b);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function toMicroseconds({ year, month, day, hours, minutes, seconds }: Reading): number {
  let days = day - 1;
  for (let before = 1970; before < year; before++) days += isLeap(before) ? 366 : 365;
  for (let before = 1; before < month; before++) days += daysIn(year, before);
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000_000;
}
