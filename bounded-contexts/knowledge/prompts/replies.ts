/** Readers of what models reply to the prompts here. They take what ordinary models write around it, and bound it. */
const longestQuestion = 2_000;
const longestPassage = 4_000;

/** Without a code fence around it, and what reasoning models think aloud. */
const bare = (reply: string): string =>
  reply
    .replace(/<think>[\s\S]*?<\/think>/g, '')
    .replace(/^\s*```\w*\n?|\n?```\s*$/g, '')
    .trim();

const label =
  /^(?:\*\*)?(?:(?:rewritten|standalone|new|sub-?)?\s?(?:question|query)|pergunta(?: reescrita)?|passage|trecho|answer|resposta)(?:\*\*)?\s?\d{0,2}:(?:\*\*)?\s*/i;
const marks = /^["“«'*]+|["”»'*]+$/g;
const plain = (line: string): string => line.trim().replace(label, '').replace(marks, '').trim();

/** The first line that is more than a lead-in. */
export function readRewrite(reply: string): string | undefined {
  const lines = bare(reply)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/:\s*$/.test(line));
  const question = plain(lines[0] ?? '');
  return question === '' || question.length > longestQuestion ? undefined : question;
}

const bullet = /^\s*(?:[-*•–]|\(?\d{1,2}[.):])\s+/;

function parsed(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : undefined;
  } catch {
    return undefined;
  }
}

/** One a line, with or without bullets or numbers, or an array in JSON. Where there are bullets, only they count. */
export function readList(reply: string, count: number): string[] {
  const text = bare(reply);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const bullets = lines.filter((line) => bullet.test(line));
  const found = parsed(text) ?? (bullets.length > 0 ? bullets : lines.filter((line) => !/:\s*$/.test(line)));
  const kept = new Map<string, string>();
  for (const line of found) {
    const one = plain(line.replace(bullet, ''));
    if (one !== '' && one.length <= longestQuestion && !kept.has(one.toLowerCase()))
      kept.set(one.toLowerCase(), one);
  }
  return [...kept.values()].slice(0, Math.max(0, count));
}

const nothing = /^(?:nothing|none|n\/a|no(?:thing)? (?:is )?missing|nada|nenhum(?:a)?|não falta nada)\b/i;

export function readMissing(reply: string, count: number): string[] {
  return nothing.test(plain(bare(reply)).replace(bullet, '')) ? [] : readList(reply, count);
}

export function readPassage(reply: string): string | undefined {
  const text = plain(bare(reply)).slice(0, longestPassage);
  return text === '' ? undefined : text;
}
