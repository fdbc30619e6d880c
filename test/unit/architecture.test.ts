/** Rules about imports, and about which files may use Electron, the machine's state and packages. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, type Import, partOf, readSource, readSourceFiles, type SourceFile } from '../drivers/source-files';

const ROOT = join(__dirname, '..', '..');
const files = readSourceFiles(join(ROOT, 'desktop'));

/**
 * The groups that each group of files imports, types included. A group is a file in desktop/, a folder, or a folder's
 * core/. A group may import only groups below it in this list, so that imports point one way, and itself.
 */
const IMPORTS: Record<string, readonly string[]> = {
  main: ['app', 'diagnostics', 'startup', 'system', 'startup/core', 'words'],
  app: [
    'backups',
    'ipc',
    'diagnostics',
    'startup',
    'updates',
    'window',
    'security',
    'server',
    'settings',
    'log',
    'system',
    'updates/core',
    'window/core',
    'server/core',
    'settings/core',
    'words',
  ],
  ipc: [
    'backups',
    'updates',
    'window',
    'security',
    'server',
    'settings',
    'system',
    'ipc/core',
    'window/core',
    'security/core',
    'server/core',
    'settings/core',
    'log/core',
  ],
  diagnostics: [
    'startup',
    'server',
    'settings',
    'window',
    'system',
    'diagnostics/core',
    'window/core',
    'startup/core',
    'server/core',
    'log/core',
    'words',
  ],
  startup: [
    'backups',
    'updates',
    'window',
    'server',
    'settings',
    'log',
    'system',
    'startup/core',
    'server/core',
    'settings/core',
    'log/core',
    'system/core',
    'words',
  ],
  preload: ['ipc/core'],
  pages: ['ipc/core', 'window/core'],
  updates: [
    'backups',
    'server',
    'settings',
    'log',
    'system',
    'window',
    'ipc/core',
    'updates/core',
    'server/core',
    'settings/core',
    'system/core',
    'words',
  ],
  backups: ['window', 'security', 'system', 'backups/core', 'server/core', 'words'],
  window: ['system', 'ipc/core', 'window/core', 'security/core', 'words'],
  security: ['settings', 'system', 'window/core', 'security/core', 'words'],
  server: ['settings', 'system', 'server/core', 'log/core', 'system/core'],
  settings: ['system', 'settings/core'],
  log: ['system', 'log/core', 'words'],
  system: ['system/core'],
  'backups/core': [],
  'diagnostics/core': ['log/core', 'words'],
  'ipc/core': ['window/core', 'updates/core', 'settings/core'],
  'window/core': ['updates/core', 'server/core', 'settings/core', 'words'],
  'updates/core': ['server/core', 'words'],
  'startup/core': ['server/core', 'system/core', 'words'],
  'security/core': ['words'],
  'server/core': [],
  'settings/core': [],
  'log/core': [],
  'system/core': ['words'],
  words: [],
};

/** Files that use `electron`. */
const USE_ELECTRON: readonly string[] = [
  'app',
  'app/background',
  'app/badge',
  'app/compiled-files',
  'app/menu',
  'app/notifications',
  'app/parts',
  'app/windows',
  'backups/dialogs',
  'backups/password-window',
  'diagnostics/doctor',
  'diagnostics/report-file',
  'ipc/handlers',
  'ipc/register-handlers',
  'main',
  'preload/bridge',
  'preload/preload',
  'preload/webrtc',
  'security/external-links',
  'security/navigation-guards',
  'security/session',
  'security/spelling',
  'settings/session-proxy',
  'startup/backup-command',
  'startup/chromium-environment',
  'startup/folders',
  'startup/graphics',
  'startup/machine-settings',
  'startup/home-folder',
  'startup/launch',
  'startup/lifecycle',
  'startup/open-backups',
  'startup/replaced-program',
  'startup/startup-error',
  'startup/temporary-profile',
  'system/autostart',
  'system/copy-text',
  'system/power',
  'updates/feed-connection',
  'updates/install-steps',
  'updates/installed-copy',
  'updates/notifier',
  'updates/service',
  'window/about-window',
  'window/commands',
  'window/context-menu',
  'window/dialogs',
  'window/downloads',
  'window/find-bar',
  'window/main-page',
  'window/main-window',
  'window/menu',
  'window/open-menu',
  'window/overlay',
  'window/send',
  'window/settings-window',
  'window/shell-pages',
  'window/shell-view',
  'window/shell-window',
  'window/shortcuts-window',
  'window/splash',
  'window/tray',
  'window/watch-use',
  'window/web-preferences',
  'window/window-state',
  'window/windows',
];

