/** Whether a subject matches a filter in NATS notation: `*` is one token, `>` all that follow. */
export function subjectMatcher(filter: string): (subject: string) => boolean {
  const source = filter
    .split('.')
    .map((token) => (token === '*' ? '[^.]+' : token === '>' ? '.+' : RegExp.escape(token)))
    .join('\\.');
  const pattern = new RegExp(`^${source}$`);
  return (subject) => pattern.test(subject);
}
