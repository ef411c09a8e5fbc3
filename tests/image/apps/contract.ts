/** The HAL contract suite inside the image: what it says of time, entropy, packet memory and DMA. */
import { byteHelpersContract } from "../../contract/byte-helpers.ts";
import { dmaContract } from "../../contract/dma.ts";
import { entropyContract } from "../../contract/entropy.ts";
import type { ContractPart } from "../../contract/harness.ts";
import { packetMemoryContract } from "../../contract/packet-memory.ts";
import { timeContract } from "../../contract/time.ts";
import { openImage } from "./image.ts";
import { runContract } from "./run-contract.ts";

const image = openImage();
const { memory, machine } = image.bareMetal;
const parts: ContractPart[] = [
  timeContract,
  entropyContract,
  packetMemoryContract,
  byteHelpersContract,
  ({ name }, test) => dmaContract({ name, dma: machine.dma, memory }, test),
];
const failed = await runContract(parts, { ...image, devices: [] });
image.hal.power.off(failed === 0 ? 0 : 2);
