// CLI for Microsoft 365 through the proxy: each way to sign in, then the commands that its users know best.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Cli } from "./cli.mjs";

let cli;
before(async () => (cli = await Cli.start()));
after(() => cli.stop());

const m365 = (...command) => cli.m365(...command);
const named = (list, name) => list.filter((it) => it.displayName === name);

describe("an application", () => {
  before(async () => {
    const wrong = await cli.refused(...cli.login("secret", "--appId", cli.app.client_id, "--secret", "wrong"));
    assert.match(wrong, /AADSTS7000215/);
    await m365(...cli.login("secret", "--appId", cli.app.client_id, `--secret=${cli.app.client_secret}`));
  });

  test("is who the sandbox says", async () => {
    const status = await m365("status");
    assert.equal(status.connectedAs, "Contoso Health Check");
    assert.equal(status.appId, cli.app.client_id);
  });

  test("makes, changes, reads and removes a user", async () => {
    const address = `judge@${cli.ready.domain}`;
    const made = ["--displayName", "Judge", "--userName", address, "--password", "Sandbox-2026!"];
    await m365("entra", "user", "add", ...made);
    await m365("entra", "user", "set", "--userName", address, "--jobTitle", "Judge");
    const user = await m365("entra", "user", "get", "--userName", address);
    assert.equal(user.jobTitle, "Judge");
    assert.equal(named(await m365("entra", "user", "list"), "Judge").length, 1);
    await m365("entra", "user", "remove", "--id", user.id, "--force");
    assert.match(await cli.refused("entra", "user", "get", "--userName", address), /not exist|not found/);
    assert.equal(named(await m365("entra", "user", "recyclebinitem", "list"), "Judge").length, 1);
  });

  test("makes a group with a member", async () => {
    const group = await m365("entra", "group", "add", "--displayName", "judge", "--type", "security");
    const member = ["--groupId", group.id, "--userIds", cli.ready.users[1].id, "--role", "Member"];
    await m365("entra", "group", "member", "add", ...member);
    const members = await m365("entra", "group", "member", "list", "--groupId", group.id);
    assert.deepEqual(members.map((it) => it.id), [cli.ready.users[1].id]);
    await m365("entra", "group", "set", "--id", group.id, "--description", "judged");
    assert.equal((await m365("entra", "group", "get", "--id", group.id)).description, "judged");
    await m365("entra", "group", "remove", "--id", group.id, "--force");
    assert.equal(named(await m365("entra", "group", "list"), "judge").length, 0);
  });

  test("makes and removes a Microsoft 365 group", async () => {
    const group = await m365("entra", "m365group", "add", "--displayName", "unified", "--mailNickname", "unified");
    assert.ok((await m365("entra", "m365group", "get", "--id", group.id)).groupTypes.includes("Unified"));
    await m365("entra", "group", "remove", "--id", group.id, "--force");
    assert.equal(named(await m365("entra", "m365group", "recyclebinitem", "list"), "unified").length, 1);
  });

  test("registers an application with a secret and a consent", async () => {
    const wish = ["--withSecret", "--grantAdminConsent", "--apisApplication", "https://graph.microsoft.com/User.Read.All"];
    const app = await m365("entra", "app", "add", "--name", "judge", ...wish);
    assert.ok(app.secrets[0].value);
    assert.equal(named(await m365("entra", "app", "list"), "judge").length, 1);
    const permissions = await m365("entra", "app", "permission", "list", "--appId", app.appId);
    assert.deepEqual(permissions.map((it) => it.permission), ["User.Read.All"]);
    const roles = await m365("entra", "approleassignment", "list", "--appId", app.appId);
    assert.deepEqual(roles.map((it) => it.roleName), ["User.Read.All"]);
    const more = ["--applicationPermissions", "https://graph.microsoft.com/Mail.Read", "--grantAdminConsent"];
    await m365("entra", "app", "permission", "add", "--appId", app.appId, ...more);
    await m365("entra", "app", "remove", "--appId", app.appId, "--force");
    assert.match(await cli.refused("entra", "app", "get", "--appId", app.appId), /not found in Microsoft Entra ID/);
  });

  test("sends a mail and finds it", async () => {
    const { upn } = cli.ready.users[0];
    await m365("outlook", "mail", "send", "--sender", upn, "--to", upn, "--subject", "judged", "--bodyContents", "hello");
    const messages = await m365("outlook", "message", "list", "--folderName", "inbox", "--userName", upn);
    const { id } = messages.find((it) => it.subject === "judged");
    assert.equal((await m365("outlook", "message", "get", "--id", id, "--userName", upn)).subject, "judged");
  });

  test("makes a plan with a bucket and a task", async () => {
    const [group] = await m365("entra", "m365group", "list");
    const plan = await m365("planner", "plan", "add", "--title", "judge", "--ownerGroupId", group.id);
    const bucket = await m365("planner", "bucket", "add", "--name", "judged", "--planId", plan.id);
    await m365("planner", "task", "add", "--title", "judge", "--planId", plan.id, "--bucketId", bucket.id);
    const [task] = await m365("planner", "task", "list", "--planId", plan.id);
    await m365("planner", "task", "set", `--id=${task.id}`, "--percentComplete", "100");
    assert.equal((await m365("planner", "task", "get", `--id=${task.id}`)).percentComplete, 100);
    await m365("planner", "plan", "remove", "--id", plan.id, "--force");
  });

  test("lists teams with their channels and members", async () => {
    const [team] = await m365("teams", "team", "list");
    const channels = await m365("teams", "channel", "list", "--teamId", team.id);
    assert.equal(named(channels, "General").length, 1);
    assert.ok((await m365("teams", "user", "list", "--teamId", team.id)).length > 0);
  });

  test("reads reports, policies and the health of services", async () => {
    assert.equal((await m365("onedrive", "report", "usagestorage", "--period", "D7")).length > 0, true);
    assert.equal((await m365("entra", "policy", "list")).length > 0, true);
    assert.equal((await m365("tenant", "serviceannouncement", "health", "list")).length > 0, true);
    assert.deepEqual(await m365("tenant", "people", "profilecardproperty", "list"), []);
  });

  test("sends any request, and hears what Graph says", async () => {
    const url = "https://graph.microsoft.com/v1.0/";
    assert.equal((await m365("request", "--url", `${url}users?$top=1`)).value.length, 1);
    assert.match(await cli.refused("entra", "user", "get", "--id", "00000000-0000-4000-8000-000000000001"), /not exist/);
  });
});

