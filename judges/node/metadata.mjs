// Microsoft's public v1.0 metadata judges the shape of every answer: names, types, enumerations, nulls.
// The judge is @microsoft/microsoft-graph-types; the type of an answer follows from its own @odata.context.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { appToken, approve, authority, control, judge, publicApp, ready, user } from "./sandbox.mjs";

const declarations = createRequire(import.meta.url).resolve("@microsoft/microsoft-graph-types/microsoft-graph.d.ts");
const { types, unions } = table(readFileSync(declarations, "utf8"));

/** What stands first in a context, and its type. */
const roots = {
  users: "User", groups: "Group", directoryObjects: "DirectoryObject", applications: "Application",
  servicePrincipals: "ServicePrincipal", oauth2PermissionGrants: "OAuth2PermissionGrant", organization: "Organization",
  domains: "Domain", devices: "Device", contacts: "OrgContact", directoryRoles: "DirectoryRole", drives: "Drive",
  subscribedSkus: "SubscribedSku", subscriptions: "Subscription", groupSettingTemplates: "GroupSettingTemplate",
  sites: "Site", teams: "Team", chats: "Chat", places: "Place", directory: "Directory", identity: "IdentityContainer",
  admin: "Admin", security: "SecurityNamespace.Security|Security", reports: "ReportRoot", auditLogs: "AuditLogRoot",
  policies: "PolicyRoot", planner: "Planner", roleManagement: "RoleManagement", solutions: "SolutionsRoot",
  identityGovernance: "IdentityGovernance", identityProtection: "IdentityProtectionRoot", appCatalogs: "AppCatalogs",
  groupSettings: "GroupSetting", external: "ExternalConnectors.External|ExternalConnectorsNamespace.External",
  deviceManagement: "DeviceManagement", deviceAppManagement: "DeviceAppManagement",
  communications: "CloudCommunications", schemaExtensions: "SchemaExtension", shares: "SharedDriveItem",
};
/** Where ids of a parameter are listed that has no list right before it. */
const lists = [
  [/^(.*)\/drive\/items\/\{item\}$/, (path) => `${path.slice(0, -"/items".length)}/root/children`],
  [/^(.*)\/drives\/\{drive\}$/, () => `/users/${user.id}/drives`],
  [/\/drives\/\{drive\}\/items\/\{item\}$/, (path) => `${path.slice(0, -"/items".length)}/root/children`],
  [/^\/planner\/plans\/\{plan\}$/, () => "/me/planner/plans"],
  [/^\/planner\/tasks\/\{task\}$/, () => `/users/${user.id}/planner/tasks`],
];

/** The interfaces and unions of a declaration file. */
function table(text) {
  const [types, unions] = [new Map(), new Map()];
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  let space = "";
  let open;
  for (const line of plain.replace(/\n\s+\|/g, " |").replace(/\n\s+(NullableOption|[A-Za-z0-9.\[\]]+>?;)/g, " $1").split("\n")) {
    const start = line.match(/^\s*(?:export )?(?:declare )?(namespace|interface|type) (\w+)(?: extends ([\w.]+))?/);
    if (start?.[1] === "namespace") space = `${start[2]}.`;
    else if (start?.[1] === "type") {
      const members = [...line.matchAll(/"([^"]+)"/g)].map(([, member]) => member);
      if (members.length > 0) unions.set(space + start[2], new Set(members));
    } else if (start) {
      open = { base: start[3], space, properties: new Map() };
      types.set(space + start[2], open);
      if (line.includes("}")) open = undefined;
    } else if (line.trim() === "}") {
      if (open) open = undefined;
      else space = "";
    } else if (open) {
      const [, name, held] = line.match(/^\s*"?([\w@.]+)"?\??:\s*(.*?);?\s*$/) ?? [];
      if (name) open.properties.set(name, held);
    }
  }
  return { types, unions };
}

function resolve(name, space = "") {
  const bare = name.replace(/^microsoftgraph\./, "");
  return [space + bare, bare].find((full) => types.has(full) || unions.has(full));
}

/** microsoft.graph.security.alert → SecurityNamespace.Alert, and so on, as the declarations spell it. */
function declared(name) {
  const parts = name.replace(/^#/, "").replace(/^microsoft\.graph\./, "").split(".");
  const capital = (part) => part[0].toUpperCase() + part.slice(1);
  const last = capital(parts.pop());
  const space = parts.map((part) => `${capital(part)}Namespace.`).join("");
  return resolve(last, space);
}

function property(type, name) {
  for (let at = type, depth = 0; at && depth < 10; depth += 1) {
    const { base, space, properties } = types.get(at) ?? {};
    if (properties?.has(name)) return { held: properties.get(name), space };
    at = base && resolve(base, space);
  }
  return undefined;
}

/** The parts of a declared type: the name inside, whether a list, whether null is allowed. */
function taken(held) {
  const nullable = held.match(/^NullableOption<(.*)>$/);
  const inner = nullable ? nullable[1] : held;
  const many = inner.endsWith("[]");
  return { nullable: Boolean(nullable) || inner === "any", many, name: many ? inner.slice(0, -2) : inner };
}

/** The type that a context leads to. */
function typeOf(context) {
  const whole = context.match(/^(?:Collection\()?(?:microsoft\.graph|Edm)\.([\w.]+)\)?/);
  if (whole) return context.includes("Edm.") ? "string" : declared(whole[1]);
  let plain = "";
  let depth = 0;
  let quoted = false;
  for (const letter of context) {
    if (letter === "'") quoted = !quoted;
    else if (!quoted && letter === "(") depth += 1;
    else if (!quoted && letter === ")") depth -= 1;
    else if (depth === 0 && !quoted) plain += letter;
  }
  const [first, ...steps] = plain.replace(/\/\$(entity|delta)$/, "").split("/");
  let type = roots[first]?.split("|").find((name) => types.has(name));
  for (const step of steps) {
    if (!type) return undefined;
    if (step.startsWith("microsoft.graph.")) type = declared(step);
    else {
      const found = property(type, step);
      type = found && resolve(taken(found.held).name, found.space);
    }
  }
  return type;
}

function compare(value, type, space, at, found) {
  if (type === "any") return;
  if (["string", "number", "boolean"].includes(type)) {
    if (typeof value !== type) found.add(`${at} is no ${type}: ${JSON.stringify(value)}`);
    else if (/[a-z]DateTime$/.test(at) && !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value)) found.add(`${at} has no offset: ${value}`);
    return;
  }
  const name = resolve(type, space);
  if (unions.has(name)) {
    const known = typeof value === "string" && value.split(",").every((part) => unions.get(name).has(part.trim()));
    if (!known) found.add(`${at} is no ${type}: ${JSON.stringify(value)}`);
  } else if (name === undefined) found.add(`${at}: the declarations have no type ${type}`);
  else object(value, name, at, found);
}

