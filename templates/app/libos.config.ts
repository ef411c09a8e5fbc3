import { defineConfig } from "libos/config";

export default defineConfig({
  entry: "app.ts",
  // Memory for packets; the app's own objects are the JavaScript engine's affair.
  memory: "64MB",
  // HOST:APP: port 80 of the app is port 8080 of this computer.
  publish: ["8080:80"],
});