describe("an application with a certificate", () => {
  before(() => m365(...cli.login("certificate", "--appId", cli.app.client_id, "--certificateFile", cli.app.certificate_file)));

  test("lists users", async () => {
    assert.equal((await m365("entra", "user", "list")).length, cli.ready.users.length);
  });

  test("hears from SharePoint that it is not emulated", async () => {
    const site = ["--webUrl", "https://contoso.sharepoint.com"];
    for (const command of [["spo", "site", "list"], ["spo", "list", "list", ...site], ["onedrive", "list"]]) {
      assert.match(await cli.refused(...command), /emulates Entra ID and Microsoft Graph, not contoso/);
    }
  });
});

describe("a person", () => {
  before(async () => {
    const declined = await cli.device(false);
    assert.notEqual(declined.code, 0);
    assert.match(declined.err, /declined/);
    const { code, err } = await cli.device(true);
    assert.equal(code, 0, err);
  });

  test("is who approved the device", async () => {
    assert.equal((await m365("status")).connectedAs, cli.ready.users[0].upn);
    assert.equal((await m365("request", "--url", "@graph/me")).id, cli.ready.users[0].id);
  });

  test("keeps a list with a task", async () => {
    await m365("todo", "list", "add", "--name", "judge");
    const task = await m365("todo", "task", "add", "--title", "judge", "--listName", "judge");
    await m365("todo", "task", "set", "--id", task.id, "--listName", "judge", "--status", "completed");
    assert.equal((await m365("todo", "task", "list", "--listName", "judge"))[0].status, "completed");
    await m365("todo", "list", "remove", "--name", "judge", "--force");
    assert.equal(named(await m365("todo", "list", "list"), "judge").length, 0);
  });

  test("reads the own mail, teams and licences", async () => {
    assert.ok((await m365("outlook", "message", "list", "--folderName", "inbox")).length > 0);
    assert.ok((await m365("teams", "team", "list", "--joined")).length > 0);
    assert.ok((await m365("entra", "user", "license", "list")).length > 0);
  });

  test("stays signed in by the refresh token, until the session ends", async () => {
    await cli.control("POST", "clock/advance", { seconds: 7200 });
    assert.ok((await m365("util", "accesstoken", "get", "--resource", "https://graph.microsoft.com", "--new")).length > 0);
    await cli.control("PATCH", `users/${cli.ready.users[0].id}`, { revoke_sessions: true });
    const refused = await cli.refused("util", "accesstoken", "get", "--resource", "https://graph.microsoft.com", "--new");
    assert.match(refused, /AADSTS50173/);
    await m365("logout");
    assert.equal(await m365("status"), "Logged out");
  });
});
