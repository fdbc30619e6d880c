import { openFolder, showMessage } from '../window/dialogs';
import { words } from '../words/en';
import type { Parts } from './parts';

/** Opens the folder in which the agent works. Says so if its disk does not respond. */
export async function openWorkspace({ launch, workFolder }: Pick<Parts, 'launch' | 'workFolder'>): Promise<void> {
  const { log } = launch;
  const { folder, isSilent } = await workFolder.find();
  if (!isSilent) return openFolder(folder, log.line);
  log.line(`could not open ${folder}: its disk does not respond`);
  const { folderNotOpened, diskSilent } = words.menu;
  await showMessage({ type: 'warning', message: folderNotOpened, detail: `${folder}\n${diskSilent}` });
}
