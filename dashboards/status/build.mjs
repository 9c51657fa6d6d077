// Builds the page: checks the texts, writes their types, checks the types, bundles into dist/.
// Run by packaging/build_page.py; needs nothing but Node and what `npm ci` put into node_modules.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = (name) => join(here, "src", name);
const dist = join(here, "dist");

// Chrome 86 is the kernel of WeChat's built-in browser; Safari 14 is of the same year.
const target = ["chrome86", "safari14.1"];

writeTextTypes();
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
const app = await bundle("app", "main.tsx", {
  format: "esm",
  splitting: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { WORKER_URL: JSON.stringify(worker) },
});
const style = await bundle("page", "styles/page.css", {});
const icon = await bundle("icon", "icon.svg", { loader: { ".svg": "copy" } });

const page = readFileSync(source("index.html"), "utf8")
  .replace("/app.js", app)
  .replace("/page.css", style)
  .replace("/icon.svg", icon);
writeFileSync(join(dist, "index.html"), page);

/** Bundles one entry into assets/NAME-HASH and returns its address. */
async function bundle(name, entry, options) {
  const { metafile } = await build({ ...common, ...options, entryPoints: { [name]: source(entry) } });
  const [file] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint?.endsWith(entry));
  return `/assets/${basename(file)}`;
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
