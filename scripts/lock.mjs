// @ts-check
// Makes the lock files of the Python half anew: `node scripts/lock.mjs [--upgrade]`. The same inputs give the same
// locks; --upgrade lifts what build/requirements.md calls "lifted" to today's newest.
import './setup/node-version.mjs';
