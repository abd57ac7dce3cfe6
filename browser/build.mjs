// The two files that `opportune serve` gives to browsers: node build.mjs [FOLDER]

import { build } from "esbuild";

const folder = process.argv[2] || new URL("../src/opportune/collector/browser", import.meta.url).pathname;
const shared = { bundle: true, minify: true, charset: "utf8", target: "es2022", logLevel: "warning" };
const here = (name) => new URL(`src/${name}`, import.meta.url).pathname;

await build({ ...shared, entryPoints: [here("opportune.js")], format: "iife", outfile: `${folder}/opportune.js` });
await build({ ...shared, entryPoints: [here("banner.js")], format: "esm", outfile: `${folder}/opportune-banner.js` });
