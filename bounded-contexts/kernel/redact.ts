/**
 * Takes secrets out of a text that is about to leave: a line of a log, an error, what a command says. It is the last
 * net, not the first: nothing logs a secret on purpose. It works on whole lines, so that it holds for whatever a
 * library puts into an error, at any depth.
 */

export const redactedText = '[redacted]';

/** Of keys and tokens whose shape says what they are. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  // Ours; then OpenAI's, Anthropic's and Stripe's; Fireworks'; GitHub's; Google's; Slack's; AWS'; JSON Web Tokens.
  /\bdbk_[A-Za-z0-9_-]{8,}/g,
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/g,
  /\bfw_[A-Za-z0-9]{16,}/g,
  /\bgh[a-z]_[A-Za-z0-9]{20,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
];

const scheme = /\b(Bearer|Basic|Digest)(\s+)(?=\S*[\d=+/_-])[A-Za-z0-9._~+/=-]{8,}/gi;

/** `scheme://user:password@host`. */
const urlPassword = /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"'<>]{0,200}:)[^\s/"'<>]{1,500}@/gi;

const quoted = String.raw`"(?:[^"\\]|\\.)*"|'[^'\n]*'|\\+"(?:(?!\\+").)*\\+"`;
const named = (names: string, bare: string) =>
  new RegExp(String.raw`(\b(?:${names})\b\\*["']?\s*[:=]\s*\[?\s*)(${quoted}|${bare})`, 'gi');

/** A value without quotes. Where words follow and it holds no digit it is prose: `password: Too short for a password`. */
const inValue = String.raw`(?:[^\s,;&}"')\]\\]|\\\\)`;

/** Headers and fields whose name says what their value is: in JSON, in JSON within JSON, in headers and in queries. */
const fields: readonly RegExp[] = [
  named('cookie|set-cookie', String.raw`[^\r\n"'\\\]]+`),
  named('authorization|proxy-authorization', String.raw`(?:\w+\s+)?[A-Za-z0-9._~+/=-]{8,}`),
  named(
    'x-api-key|api[-_]?key|apiKey|password|passwd|pwd|passphrase|secret|client_secret|clientSecret|access_token|accessToken|refresh_token|refreshToken|id_token|idToken|token|master_key|masterKey|private_key|privateKey',
    `(?=${inValue}*\\d)${inValue}+|${inValue}+(?!${inValue}|[^\\S\\n]+[A-Za-z])`,
  ),
];

/** Too short a text is in every other word. */
const shortest = 8;
const known = new Set<string>();

/**
 * From now on these are taken out wherever they stand, whatever they look like: what the configuration holds. It is
 * one set a process, since a logger that nobody told would be the one that leaks.
 */
export function hideSecrets(...secrets: readonly (string | undefined)[]): void {
  for (const secret of secrets) {
    if (secret === undefined || secret.length < shortest) continue;
    known.add(secret);
    known.add(encodeURIComponent(secret));
    known.add(JSON.stringify(secret).slice(1, -1));
  }
}

/** The text without what the configuration holds: for data that must else stay as it is. */
export function withoutHidden(text: string): string {
  let clean = text;
  for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, redactedText);
  return clean;
}

/** The text without secrets. JSON stays JSON. */
export function redact(text: string): string {
  let clean = withoutHidden(text);
  for (const shape of shapes) clean = clean.replace(shape, redactedText);
  clean = clean.replace(scheme, `$1$2${redactedText}`).replace(urlPassword, `$1${redactedText}@`);
  for (const field of fields)
    clean = clean.replace(field, (_whole, name: string, value: string) => {
      const quote = /^\\*["']/.exec(value)?.[0] ?? '';
      return `${name}${quote}${redactedText}${quote}`;
    });
  return clean;
}
