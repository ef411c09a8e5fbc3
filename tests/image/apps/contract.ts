/** The HAL contract suite inside the image: what it says of time, entropy and packet memory. */
import { entropyContract } from "../../contract/entropy.ts";
import { packetMemoryContract } from "../../contract/packet-memory.ts";
import { timeContract } from "../../contract/time.ts";
import { openImage } from "./image.ts";
import { runContract } from "./run-contract.ts";

const image = openImage();
const parts = [timeContract, entropyContract, packetMemoryContract];
const failed = await runContract(parts, { ...image, devices: [] });
image.hal.power.off(failed === 0 ? 0 : 2);
