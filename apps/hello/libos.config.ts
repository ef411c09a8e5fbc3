import { defineConfig, type LibosConfig } from "libos/config";

const config: LibosConfig = defineConfig({ entry: "app.ts", memory: "16MB", publish: ["8007:7"] });

export default config;
