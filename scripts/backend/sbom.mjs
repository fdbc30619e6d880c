// @ts-check

/**
 * A CycloneDX bill of materials, as far as it is read here.
 * @typedef {object} Bill
 * @property {{ name: string, 'bom-ref': string }[]} components
 * @property {{ ref: string, dependsOn?: string[] }[]} [dependencies]
 */

/**
 * The bill of the frozen packages, out of that of the whole environment. Throws when one is not in it.
 * @template {Bill} B
 * @param {B} bill
 * @param {string[]} names
 * @returns {B}
 */
export function onlyFrozen(bill, names) {
  const wanted = new Set(names.map(normal));
  const components = bill.components.filter(({ name }) => wanted.has(normal(name)));
  const missing = [...wanted].filter(name => !components.some(part => normal(part.name) === name));
  if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(', ')}`);
  const refs = new Set(components.map(part => part['bom-ref']));
  const dependencies = (bill.dependencies ?? [])
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(other => refs.has(other)) }));
  return { ...bill, components, dependencies };
}

/** @param {string} name */
function normal(name) {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
