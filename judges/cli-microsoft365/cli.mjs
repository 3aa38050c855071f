// A sandbox, and `m365` as a person runs it in a shell: one process for each command, its settings in a folder of its own.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("node_modules/@pnp/cli-microsoft365/dist/index.js", import.meta.url));
const binary = process.env.GRAPHBEAT;
/** What a machine may say about proxies; what it says of trust the settings override. */
const leftOut = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

export class Cli {
  static async start() {
    const folder = mkdtempSync(join(tmpdir(), "judges-"));
    const options = ["sandbox", "--throttle", "none", "--data", folder];
    const sandbox = spawn(binary, options, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await new Promise((found, failed) => {
      sandbox.on("error", failed);
      createInterface(sandbox.stdout).once("line", (...words) => found(words));
    });
    return new Cli(sandbox, folder, line);
  }

  constructor(sandbox, folder, line) {
    this.sandbox = sandbox;
    this.folder = folder;
    this.ready = JSON.parse(line);
    [this.app, this.publicApp] = this.ready.apps;
    const asked = ["sandbox", "env", "--for", "cli-microsoft365", "--output", "json"];
    const settings = spawnSync(binary, asked, { input: line, encoding: "utf8" });
    const env = { ...process.env };
    for (const name of leftOut) {
      delete env[name];
      delete env[name.toLowerCase()];
    }
    this.env = { ...env, ...JSON.parse(settings.stdout).environment, HOME: folder, CLIMICROSOFT365_NOUPDATE: "1" };
  }

  async stop() {
    const ended = new Promise((end) => this.sandbox.once("exit", end));
    this.sandbox.kill();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command to its end; `heard` is told everything that it prints to its error stream. */
  run(command, heard = () => {}) {
    const words = [program, ...command, "--output", "json"];
    const child = spawn(process.execPath, words, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    const done = { code: 1, out: "", err: "" };
    child.stdout.on("data", (text) => (done.out += text));
    child.stderr.on("data", (text) => {
      done.err += text;
      heard(done.err);
    });
    return new Promise((end) => child.on("close", (code) => end({ ...done, code })));
  }

  /** What a command that goes well prints. */
  async m365(...command) {
    const { code, out, err } = await this.run(command);
    if (code !== 0) throw new Error(`m365 ${command.join(" ")}: ${err}`);
    return out.trim() ? JSON.parse(out) : undefined;
  }

  /** What a command that fails says. */
  async refused(...command) {
    const { code, out, err } = await this.run(command);
    if (code === 0) throw new Error(`m365 ${command.join(" ")} went well: ${out}`);
    return err;
  }

  login(type, ...more) {
    return ["login", "--authType", type, "--tenant", this.ready.tenant_id, ...more];
  }

  /** Signs a person in on a device; they agree, or they do not. */
  async device(approve) {
    let isAsked = false;
    const command = this.login("deviceCode", "--appId", this.publicApp.client_id);
    return this.run(command, (text) => {
      const [, code] = /enter the code (\w+) to/.exec(text) ?? [];
      if (!code || isAsked) return;
      isAsked = true;
      this.control("POST", "device", { user_code: code, user_id: this.ready.users[0].id, approve });
    });
  }

  async control(method, path, body) {
    const url = `${this.ready.http_graph_url}/_sandbox/${path}`;
    const answer = await fetch(url, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }
}
