/** The file that users send when they ask for help. */

import { maskSecrets } from '../../log/core/redact';
import { words } from '../../words/en';

export interface ReportParts {
  /** When it was made, as ISO 8601. */
  made: string;
  /** Which CachiBot, Electron and system. */
  about: string;
  /** Text of the failure page, if it is shown. */
  failure: string | undefined;
  /** Events of this run, see `timeline.ts`. */
  timeline: readonly string[];
  /** Output of `--doctor`, or the reason why there is none. */
  machine: unknown;
  /** The ends of the logs, those that are there. */
  files: readonly { name: string; text: string }[];
}

/** Returns the report as plain text, with `~` in place of the user's home. */
export function reportText(parts: ReportParts, homes: readonly string[]): string {
  const { made, about, failure, timeline, machine, files } = parts;
  const text = [
    `${words.report.heading(made)}\n${about}\n\n${words.report.notice}\n`,
    ...(failure === undefined ? [] : [section(words.report.failure, failure)]),
    section(words.report.timeline, timeline.join('\n')),
    section(words.report.machine, JSON.stringify(machine, null, 2)),
    ...files.map(file => section(file.name, file.text)),
  ].join('\n');
  return withoutHome(maskSecrets(text), homes);
}

function section(title: string, text: string): string {
  return `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n${text.trimEnd()}\n`;
}

/** With `~` in place of each folder, as it is and as JSON and Python write it on Windows. */
export function withoutHome(text: string, homes: readonly string[]): string {
  return [...homes]
    .map(home => home.replace(/[/\\]+$/, ''))
    .filter(home => home !== '' && !/^[a-z]:$/i.test(home))
    .sort((one, other) => other.length - one.length)
    .flatMap(home => [home, home.replaceAll('\\', '\\\\'), home.replaceAll('\\', '/')])
    .reduce(
      (shown, home) => shown.replace(new RegExp(`(?<![\\w.-])${literally(home)}(?![\\w-]|\\.\\w)`, 'gi'), '~'),
      text,
    );
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
