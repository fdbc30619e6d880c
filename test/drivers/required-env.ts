/**
 * The value of an environment variable that `npm test` sets.
 * @throws Error when it is not set
 */
export function requiredEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run the tests with: npm test`);
  return value;
}