/** Members that each file reads from the machine. */
const READ_THE_MACHINE: Record<string, readonly string[]> = {
  app: ['process.platform', 'process.env', 'app.getPath'],
  'app/menu': ['process.platform'],
  'app/window-services': ['process.env'],
  'app/windows': ['process.platform'],
  'backups/dialogs': ['app.getPath'],
  'diagnostics/doctor': ['process.platform', 'process.env'],
  'diagnostics/report-file': ['app.getPath'],
  main: ['process.platform', 'process.env'],
  'preload/bridge': ['process.platform'],
  'server/process-table': ['process.env'],
  'startup/folders': ['app.getPath'],
  'startup/machine-settings': ['process.env'],
  'system/rename': ['process.platform'],
  'system/windows-program': ['process.env'],
  'updates/install-steps': ['process.env'],
  'updates/installed-copy': ['process.platform'],
  'updates/targets/linux-package': ['process.env'],
  'window/downloads': ['app.getPath'],
};

/** Modules that Electron itself contains. */
const ELECTRON_MODULES = ['electron', 'original-fs'];

const MACHINE_MEMBERS = ['process.platform', 'process.env', 'app.getPath'];

/** Packages that each file loads at run time. */
const PACKAGES: Record<string, readonly string[]> = {
  'server/child-process': ['tree-kill'],
  'updates/feed': ['electron-updater'],
  'updates/signed-provider': ['electron-updater', 'electron-updater/out/providers/Provider'],
};

/**
 * Number of starts without `windowsHide`, by file. Allowed where Windows never runs them, and for the installer, which has
 * no console.
 */
const SHOWN_STARTS: Record<string, number> = {
  'server/process-table': 1,
  'startup/display': 1,
  'system/login-shell': 2,
  'updates/targets/linux-package': 1,
  'updates/targets/nsis': 1,
};

const isCore = (part: string) => /(^|\/)core\/|^words\//.test(part);

/** The row of `IMPORTS` that a file belongs to. */
function groupOf(part: string): string {
  const [folder = '', inner] = part.split('/');
  if (inner === 'core') return `${folder}/core`;
  return inner === undefined ? part : folder;
}

function imported({ part, imports }: SourceFile): string[] {
  return imports.flatMap(({ from }) => partOf(part, from) ?? []);
}

/** For each group, the groups that it imports, with an example. */
function importsByGroup(): Map<string, Map<string, string>> {
  const groups = new Map(files.map(({ part }) => [groupOf(part), new Map<string, string>()]));
  for (const file of files)
    for (const target of imported(file))
      if (groupOf(target) !== groupOf(file.part))
        groups.get(groupOf(file.part))?.set(groupOf(target), `${file.part} imports ${target}`);
  return groups;
}

