import { defineConfig, type LibosConfig } from "libos/config";

const config: LibosConfig = defineConfig({
  entry: "app.ts",
  memory: "64MB",
  publish: ["8080:80"],
  volumes: ["./public:/www:ro"],
});

export default config;
