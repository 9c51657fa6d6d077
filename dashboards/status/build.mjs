// Builds the page: checks the texts, writes their types, checks the types, bundles into dist/.
// Run by packaging/build_page.py; needs nothing but Node and what `npm ci` put into node_modules.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = (name) => join(here, "src", name);
const dist = join(here, "dist");
let metafile; // of the last bundle

// Chrome 86 is the kernel of WeChat's built-in browser; Safari 14 is of the same year.
const target = ["chrome86", "safari14.1"];

/**
 * The first part of the keys of texts that no first visit shows: they come with the first page that is fetched later. Half of
 * the catalogue is theirs.
 */
const LATER = [
  "battery", "building", "bulk", "category", "change", "channels", "charger", "charging", "check", "checks", "command", "compartment", "county",
  "data", "day", "detectors", "device", "done", "door", "doors", "drills", "duration", "duty", "editor", "effect", "ended", "enrol", "event",
  "export", "extend", "fact", "fate", "figures", "filter", "floors", "gap", "groups", "handled", "handover", "health", "heard_badly", "histories", "hold", "holidays",
  "household", "import", "incident", "incident_report", "incidents", "inventory", "keys", "kind", "lines", "lock", "locker", "lockers",
  "map", "meaning", "mount", "one_alarm", "outage", "overdue", "passage", "people", "permit", "permits", "photo", "picker", "pin", "places", "plot",
  "port", "receiver", "receivers", "record", "refusal", "rejected", "replace", "report", "return", "ring", "role", "room", "roster",
  "round", "rounds", "said", "schedules", "screen", "session", "shelve", "simulator", "standing", "state", "stock", "stops", "strangers", "subject", "table",
  "tables", "tags", "take_down", "task", "trial", "verify", "visitor", "walk_tests", "whistle", "word", "works", "wrong",
  "account", "audit", "investigations", "labels", "more", "privacy", "screens", "setup", "system", "users", "welcome",
]; // prettier-ignore

/** The first part of the keys of texts that the gateway says where there is no page: in messages, and behind a link of one. */
const SAID_ELSEWHERE = ["answer_link", "notice"];

writeTexts();
const types = spawnSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "--project", here], {
  stdio: "inherit",
});
if (types.status !== 0) process.exit(1); // tsc said what is wrong

rmSync(dist, { recursive: true, force: true });

const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target,
  logLevel: "warning",
  outdir: dist,
  // A name that changes with its content may be cached for ever.
  entryNames: "assets/[name]-[hash]",
  chunkNames: "assets/[name]-[hash]",
  metafile: true,
};

const worker = await bundle("live", "live/worker.ts", { format: "iife" });
const laterStyle = await bundle("later", "styles/later.css", {});
const app = await bundle("app", "main.tsx", {
  format: "esm",
  splitting: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { WORKER_URL: JSON.stringify(worker), LATER_STYLE: JSON.stringify(laterStyle) },
});
refuseLateTexts();
// Without the gateway no other language could be fetched.
const spoken = Object.keys(metafile.outputs).filter((name) => name.includes("/texts.en."));
const first = [...firstOutputs(), ...spoken].map((name) => `/assets/${basename(name)}`);
const style = await bundle("page", "styles/page.css", {});
const drawn = { "/app.js": app, "/page.css": style };
drawn["/icon.svg"] = await bundle("icon", "icon.svg", { loader: { ".svg": "copy" } });
for (const name of ["icon-192", "icon-512", "icon-maskable-512", "icon-touch-180"]) {
  drawn[`/${name}.png`] = await bundle(name, `icons/${name}.png`, { loader: { ".png": "copy" } });
}

const page = placed("index.html");
const shell = ["/", "/manifest.webmanifest", style, worker, drawn["/icon.svg"], ...first];
// Of all that the page begins with, and so of whatever that names in turn.
const version = createHash("sha256").update(page).update(shell.join()).digest("hex").slice(0, 12);
writeFileSync(join(dist, "index.html"), page.replace('"BUILD"', JSON.stringify(version)));
writeFileSync(join(dist, "manifest.webmanifest"), placed("manifest.json"));
await buildServiceWorker();

