/** chatlake: the operator's verbs. Exit codes: 0 done, 1 failed, 2 wrong use. */
import { Command, CommanderError } from 'commander';
import { PermanentError, messageOf } from '../domain/errors.ts';
import { quietSdkNotice } from '../wiring/process.ts';
import { CHATLAKE_VERSION } from '../wiring/version.ts';
import { demo } from './demo.ts';
import { commandConfig } from './open.ts';
import { type ReportOptions, report } from './report.ts';
import { send } from './send.ts';
import { addTelegram } from './telegram.ts';

quietSdkNotice(process.env);
const print = (text: string): void => console.log(text);
const program = new Command('chatlake')
  .description('Customer-service chats into data people can trust')
  .version(CHATLAKE_VERSION)
  .showSuggestionAfterError()
  .exitOverride();

program
  .command('report')
  .description('the desk’s figures, read from the tables now; all days with data unless a range is given')
  .option('--from <day>', 'first event day, such as 2021-08-02')
  .option('--to <day>', 'last event day')
  .option('--json', 'one JSON object')
  .action((options: ReportOptions) => report(commandConfig(process.env), options, print));

program
  .command('send')
  .description('publish one message and follow it until it is a document')
  .argument('<json>', 'the message’s body')
  .action((body: string) => send(commandConfig(process.env), body, print));

program
  .command('demo')
  .description('publish the 45 messages of the demo')
  .action(async () =>
    print(
      `${await demo(commandConfig(process.env))} messages sent; run etl, or wait for the hour, then: npx chatlake report`,
    ),
  );

addTelegram(program, { config: () => commandConfig(process.env), print });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(`chatlake: ${messageOf(error)}`);
    process.exitCode = error instanceof PermanentError ? 2 : 1;
  }
}
