#!/usr/bin/env node
/** The command line: `daybook <command>`, also `npm run daybook -- <command>`. */
import { Command, CommanderError } from 'commander';
import { ask } from './ask.ts';
import { setBudget, showBudgets } from './budget.ts';
import { doctor } from './doctor.ts';
import { exportEvents, show, tail } from './events.ts';
import { exitCodes } from './exit-codes.ts';
import { exitCodeOf, explain, type Output, output } from './output.ts';
import { start } from './start.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `daybook: Node ${process.versions.node} is too old; run it by npm (\`npm start\`), which brings Node 24.`,
  );
  process.exit(exitCodes.usage);
}

const program = new Command('daybook')
  .description('Self-hosted AI orchestration whose book of record is an event log')
  .version('0.1.0')
  .option('--json', 'results as JSON')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`daybook: ${text.replace(/^error: /, '')}`) });

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

program
  .command('ask <question>')
  .description('one call through the gateway')
  .option('--model <model>')
  .option('--user <user>')
  .option('--max-tokens <n>')
  .action((question, flags) => run((out) => ask(question, flags, out)));

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
