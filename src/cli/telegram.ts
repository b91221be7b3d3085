/** `chatlake telegram …`: the bot's webhook, its facts, a message in its name, and the notice for its groups. */
import type { Command } from 'commander';
import type { Announcer } from '../adapters/announce/announcer.ts';
import { recordSent } from '../activities/intake/record-sent.ts';
import { PermanentError, TransientError, messageOf } from '../domain/errors.ts';
import { TELEGRAM } from '../domain/sources/telegram/kinds.ts';
import type { Config } from '../wiring/config.ts';
import { openPatientStore } from '../wiring/store.ts';
import { openTelegram } from '../wiring/telegram.ts';
import { consentText } from './consent-text.ts';

type Print = (text: string) => void;

interface Json {
  readonly json?: boolean;
}

export interface TelegramNeeds {
  /** Read when a verb runs. */
  readonly config: () => Config;
  readonly print: Print;
  /** Tells the live runs of what was sent; absent: the next run of etl finds it. */
  readonly announcerOf?: (config: Config) => Announcer;
}

/** Adds the bot's verbs to the group of Telegram's. */
export function addTelegram(telegram: Command, needs: TelegramNeeds): void {
  const { config, print } = needs;
  telegram
    .command('set-webhook')
    .description('let Telegram deliver to the gateway: with the secret, and every kind of update')
    .action(() => setWebhook(config(), print));
  telegram
    .command('info')
    .description('how Telegram delivers, and what waits there')
    .option('--json', 'one JSON object')
    .action((options: Json) => info(config(), options, print));
  telegram
    .command('delete')
    .description('remove the webhook; what waits is kept, to be polled')
    .option('--drop-pending', 'throw away what waits at Telegram: it is lost')
    .action((options: { readonly dropPending?: boolean }) =>
      deleteWebhook(config(), options.dropPending === true, print),
    );
  telegram
    .command('me')
    .description('who the bot is')
    .option('--json', 'one JSON object')
    .action((options: Json) => me(config(), options, print));
  telegram
    .command('send')
    .description('send a text in the bot’s name, and keep Telegram’s response as the record of it')
    .argument('<chat>', 'id of the chat, or @name of a channel')
    .argument('<text>', 'what to say')
    .action((chat: string, text: string) => sendText(needs, chat, text));
  telegram
    .command('consent-text')
    .description('the notice to pin in a group whose messages are kept')
    .action(() => print(consentText()));
}

async function setWebhook(config: Config, print: Print): Promise<void> {
  const { api, webhook } = openTelegram(config);
  const request = webhook();
  await api.setWebhook(request);
  print(
    `Telegram delivers ${request.allowedUpdates.length} kinds of update of bot ${api.bot} to ${request.url}, on ${request.maxConnections} connections, with the secret; what waited is kept.`,
  );
}

async function info(config: Config, { json }: Json, print: Print): Promise<void> {
  const { api } = openTelegram(config);
  const facts = await api.getWebhookInfo();
  if (json === true) {
    print(JSON.stringify({ bot: api.bot, ...facts }));
    return;
  }
  const failed =
    facts.lastErrorAt === null
      ? 'none'
      : `${new Date(facts.lastErrorAt).toISOString()}: ${facts.lastError ?? 'no reason given'}`;
  print(
    [
      `bot          ${api.bot}`,
      `webhook      ${facts.url === '' ? 'none: updates are polled' : facts.url}`,
      `waiting      ${facts.pending}`,
      `last error   ${failed}`,
      `connections  ${facts.maxConnections ?? 'default'}`,
      `kinds        ${facts.allowedUpdates?.join(', ') ?? 'default: without member changes and reactions'}`,
    ].join('\n'),
  );
}

async function deleteWebhook(config: Config, dropPending: boolean, print: Print): Promise<void> {
  const { api } = openTelegram(config);
  await api.deleteWebhook(dropPending);
  const { pending } = await api.getWebhookInfo();
  print(
    dropPending
      ? `Bot ${api.bot} has no webhook any more, and what waited at Telegram is thrown away.`
      : `Bot ${api.bot} has no webhook any more; ${pending} updates wait at Telegram, which keeps them for 24 hours: poll them, or set a webhook.`,
  );
}

async function me(config: Config, { json }: Json, print: Print): Promise<void> {
  const facts = await openTelegram(config).api.getMe();
  if (json === true) {
    print(JSON.stringify(facts));
    return;
  }
  print(
    [
      `bot       ${facts.id} @${facts.username}`,
      `groups    ${facts.canJoinGroups ? 'can be added to groups' : 'cannot be added to groups'}`,
      `privacy   ${facts.canReadAllGroupMessages ? 'off: sees every message of its groups' : 'on: in groups it sees commands and replies only, unless it is an administrator'}`,
    ].join('\n'),
  );
}

async function sendText(needs: TelegramNeeds, chat: string, text: string): Promise<void> {
  if (!/^(-?\d+|@\w+)$/.test(chat))
    throw new PermanentError('The chat must be its numeric id, such as 123 or -100123, or the @name of a channel.');
  if (text.trim() === '') throw new PermanentError('There is nothing to send: the text is empty.');
  const config = needs.config();
  const { api } = openTelegram(config);
  const answer = await api.sendMessage(chat, text);
  if (answer.kind === 'migrated')
    throw new PermanentError(`The group has become a supergroup and nothing was sent: send to ${answer.to} instead.`);
  const store = openPatientStore(config);
  try {
    const { key, window } = await recordSent({ store, now: Date.now }, api.bot, 'sendMessage', answer.response);
    needs.print(`sent, and kept in ${key}; the next run counts it.`);
    const announcer = needs.announcerOf?.(config);
    announcer?.announce(TELEGRAM, window);
    await announcer?.close();
  } catch (error) {
    throw new TransientError(
      `The message was sent (do not send it again), but its record could not be kept, so figures will lack it: ${messageOf(error)}`,
    );
  }
}
