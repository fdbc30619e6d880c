import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..');

const IN_CORE = /(^|\/)core\/|^words\//;

/** Those that wrap one subject of Electron's each, or join the parts. Nothing else imports it. */
const USE_ELECTRON = [
  'app',
  'diagnostics/doctor',
  'diagnostics/report-file',
  'ipc/handlers',
  'ipc/server',
  'main',
  'preload',
  'security/navigation-guards',
  'security/session',
  'startup/chromium-environment',
  'startup/folders',
  'startup/home-folder',
  'startup/launch',
  'startup/lifecycle',
  'startup/startup-error',
  'startup/temporary-profile',
  'system/autostart',
  'system/power',
  'updates/feed-connection',
  'updates/install-steps',
  'updates/installed-copy',
  'updates/notifier',
  'updates/rollback',
  'updates/service',
  'window/main-page',
  'window/main-window',
  'window/menu',
  'window/overlay',
  'window/send',
  'window/shell-pages',
  'window/shell-window',
  'window/web-preferences',
  'window/window-state',
  'window/windows',
];

/** The roots: they join the parts of a run, so they may import any. All others import only parts of their own folder. */
const ROOTS = [
  'main',
  'app',
  'diagnostics/doctor',
  'diagnostics/report-file',
  'ipc/handlers',
  'startup/chromium-environment',
  'startup/folders',
  'startup/launch',
  'startup/smoke',
  'startup/startup-error',
  'updates/service',
];

/** What may be loaded from the registry at run time, and where. */
const PACKAGES: Record<string, readonly string[]> = {
  'server/child-process': ['tree-kill'],
  'updates/feed': ['electron-updater', 'electron-updater/out/providers/Provider'],
};

interface Import {
  /** As it is written. */
  from: string;
  /** Leaves no trace at run time. */
  typesOnly: boolean;
}

/** Every way to name another file: `import … from`, `export … from`, `import '…'`, `import(…)`, `require(…)`. */
function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const statements = code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const calls = code.matchAll(/(typeof\s+)?\b(?:import|require)\(\s*'([^']+)'\s*\)(\.[A-Z])?/g);
  return [
    ...[...statements].map(([, type, from = '']) => ({ from, typesOnly: type !== undefined })),
    ...[...calls].map(([, type, from = '', member]) => ({ from, typesOnly: (type ?? member) !== undefined })),
  ];
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function list(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

const files = list('desktop')
  .filter(name => name.endsWith('.ts'))
  .map(name => ({ name, part: name.replace(/^desktop\/|\.ts$/g, ''), source: readFileSync(join(ROOT, name), 'utf8') }))
  .map(file => ({ ...file, imports: importsOf(file.source) }));

/** The part that `from` means, as `core/config` or `windows`; undefined for a package. */
function partOf(importer: string, from: string): string | undefined {
  return from.startsWith('.') ? normalize(join(dirname(importer), from)).replaceAll('\\', '/') : undefined;
}

describe('the reader of imports', () => {
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
  ])('understands %j', (source, expected) => expect(importsOf(source)).toEqual(expected));

  it('has found the shell', () => expect(files.map(({ part }) => part)).toEqual(expect.arrayContaining(USE_ELECTRON)));
});

describe.each(files)('$name', ({ part, source, imports }) => {
  const atRunTime = imports.filter(({ typesOnly }) => !typesOnly).map(({ from }) => from);
  const inCore = IN_CORE.test(part);

  it('imports nothing from scripts or test', () => {
    const outside = imports.filter(({ from }) => partOf(part, from)?.startsWith('..'));
    expect(outside).toEqual([]);
  });

  it('loads no package but those it is known to need', () => {
    const packages = imports
      .map(({ from }) => from)
      .filter(from => !from.startsWith('.') && !from.startsWith('node:') && from !== 'electron');
    expect(packages).toEqual(PACKAGES[part] ?? []);
  });

  if (!USE_ELECTRON.includes(part)) {
    it('knows nothing of Electron', () => expect(imports.map(({ from }) => from)).not.toContain('electron'));
  }

  if (inCore) {
    it('is pure: imports nothing but the core, and reads nothing of the machine', () => {
      expect(imports.filter(({ from }) => !IN_CORE.test(partOf(part, from) ?? ''))).toEqual([]);
      expect(withoutComments(source)).not.toMatch(
        /\bprocess\.|\b(globalThis|Buffer|console|require)\b|Date\.now|new Date\b/,
      );
    });
  } else if (part.startsWith('pages/')) {
    it('is a plain script: its imports are types', () => {
      expect(atRunTime).toEqual([]);
      expect(source).not.toMatch(/^\s*(?:import|export)\b/m);
    });
  } else if (part === 'preload') {
    it('loads electron alone, because a sandboxed preload can load no file', () => {
      expect(atRunTime).toEqual(['electron']);
    });
  } else if (!ROOTS.includes(part)) {
    it('leaves other folders to the roots: it imports from its own folder, from the core, and types', () => {
      const others = atRunTime
        .map(from => partOf(part, from))
        .filter(other => other !== undefined && !IN_CORE.test(other) && dirname(other) !== dirname(part));
      expect(others).toEqual([]);
    });
  }

  it('imports neither main nor app, not even a type: main alone loads app', () => {
    const roots = imports.map(({ from }) => partOf(part, from)).filter(from => from === 'main' || from === 'app');
    expect(new Set(roots)).toEqual(new Set(part === 'main' ? ['app'] : []));
  });
});

it.each(list('test/real').filter(name => name.endsWith('.test.ts')))(
  '%s says that it needs Linux where it does',
  name => {
    const source = readFileSync(join(ROOT, name), 'utf8');
    const needs = /from '[./]+\/drivers\/(electron-app|main-job|ordinary-user)'|createProcesses\('proc'\)/.test(source);
    expect(source.includes('@module-tag linux')).toBe(needs);
  },
);

describe.each(list('scripts').filter(name => name.endsWith('.mjs')))('%s', name => {
  it('loads a package when it is used, not before the set-up that installs it', () => {
    const statements = readFileSync(join(ROOT, name), 'utf8').matchAll(/^import\s(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
    const packages = [...statements].map(([, from = '']) => from).filter(from => !/^(\.|node:)/.test(from));
    expect(packages).toEqual([]);
  });
});

it('no file knows where it was written', () => {
  const text = /\.(ts|mts|mjs|cjs|js|py|md|json|ya?ml|sh|spec|in|nsh|plist|html|css|toml)$/;
  // A folder of one machine: our own clone, or a home that is no obvious stand-in.
  const foreign = new RegExp(
    `(^|[\\s"'\`(=:])/(${['work', 'root'].join('|')}|${'home'}/(?!(?:ada|you|me|user|x)\\b))(/|\\b)`,
  );
  const found = ['desktop', 'scripts', 'test', 'build', 'docs']
    .filter(folder => existsSync(join(ROOT, folder)))
    .flatMap(list)
    .filter(name => text.test(name) && !/(^|\/)(node_modules|__pycache__)\//.test(name))
    .flatMap(name =>
      readFileSync(join(ROOT, name), 'utf8')
        .split('\n')
        .map(line => ({ name, line })),
    )
    .filter(({ line }) => line.includes(`${ROOT}/`) || foreign.test(line));
  expect(found.map(({ name, line }) => `${name}: ${line.trim()}`)).toEqual([]);
});
