import { defineConfig, type LibosConfig } from "libos/config";

const config: LibosConfig = defineConfig({
  entry: "app.ts",
  memory: "8MB",
  publish: ["8053:53", "8053:53/udp"],
  volumes: ["./zones:/zones:ro"],
  image: { optimize: "size" },
});

export default config;
