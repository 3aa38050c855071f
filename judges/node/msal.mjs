// @azure/msal-node: every grant it has, and the error it makes of every fault.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";

import { app, approve, authority, back, certificate, click, faults, graphScope, judge, publicApp, ready, received,
  trustWorkload, user } from "./sandbox.mjs";

const msal = createRequire(import.meta.url)("@azure/msal-node");
const scopes = ["User.Read", "Mail.Read"];

const auth = (clientId, more) => ({
  auth: { clientId, authority, knownAuthorities: [new URL(ready.login_url).host], ...more },
});
const confidential = (more = { clientSecret: app.client_secret }) =>
  new msal.ConfidentialClientApplication(auth(app.client_id, more));
const publicClient = () => new msal.PublicClientApplication(auth(publicApp.client_id));
const grant = (client) => client.acquireTokenByClientCredential({ scopes: [graphScope] });

judge("msal: client secret", async () => {
  assert.ok((await grant(confidential())).accessToken);
});

judge("msal: certificate by SHA-256 and by SHA-1", async () => {
  const { privateKey, pem } = certificate();
  const parsed = new X509Certificate(pem);
  const thumbprints = {
    thumbprintSha256: parsed.fingerprint256.replaceAll(":", ""),
    thumbprint: parsed.fingerprint.replaceAll(":", ""),
  };
  for (const [name, value] of Object.entries(thumbprints)) {
    for (const x5c of [undefined, pem]) {
      const client = confidential({ clientCertificate: { [name]: value, privateKey, x5c } });
      assert.ok((await grant(client)).accessToken, name);
    }
  }
});

judge("msal: workload federation", async () => {
  const clientAssertion = await trustWorkload("judge");
  assert.ok((await grant(confidential({ clientAssertion }))).accessToken);
});

judge("msal: device code and silent refresh", async () => {
  const client = publicClient();
  const deviceCodeCallback = ({ userCode }) => approve(userCode);
  const result = await client.acquireTokenByDeviceCode({ scopes, deviceCodeCallback });
  assert.equal(result.account.username, user.upn);
  assert.equal(result.account.homeAccountId, `${user.id}.${ready.tenant_id}`);
  const fresh = await client.acquireTokenSilent({ account: result.account, scopes, forceRefresh: true });
  assert.notEqual(fresh.accessToken, result.accessToken);
});

judge("msal: declined device", async () => {
  const deviceCodeCallback = ({ userCode }) => approve(userCode, false);
  const attempt = publicClient().acquireTokenByDeviceCode({ scopes, deviceCodeCallback });
  await assert.rejects(attempt, /authorization_declined/);
});

judge("msal: authorization code with PKCE", async () => {
  const client = publicClient();
  const { verifier, challenge } = await new msal.CryptoProvider().generatePkceCodes();
  const request = { scopes, redirectUri: back, codeChallenge: challenge, codeChallengeMethod: "S256", nonce: "n" };
  const code = (await click(await client.getAuthCodeUrl(request))).get("code");
  const redemption = { code, scopes, redirectUri: back, codeVerifier: verifier, nonce: "n" };
  const result = await client.acquireTokenByCode(redemption);
  assert.equal(result.idTokenClaims.oid, user.id);
  assert.equal(result.idTokenClaims.nonce, "n");
  assert.ok((await client.acquireTokenSilent({ account: result.account, scopes, forceRefresh: true })).accessToken);
  await assert.rejects(publicClient().acquireTokenByCode(redemption), { errorCode: "invalid_grant", errorNo: 54005 });
});

judge("msal: a wrong secret", async () => {
  await assert.rejects(grant(confidential({ clientSecret: "wrong" })), { errorCode: "invalid_client", errorNo: 7000215 });
});

for (const [status, code, error, name] of [
  [400, 50053, "invalid_grant", "ServerError"],
  [400, 50057, "invalid_grant", "ServerError"],
  [400, 50076, "interaction_required", "InteractionRequiredAuthError"],
  [400, 53003, "invalid_grant", "InteractionRequiredAuthError"],
  [400, 65001, "invalid_grant", "InteractionRequiredAuthError"],
  [400, 90002, "invalid_request", "ServerError"],
  [400, 700016, "unauthorized_client", "ServerError"],
  [401, 700027, "invalid_client", "ServerError"],
  [401, 7000222, "invalid_client", "ServerError"],
]) {
  judge(`msal: AADSTS${code} is ${error}, a ${name}`, async () => {
    await faults({ operation: "token.client-secret", status, code: `AADSTS${code}` });
    await assert.rejects(grant(confidential()), { errorCode: error, name });
  });
}

judge("msal: a throttled client waits by itself", async () => {
  const client = confidential();
  await faults({ operation: "token.client-secret", status: 429, retry_after_s: 60 });
  await assert.rejects(grant(client));
  const first = (await received("/oauth2/v2.0/token")).length;
  await assert.rejects(grant(client));
  assert.equal((await received("/oauth2/v2.0/token")).length, first);
});

judge("msal: a broken connection and a body that is no JSON", async () => {
  await faults({ operation: "token.client-secret", kind: "reset" });
  await assert.rejects(grant(confidential()), /network/);
  await faults({ operation: "token.client-secret", kind: "text", status: 502 });
  await assert.rejects(grant(confidential()));
});
