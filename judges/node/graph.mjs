// @microsoft/microsoft-graph-client: errors, pages, batches, retries, and a round in five places.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { app, appToken, control, faults, judge, ready, received, throttled, user } from "./sandbox.mjs";

const { BatchRequestContent, BatchResponseContent, Client, PageIterator } =
  createRequire(import.meta.url)("@microsoft/microsoft-graph-client");
const mine = `/users/${user.id}`;

/** Hosts are compared without their port; with one that is not listed no token is sent, silently. */
async function client() {
  const token = await appToken();
  return Client.init({
    baseUrl: `${ready.graph_url}/`,
    customHosts: new Set([new URL(ready.graph_url).hostname]),
    authProvider: (done) => done(null, token),
  });
}

const gone = (attempt) => assert.rejects(attempt, { statusCode: 404 });

judge("graph: pages follow one another", async () => {
  const graph = await client();
  const first = await graph.api("/users").top(7).select("id").get();
  assert.equal(first.value.length, 7);
  assert.ok(first["@odata.nextLink"].startsWith(ready.graph_url));
  const ids = new Set();
  await new PageIterator(graph, first, ({ id }) => Boolean(ids.add(id))).iterate();
  assert.ok(ids.size >= ready.users.length);
});

judge("graph: a batch answers each part", async () => {
  const graph = await client();
  const part = (id, path) => ({ id, request: new Request(`${ready.graph_url}${path}`) });
  // The library takes off the host alone; what is left has to be relative to the version.
  const content = new BatchRequestContent([part("1", mine), part("2", "/users/nobody")]);
  const answer = new BatchResponseContent(await graph.api("/$batch").post(await content.getContent()));
  assert.equal(answer.getResponseById("1").status, 200);
  assert.equal(answer.getResponseById("2").status, 404);
});

judge("graph: a throttled call is repeated", async () => {
  const graph = await client();
  await faults(await throttled({ path: "/v1.0/users" }));
  assert.ok((await graph.api("/users").get()).value.length > 0);
  const statuses = (await received("/v1.0/users")).map((request) => request.status);
  assert.ok(statuses[0] === 429 && statuses.at(-1) === 200, String(statuses));
});

for (const [status, code] of [
  [400, "BadRequest"], [401, "InvalidAuthenticationToken"], [403, "Authorization_RequestDenied"],
  [404, "ResourceNotFound"], [409, "Conflict"], [412, "PreconditionFailed"], [423, "notAllowed"],
  [500, "InternalServerError"], [502, "BadGateway"], [507, "InsufficientStorage"],
]) {
  judge(`graph: ${status} keeps its code ${code} and request id`, async () => {
    const graph = await client();
    await faults({ path: "/v1.0/users", status, code });
    await assert.rejects(graph.api("/users").get(), (error) => {
      assert.deepEqual([error.statusCode, error.code], [status, code]);
      return Boolean(error.requestId && error.message && error.date);
    });
  });
}

judge("graph: a lost permission is a 403", async () => {
  await control("PUT", `grants/${app.client_id}`, { application: ["User.Read.All"] });
  const graph = await client();
  assert.ok(await graph.api("/users").get());
  await assert.rejects(graph.api("/groups").get(), { statusCode: 403 });
});

judge("graph: a broken connection", async () => {
  const graph = await client();
  await faults({ path: "/v1.0/users", kind: "reset" });
  await assert.rejects(graph.api("/users").get());
});

/** Makes, reads, changes, reads and removes. */
async function round(collection, body, change, reader = (it) => it) {
  const graph = await client();
  const made = await graph.api(collection).post(body);
  const one = graph.api.bind(graph, `${collection}/${made.id}`);
  assert.equal((await one().get()).id, made.id);
  await one().patch(change);
  const changed = reader(await one().get());
  for (const [name, value] of Object.entries(change)) assert.deepEqual(changed[name], value, name);
  await one().delete();
  await gone(one().get());
}

judge("graph: mail round", () =>
  round(`${mine}/messages`, { subject: "judge", body: { contentType: "text", content: "hello" } }, { subject: "judged" }));

judge("graph: event round", () => {
  const at = (hour) => ({ dateTime: `2030-01-02T${hour}:00:00`, timeZone: "UTC" });
  return round(`${mine}/events`, { subject: "judge", start: at("09"), end: at("10") }, { subject: "judged" });
});

judge("graph: group round", () => {
  const body = { displayName: "judge", mailNickname: "judge", mailEnabled: false, securityEnabled: true };
  return round("/groups", body, { description: "judged" });
});

judge("graph: application round", () => round("/applications", { displayName: "judge" }, { displayName: "judged" }));

judge("graph: drive round", async () => {
  const graph = await client();
  const made = await graph.api(`${mine}/drive/root:/judge.txt:/content`).put("first");
  assert.equal(made.size, 5);
  const one = (rest = "") => graph.api(`${mine}/drive/items/${made.id}${rest}`);
  const text = async () => new Response(await one("/content").getStream()).text();
  assert.equal(await text(), "first");
  await one("/content").put("second");
  assert.equal(await text(), "second");
  assert.equal((await one().patch({ name: "judged.txt" })).name, "judged.txt");
  await one().delete();
  await gone(one().get());
});
