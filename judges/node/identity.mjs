// @azure/identity: every credential that can be had without a browser, and its error class.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AuthorizationCodeCredential, ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential,
  DeviceCodeCredential, UsernamePasswordCredential, WorkloadIdentityCredential } from "@azure/identity";

import { app, approve, authority, back, certificate, click, faults, graphScope, judge, publicApp, ready, received,
  throttled, trustWorkload, user } from "./sandbox.mjs";

const options = { authorityHost: ready.login_url, disableInstanceDiscovery: true };
const tenant = ready.tenant_id;
const userScope = "https://graph.microsoft.com/User.Read";
const secret = (value = app.client_secret, more = {}) =>
  new ClientSecretCredential(tenant, app.client_id, value, { ...options, ...more });

judge("identity: client secret", async () => {
  assert.ok((await secret().getToken(graphScope)).token);
});

judge("identity: certificate, with its chain and without", async () => {
  for (const sendCertificateChain of [false, true]) {
    const more = { ...options, sendCertificateChain };
    const credential = new ClientCertificateCredential(tenant, app.client_id, certificate().path, more);
    assert.ok((await credential.getToken(graphScope)).token);
  }
});

judge("identity: assertion and workload identity", async () => {
  const assertion = await trustWorkload("judge");
  const byFunction = new ClientAssertionCredential(tenant, app.client_id, async () => assertion, options);
  assert.ok((await byFunction.getToken(graphScope)).token);
  const folder = mkdtempSync(join(tmpdir(), "judge-"));
  const tokenFilePath = join(folder, "token");
  writeFileSync(tokenFilePath, assertion);
  const byFile = new WorkloadIdentityCredential({ ...options, tenantId: tenant, clientId: app.client_id, tokenFilePath });
  assert.ok((await byFile.getToken(graphScope)).token);
  rmSync(folder, { recursive: true });
});

judge("identity: device code", async () => {
  const userPromptCallback = ({ userCode }) => approve(userCode);
  const credential = new DeviceCodeCredential({ ...options, tenantId: tenant, clientId: publicApp.client_id, userPromptCallback });
  assert.ok((await credential.getToken(userScope)).token);
});

judge("identity: a declined device", async () => {
  const userPromptCallback = ({ userCode }) => approve(userCode, false);
  const credential = new DeviceCodeCredential({ ...options, tenantId: tenant, clientId: publicApp.client_id, userPromptCallback });
  await assert.rejects(credential.getToken(userScope), { message: /authorization_declined/ });
});

judge("identity: the client id of the library itself is known", async () => {
  const userPromptCallback = ({ userCode }) => approve(userCode);
  const credential = new DeviceCodeCredential({ ...options, tenantId: tenant, userPromptCallback });
  assert.ok((await credential.getToken(graphScope)).token);
});

judge("identity: a password is refused where security defaults are on", async () => {
  const credential = new UsernamePasswordCredential(tenant, publicApp.client_id, user.upn, "sandbox", options);
  await assert.rejects(credential.getToken(userScope), { message: /AADSTS50076/ });
});

judge("identity: authorization code", async () => {
  const query = new URLSearchParams({
    client_id: app.client_id, response_type: "code", redirect_uri: back, scope: `${userScope} offline_access`,
  });
  const code = (await click(`${authority}/oauth2/v2.0/authorize?${query}`)).get("code");
  const credential = new AuthorizationCodeCredential(tenant, app.client_id, app.client_secret, code, back, options);
  assert.ok((await credential.getToken(userScope)).token);
});

for (const code of [50053, 50057, 53003, 90002, 700016, 700027, 7000222]) {
  judge(`identity: AADSTS${code} is an AuthenticationRequiredError`, async () => {
    await faults({ operation: "token.client-secret", status: 400, code: `AADSTS${code}` });
    await assert.rejects(secret().getToken(graphScope), { name: "AuthenticationRequiredError", message: new RegExp(`AADSTS${code}`) });
  });
}

for (const code of [50076, 65001]) {
  judge(`identity: AADSTS${code} asks for the user`, async () => {
    await faults({ operation: "token.client-secret", status: 400, code: `AADSTS${code}` });
    await assert.rejects(secret().getToken(graphScope), { message: new RegExp(`AADSTS${code}`) });
  });
}

judge("identity: a wrong secret", async () => {
  await assert.rejects(secret("wrong").getToken(graphScope), { name: "AuthenticationRequiredError", message: /AADSTS7000215/ });
});

judge("identity: a broken connection", async () => {
  await faults({ operation: "token.client-secret", kind: "reset" });
  await assert.rejects(secret(undefined, { retryOptions: { maxRetries: 0 } }).getToken(graphScope));
});

judge("identity: a throttled sign-in is repeated", async () => {
  await faults(await throttled({ operation: "token.client-secret" }));
  assert.ok((await secret().getToken(graphScope)).token);
  const statuses = (await received("/oauth2/v2.0/token")).map((request) => request.status);
  assert.ok(statuses.includes(429) && statuses.at(-1) === 200, String(statuses));
});
