#!/usr/bin/env node
/** The command line: `daybook <command>`, also `npm run daybook -- <command>`. */
import { Command, CommanderError } from 'commander';
import { redact } from '../../bounded-contexts/kernel/index.ts';
import { version } from '../../schemas/version.ts';
import { exportLog, notaryKey } from './audit.ts';
import { backup, restore } from './backup.ts';
import { setBudget, showBudgets } from './budget.ts';
import { repriceCosts, showBooks, showCosts } from './costs.ts';
import { doctor } from './doctor.ts';
import { evalRetrieval } from './eval.ts';
import { evalReplay } from './eval-replay.ts';
import { exportEvents, show, tail } from './events.ts';
import { exitCodes } from './exit-codes.ts';
import { explainCall, replayCalls } from './inference.ts';
import { issueKey, listKeys, revokeKey, rotateKey } from './keys.ts';
import { knowledgeCommands } from './knowledge-commands.ts';
import { copy, info, verify } from './log.ts';
import { exitCodeOf, explain, type Output, output } from './output.ts';
import { exportData, importData } from './portability.ts';
import { diff, list, rebuild, rollBack } from './projections.ts';
import * as secrets from './secrets.ts';
import { start } from './start.ts';
import { createTenant, listTenants } from './tenants.ts';
import { exportAudit, tailAudit } from './trail.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `daybook: Node ${process.versions.node} is too old; run it by npm (\`npm start\`), which brings Node 24.`,
  );
  process.exit(exitCodes.usage);
}

const program = new Command('daybook')
  .description('Self-hosted AI orchestration whose book of record is an event log')
  .version(version)
  .option('--json', 'results as JSON')
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(redact(`daybook: ${text.replace(/^error: /, '')}`)),
  });

const run = (command: (out: Output) => Promise<number>): Promise<void> => {
  const out = output(program.opts<{ json?: boolean }>().json === true);
  return command(out).then((code) => {
    process.exitCode = code;
  });
};

program
  .command('start')
  .description('run Daybook until Ctrl-C')
  .option('--port <port>', 'instead of DAYBOOK_PORT')
  .option('--data-dir <folder>', 'instead of DAYBOOK_DATA_DIR')
  .option('--profile <profile>', 'auto or embedded, instead of DAYBOOK_PROFILE')
  .option('--role <role...>', 'gateway, projector or worker; default: all')
  .action((flags) => run((out) => start(flags, out)));

const events = program.command('events').description('read the log');
events
  .command('tail')
  .description('events as they happen')
  .option('--type <type>', 'only this type, or those below it (budget)')
  .option('--tenant <tenant>')
  .option('--family <family>')
  .option('--from-start', 'from the first event on')
  .option('--limit <n>', 'end after so many')
  .action((flags) => run((out) => tail(flags, out)));
events
  .command('show <id>')
  .description('one event, by its id')
  .action((id) => run((out) => show(id, out)));
events
  .command('export <file>')
  .description('every event as a line of JSON')
  .option('--type <type>')
  .option('--tenant <tenant>')
  .option('--family <family>')
  .action((file, flags) => run((out) => exportEvents(file, flags, out)));

const budget = program.command('budget').description('limits and what was spent');
budget
  .command('set <scope> <id> <period> <usd>')
  .description('set a budget; for the scope tenant the id is -')
  .option('--soft', 'only alert')
  .action((scope, id, period, usd, flags) => run((out) => setBudget(scope, id, period, usd, flags, out)));
budget
  .command('show [scope] [id]')
  .description('budgets and their present windows')
  .action((scope, id) => run((out) => showBudgets(scope, id, out)));

const tenants = program.command('tenants').description('the organisations that share this Daybook');
tenants
  .command('create <id> [name]')
  .description("make a tenant; its administrator's key is shown once")
  .option('--region <region>')
  .action((id, name, flags) => run((out) => createTenant(id, name, flags, out)));
tenants
  .command('list')
  .description('all of them')
  .action(() => run((out) => listTenants(out)));

