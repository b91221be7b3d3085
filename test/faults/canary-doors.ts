/** What a person, or somebody about them, can write where it does not belong: through the desk's topic, the webhook and an export. */
import type { Canary } from './canary-people.ts';

const DATE = '05/08/2021 10:00:00';

export interface Sent {
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Messages of the desk about one person. */
export function deskMessages({ cpf, name, phone, username, user, path, token }: Canary): readonly Sent[] {
  const digits = cpf.replace(/\D/g, '');
  const good = { name, document: cpf, age: '31', channel: 'whatsapp', services: { 1: 'informacoes' }, date: DATE };
  const said = (more: object): Sent => ({ body: JSON.stringify({ ...good, ...more }) });
  return [
    said({}),
    said({ document: Number(digits), name: name.toUpperCase() }),
    said({ services: { 1: name, 2: cpf, 3: phone, 4: username, 5: token, 6: `${name} `.repeat(20) } }),
    said({ services: [name, `\u001b]0;${name}\u0007`, `=HYPERLINK("${path}")`] }),
    said({ services: { [name]: 'informacoes', [username]: cpf } }),
    said({ channel: name, sex: name, covidTest: username, headache: phone, solved: path, serviceScore: cpf }),
    said({ [`cpf_${digits}`]: 1, [username]: { [name]: [cpf] }, [path]: token }),
    said({ date: cpf }),
    said({ date: { [username]: name } }),
    said({ age: user, document: phone }),
    { ...said({}), headers: { 'x-name': username, reply: phone.replaceAll(' ', ''), cpf: digits } },
    { body: `{"date":"${DATE}","${username}":{"cpf_${digits}":1,"cpf_${digits}":2}}` },
    { body: `{"date":"${DATE}","${username}":{"note":"\\ud83d ${name}"}}` },
    { body: `{"date":"${DATE}","${username}":{"__proto__":"${name}"}}` },
    { body: `{"name":"${name}","document":"${cpf}"` },
    { body: JSON.stringify([name, cpf, phone]) },
    { body: JSON.stringify(name) },
    { body: latin1(`{"name":"${name}","document":"${cpf}"}`) },
  ];
}

/** Updates about one person, as Telegram would post them and as it never would. */
export function updates({ cpf, name, phone, username, user, path, token }: Canary, first: number): readonly string[] {
  const id = Number(user);
  const date = 1_795_000_000;
  const from = { id, is_bot: false, first_name: name, last_name: name, username, language_code: username };
  const chat = { id, type: 'private', first_name: name, username };
  const group = { id: -1_001_500_000_001, type: 'supergroup', title: name };
  const message = (more: object): object => ({ message: { message_id: 1, date, from, chat, ...more } });
  const contact = { phone_number: phone, first_name: name, user_id: id, vcard: `${name} ${cpf}` };
  const made: object[] = [
    message({ text: `${name} ${cpf} ${phone}`, entities: [{ type: username, offset: 0, length: 1 }] }),
    message({ contact, location: { latitude: -23.5, longitude: -46.6 }, caption: name }),
    message({ reply_to_message: { message_id: 2, date, from, chat, text: cpf }, author_signature: name }),
    message({ forward_origin: { type: username, sender_user_name: name, date }, sender_tag: username }),
    message({ chat: group, new_chat_title: name, left_chat_member: from }),
    message({ chat: group, [username]: { name } }),
    message({ venue: { title: name, address: path }, media_group_id: username }),
    { edited_message: { message_id: 1, date, edit_date: date + 1, from, chat, text: token } },
    { callback_query: { id: '1', from, chat_instance: '1', data: cpf, message: { message_id: 1, date, chat } } },
    { inline_query: { id: '1', from, query: name, offset: phone } },
    { [`cpf_${cpf.replace(/\D/g, '')}`]: { from, [username]: name } },
    { [username]: { from }, [name]: { from } },
    {
      my_chat_member: {
        chat,
        from,
        date,
        old_chat_member: { user: from, status: username },
        new_chat_member: { user: from, status: name },
      },
    },
    {
      message_reaction: {
        chat: group,
        message_id: 1,
        user: from,
        date,
        old_reaction: [],
        new_reaction: [{ type: username }, { type: 'emoji', emoji: name }],
      },
    },
    {
      chat_join_request: { chat: group, from, user_chat_id: id, date, bio: phone, invite_link: { invite_link: token } },
    },
    {
      pre_checkout_query: {
        id: '1',
        from,
        currency: username,
        total_amount: 1,
        invoice_payload: cpf,
        order_info: { name, phone_number: phone },
      },
    },
    { poll_answer: { poll_id: username, user: from, option_ids: [0] } },
    { message: { message_id: name, date: cpf, chat: { id: username } } },
  ];
  return [
    ...made.map((update, n) => JSON.stringify({ update_id: first + n, ...update })),
    `{"update_id":${first + 50},"message":{"${username}":1,"${username}":2}}`,
    `{"update_id":${first + 51},"${username}":"${name}\\ud83d"}`,
    `${token} ${name}`,
  ];
}

/** An export of a chat with one person. */
export function exportOf({ name, username, user, phone, cpf }: Canary): string {
  const message = (id: number, more: object): object => ({
    ...{ id, type: 'message', date: '2026-11-20T09:00:00', date_unixtime: '1795000000' },
    ...{ from: name, from_id: `user${user}`, text: '', text_entities: [] },
    ...more,
  });
  const messages = [
    message(1, { text: `${name} ${phone}`, text_entities: [{ type: 'phone', text: phone }] }),
    message(2, {
      text: [{ type: username, text: cpf }],
      contact_information: { first_name: name, phone_number: phone },
    }),
    message(3, { type: 'service', action: username, actor: name, actor_id: `user${user}`, members: [name] }),
    message(4, {
      forwarded_from: name,
      forwarded_from_id: `user${user}`,
      via_bot: `@${username}`,
      media_type: username,
    }),
    message(5, { from_id: username, date_unixtime: cpf }),
  ];
  return JSON.stringify({ name, type: 'private_supergroup', id: 1_500_000_001, messages });
}
