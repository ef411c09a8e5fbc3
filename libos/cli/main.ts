#!/usr/bin/env node
/** The command `libos`. It looks at the engine first: everything behind it needs a recent Node. */
const NEEDED = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `libos needs Node ${NEEDED.join(".")} or newer, and this is ${process.versions.node}; ` +
      `install a newer one, or in your project: npm install --save-dev node@24\n`,
  );
  process.exitCode = 2;
} else {
  const { endWithReader } = await import("./broken-pipe.ts");
  endWithReader();
  const { main } = await import("./program.ts");
  await main(process.argv);
}
