// The default app, which an Electron from another package lacks: `electron [switches] [-r FILE] PATH [arguments]` runs
// the app at PATH. It has only the features of Electron's own default app that this project and Playwright use.
const { app } = require('electron');
const { existsSync, readFileSync, statSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const { preloads, target, version } = readArguments(process.argv.slice(1));
if (version) {
  console.log(`v${process.versions.electron}`);
  process.exit(0);
}
if (target === undefined) {
  console.error('Usage: electron [switches] [-r FILE] PATH [arguments]');
  process.exit(1);
}
process.defaultApp = true;
for (const file of preloads) Module._load(path.resolve(file), null, true);
load(path.resolve(target));

/** Switches come before PATH; arguments after PATH are passed to the app. */
function readArguments(args) {
  const preloads = [];
  while (args.length > 0 && args[0].startsWith('-')) {
    const name = args.shift();
    if (name === '-v' || name === '--version') return { preloads, version: true };
    if (name === '-r' || name === '--require') preloads.push(args.shift() ?? '');
  }
  return { preloads, target: args[0], version: false };
}

function load(target) {
  if (!existsSync(target)) {
    console.error(`There is no app at ${target}`);
    process.exit(1);
  }
  const isFolder = statSync(target).isDirectory();
  const folder = isFolder ? target : path.dirname(target);
  const about = readPackage(folder);
  if (isFolder) {
    if (about.version) app.setVersion(about.version);
    app.name = about.productName || about.name || app.name;
    // Wayland compositors and desktops group windows by this name.
    app.setDesktopName(about.desktopName || `${app.name}.desktop`);
  }
  app.setAppPath(folder);
  const entry = isFolder ? path.join(target, about.main || 'index.js') : target;
  const isModule = entry.endsWith('.mjs') || (entry.endsWith('.js') && about.type === 'module');
  if (isModule) import(pathToFileURL(entry)).catch(giveUp);
  else Module._load(entry, Module, true);
}

function readPackage(folder) {
  const file = path.join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function giveUp(error) {
  console.error(error);
  process.exit(1);
}
