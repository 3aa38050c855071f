// A person in Chromium: graphbeat prints an address, the sandbox's pages are clicked through, and the browser
// comes back to the port on which graphbeat waits.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before } from "node:test";

import { chromium } from "playwright-core";

import { appToken, judge, publicApp, ready, user } from "./sandbox.mjs";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Where pictures of the pages go, for a person to look at: only where it is asked for. */
const pictures = process.env.BROWSER_PICTURES;
let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
});
after(() => browser?.close());

/** A data directory, which goes away with its test. */
async function withHome(configuration, body) {
  const home = mkdtempSync(join(tmpdir(), "graphbeat-"));
  writeFileSync(join(home, "graphbeat.toml"), configuration);
  try {
    await body(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Starts the program; its events as they come, and how it ended. */
function graphbeat(home, ...words) {
  const env = { PATH: process.env.PATH, HOME: home };
  const running = spawn(process.env.GRAPHBEAT, [...words, "--data", home, "--output", "json"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  running.stderr.on("data", (some) => (complaint += some));
  const ended = new Promise((end) => running.on("close", (code) => end({ code, complaint })));
  return { lines: createInterface(running.stdout)[Symbol.asyncIterator](), ended };
}

async function event(program, ...names) {
  for (;;) {
    const { value, done } = await program.lines.next();
    if (done) throw new Error(`ended without ${names}: ${JSON.stringify(await program.ended)}`);
    const found = value.startsWith("{") ? JSON.parse(value) : {};
    if (names.includes(found.event)) return found;
  }
}

async function endsWell(program) {
  const { code, complaint } = await program.ended;
  assert.equal(code, 0, complaint);
}

/** Opens an address as the first user, and presses the button of this name. */
async function click(address, button) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-US" });
  const page = await context.newPage();
  await page.goto(address);
  await picture(page, button);
  await page.getByLabel("Sign in as").selectOption(user.id);
  await page.getByRole("button", { name: button }).click();
  await page.waitForURL(/^http:\/\/localhost:/);
  await picture(page, `${button}-back`);
  const text = await page.textContent("body");
  await context.close();
  return text;
}

async function picture(page, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  const host = new URL(page.url()).pathname.replaceAll("/", "-");
  await page.screenshot({ path: join(pictures, `${name}${host}.png`), fullPage: true });
}

const cloud = `[cloud.local]
login_url = "${ready.login_url}"
graph_url = "${ready.graph_url}"
ca_file = "${ready.ca_file}"
limits = "none"
`;

const person = `${cloud}
[[account]]
name = "person"
tenant = "${ready.tenant_id}"
cloud = "local"
operations = ["users.me.get"]
sign_in = { method = "auth-code", client_id = "${publicApp.client_id}" }
`;

judge("a person signs in in Chromium and the account works", () =>
  withHome(person, async (home) => {
    const program = graphbeat(home, "account", "sign-in", "person", "--no-browser");
    const { url } = await event(program, "auth-code");
    assert.match(await click(url, "Accept"), /You can close this window/);
    assert.equal((await event(program, "signed-in")).user, user.upn);
    await endsWell(program);
    await endsWell(graphbeat(home, "check"));
  }),
);

judge("a person who declines in Chromium keeps nothing", () =>
  withHome(person, async (home) => {
    const program = graphbeat(home, "account", "sign-in", "person", "--no-browser");
    const { url } = await event(program, "auth-code");
    assert.match(await click(url, "Cancel"), /was not completed/);
    assert.equal((await program.ended).code, 4);
  }),
);

/** The owner at the portal: fills in the four fields, and saves the manifest. */
async function registerByHand({ name, audience, redirect_uri, manifest }, isApplication) {
  const headers = { authorization: `Bearer ${await appToken()}`, "content-type": "application/json" };
  const applications = `${ready.graph_url}/v1.0/applications`;
  const body = { displayName: name, signInAudience: audience, publicClient: { redirectUris: [redirect_uri] } };
  body.isFallbackPublicClient = true;
  const answer = await fetch(applications, { method: "POST", headers, body: JSON.stringify(body) });
  const { appId, id } = await answer.json();
  if (isApplication) {
    await fetch(`${applications}/${id}`, { method: "PATCH", headers, body: JSON.stringify(manifest) });
  }
  return ["--client-id", appId, "--object-id", id];
}

for (const mode of ["application", "user"]) {
  judge(`a set-up as ${mode} is clicked through in Chromium and its first check is green`, () =>
    withHome("", async (home) => {
      const init = ["init", "--yes", "--no-browser", "--name", "acme", "--as", mode, "--tenant", ready.tenant_id];
      init.push("--cloud-login", ready.login_url, "--cloud-graph", ready.graph_url, "--ca-file", ready.ca_file);
      const first = graphbeat(home, ...init);
      const registered = await registerByHand(await event(first, "register"), mode === "application");
      assert.equal((await first.ended).code, 2);
      const program = graphbeat(home, ...init, ...registered);
      const last = mode === "application" ? "consent" : "auth-code";
      for (let step; step?.event !== last; ) {
        step = await event(program, "sign-in", "consent", "auth-code");
        await click(step.url, "Accept");
      }
      await endsWell(program);
      await endsWell(graphbeat(home, "check", "--account", "acme"));
    }),
  );
}
