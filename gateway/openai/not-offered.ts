/** What OpenAI's API has and Daybook does not serve, by the first part of the path after `/v1/`. */
const kinds: Readonly<Record<string, string>> = {
  images: 'Images',
  audio: 'Audio',
  videos: 'Videos',
  files: 'Files',
  uploads: 'Uploads',
  batches: 'Batches',
  fine_tuning: 'Fine-tuning',
  assistants: 'Assistants',
  threads: 'Threads',
  vector_stores: 'Vector stores',
  realtime: 'Realtime',
  containers: 'Containers',
  conversations: 'Conversations',
  evals: 'Evals',
  graders: 'Graders',
  chatkit: 'ChatKit',
  skills: 'Skills',
  organization: 'The administration of an organization',
};

/** One sentence about a path that is known and not offered; undefined for paths that nobody knows. */
export function notOffered(path: string): string | undefined {
  const kind = kinds[/^\/v1\/([^/]+)/.exec(path)?.[1] ?? ''];
  return kind === undefined
    ? undefined
    : `${kind} ${/s$/.test(kind) ? 'are' : 'is'} not offered by Daybook; it serves chat, completions, responses, embeddings, moderations, rerank and models.`;
}
