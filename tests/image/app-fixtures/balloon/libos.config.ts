import { defineConfig, type LibosConfig } from "libos/config";

const config: LibosConfig = defineConfig({ memory: "64MB", image: { balloon: true } });

export default config;