/** A file of the sources with the addresses of what it names. */
function placed(name) {
  const names = Object.keys(drawn).join("|").replaceAll(".", "\\.");
  return readFileSync(source(name), "utf8").replace(new RegExp(names, "g"), (found) => drawn[found]);
}

/** Builds dist/service-worker.js, which keeps the first visit. Its name never changes; its content does with what it keeps. */
async function buildServiceWorker() {
  await build({
    ...common,
    entryPoints: { "service-worker": source("service/worker.ts") },
    entryNames: "[name]",
    format: "iife",
    define: { SHELL: JSON.stringify(shell), VERSION: JSON.stringify(version) },
  });
}

/** Bundles one entry into assets/NAME-HASH and returns its address. */
async function bundle(name, entry, options) {
  ({ metafile } = await build({ ...common, ...options, entryPoints: { [name]: source(entry) } }));
  const [file] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint?.endsWith(entry));
  return `/assets/${basename(file)}`;
}

/** The outputs that the page begins with: its entry, and whatever that imports at once. */
function firstOutputs() {
  const outputs = Object.entries(metafile.outputs);
  const first = new Set(outputs.filter(([, output]) => output.entryPoint?.endsWith("main.tsx")).map(([name]) => name));
  for (const name of first) {
    for (const { path, kind } of metafile.outputs[name].imports) if (kind !== "dynamic-import") first.add(path);
  }
  return first;
}

/** Refuses a text that comes later in a source that is there from the first visit on: it would show its key. */
function refuseLateTexts() {
  const late = new RegExp(`["\`](?:${LATER.join("|")})\\.[\\w.$\{}]+["\`]`, "g");
  for (const input of [...firstOutputs()].flatMap((name) => Object.keys(metafile.outputs[name].inputs))) {
    if (!/\.tsx?$/.test(input)) continue;
    const [said] = readFileSync(join(process.cwd(), input), "utf8").match(late) ?? [];
    if (said !== undefined) throw new Error(`${input} is part of the first visit, and ${said} comes later (see LATER)`);
  }
}

/**
 * Writes src/texts.generated.ts: each key with the parameters that its text takes; and the texts of the
 * page, those of the first language in two parts.
 * Refuses languages that differ.
 */
function writeTexts() {
  const read = (language) => JSON.parse(readFileSync(join(here, "..", "texts", `${language}.json`), "utf8"));
  const parameters = (text) => [...new Set(text.match(/(?<=\{)\w+(?=\})/g) ?? [])].sort();
  const [chinese, english] = [read("zh-CN"), read("en")];

  const differing = [...new Set([...Object.keys(chinese), ...Object.keys(english)])].filter(
    (key) =>
      !(key in chinese) || !(key in english) || `${parameters(chinese[key])}` !== `${parameters(english[key])}`,
  );
  if (differing.length > 0) {
    throw new Error(`texts differ between zh-CN.json and en.json in key or parameters: ${differing.join(", ")}`);
  }

  const isOurs = ([key]) => !SAID_ELSEWHERE.includes(key.split(".")[0]);
  const isLate = ([key]) => LATER.includes(key.split(".")[0]);
  const write = (part, entries) => writeFileSync(source(`texts.${part}.generated.json`), JSON.stringify(Object.fromEntries(entries)));
  const ours = Object.entries(chinese).filter(isOurs);
  write("first", ours.filter((entry) => !isLate(entry)));
  write("later", ours.filter(isLate));
  write("en", Object.entries(english).filter(isOurs));

  const lines = ours.map(([key, text]) => {
    const shown = parameters(text).map((name) => `${name}: string | number`);
    return `  ${JSON.stringify(key)}: [${shown.length > 0 ? `{ ${shown.join("; ")} }` : ""}];`;
  });
  const content = `// Made by build.mjs from ../texts; do not edit.\n\nexport interface Texts {\n${lines.join("\n")}\n}\n`;
  writeFileSync(source("texts.generated.ts"), content);
}
