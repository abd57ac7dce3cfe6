// Segment's own client for Node, unchanged, told on standard input what to call; what became of it goes to standard output.
//
// in   {"settings": {...}, "calls": [["track", {...}], ...], "packed": false, "leave": "closeAndFlush" | "flush" | null}
// out  {"statuses": [[status, retry-after]], "errors": ["..."], "left": 0}
// Run in the folder that holds node_modules.
const { gzipSync } = require("node:zlib");
const { text } = require("node:stream/consumers");
const { Analytics } = require(require.resolve("@segment/analytics-node", { paths: [process.cwd()] }));

const packing = (url, options) =>
  fetch(url, { ...options, headers: { ...options.headers, "Content-Encoding": "gzip" }, body: gzipSync(options.body) });

async function main() {
  const { settings, calls, packed, leave } = JSON.parse(await text(process.stdin));
  const client = new Analytics({ ...settings, ...(packed ? { httpClient: packing } : {}) });
  const told = { statuses: [], errors: [], left: 0 };
  client.on("http_response", (answer) => told.statuses.push([answer.status, answer.headers["retry-after"] ?? null]));
  client.on("error", (error) => told.errors.push(String(error.reason)));
  for (const [method, call] of calls) client[method](call.timestamp ? { ...call, timestamp: new Date(call.timestamp) } : call);
  if (leave) await client[leave]();
  else await new Promise((resolve) => client.on("http_response", (answer) => answer.status < 400 && resolve()));
  process.stdout.write(JSON.stringify(told));
}

main();
