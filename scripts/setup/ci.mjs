// @ts-check

/** Whether this runs in CI, as the variable CI says. There every test must run. */
export const IN_CI = !['', 'false', '0'].includes(process.env['CI'] ?? '');
