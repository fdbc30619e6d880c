/** The signatures of the app for Windows: which certificate, which files, and that none is missed. */

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { bundleDifferences, writeManifest } from '../../../scripts/backend/manifest.mjs';
import afterPack from '../../../scripts/dist/after-pack.mjs';
import { MODULE_VERSION, signFiles } from '../../../scripts/dist/artifact-signing.mjs';
import { checkApps, signatureSettings } from '../../../scripts/dist/pack.mjs';
import { hasSignature, windowsProgramsIn } from '../../../scripts/dist/portable-executable.mjs';
import { checkSigned, signPrograms } from '../../../scripts/dist/sign-windows.mjs';
import { windowsCertificate } from '../../../scripts/dist/windows-certificate.mjs';
import { testCertificate } from '../../../scripts/offline/test-certificate.mjs';
import { onPath } from '../../../scripts/setup/system.mjs';
import { runChild } from '../../../scripts/testing/child.mjs';
import { fuseWire } from '../../drivers/fuse-wire';

const root = join(__dirname, '..', '..', '..');

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-signing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a program that is just long enough for its headers. `name` makes its content unique. */
function writeProgram(file: string, { bits = 64, signed = false } = {}): string {
  const bytes = Buffer.alloc(1024);
  bytes.write('MZ', 'latin1');
  bytes.writeUInt32LE(128, 0x3c);
  bytes.write('PE\0\0', 128, 'latin1');
  bytes.writeUInt16LE(bits === 64 ? 0x20b : 0x10b, 128 + 24);
  bytes.write(file, 700);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  if (signed) writeSignature(file);
  return file;
}

/** Appends a certificate table, as a signing tool does. */
function writeSignature(file: string): void {
  const bytes = readFileSync(file);
  const directories = bytes.readUInt16LE(128 + 24) === 0x20b ? 112 : 96;
  bytes.writeUInt32LE(bytes.length, 128 + 24 + directories + 32);
  bytes.writeUInt32LE(64, 128 + 24 + directories + 36);
  const table = Buffer.alloc(64);
  table.writeUInt32LE(64, 0);
  table.writeUInt16LE(0x200, 4);
  table.writeUInt16LE(2, 6);
  writeFileSync(file, Buffer.concat([bytes, table]));
}

const AZURE = {
  AZURE_SIGNING_ENDPOINT: 'https://weu.codesigning.azure.net',
  AZURE_SIGNING_ACCOUNT: 'account',
  AZURE_SIGNING_PROFILE: 'profile',
  AZURE_SIGNING_PUBLISHER: 'CachiBot, Inc.',
};

describe('a file', () => {
  it.each([32, 64])('of %s bits is signed if its certificate table has a signature', bits => {
    const file = writeProgram(join(temporary(), 'a.dll'), { bits });
    expect(hasSignature(file)).toBe(false);
    writeSignature(file);
    expect(hasSignature(file)).toBe(true);
    // The table is cut off.
    writeFileSync(file, readFileSync(file).subarray(0, -8));
    expect(hasSignature(file)).toBe(false);
  });

  it('that is not for Windows is ignored, whatever its name', () => {
    const folder = temporary();
    for (const [name, text] of [
      ['empty.exe', ''],
      ['text.dll', 'MZ but a text'],
      ['a.pyd', '\x7fELF'],
    ] as const)
      writeFileSync(join(folder, name), text);
    const module = writeProgram(join(folder, 'package', 'module.pyd'));
    expect(windowsProgramsIn(folder)).toEqual([{ file: module, signed: false }]);
  });

  it('of a real compiler is signed after osslsigncode has signed it', { tags: 'linux' }, async () => {
    expect(onPath('osslsigncode'), 'the set-up installs osslsigncode').toBe(true);
    const folder = temporary();
    const unsigned = join(root, 'node_modules/electron-winstaller/vendor/7z-x64.dll');
    expect(hasSignature(unsigned)).toBe(false);
    const work = { root, title: 'a certificate', logFile: join(folder, 'log'), say: console.log };
    const { pfx, password } = await testCertificate(work, folder);
    const signed = join(folder, 'signed.dll');
    const args = ['sign', '-pkcs12', pfx, '-pass', password, '-h', 'sha256', '-in', unsigned, '-out', signed];
    expect(await runChild('osslsigncode', args, { cwd: folder, quiet: true })).toMatchObject({ code: 0 });
    expect(hasSignature(signed)).toBe(true);
  });
});

