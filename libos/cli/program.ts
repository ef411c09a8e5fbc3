/** The commands and their flags. A command's module is loaded when it is called. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { ConfigError } from "../config/mod.ts";
import { Failure } from "./failure.ts";
import { reportFailure } from "./output.ts";
import type { ImageFlags } from "./commands/image.ts";
import type { NewFlags } from "./commands/new.ts";
import type { ReplayFlags } from "./commands/replay.ts";
import type { RunFlags } from "./commands/run.ts";

function collect(value: string, list: string[] = []): string[] {
  return [...list, value];
}

function version(): string {
  // The manifest lies above libos/ in the repository and above dist/libos/ in the package.
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), "utf8");
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return "unknown";
}

function onFailureOption(text: string): Option {
  return new Option("--on-failure <WHAT>", text).choices(["off", "reset", "halt"]);
}

function addRun(program: Command): void {
  program
    .command("run")
    .summary("run an application in user mode, on its own TCP/IP stack")
    .description(
      "Runs an application in this process, on its own TCP/IP stack and file system, without root.\n" +
        "ENTRY is a module or a folder with a libos.config.ts; default: the folder you are in.",
    )
    .argument("[entry]", "module or folder")
    .argument("[values...]", "arguments of the app, behind --")
    .option("-p, --publish <[IP:]HOST:APP[/udp]>", "lead a port of the host to the app", collect)
    .option("-e, --env <K=V>", "set a variable of the app's environment", collect)
    .option("-v, --volume <HOSTDIR:PATH[:ro]>", "give the app a folder of the host", collect)
    .option("-m, --memory <SIZE>", "packet memory, e.g. 64MB")
    .addOption(new Option("--net <MODE>", "network").choices(["user", "none"]))
    .option("--pcap <FILE>", "write all frames to FILE, for tshark or Wireshark")
    .option("--trace [FILTER]", 'write a line for each event, e.g. "tcp,-tcp.send" or "hal.net"')
    .option("--inspect [PORT]", "open the inspector, for DevTools")
    .option(
      "--inspect-brk [PORT]",
      "open the inspector and wait for DevTools before the app begins",
    )
    .option("--record <FILE>", "write everything that enters the system, for libos replay")
    .option("--seed <N>", "run on the simulator: virtual time, and all chance from this seed")
    .option("--json", "print events of the command as JSON lines")
    .addOption(
      new Option("-t, --target <TARGET>", "where to run").choices(["user", "qemu"]).default("user"),
    )
    .addOption(
      new Option("-M, --machine <NAME>", "with -t qemu: the machine; default: microvm").choices([
        "microvm",
        "q35",
        "pc",
      ]),
    )
    .option("--disk <FILE[,ro]>", "with -t qemu: a disk, system.hal.block[0] in the app", collect)
    .addOption(onFailureOption("with -t qemu: what follows a failure; default: off"))
    .option("--watchdog <MS>", "with -t qemu: end a turn that takes longer, in milliseconds")
    .option("--gdb [PORT]", "with -t qemu: wait for gdb, at port 1234")
    .addHelpText(
      "after",
      "\nExample:\n  libos run app.ts -p 8080:80 -v ./public:/www:ro --pcap trace.pcap",
    )
    .action(async (entry: string | undefined, values: string[], flags: RunFlags) => {
      if (flags.target === "qemu") {
        const { runInQemu } = await import("./commands/run-qemu.ts");
        await runInQemu(entry, values, flags);
        return;
      }
      const { run } = await import("./commands/run.ts");
      await run(entry, values, flags);
    });
}

function addImage(program: Command): void {
  const image = program
    .command("image")
    .summary("make an application one file that boots")
    .description(
      "Builds an image of an application: kernel, JavaScript and files in one file. QEMU boots an ELF\n" +
        "file by -kernel FILE, and a PC's BIOS boots the other formats as a disk or CD. ENTRY is a module\n" +
        "or a folder with a libos.config.ts.",
    )
    .argument("[entry]", "module or folder")
    .argument("[values...]", "arguments of the app, behind --")
    .option("-o, --output <FILE>", "where to write it; default: the entry's name")
    .option("-e, --env <K=V>", "set a variable of the app's environment", collect)
    .option("-v, --volume <HOSTDIR:PATH>", "put a folder in, read-only for the app", collect)
    .option("-m, --memory <SIZE>", "memory of the machine, for libos run -t qemu, e.g. 16MB")
    .addOption(new Option("--net <MODE>", "network").choices(["user", "none"]))
    .addOption(
      new Option("--format <FORMAT>", "what to write; default: by the extension of FILE").choices([
        "elf",
        "raw",
        "qcow2",
        "iso",
      ]),
    )
    .addOption(
      new Option(
        "--optimize <FOR>",
        "for a small file, or for a quick start (the default)",
      ).choices(["size", "speed"]),
    )
    .option("--minify", "shorten the JavaScript (the default)", true)
    .option("--no-minify", "keep names and lines of the JavaScript")
    .option("--map", "write its source map beside it, as FILE.map")
    .addOption(onFailureOption("what follows a failure of the app; default: off"))
    .option("--watchdog <MS>", "end a turn of the app that takes longer, in milliseconds")
    .option("--json", "print events of the command as JSON lines")
    .addHelpText(
      "after",
      "\nExample:\n  libos image app.ts -o app.elf -v ./public:/www\n  libos image size app.elf\n  libos image app.ts -o app.iso",
    )
    .action(async (entry: string | undefined, values: string[], flags: ImageFlags) => {
      const { build } = await import("./commands/image.ts");
      await build(entry, values, flags);
    });
  addImageViews(image);
}

function addImageViews(image: Command): void {
  const view = (name: string, summary: string): Command =>
    image
      .command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
      .argument("<file>", "an image")
      .addHelpText("after", `\nExample:\n  libos image ${name} app.elf`);
  view("ls", "list the files in an image")
    .option("--json", "print as JSON")
    .action(async (file: string, flags: { json?: boolean }) => {
      (await import("./commands/image.ts")).list(file, flags);
    });
  view("tree", "draw the files in an image as a tree").action(async (file: string) => {
    (await import("./commands/image.ts")).tree(file);
  });
  view("size", "say what takes the room in an image, part by part")
    .option("--json", "print as JSON")
    .action(async (file: string, flags: { json?: boolean }) => {
      (await import("./commands/image.ts")).size(file, flags);
    });
  image
    .command("trace")
    .summary("put the lines of the TypeScript into a console's text")
    .description(
      "Reads what an image wrote to its console, and names the TypeScript in its stacks.",
    )
    .argument("<map>", "what libos image --map wrote")
    .argument("[log]", "the console's text; default: standard input")
    .addHelpText("after", "\nExample:\n  libos image trace app.elf.map < console.log")
    .action(async (map: string, log: string | undefined) => {
      await (await import("./commands/image.ts")).trace(map, log);
    });
  view("cat", "print a file of an image")
    .argument("<path>", "the file's path in the app")
    .action(async (file: string, path: string) => {
      (await import("./commands/image.ts")).cat(file, path);
    });
}

function addReplay(program: Command): void {
  program
    .command("replay")
    .summary("run a recording again, offline, and check that it is the same")
    .description(
      "Runs the application of a recording again on recorded inputs alone, and checks by hash that\n" +
        "it transmits the same bytes.",
    )
    .argument("<file>", "what libos run --record wrote")
    .option("--entry <MODULE>", "the application, if it is not where it was")
    .option("--inspect [PORT]", "open the inspector; with --until, DevTools stops there")
    .option("--until <N|TIME>", "stop before input N, or at a time like 1.5s or 200ms")
    .option("--trace [FILTER]", "write a line for each event")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  libos run app.ts --record crash.rec\n  libos replay crash.rec --inspect --until 1042",
    )
    .action(async (file: string, flags: ReplayFlags) => {
      const { replay } = await import("./commands/replay.ts");
      await replay(file, flags);
    });
}

function addNew(program: Command): void {
  program
    .command("new")
    .summary("make a folder with an application that runs")
    .description("Makes DIR with an application that runs: libos run DIR.")
    .argument("<dir>", "a folder that does not exist, or is empty")
    .option("--json", "print the files as JSON")
    .addHelpText("after", "\nExample:\n  libos new hello && libos run hello")
    .action(async (dir: string, flags: NewFlags) => {
      const { create } = await import("./commands/new.ts");
      create(dir, flags);
    });
}

function createProgram(): Command {
  const program = new Command("libos")
    .description("A library operating system for TypeScript")
    .version(version())
    .showSuggestionAfterError(true)
    // Commands inherit it: what follows the name of a command is that command's.
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "libos: ")),
    })
    .exitOverride()
    .addHelpText("after", "\nExample:\n  libos new hello\n  libos run hello -p 8080:80");
  addNew(program);
  addRun(program);
  addReplay(program);
  addImage(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/** Commands whose `--json` prints events; that of the others prints one result. */
const EVENT_COMMANDS: readonly (string | undefined)[] = ["run", "image"];
/** Commands of `libos image` that print a result. */
const IMAGE_VIEWS: readonly (string | undefined)[] = ["ls", "tree", "size", "cat", "trace"];

/** @returns Whether whoever reads standard output expects events there. */
function wantsEvents(argv: readonly string[]): boolean {
  const [, , command, next] = argv;
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  const isView = command === "image" && IMAGE_VIEWS.includes(next);
  return EVENT_COMMANDS.includes(command) && !isView && flags.includes("--json");
}

/** Runs the command line; sets the exit code, and prints one line for a failure. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else if (error instanceof Failure || error instanceof ConfigError) {
      process.exitCode = error instanceof Failure ? error.exitCode : 2;
      reportFailure(wantsEvents(argv), error.message, process.exitCode);
    } else {
      throw error;
    }
  }
}
