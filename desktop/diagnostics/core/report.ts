/** The file that users send when they ask for help. */

import { maskSecrets } from '../../log/core/redact';

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

const NOTICE =
  'It holds what the app and its server wrote down, without passwords, tokens and keys, as far as those can be told\nfrom other text. Look through it before you send it to somebody.';

/** Returns the report as plain text, with `~` in place of the user's home. */
export function reportText(parts: ReportParts, homes: readonly string[]): string {
  const { made, about, failure, timeline, machine, files } = parts;
  const text = [
    `CachiBot report, made ${made}\n${about}\n\n${NOTICE}\n`,
    ...(failure === undefined ? [] : [section('What the app says', failure)]),
    section('What happened, in seconds since the app began', timeline.join('\n')),
    section('The machine, as --doctor sees it', JSON.stringify(machine, null, 2)),
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
