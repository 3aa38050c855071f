// All judges in one process, one after the other: they share a sandbox.
import "./msal.mjs";
import "./identity.mjs";
import "./graph.mjs";
import "./metadata.mjs";
import "./browser.mjs";