const keys = program.command('keys').description('who may call, and what');
keys
  .command('issue <name>')
  .description('a new key; its secret is shown once')
  .option('--role <role>', 'default: service')
  .option('--scope <permission...>', 'only these of its role')
  .option('--model <model...>', 'only these, * standing for any characters')
  .option('--tier <tier...>', 'only these')
  .option('--department <slug>', 'the one that its calls are attributed to')
  .option('--user <user>', 'the one person that it acts for')
  .option('--expires <duration>', 'such as 30d')
  .option('--private', 'local models only')
  .option('--cache', 'identical requests may be answered from the cache')
  .option('--tenant <tenant>', 'a tenant-admin key of another tenant; no other option counts')
  .action((name, flags) => run((out) => issueKey(name, flags, out)));
keys
  .command('rotate <key>')
  .description('a new secret; the one before stays for a day')
  .option('--overlap <duration>', 'such as 2h')
  .action((key, flags) => run((out) => rotateKey(key, flags, out)));
keys
  .command('revoke <key>')
  .description('at once, in every gateway')
  .action((key) => run((out) => revokeKey(key, out)));
keys
  .command('list')
  .description('newest first, never the secrets')
  .action(() => run((out) => listKeys(out)));

const costs = program.command('costs').description('spend and prices');
costs
  .command('show')
  .description('spend as it was known and as it is corrected now')
  .option('--by <dimension>', 'tier, model, provider, user, department, key, agent, taskType or day', 'model')
  .action((flags) => run((out) => showCosts(flags, out)));
costs
  .command('books')
  .description('the price books that were ever in force')
  .action(() => run((out) => showBooks(out)));
costs
  .command('reprice')
  .description('restate recorded calls by the prices of a book; nothing is rewritten')
  .requiredOption('--book <n>')
  .option('--since <duration>', 'only calls since then, such as 30d')
  .option('--dry-run', 'only say what would change')
  .action((flags) => run((out) => repriceCosts(flags, out)));

const inference = program.command('inference').description('why calls went where they went');
inference
  .command('explain <id>')
  .description('decide a recorded call again, from the log alone')
  .action((id) => run((out) => explainCall(id, out)));
inference
  .command('replay')
  .description('recorded calls under another routing policy, without calling a model')
  .requiredOption('--policy <file>', 'a daybook.yaml, or its routing section alone')
  .option('--since <duration>', 'such as 7d, 12h, 30m', '7d')
  .action((flags) => run((out) => replayCalls(flags, out)));

const log = program.command('log').description('the book of record itself');
log
  .command('info')
  .description('what it runs on, and how much is on it')
  .action(() => run((out) => info(out)));
log
  .command('verify')
  .description('read every commit, check it, and hold it against the signed checkpoints')
  .option('--export <file>', 'verify a file of `log export`, with no server')
  .option('--key <key...>', 'trust these public keys only: base64url, or a file with PEM')
  .option('--copies <folder>', 'hold the checkpoints against copies, too')
  .option('--proof <id>', 'print a proof of inclusion of a position or an event, checked')
  .action((flags) => run((out) => verify(flags, out)));
log
  .command('export <file>')
  .description('the log and its checkpoints, to be verified elsewhere; compressed where it ends in .gz')
  .action((file) => run((out) => exportLog(file, out)));
log
  .command('notary-key')
  .description('the public keys that sign checkpoints')
  .option('--rotate', 'sign with a new key from now on')
  .action((flags) => run((out) => notaryKey(flags, out)));
log
  .command('copy')
  .description("move a stopped Daybook's log, or mirror one into EventStoreDB")
  .option('--from <place>', 'embedded, private (nats-server), nats://… or postgres://…')
  .requiredOption('--to <place>', 'the same; or a mirror: esdb://…, or esdb for EVENTSTORE_URL')
  .option('--stay', 'copy only: go on with the old place')
  .option('--follow', 'mirror what comes, too, until Ctrl-C')
  .option('--no-verify', 'do not compare afterwards')
  .action((flags) => run((out) => copy(flags, out)));

