import type { Launch } from '../startup/launch';
import { type FailureScreen, failureAsText } from '../window/core/screen';
import { collectReport, saveReport } from './report-file';
import type { StateLog } from './state-log';

interface Parts {
  launch: Pick<Launch, 'config' | 'folders' | 'flushLogs' | 'log'>;
  build: { about: string };
  stateLog: Pick<StateLog, 'timeline'>;
  windows?: { failure(): FailureScreen | undefined };
}

/** Asks for a file, and saves the report of the running app in it. Returns whether it was saved. */
export function saveReportOf({ launch, build, stateLog, windows }: Parts): Promise<boolean> {
  const { config, folders, flushLogs, log } = launch;
  const { about } = build;
  const collect = () => {
    const failure = windows?.failure();
    const text = failure && failureAsText(failure, about);
    const timeline = stateLog.timeline();
    return collectReport({ config, folders, about, failure: text, timeline, flushLogs, log: log.line });
  };
  return saveReport(collect, log.line);
}
