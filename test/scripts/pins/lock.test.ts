import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const BUILD = join(__dirname, '..', '..', '..', 'build');
const own = join(BUILD, '..', '.setup', 'uv', 'bin', process.platform === 'win32' ? 'uv.exe' : 'uv');

/** The lock files, each with a lower limit for its number of pins. */
const LOCKS = {
  requirements: 100,
  'requirements-build': 4,
  'requirements-bill': 10,
  'requirements-dev': 4,
  'requirements-older': 1,
};
const SYSTEMS = {
  'Linux x64': 'x86_64-manylinux_2_28',
  'Linux arm64': 'aarch64-manylinux_2_28',
  'macOS 14 on Apple silicon': 'aarch64-apple-darwin',
  'macOS 14 on Intel': 'x86_64-apple-darwin',
  'Windows x64': 'x86_64-pc-windows-msvc',
};
const fileOf = (lock: string) => join(BUILD, `${lock}.lock`);

/** Makes uv find a wheel of each package in a lock file. Returns uv's output; rejects if a wheel is missing. */
async function findWheels(lock: string, platform: string, macOs = '14.0'): Promise<string> {
  const python = process.env['CACHIBOT_TEST_PYTHON'] ?? 'python3';
  const target = join(dirname(python), 'nowhere');
  const alone = lock === 'requirements-older' ? ['--no-deps'] : []; // it runs with the server's packages
  const wheels = ['--only-binary', ':all:', '--require-hashes', ...alone, '-r', fileOf(lock)];
  const args = ['pip', 'install', '--dry-run', '--python', python, '--python-platform', platform];
  const env = { ...process.env, MACOSX_DEPLOYMENT_TARGET: macOs };
  const uv = existsSync(own) ? own : 'uv';
  const { stderr } = await promisify(execFile)(uv, [...args, '--target', target, ...wheels], { env });
  return stderr;
}

describe.each(Object.entries(LOCKS))('%s.lock', (lock, pinsAtLeast) => {
  const text = readFileSync(fileOf(lock), 'utf8');

  it('pins every package by version and hash', () => {
    const pins = text.split(/\n(?=[a-z0-9])/).slice(1);
    expect(pins.length).toBeGreaterThanOrEqual(pinsAtLeast);
    for (const pin of pins) expect(pin).toMatch(/^[a-z0-9-]+==\S+ (; .* )?\\\n {4}--hash=sha256:[0-9a-f]{64}/);
  });

  it('does not contain the address of a package index', () => {
    expect(text).not.toMatch(/https?:|index-url|find-links/);
  });

  it.each(Object.entries(SYSTEMS))('has a wheel of each package for %s', async (_, platform) => {
    const output = await findWheels(lock, platform);
    expect(Number(/Would install (\d+) package/.exec(output)?.[1])).toBeGreaterThanOrEqual(pinsAtLeast);
  });
});

it('does not contain packages that would triple the size', () => {
  expect(readFileSync(fileOf('requirements'), 'utf8')).not.toMatch(
    /^(torch|torchvision|scipy|nvidia-.*|transformers)==/m,
  );
});

it('needs macOS 14, because older versions have no wheel of onnxruntime, and so does the app', async () => {
  const onMacOs13 = findWheels('requirements', 'aarch64-apple-darwin', '13.0');
  await expect(onMacOs13).rejects.toThrow(/onnxruntime/);
  expect(readFileSync(join(BUILD, '..', 'electron-builder.yml'), 'utf8')).toContain("minimumSystemVersion: '14.0'");
});

// This is why the app for Windows on ARM contains the server for x64 (docs/backend-packaging.md).
it('has no wheels for Windows on ARM', async () => {
  await expect(findWheels('requirements', 'aarch64-pc-windows-msvc')).rejects.toThrow(/no usable wheels|no wheels/);
});