const audit = program.command('audit').description('who did what, when, from where');
const filtered = (command: Command): Command =>
  command
    .option('--actor <actor>', 'a key, or the person that keys act for')
    .option('--action <action>', 'such as key.revoked, or all of key')
    .option('--target <target>')
    .option('--outcome <outcome>', 'done or refused')
    .option('--from <time>', 'ISO 8601')
    .option('--to <time>');
filtered(audit.command('tail').description('the last entries'))
  .option('--limit <n>', 'so many', '20')
  .option('--follow', 'and those to come')
  .action((flags) => run((out) => tailAudit(flags, out)));
filtered(audit.command('export <file>').description('the audit trail as a file; recorded in it'))
  .option('--format <format>', 'csv, jsonl or cloudevents', 'jsonl')
  .action((file, flags) => run((out) => exportAudit(file, flags, out)));

const secret = program.command('secrets').description('keys of providers and the like, and the master key');
secret
  .command('set <name>')
  .description('its value comes by standard input; configuration names it as ${secret:<name>}')
  .action((name) => run((out) => secrets.set(name, out)));
secret
  .command('list')
  .description('names and ages; never a value')
  .action(() => run((out) => secrets.list(out)));
secret
  .command('remove <name>')
  .description('takes it out')
  .action((name) => run((out) => secrets.remove(name, out)));
secret
  .command('rotate')
  .description('another master key, while everything runs')
  .action(() => run((out) => secrets.rotate(out)));

program
  .command('backup <folder>')
  .description('log, contents and vault of the running Daybook')
  .option('--no-master-key', 'leave the master key out')
  .action((folder, flags) => run((out) => backup(folder, flags, out)));
program
  .command('restore <folder>')
  .description('into an empty data directory; Daybook must not run on it')
  .action((folder) => run((out) => restore(folder, out)));

program
  .command('export <file>')
  .description('all that a tenant or a person has, in the clear, as a tar')
  .requiredOption('--tenant <tenant>')
  .option('--user <user>', 'only what is of this person')
  .action((file, flags) => run((out) => exportData(file, flags, out)));
program
  .command('import <file>')
  .description("a tenant's archive, into a Daybook that does not know the tenant and does not run")
  .action((file) => run((out) => importData(file, out)));

const readModels = program.command('projections').description('read models and counters');
readModels
  .command('list')
  .description('how far each is')
  .action(() => run((out) => list(out)));
readModels
  .command('rebuild [name]')
  .description('from zero, beside the live one; all without a name')
  .action((name) => run((out) => rebuild(name, out)));
readModels
  .command('diff [name]')
  .description('what a rebuild would change')
  .action((name) => run((out) => diff(name, out)));
readModels
  .command('roll-back <name>')
  .description('to the generation before the last rebuild')
  .action((name) => run((out) => rollBack(name, out)));

const evaluations = program
  .command('eval')
  .description('how good it is, against labelled collections, and what another configuration would find');
evaluations
  .command('retrieval')
  .description('finds what the judgements say? Reads BEIR, TREC, SMART (Cranfield) and SQuAD layouts')
  .requiredOption('--collection <folder>')
  .option('--mode <mode...>', 'keyword, dense, hybrid or rrf; default: all')
  .option('--k <n>', 'hits a question, and the k of recall', '100')
  .option('--language <tag>', 'of documents and questions; default: guessed')
  .action((flags) => run((out) => evalRetrieval(flags, out)));

evaluations
  .command('replay')
  .description('recorded questions by another configuration, without calling a model')
  .requiredOption('--config <file>', 'a daybook.yaml, or its knowledge section alone')
  .option('--since <duration>', 'such as 7d, 12h, 30m', '30d')
  .option('--department <slug>', 'questions that were asked of it; default: all')
  .action((flags) => run((out) => evalReplay(flags, out)));

knowledgeCommands(program, run);

program
  .command('doctor')
  .description('what this machine has, and whether what runs is well')
  .action(() => run((out) => doctor(out)));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
