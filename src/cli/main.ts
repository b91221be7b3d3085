/** chatlake: the operator's verbs. Exit codes: 0 done, 1 failed or something needs a person, 2 wrong use. */
import { Command, CommanderError } from 'commander';
import { PermanentError, messageOf } from '../domain/errors.ts';
import type { Config } from '../wiring/config.ts';
import { openAnnouncer } from '../wiring/temporal.ts';
import { beginProcess } from '../wiring/process.ts';
import { CHATLAKE_VERSION } from '../wiring/version.ts';
import { addBackfill } from './backfill.ts';
import { demo } from './demo.ts';
import { addExplain } from './explain.ts';
import { commandConfig } from './open.ts';
import { printable } from './printable.ts';
import { addReplay } from './replay.ts';
import { addQuarantine } from './quarantine.ts';
import { addQuery } from './query.ts';
import { type ReportOptions, report } from './report.ts';
import { addSchedules } from './schedules.ts';
import { givenBody, send } from './send.ts';
import { oneOfAll } from './source-option.ts';
import { addStatus } from './status.ts';
import { addTelegramImport } from './telegram-import.ts';
import { addTelegram } from './telegram.ts';
import { addUser } from './user.ts';
import { addVerify } from './verify.ts';

beginProcess(process.env);
const print = (text: string): void => console.log(printable(text));
const say = (text: string): void => console.error(printable(text));
let known: Config | undefined;
/** Read once, and so the lake is named once. */
const config = (): Config =>
  (known ??= commandConfig(process.env, { lake: program.opts<{ lake?: string }>().lake, cwd: process.cwd() }, say));
const program = new Command('chatlake')
  .description('Customer-service chats into data people can trust')
  .version(CHATLAKE_VERSION)
  .option(
    '--lake <dir>',
    'the clone or .chatlake folder of the lake to work in; absent: that of the clone it is run in',
  )
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => write(printable(text)) })
  .exitOverride();

program
  .command('report')
  .description('the figures of each source, read from the tables now; all days with data unless a range is given')
  .addOption(oneOfAll())
  .option('--from <day>', 'first event day, such as 2021-08-02')
  .option('--to <day>', 'last event day')
  .option('--json', 'one JSON object')
  .option('--out <dir>', 'to file instead: one HTML with its charts, which prints, and a CSV per figure')
  .option('--lang <language>', 'of the file: en or pt-BR', 'en')
  .action((options: ReportOptions) => report(config(), options, print));

program
  .command('send')
  .description('publish one message and follow it until it is a document')
  .argument('[json]', 'the message’s body; absent: standard input, so that no list of processes shows it')
  .option('--file <path>', 'a file that holds the body')
  .action(async (body: string | undefined, { file }: { readonly file?: string }) =>
    send(config(), body ?? (await givenBody(file, process.stdin)), print),
  );

program
  .command('demo')
  .description('send the demo: 45 messages of the desk and, with the emulator, what happens in a chat of Telegram')
  .action(async () => {
    const { desk, telegram } = await demo(config());
    print(
      `${desk} messages of the desk and ${telegram} updates of Telegram sent; live runs bring them into the tables within seconds, then: npx chatlake report`,
    );
  });

addStatus(program, { config, print });
addReplay(program, { config, print });
addSchedules(program, { config, print });
addBackfill(program, { config, print });
addExplain(program, { config, print, say });
addVerify(program, { config, print, say });
addQuery(program, { config, print, say });
addUser(program, { print, say });

const telegram = program.command('telegram').description('the bot, and chats exported from Telegram Desktop');
// Nobody reads a log here: what is not announced, the hourly run finds.
const silent = { info: () => undefined, warn: () => undefined };
addTelegram(telegram, { config, print, announcerOf: (own) => openAnnouncer(own, silent) });
addQuarantine(program, { config, print, say, announcerOf: (own) => openAnnouncer(own, silent) });
addTelegramImport(telegram, config, { print, screen: process.stderr });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    say(`chatlake: ${messageOf(error)}`);
    process.exitCode = error instanceof PermanentError ? 2 : 1;
  }
}
