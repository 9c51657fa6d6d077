// Builds the page: checks the texts, writes their types, checks the types, bundles into dist/.
// Run by packaging/build_page.py; needs nothing but Node and what `npm ci` put into node_modules.

import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = (name) => join(here, "src", name);
const dist = join(here, "dist");

// Chrome 86 is the kernel of WeChat's built-in browser; Safari 14 is of the same year.
const target = ["chrome86", "safari14.1"];

writeTextTypes();
execFileSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "--project", here], {
  stdio: "inherit",
});

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "assets"), { recursive: true });

const worker = await bundle("live/worker.ts", "live", { format: "iife" });
const app = await bundle("main.tsx", "app", {
  format: "esm",
  define: { WORKER_URL: JSON.stringify(worker) },
});
const style = await bundle("styles/page.css", "app", {});
const icon = asset("icon", "svg", readFileSync(source("icon.svg")));

const page = readFileSync(source("index.html"), "utf8")
  .replace("/app.js", app)
  .replace("/app.css", style)
  .replace("/icon.svg", icon);
writeFileSync(join(dist, "index.html"), page);

/** Bundles one entry into /assets/NAME-HASH.EXT and returns its address. */
async function bundle(entry, name, options) {
  const result = await build({
    entryPoints: [source(entry)],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    target,
    logLevel: "warning",
    outdir: dist,
    ...options,
  });
  const [file] = result.outputFiles;
  return asset(name, entry.endsWith(".css") ? "css" : "js", file.contents);
}

/** Writes content under a name that changes with it, so that it may be cached for ever. */
function asset(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const address = `/assets/${name}-${hash}.${extension}`;
  writeFileSync(join(dist, "assets", basename(address)), content);
  return address;
}

/** Writes src/texts.generated.ts: each key with the parameters that its text takes. Refuses languages that differ. */
function writeTextTypes() {
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

  const lines = Object.entries(chinese).map(([key, text]) => {
    const shown = parameters(text).map((name) => `${name}: string | number`);
    return `  ${JSON.stringify(key)}: [${shown.length > 0 ? `{ ${shown.join("; ")} }` : ""}];`;
  });
  const content = `// Made by build.mjs from ../texts; do not edit.\n\nexport interface Texts {\n${lines.join("\n")}\n}\n`;
  writeFileSync(source("texts.generated.ts"), content);
}
