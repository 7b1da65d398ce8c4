#!/usr/bin/env node
/** The command line: `daybook <command>`, also `npm run daybook -- <command>`. */
import { Command, CommanderError } from 'commander';
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
