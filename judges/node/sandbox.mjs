// The running sandbox, its control API, and a person who clicks on its pages.
import { readFileSync } from "node:fs";
import test from "node:test";

export const ready = JSON.parse(process.env.SANDBOX);
export const [app, publicApp] = ready.apps;
export const user = ready.users[0];
export const authority = `${ready.login_url}/${ready.tenant_id}`;
export const back = "http://localhost:5012";
export const graphScope = "https://graph.microsoft.com/.default";

export async function control(method, path, body) {
  const answer = await fetch(`${ready.http_graph_url}/_sandbox/${path}`, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

export const faults = (...all) => control("PUT", "faults", all);

/** The sandbox is as new for each test. */
export function judge(name, body) {
  test(name, async () => {
    await control("POST", "reset");
    await body();
  });
}

export const received = async (path) =>
  (await control("GET", "requests")).requests.filter((request) => request.path.includes(path));

export const approve = (userCode, yes = true) =>
  control("POST", "device", { user_code: userCode, user_id: user.id, approve: yes });

/** A fault that stands for a second and tells clients to wait for two. */
export async function throttled(where) {
  const { now } = await control("GET", "clock");
  return { ...where, status: 429, retry_after_s: 2, until: new Date(Date.parse(now) + 1000).toISOString() };
}

/** What a person does on an authorize page; the parameters that come back. */
export async function click(url, action = "accept") {
  const page = await (await fetch(url)).text();
  const form = new URLSearchParams({ user_id: user.id, action });
  const meaning = { "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    form.append(name, value.replace(/&(quot|#39|lt|gt|amp);/g, (entity) => meaning[entity]));
  }
  const answer = await fetch(url.split("?")[0], { method: "POST", body: form, redirect: "manual" });
  return new URL(answer.headers.get("location")).searchParams;
}

/** The first application's certificate: its key, its text, and the path of both. */
export function certificate() {
  const path = app.certificate_file;
  const text = readFileSync(path, "utf8");
  const at = text.indexOf("-----BEGIN CERTIFICATE-----");
  return { path, privateKey: text.slice(0, at), pem: text.slice(at) };
}

export async function appToken() {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: app.client_id,
    client_secret: app.client_secret,
    scope: graphScope,
  });
  const answer = await fetch(`${authority}/oauth2/v2.0/token`, { method: "POST", body });
  return (await answer.json()).access_token;
}

/** Lets the test issuer's `subject` act as the first application, and gives its token. */
export async function trustWorkload(subject) {
  const { issuer, assertion } = await control("POST", "assertions", { subject });
  const headers = { authorization: `Bearer ${await appToken()}`, "content-type": "application/json" };
  const applications = `${ready.graph_url}/v1.0/applications`;
  const { id } = await (await fetch(`${applications}(appId='${app.client_id}')`, { headers })).json();
  const body = JSON.stringify({ name: "judge", issuer, subject });
  const made = await fetch(`${applications}/${id}/federatedIdentityCredentials`, { method: "POST", headers, body });
  if (made.status !== 201) throw new Error(await made.text());
  return assertion;
}
