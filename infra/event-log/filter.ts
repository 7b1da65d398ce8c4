/** Under load few subjects come again and again, and each of many readers asks of each commit. */
const mostKnown = 500;

/** Whether a subject matches a filter in NATS notation: `*` is one token, `>` all that follow. */
export function subjectMatcher(filter: string): (subject: string) => boolean {
  const source = filter
    .split('.')
    .map((token) => (token === '*' ? '[^.]+' : token === '>' ? '.+' : RegExp.escape(token)))
    .join('\\.');
  const pattern = new RegExp(`^${source}$`);
  let known = new Map<string, boolean>();
  return (subject) => {
    const before = known.get(subject);
    if (before !== undefined) return before;
    if (known.size >= mostKnown) known = new Map();
    const matches = pattern.test(subject);
    known.set(subject, matches);
    return matches;
  };
}