function object(value, type, at, found) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    found.add(`${at} is no ${type}: ${JSON.stringify(value)?.slice(0, 80)}`);
    return;
  }
  const own = value["@odata.type"] ? declared(value["@odata.type"]) : type;
  if (!own) found.add(`${at} is of an unknown type ${value["@odata.type"]}`);
  for (const [name, given] of Object.entries(value)) {
    if (name.includes("@") || !own) continue;
    const known = property(own, name);
    // Open by nature: the columns of a list, the members of a dictionary, extensions.
    const isOpen = ["FieldValueSet", "Dictionary", "OpenTypeExtension", "Extension"].includes(own) || /Dictionary|PlannerA|PlannerC|PlannerE/.test(own) && !known;
    if (!known) {
      if (!isOpen) found.add(`${own} has no ${name} (${at})`);
      continue;
    }
    const { nullable, many, name: inner } = taken(known.held);
    const below = `${own}.${name}`;
    if (given === null) {
      if (!nullable) found.add(`${below} is null`);
    } else if (many !== Array.isArray(given)) found.add(`${below} is ${many ? "no" : "a"} list`);
    else for (const item of many ? given : [given]) compare(item, inner, known.space, below, found);
  }
}

function judged(answer, found) {
  const context = answer?.["@odata.context"]?.split("$metadata#")[1];
  if (context === undefined) return;
  const type = typeOf(context);
  if (!type) found.add(`no type for the context ${context}`);
  else {
    const items = Array.isArray(answer.value) && !context.endsWith("/$entity") ? answer.value : [answer];
    for (const item of items) compare(item, type, "", type, found);
  }
}

async function userToken() {
  const post = async (path, fields) =>
    (await fetch(`${authority}/oauth2/v2.0/${path}`, { method: "POST", body: new URLSearchParams(fields) })).json();
  const client = { client_id: publicApp.client_id };
  const device = await post("devicecode", { ...client, scope: "https://graph.microsoft.com/.default" });
  await approve(device.user_code);
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  return (await post("token", { ...client, grant_type, device_code: device.device_code })).access_token;
}

/** Walks every reading route with ids that exist; the number of those that answered. */
async function walk(token, routes, found) {
  const known = new Map();
  async function get(path) {
    if (!known.has(path)) {
      const answer = await fetch(`${ready.graph_url}/v1.0${path}`, { headers: { authorization: `Bearer ${token}` }, redirect: "manual" });
      const isJson = answer.headers.get("content-type")?.includes("json");
      const body = isJson ? await answer.json() : undefined;
      if (answer.ok) judged(body, found);
      known.set(path, { ok: answer.status < 400, body });
    }
    return known.get(path);
  }
  async function ids(pattern, path) {
    const place = lists.find(([shape]) => shape.test(pattern))?.[1](path) ?? path;
    const { body } = await get(place);
    return (body?.value ?? [body]).map((item) => item?.id).filter(Boolean).slice(0, 4);
  }
  let reached = 0;
  for (const { path: pattern } of routes) {
    let paths = [""];
    let before = "";
    for (const part of pattern.split("/").filter(Boolean)) {
      const [name, colon] = part.endsWith(":") ? [part.slice(0, -1), ":"] : [part, ""];
      const next = [];
      for (const path of paths.slice(0, 8)) {
        let values = [name];
        if (name === "{user}") values = [user.id];
        else if (name === "{site}") values = ["root"];
        else if (name === "{path}") values = ["Documents"];
        else if (name.includes("(") && name.includes("{")) values = [name.replace("{period}", "'D7'").replace("{q}", "'e'").replace("{appId}", `'${publicApp.client_id}'`).replace(/\{\w+DateTime\}/g, "'2026-01-01T00:00:00Z'").replace(/\{\w+\}/g, "true")];
        else if (name.startsWith("{")) values = await ids(`${before}/${name}`, path);
        next.push(...values.map((value) => `${path}/${value}${colon}`));
      }
      paths = next;
      before += `/${part}`;
    }
    const query = pattern.includes("calendarView") ? "?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z" : "";
    let good = 0;
    for (const path of paths) good += Number((await get(path + query)).ok);
    reached += Number(good > 0);
  }
  return reached;
}

judge("no answer has a property or a type that the public metadata does not know", async () => {
  const routes = (await control("GET", "routes")).filter(({ method, path }) => method === "GET" && !path.startsWith("/_"));
  const found = new Set();
  for (const token of [await userToken(), await appToken()]) {
    const reached = await walk(token, routes, found);
    assert.ok(reached > routes.length / 2, `only ${reached} of ${routes.length} routes answered`);
  }
  assert.deepEqual([...found].sort(), []);
});
