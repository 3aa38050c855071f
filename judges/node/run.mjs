// Starts a sandbox, then the judges in a process that trusts its authority: Node reads that at its start.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "judges-"));
const sandbox = spawn(process.env.GRAPHBEAT, ["sandbox", "--throttle", "none", "--data", folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
sandbox.on("error", (error) => {
  console.error(`the sandbox could not be started: ${error.message}`);
  process.exit(1);
});
const [ready] = await new Promise((found) => createInterface(sandbox.stdout).once("line", (...line) => found(line)));

const env = { ...process.env, SANDBOX: ready, NODE_EXTRA_CA_CERTS: JSON.parse(ready).ca_file };
for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]) {
  delete env[name];
  delete env[name.toLowerCase()];
}
const judges = fileURLToPath(new URL("judges.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [judges], { env, stdio: "inherit" });
sandbox.kill();
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
