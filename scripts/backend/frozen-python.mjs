// @ts-check
// The Python in a frozen server. Its bill of materials names it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE_PYTHON } from '../setup/python.mjs';

/** @typedef {{ version: string, standalone: boolean }} Python `standalone`: from python-build-standalone */

const DISTRIBUTION = 'cachibot:distribution';
const STANDALONE = 'python-build-standalone';
/** Program that prints a `Python` as JSON. uv unpacks each Python of python-build-standalone into a folder with such a name. */
export const INSPECTION =
  'import json, pathlib, platform, sys;' +
  'version = platform.python_version();' +
  'named = pathlib.Path(sys.base_prefix).resolve().name.startswith("cpython-" + version + "-");' +
  'print(json.dumps({"version": version, "standalone": named}))';

/**
 * Returns the entry of the bill of materials for a Python.
 * @param {Python} python
 */
export function pythonComponent({ version, standalone }) {
  return {
    'bom-ref': `python@${version}`,
    type: 'framework',
    name: 'python',
    version,
    purl: `pkg:generic/python@${version}`,
    licenses: [{ license: { id: 'Python-2.0' } }],
    properties: [{ name: DISTRIBUTION, value: standalone ? STANDALONE : 'of the machine that froze it' }],
  };
}

/**
 * Returns the reason why a frozen server may not be in a release; undefined if it has the Python of releases.
 * @param {string} server folder
 */
export function pythonProblem(server) {
  const bill = join(server, 'sbom.cdx.json');
  /** @type {{ components?: { name: string, type: string, version: string, properties?: { value: string }[] }[] }} */
  const { components = [] } = existsSync(bill) ? JSON.parse(readFileSync(bill, 'utf8')) : {};
  const python = components.find(({ name, type }) => name === 'python' && type === 'framework');
  if (python === undefined) return `an unknown Python instead of ${RELEASE_PYTHON}`;
  const standalone = python.properties?.some(({ value }) => value === STANDALONE) ?? false;
  if (python.version === RELEASE_PYTHON && standalone) return undefined;
  return `Python ${python.version}${standalone ? '' : ' of the machine'} instead of ${RELEASE_PYTHON}`;
}
