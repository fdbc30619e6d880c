/** The value of a variable that `npm test` sets; a test that lacks one says so and fails. */
export function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run the tests with: npm test`);
  return value;
}