describe('the certificate', () => {
  it.each<[string, Record<string, string>, object | undefined]>([
    ['none', { WIN_CSC_LINK: '', AZURE_SIGNING_ENDPOINT: '' }, undefined],
    ['in a file', { WIN_CSC_LINK: 'base64' }, { kind: 'file' }],
    ['in a file for all systems', { CSC_LINK: 'base64' }, { kind: 'file' }],
    ['in a hardware token', { WIN_CSC_SHA1: 'AB CD:ef' }, { kind: 'token', sha1: 'ABCDef' }],
    ['in Azure', AZURE, { kind: 'artifact signing', account: 'account', publisher: 'CachiBot, Inc.' }],
  ])('is %s', (_, env, expected) => {
    const found = windowsCertificate(env);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it.each<[string, Record<string, string>, string]>([
    ['two places', { ...AZURE, WIN_CSC_LINK: 'x' }, 'name different certificates'],
    ['Azure incompletely', { AZURE_SIGNING_ENDPOINT: 'https://e' }, 'Set AZURE_SIGNING_ACCOUNT, AZURE_SIGNING_PROFILE'],
  ])('is refused if the settings name %s', (_, env, problem) => {
    expect(() => windowsCertificate(env)).toThrow(problem);
  });

  it.each<[string, Record<string, string>, object]>([
    ['a file', { WIN_CSC_LINK: 'x' }, { forceCodeSigning: true }],
    ['a token', { WIN_CSC_SHA1: 'ab' }, { forceCodeSigning: true, 'win.signtoolOptions.certificateSha1': 'ab' }],
    [
      'Azure',
      AZURE,
      {
        forceCodeSigning: true,
        'win.signtoolOptions.sign': 'scripts/dist/artifact-signing.mjs',
        'win.signtoolOptions.publisherName': 'CachiBot, Inc.',
      },
    ],
    ['nothing', {}, {}],
  ])('from %s makes electron-builder fail rather than leave its files unsigned', (_, env, settings) => {
    expect(signatureSettings({ platform: 'win32', env })).toEqual(settings);
  });
});

describe('a packed app', () => {
  /** A packed app with a server: programs and libraries of ours, and one that Microsoft has signed. */
  function packedApp() {
    const folder = temporary();
    const backend = join(folder, 'resources', 'backend');
    const except = writeProgram(join(folder, 'CachiBot.exe'));
    const files = ['ffmpeg.dll', 'resources/backend/cachibot-server.exe', 'resources/backend/numpy/core.pyd'];
    for (const name of files) writeProgram(join(folder, name));
    const others = writeProgram(join(backend, 'vcruntime140.dll'), { signed: true });
    writeFileSync(join(backend, 'data.dll.txt'), 'data');
    writeManifest(backend);
    return { folder, backend, except, others, own: files.map(name => join(folder, name)) };
  }
  const sign = (signed: string[]) => async (files: string[]) => {
    signed.push(...files);
    for (const file of files) writeSignature(file);
  };

  it('has every program and library signed that has no signature, except the one that is signed later', async () => {
    const { folder, except, others, own } = packedApp();
    const before = readFileSync(others);
    const signed: string[] = [];
    expect(await signPrograms(folder, { except, sign: sign(signed) })).toBe(3);
    expect(signed.sort()).toEqual(own.sort());
    expect(readFileSync(others)).toEqual(before);
    expect(() => checkSigned(folder)).toThrow('1 programs and libraries have no signature (CachiBot.exe)');
    writeSignature(except);
    expect(() => checkSigned(folder)).not.toThrow();
  });

  it('of another architecture takes the signed files of the first, because the server is the same', async () => {
    const { folder, except, own } = packedApp();
    const arm64 = temporary();
    cpSync(folder, arm64, { recursive: true });
    const signed: string[] = [];
    await signPrograms(folder, { except, sign: sign(signed) });
    await signPrograms(arm64, { except: join(arm64, 'CachiBot.exe'), sign: sign(signed) });
    expect(signed).toHaveLength(3);
    const [ffmpeg = ''] = own;
    expect(readFileSync(join(arm64, 'ffmpeg.dll'))).toEqual(readFileSync(ffmpeg));
  });

  it('fails if a tool leaves a file unsigned and reports no error', async () => {
    const { folder, except } = packedApp();
    await expect(signPrograms(folder, { except, sign: async () => {} })).rejects.toThrow('have no signature');
  });

  it('is refused if it has an unsigned file, and this machine a certificate', async () => {
    const { folder, except } = packedApp();
    appendFileSync(except, fuseWire(), 'latin1');
    const check = (env: NodeJS.ProcessEnv) =>
      checkApps(root, [{ executable: except, resources: join(folder, 'resources') }], { platform: 'win32', env });
    await expect(check({})).resolves.toBeUndefined();
    await expect(check(AZURE)).rejects.toThrow('4 programs and libraries have no signature');
  });

  it('has the server’s manifest written again after signing', async () => {
    const { folder, backend } = packedApp();
    process.env['CSC_LINK'] = 'a certificate';
    onTestFinished(() => {
      delete process.env['CSC_LINK'];
    });
    const packager = {
      config: {},
      appInfo: { productFilename: 'CachiBot' },
      getResourcesDir: () => join(folder, 'resources'),
      signIf: async (file: string) => writeSignature(file),
    };
    await afterPack({ electronPlatformName: 'win32', appOutDir: folder, packager });
    expect(windowsProgramsIn(backend).filter(({ signed }) => !signed)).toEqual([]);
    expect(bundleDifferences(backend)).toEqual([]);
  });
});

describe('Azure Artifact Signing', () => {
  function setVariables() {
    for (const [name, value] of Object.entries(AZURE)) process.env[name] = value;
    onTestFinished(() => {
      for (const name of Object.keys(AZURE)) delete process.env[name];
    });
  }

  it('signs many files in few calls, with paths that PowerShell does not interpret', async () => {
    setVariables();
    const calls: { command: string; script: string; files: string[] }[] = [];
    const files = Array.from({ length: 120 }, (_, index) => join(root, `it's $(a) "file" ${index}.pyd`));
    await signFiles(files, async (command, args, { env }) => {
      const script = Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le');
      calls.push({ command, script, files: String(env?.['CACHIBOT_FILES_TO_SIGN']).split(',') });
      return { code: 0, output: '' };
    });
    expect(calls.map(call => call.files.length)).toEqual([50, 50, 20]);
    expect(calls.flatMap(call => call.files)).toEqual(files);
    const script = calls[0]?.script ?? '';
    expect(script).toContain("TimestampRfc3161 = 'http://timestamp.acs.microsoft.com'");
    expect(script).not.toContain('ExcludeAzureCliCredential');
    expect(script).not.toContain("it's");
  });

  it('fails with Azure’s own words', async () => {
    setVariables();
    const refuse = async () => ({ code: 1, output: 'Status: 403 (Forbidden)' });
    await expect(signFiles(['a.dll'], refuse)).rejects.toThrow('403 (Forbidden)');
    await expect(signFiles(['a,b.dll'], refuse)).rejects.toThrow('without a comma');
  });

  it('uses the version of the module that the workflow installs, before it logs in and without a stored secret', () => {
    const { jobs } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'));
    const { steps, permissions } = jobs['build-desktop'];
    const find = (pattern: RegExp) =>
      steps.findIndex((step: { run?: string; uses?: string }) => pattern.test(`${step.run} ${step.uses}`));
    const order = [/set-up\.mjs/, /Install-Module/, /azure\/login@/, /az account get-access-token/].map(find);
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(steps[order[1] ?? 0].run).toContain(`ArtifactSigning -RequiredVersion ${MODULE_VERSION} `);
    expect(permissions['id-token']).toBe('write');
    expect(JSON.stringify(steps[order[2] ?? 0])).not.toContain('secrets.');
    const packing = steps.find((step: { env?: object }) => step.env && 'WIN_CSC_LINK' in step.env);
    expect(Object.keys(packing.env)).toEqual(expect.arrayContaining(Object.keys(AZURE)));
  });
});

it('an installer without a signature is refused before publishing, whatever the settings of the build', () => {
  const assets = temporary();
  const verify = [join(root, 'scripts', 'release.mjs'), 'verify', assets];
  const problems = () => spawnSync(process.execPath, verify, { encoding: 'utf8' }).stderr.split('\n');
  writeProgram(join(assets, 'CachiBot-1.2.3-x64.exe'), { signed: true });
  writeProgram(join(assets, 'CachiBot-1.2.3-arm64.exe'));
  writeProgram(join(assets, 'CachiBot-unsigned-1.2.3-x64.exe'));
  const unsigned = 'CachiBot-1.2.3-arm64.exe has no signature.';
  expect(problems().filter(line => line.includes('signature'))).toEqual([unsigned]);
  copyFileSync(join(assets, 'CachiBot-1.2.3-x64.exe'), join(assets, 'CachiBot-1.2.3-arm64.exe'));
  expect(problems()).not.toContain(unsigned);
});
