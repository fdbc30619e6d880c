import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocol } from 'electron';
import { words } from '../words/en';

/** Base address of the shell's own pages without a host of their own. */
export const SHELL_PAGES = 'app://shell';

/**
 * Pages with a host of their own, `app://settings/settings.html` for instance: Chromium zooms all pages of a host alike,
 * and a zoomed settings window would cut off the find bar and move the buttons of the title bar.
 */
const OWN_HOSTS: readonly string[] = ['settings', 'about', 'shortcuts', 'password'];

/** The question for a password, which is modal above the failure page, has a fixed size. */
const PASSWORD_PAGES = 'app://password';

/** Returns the address of a page of the shell. @param file its file, with a query if it needs one */
export function shellAddress(file: string): string {
  const [name = ''] = file.split('.');
  return `${OWN_HOSTS.includes(name) ? `app://${name}` : SHELL_PAGES}/${file}`;
}

/** Whether this is the address of a page of the shell. */
export function isShellAddress(address: string): boolean {
  return ['shell', ...OWN_HOSTS].some(host => address.startsWith(`app://${host}/`));
}

/** Whether the user can zoom the page at an address: a view or a question has a fixed size, and would be cut off. */
export function isZoomable(address: string): boolean {
  const isFixed = [SHELL_PAGES, PASSWORD_PAGES].some(host => address.startsWith(`${host}/`));
  return !isFixed || address === `${SHELL_PAGES}/failure.html`;
}

/** Content type of each file of the shell's pages. No other file is served. */
const FILES: Readonly<Record<string, string>> = {
  '/splash.html': 'text/html',
  '/splash.js': 'text/javascript',
  '/overlay.html': 'text/html',
  '/overlay.js': 'text/javascript',
  '/find.html': 'text/html',
  '/find.js': 'text/javascript',
  '/download.html': 'text/html',
  '/download.js': 'text/javascript',
  '/shortcuts.html': 'text/html',
  '/shortcuts.js': 'text/javascript',
  '/failure.html': 'text/html',
  '/failure.js': 'text/javascript',
  '/password.html': 'text/html',
  '/password.js': 'text/javascript',
  '/settings.html': 'text/html',
  '/settings.js': 'text/javascript',
  '/settings.css': 'text/css',
  '/about.html': 'text/html',
  '/about.js': 'text/javascript',
  '/about.css': 'text/css',
  '/title-bar.js': 'text/javascript',
  '/title-bar.css': 'text/css',
  '/page.css': 'text/css',
  '/icon.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** Registers the scheme `app://`, so that it has an origin. Call it before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
}

/**
 * Serves the files in `folder` as `app://shell/…`, and for each host of a page, unless they are served already. Call it
 * when the app is ready. The first call takes Electron some 12 ms.
 */
export function servePages(folder: string): void {
  if (protocol.isProtocolHandled('app')) return;
  protocol.handle('app', async request => {
    const { pathname } = new URL(request.url);
    const type = isShellAddress(request.url) ? FILES[pathname] : undefined;
    if (type === undefined) return new Response('Not found', { status: 404 });
    const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY };
    const text = await readFile(join(folder, pathname), 'utf8');
    return new Response(pathname.endsWith('.html') ? withWords(text) : text, { headers });
  });
}

/** Replaces the names of words in a page, such as `{{tryAgain}}`, by the words. */
function withWords(html: string): string {
  const labels: Readonly<Record<string, string>> = words.pages;
  return html.replace(/\{\{(\w+)\}\}/g, (name, key: string) => labels[key] ?? name);
}
