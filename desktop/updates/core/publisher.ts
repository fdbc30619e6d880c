/** The publisher of a Windows installer: the script that reads its signature, and the comparison of names. */

/** A file's signature, as Windows reports it. `status`: `Valid`, `HashMismatch`, `NotSigned`, … */
export interface Signature {
  status: string;
  /** The distinguished name in the signer's certificate; empty if nobody signed the file. */
  signer: string;
}

/** The script's first line of output: PowerShell runs on this machine. */
const READY = 'ready';

/** One `TYPE=value` of a distinguished name. Windows quotes a value with a comma, and doubles the quotes in it. */
const ATTRIBUTE = /\s*([^=",;+\s]+)\s*=\s*(?:"((?:[^"]|"")*)"|((?:\\.|[^",;+\\])*))(?:[,;+]|$)/y;

/** Returns the PowerShell script that prints the signature of a file. */
export function signatureScript(file: string): string {
  return `
    '${READY}'
    $ErrorActionPreference = 'Stop'
    $s = Get-AuthenticodeSignature -LiteralPath ${quoted(file)}
    @{ status = [string]$s.Status; signer = [string]$s.SignerCertificate.Subject } | ConvertTo-Json -Compress`;
}

/** Reads the script's output. `unfinished`: PowerShell runs, but reports no signature. Undefined: it does not run. */
export function readSignature(output: string): Signature | 'unfinished' | undefined {
  const lines = output.split(/\r?\n/);
  const start = lines.indexOf(READY);
  if (start < 0) return undefined;
  try {
    const { status, signer } = JSON.parse(lines.slice(start + 1).join('\n')) as Record<string, unknown>;
    return typeof status === 'string' && typeof signer === 'string' ? { status, signer } : 'unfinished';
  } catch {
    return 'unfinished'; // PowerShell was stopped at the limit, or wrote an error
  }
}

/**
 * Returns whether a signer is one of the publishers. A publisher is a common name, or a distinguished name: the signer
 * must have all its attributes.
 */
export function isPublisher(signer: string, publishers: readonly string[]): boolean {
  const attributes = attributesOf(signer);
  return publishers.some(publisher => {
    const required = [...attributesOf(publisher)];
    if (required.length === 0) return attributes.get('CN') === publisher;
    return required.every(([type, value]) => attributes.get(type) === value);
  });
}

/** Returns the common name in a distinguished name, or all of it. */
export function commonName(name: string): string {
  return attributesOf(name).get('CN') ?? name;
}

/** Returns the attributes of a distinguished name; none if the text is not such a name. */
function attributesOf(name: string): Map<string, string> {
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = 0;
  while (ATTRIBUTE.lastIndex < name.length) {
    const [, type, inQuotes, plain = ''] = ATTRIBUTE.exec(name) ?? [];
    if (type === undefined) return new Map();
    attributes.set(type, inQuotes?.replaceAll('""', '"') ?? plain.replace(/\\(.)/g, '$1').trimEnd());
  }
  return attributes;
}

/** Quotes a text for PowerShell, for which typographic quotes end a text, too. */
function quoted(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
