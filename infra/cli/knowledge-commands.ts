import type { Command } from 'commander';
import { ask } from './ask.ts';
import { verifyKnowledge } from './citations.ts';
import { ingest } from './ingest/index.ts';
import { deleteDocuments, listDocuments, reindexDocuments } from './knowledge.ts';
import type { Output } from './output.ts';
import { listReviews, resolveReview, showReview } from './reviews.ts';

type Run = (command: (out: Output) => Promise<number>) => Promise<void>;

/** The commands for documents, questions and reviews. */
export function knowledgeCommands(program: Command, run: Run): void {
  program
    .command('ingest <paths...>')
    .description('bring files and folders into the knowledge of a department')
    .requiredOption('--department <slug>')
    .option('--watch', 'and what is new or changes, until Ctrl-C')
    .option('--tags <tags>', 'divided by commas')
    .option('--privacy <level>', 'public, internal or confidential')
    .option('--settings <json>', 'how the files are read and cut')
    .action((paths, flags) => run((out) => ingest(paths, flags, out)));

  program
    .command('ask <question>')
    .description('from the knowledge of departments, with citations; without one, a call of a model')
    .option('--department <slug...>')
    .option('--k <n>', 'passages that the answer is made from')
    .option('--mode <mode>', 'keyword, dense, hybrid or rrf')
    .option('--at <position>', 'against the index as it was then')
    .option('--model <model>')
    .option('--user <user>', 'of a call without department')
    .option('--max-tokens <n>', 'of a call without department')
    .action((question, flags) => run((out) => ask(question, flags, out)));

  const reviews = program.command('reviews').description('answers that wait for a person');
  reviews
    .command('list', { isDefault: true })
    .description('what waits, oldest first')
    .option('--all', 'and what is decided')
    .action((flags) => run((out) => listReviews(flags, out)));
  reviews
    .command('show <review>')
    .description('question, draft and sources')
    .action((review, _flags) => run((out) => showReview(review, out)));
  reviews
    .command('resolve <review>')
    .description('decide; what is answered reaches the asker')
    .option('--approve', 'the draft is right')
    .option('--reject', 'there is no answer')
    .option('--correct <text>', 'an answer in your own words')
    .option('--no-index', 'do not make the answer knowledge')
    .action((review, flags) => run((out) => resolveReview(review, flags, out)));

  const knowledge = program.command('knowledge').description('documents, and the answers that cite them');
  knowledge
    .command('list')
    .description('documents, and how far each is')
    .requiredOption('--department <slug>')
    .option('--status <status>')
    .action((flags) => run((out) => listDocuments(flags, out)));
  knowledge
    .command('reindex [documents...]')
    .description('read, cut and embed anew')
    .requiredOption('--department <slug>')
    .option('--all', 'all of the department')
    .action((documents, flags) => run((out) => reindexDocuments(documents, flags, out)));
  knowledge
    .command('delete <documents...>')
    .description('they are found no more')
    .requiredOption('--department <slug>')
    .action((documents, flags) => run((out) => deleteDocuments(documents, flags, out)));
  knowledge
    .command('verify')
    .description('hold every citation that was ever given against the text that it cites')
    .option('--since <duration>', 'only answers since then, such as 30d')
    .action((flags) => run((out) => verifyKnowledge(flags, out)));
}
