/** `Console` (libos/hal/hal.ts). */
import assert from "node:assert/strict";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export function consoleContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "the console writes all bytes, in order", async (system) => {
    const { console } = system.hal;
    let expected = "";
    for (let line = 0; line < 500; line++) {
      const text = `line ${line} ${"·".repeat(line % 50)}\n`;
      expected += text;
      console.write(1, encode(text));
      console.write(1, new Uint8Array(0));
    }
    console.write(2, encode("diagnostics"));
    await system.until(() => system.console.output(2).length > 0);
    assert.ok(
      await system.until(() => decode(system.console.output(1)) === expected),
      "standard output",
    );
    assert.equal(decode(system.console.output(2)), "diagnostics");
  });

  testSystem(harness, test, "the console borrows what it writes", async (system) => {
    const bytes = encode("original");
    system.hal.console.write(1, bytes);
    bytes.fill(0x2a);
    assert.ok(await system.until(() => decode(system.console.output(1)) === "original"));
  });

  testSystem(harness, test, "the console takes a large write", async (system) => {
    const bytes = new Uint8Array(300_000).map((_, index) => 32 + (index % 90));
    system.hal.console.write(1, bytes);
    assert.ok(await system.until(() => system.console.output(1).length === bytes.length));
    assert.deepEqual(system.console.output(1), bytes);
  });

  testSystem(harness, test, "console input arrives in order, and ends once", async (system) => {
    const { console } = system.hal;
    let text = "";
    let ends = 0;
    let afterEnd = 0;
    console.onReady(() => {
      let calls = 0;
      const count = console.read((bytes) => {
        calls++;
        if (ends > 0) afterEnd++;
        if (bytes.length === 0) ends++;
        else text += decode(bytes);
      });
      assert.equal(count, calls, "read returns its calls");
    });
    let expected = "";
    for (let line = 0; line < 50; line++) {
      expected += `input ${line}\n`;
      system.console.type(encode(`input ${line}\n`));
      if (line % 10 === 0) await system.until(() => false, 1000);
    }
    assert.ok(await system.until(() => text === expected), text);
    system.console.endInput();
    assert.ok(await system.until(() => ends > 0));
    await system.until(() => false, 10_000);
    const countAtEnd = console.read(() => ends++);
    assert.equal(countAtEnd, 0);
    assert.equal(ends, 1);
    assert.equal(afterEnd, 0);
  });

  testSystem(harness, test, "input that nobody has read is kept", async (system) => {
    const { console } = system.hal;
    console.onReady(() => {});
    system.console.type(encode("kept"));
    await system.until(() => false, 20_000);
    let text = "";
    console.read((bytes) => (text += decode(bytes)));
    assert.equal(text, "kept");
  });
}
