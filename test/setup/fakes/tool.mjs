// Stands in for every tool the set-up runs, by the name it is called with: tool.mjs NAME ARGUMENTS...
// It makes what the real one would make, as small as can be, and writes each call down.
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const { argv, env, stdout, stderr, execPath } = process;
const [name = '', ...args] = argv.slice(2);
const call = [name, ...args].join(' ');
appendFileSync(env.FAKE_DIARY ?? '', `${call}\n`);

/** A program that is this file under another name. */
function program(path, as) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nexec "${execPath}" "${argv[1]}" ${as} "$@"\n`);
  chmodSync(path, 0o755);
}

/** Makes a Node script of the packages call this file. */
function script(path, as) {
  mkdirSync(dirname(path), { recursive: true });
  const file = JSON.stringify(argv[1]);
  writeFileSync(path, `process.argv.splice(1, 1, ${file}, '${as}'); import(${file});`);
}

if (env.FAKE_FAILS && call.startsWith(env.FAKE_FAILS)) {
  stderr.write(`${env.FAKE_SAYS}\n`);
  process.exit(1);
}

if (call.startsWith('npm ci')) {
  script('node_modules/electron/install.js', 'install-electron');
  script('node_modules/typescript/bin/tsc', 'tsc');
  writeFileSync('node_modules/.package-lock.json', '{}');
} else if (name === 'install-electron') {
  program('node_modules/electron/dist/electron', 'electron');
  writeFileSync('node_modules/electron/path.txt', 'electron');
} else if (name === 'python') {
  stdout.write(`3.12\n${env.FAKE_PYTHON}\n`);
} else if (call === 'uv --version') {
  stdout.write('uv 99.0.0\n');
} else if (call.startsWith('uv venv')) {
  const folder = args.at(-1) ?? '';
  program(join(folder, 'bin', 'python'), 'python');
  mkdirSync(join(folder, 'lib', 'python3.12', 'site-packages'), { recursive: true });
} else if (call.startsWith('uv pip sync')) {
  const packages = join(dirname(args[args.indexOf('--python') + 1] ?? ''), '..', 'lib', 'python3.12', 'site-packages');
  mkdirSync(join(packages, 'cachibot'), { recursive: true });
  if (env.FAKE_HANGS) setInterval(() => {}, 1000);
  else mkdirSync(join(packages, 'prompture'), { recursive: true });
} else if (call.startsWith('uv pip compile')) {
  // Each pin that may rise has risen to 99.
  const text = args.at(-1) === 'build/requirements.in' ? readFileSync('build/lifted.txt', 'utf8') : 'one-tool==1.0';
  for (const [, pin] of text.replace(/>=\S+/g, '==99.0').matchAll(/^(\w\S+==\S+)/gm))
    stdout.write(`${pin} \\\n    --hash=sha256:${'0'.repeat(64)}\n`);
} else if (name === 'tsc') {
  const out = args[args.indexOf('--outDir') + 1] ?? '';
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'main.js'), '');
} else if (name === 'electron') {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      appendFileSync(env.FAKE_DIARY ?? '', `electron got ${signal}\n`);
      setTimeout(() => process.exit(7), 1500);
    });
  stdout.write(`${JSON.stringify({ args, server: env.CACHIBOT_DESKTOP_SERVER })}\n`);
  if (args.includes('--stay')) setInterval(() => {}, 1000);
}
