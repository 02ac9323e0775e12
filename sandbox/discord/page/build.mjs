// Makes built/ of src/: `npm ci && npm run build`. The same sources and pins give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "built");
const SHIPPED = ["preact", "@preact/signals", "@preact/signals-core", "discord-markdown-parser"];

function sources() {
  const listed = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(here.length + 1));
  return [...listed, "build.mjs", "package.json", "package-lock.json", "tsconfig.json"].sort();
}

function digest() {
  const hash = createHash("sha256");
  for (const name of sources())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(here, name)))
      .update("\0");
  return hash.digest("hex");
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${name} ${about.version}\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`;
}

mkdirSync(out, { recursive: true });
await build({
  entryPoints: { page: join(here, "src/main.tsx") },
  outdir: out,
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  tsconfig: join(here, "tsconfig.json"),
});
for (const name of ["index.html", "icon.svg"]) writeFileSync(join(out, name), readFileSync(join(here, "src", name)));
writeFileSync(join(out, "LICENSES.txt"), SHIPPED.map(licence).join(`\n${"-".repeat(80)}\n\n`));
writeFileSync(join(out, "sources.sha256"), `${digest()}\n`);