/** The first import cycle found, such as `a → b → a`. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (part: string): string | undefined => {
    if (path.includes(part)) return [...path.slice(path.indexOf(part)), part].join(' → ');
    if (done.has(part)) return undefined;
    path.push(part);
    const found = graph.get(part)?.map(visit).find(Boolean);
    path.pop();
    done.add(part);
    return found;
  };
  return [...graph.keys()].map(visit).find(Boolean);
}

describe('the import parser', () => {
  it.each<[string, Import[]]>([
    ["import { a } from './a';", [{ from: './a', typesOnly: false }]],
    ["import {\n  a,\n  b,\n} from './a';", [{ from: './a', typesOnly: false }]],
    ["import type { A } from './a';", [{ from: './a', typesOnly: true }]],
    ["import './a';", [{ from: './a', typesOnly: false }]],
    ["export * from './a';", [{ from: './a', typesOnly: false }]],
    ["  const a = require('./a');", [{ from: './a', typesOnly: false }]],
    ["const a = await import('./a');", [{ from: './a', typesOnly: false }]],
    ["let a: typeof import('./a');", [{ from: './a', typesOnly: true }]],
    ["let a: import('./a').A;", [{ from: './a', typesOnly: true }]],
    ["// import { a } from './a';", []],
    ["const text = 'to import a thing';", []],
  ])('parses %j', (source, expected) => expect(readSource('x', source).imports).toEqual(expected));

  it('finds a cycle', () => {
    expect(cycleIn(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]]))).toBe('b → c → b'); // biome-ignore format: a graph
    expect(cycleIn(new Map([['a', ['b', 'c']], ['b', ['c']], ['c', []]]))).toBeUndefined(); // biome-ignore format: a graph
  });
});

describe('imports point one way', () => {
  const rows = Object.keys(IMPORTS);

  it('has exactly one row for each group', () => {
    expect([...rows].sort()).toEqual([...importsByGroup().keys()].sort());
  });

  it.each(rows)('%s imports exactly the groups in its row', group => {
    const found = importsByGroup().get(group) ?? new Map();
    const unexpected = [...found].filter(([name]) => !IMPORTS[group]?.includes(name)).map(([, example]) => example);
    expect(unexpected).toEqual([]);
    expect(IMPORTS[group]?.filter(name => !found.has(name))).toEqual([]);
  });

  it.each(rows)('the row of %s names groups below it, and a core only cores and words', group => {
    const below = rows.slice(rows.indexOf(group) + 1);
    expect(IMPORTS[group]?.filter(name => !below.includes(name))).toEqual([]);
    if (group.endsWith('/core')) expect(IMPORTS[group]?.filter(name => !/\/core$|^words$/.test(name))).toEqual([]);
  });

  it('has no cycle, types included', () => {
    expect(cycleIn(new Map(files.map(file => [file.part, imported(file)])))).toBeUndefined();
  });
});

describe('only listed files', () => {
  const filesThat = (test: (file: SourceFile) => boolean) => files.filter(test).map(({ part }) => part);

  it('use electron', () => {
    expect(filesThat(({ imports }) => imports.some(({ from }) => from === 'electron'))).toEqual(
      [...USE_ELECTRON].sort(),
    );
  });

  it('read the platform, the environment and the folders of the user', () => {
    const found = files.map(
      ({ part, members }) => [part, MACHINE_MEMBERS.filter(name => members.includes(name))] as const,
    );
    expect(Object.fromEntries(found.filter(([, names]) => names.length > 0))).toEqual(READ_THE_MACHINE);
  });

  it('load a package', () => {
    const packages = files.map(
      ({ part, imports }) => [part, imports.map(({ from }) => from).filter(isPackage)] as const,
    );
    expect(Object.fromEntries(packages.filter(([, names]) => names.length > 0))).toEqual(PACKAGES);
  });

  it('rename with Node’s functions, which fail on Windows while another program reads the file', () => {
    const importsRename = /import \{[^}]*\brename(?:Sync)?\b[^}]*\} from '(?:node:fs|original-fs)/;
    // The target for AppImages is for Linux only.
    expect(filesThat(({ source }) => importsRename.test(source))).toEqual([
      'system/rename',
      'updates/targets/appimage',
    ]);
    expect(filesThat(({ members }) => members.some(name => /^(fs|promises)\.rename/.test(name)))).toEqual([]);
  });

  it('use a frame of Electron, whose properties throw when it is gone', () => {
    const isShell = (part: string) => !/^(preload|pages)\//.test(part);
    const use = /(?<!Facts\()\bdetails\.frame\b|(?<!Facts\(event\.)\bsenderFrame\b/;
    const read = /\b(?:f|\w+F)rame\??\.(?:url|origin|parent)\b/;
    expect(filesThat(({ part, source }) => isShell(part) && (use.test(source) || read.test(source)))).toEqual([
      'security/core/frame-facts',
      // The facts that `frameFacts` returns.
      'security/core/navigation-policy',
    ]);
  });

  it('start programs with a console window on Windows', () => {
    const count = (source: string, pattern: RegExp) => source.match(pattern)?.length ?? 0;
    const shown = filesThat(({ imports }) => imports.some(({ from }) => from === 'node:child_process')).map(part => {
      const source = files.find(file => file.part === part)?.source ?? '';
      const starts = count(source, /(?<![.\w])(?:spawn|execFile|exec|fork)(?:Sync)?\(/g);
      return [part, starts - count(source, /\bwindowsHide: true\b/g)] as const;
    });
    expect(Object.fromEntries(shown.filter(([, starts]) => starts !== 0))).toEqual(SHOWN_STARTS);
  });

  function isPackage(from: string): boolean {
    return !from.startsWith('.') && !from.startsWith('node:') && !ELECTRON_MODULES.includes(from);
  }
});

describe.each(files)('desktop/$part.ts', ({ part, imports, members, names, source }) => {
  it('imports nothing from scripts or test', () => {
    expect(imports.filter(({ from }) => partOf(part, from)?.startsWith('..'))).toEqual([]);
  });

  if (isCore(part)) {
    it('is pure: imports only files, and reads neither the machine nor its clock', () => {
      expect(imports.filter(({ from }) => !from.startsWith('.'))).toEqual([]);
      const impure = ['process', 'globalThis', 'Buffer', 'console', 'require'];
      expect(impure.filter(name => members.some(member => member.startsWith(`${name}.`)))).toEqual([]);
      expect(names.filter(name => name === 'require')).toEqual([]);
      expect(source).not.toMatch(/\bDate\.now|new Date\b/);
    });
  }

  const atRunTime = imports.filter(({ typesOnly }) => !typesOnly).map(({ from }) => from);
  if (part.startsWith('pages/')) {
    it('is a plain script: it imports only types', () => {
      expect(atRunTime).toEqual([]);
      expect(source).not.toMatch(/^\s*(?:import|export)\b/m);
    });
  }
  if (part.startsWith('preload/')) {
    it('loads only electron and its own folder, because the preload script is bundled into one file', () => {
      expect(atRunTime.filter(from => from !== 'electron' && !from.startsWith('./'))).toEqual([]);
    });
  }
});

describe.each(filesBelow(join(ROOT, 'test/real')).filter(name => name.endsWith('.test.ts')))('test/real/%s', name => {
  it('has the tag linux exactly if it needs Linux', () => {
    const source = readFileSync(join(ROOT, 'test/real', name), 'utf8');
    const needs = /from '[./]+\/drivers\/(electron-app|user-journey|ordinary-user)'|createProcesses\('proc'\)/.test(
      source,
    );
    expect(source.includes('@module-tag linux')).toBe(needs);
  });
});

describe.each(filesBelow(join(ROOT, 'scripts')).filter(name => name.endsWith('.mjs')))('scripts/%s', name => {
  it('loads packages at their first use, after the set-up has installed them', () => {
    const source = readFileSync(join(ROOT, 'scripts', name), 'utf8');
    const statements = source.matchAll(/^import\s(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
    const packages = [...statements].map(([, from = '']) => from).filter(from => !/^(\.|node:)/.test(from));
    expect(packages).toEqual([]);
  });
});

it('scripts import nothing from test', () => {
  const names = filesBelow(join(ROOT, 'scripts')).filter(name => name.endsWith('.mjs'));
  const found = names.filter(name => /from '[./]+\/test\//.test(readFileSync(join(ROOT, 'scripts', name), 'utf8')));
  expect(found).toEqual([]);
});

it('no file contains a path of the machine where it was written', () => {
  const text = /\.(ts|mts|mjs|cjs|js|py|md|json|ya?ml|sh|spec|in|nsh|plist|html|css|toml)$/;
  // A folder of one machine: our own clone, or a home that is not an obvious example.
  const foreign = new RegExp(
    `(^|[\\s"'\`(=:])/(${['work', 'root'].join('|')}|${'home'}/(?!(?:ada|you|me|user|x)\\b))(/|\\b)`,
  );
  const found = ['desktop', 'scripts', 'test', 'build', 'docs']
    .filter(folder => existsSync(join(ROOT, folder)))
    .flatMap(folder => filesBelow(join(ROOT, folder)).map(name => join(folder, name)))
    .filter(name => text.test(name) && !/(^|\/)(node_modules|__pycache__)\//.test(name))
    .flatMap(name =>
      readFileSync(join(ROOT, name), 'utf8')
        .split('\n')
        .map(line => ({ name, line })),
    )
    .filter(({ line }) => line.includes(`${ROOT}/`) || foreign.test(line));
  expect(found.map(({ name, line }) => `${name}: ${line.trim()}`)).toEqual([]);
});
