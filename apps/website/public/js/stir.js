/** The buttons that make traffic. */
import { byId, setText } from "./dom.js";
import { bits, count } from "./format.js";

const REQUESTS = 1_000;
const AT_A_TIME = 6;
const DOWNLOAD_BYTES = 32_000_000;

async function sendRequests() {
  const startMs = performance.now();
  let left = REQUESTS;
  const worker = async () => {
    while (left-- > 0) await (await fetch("/api/ping", { cache: "no-store" })).text();
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  const seconds = (performance.now() - startMs) / 1_000;
  return `${count(REQUESTS / seconds)} requests/s with ${AT_A_TIME} connections of this browser`;
}

async function download() {
  const startMs = performance.now();
  const response = await fetch(`/api/download?bytes=${DOWNLOAD_BYTES}`, { cache: "no-store" });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    received += value.length;
  }
  const seconds = (performance.now() - startMs) / 1_000;
  return `${bits(received / seconds).join(" ")} over one connection`;
}

/** @param {string} id @param {() => Promise<string>} action */
function bind(id, action) {
  const button = /** @type {HTMLButtonElement} */ (byId(id));
  button.addEventListener("click", async () => {
    button.disabled = true;
    setText("stir-result", "…");
    try {
      setText("stir-result", await action());
    } catch {
      setText("stir-result", "the server did not answer");
    }
    button.disabled = false;
  });
}

export function bindStir() {
  bind("stir-requests", sendRequests);
  bind("stir-download", download);
}
