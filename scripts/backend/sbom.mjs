// @ts-check

/**
 * A CycloneDX bill of materials: the fields that are read here.
 * @typedef {object} Bill
 * @property {{ name: string, 'bom-ref': string }[]} components
 * @property {{ ref: string, dependsOn?: string[] }[]} [dependencies]
 */

/**
 * Reduces the bill of materials of an environment to the frozen packages. Throws if it lacks one of them.
 * @template {Bill} B
 * @param {B} bill
 * @param {string[]} names
 * @returns {B}
 */
export function onlyFrozen(bill, names) {
  const wanted = new Set(names.map(normalise));
  const components = bill.components.filter(({ name }) => wanted.has(normalise(name)));
  const missing = [...wanted].filter(name => !components.some(part => normalise(part.name) === name));
  if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(', ')}`);
  const refs = new Set(components.map(part => part['bom-ref']));
  const dependencies = (bill.dependencies ?? [])
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(other => refs.has(other)) }));
  return { ...bill, components, dependencies };
}

/** @param {string} name */
function normalise(name) {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
