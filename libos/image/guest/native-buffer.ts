/** Puts the kernel's functions behind `Buffer`, for everybody who has it. */
import { Buffer } from "buffer";
import { native } from "./machine.ts";
import { makeBufferNative } from "./native-text.ts";

makeBufferNative(Buffer, native.text);
