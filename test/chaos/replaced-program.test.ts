/** A package manager that replaces the program while it runs. */

import { join } from 'node:path';
import { copyApp } from '../drivers/apps';
import { clickOnOverlay, overlay, rememberPage, replaced } from '../drivers/effects';
import { killAndWait } from '../drivers/processes';
import { defineScenarios } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';
import { writeBundle } from '../fixtures/bundle.mjs';

defineScenarios([
  {
    name: 'replaced-program',
    server: 'scripted',
    phase: 'ready',
    fault: 'a package manager replaces the server’s files; then the server is killed',
    expected: 'a notice offers to restart the app; the new server works behind the same page',
    setUp(run) {
      run.app = copyApp(run.app, join(run.folder, 'app'));
    },
    async inject(run) {
      const { server } = await rememberPage(run);
      const backend = join(run.app.resources, 'backend');
      writeBundle(backend);
      return `${backend} was replaced; ${await killAndWait(server)}`;
    },
    async see(run) {
      const notice = await overlay(run, SCREEN.appUpdated);
      await clickOnOverlay(run, 'dismiss');
      return `${notice}; ${await replaced(run)}`;
    },
  },
]);
