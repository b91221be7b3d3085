/** Updates as Telegram sends them, of private chats with text: for load, not for rules. */

export interface UpdateOptions {
  readonly updateId: number;
  /** Unix seconds. */
  readonly date: number;
}

/** The update's JSON; equal options give equal bytes. Its text is unlike others', so that it does not compress better than real ones. */
export function updateBody({ updateId, date }: UpdateOptions): string {
  const person = 1_000 + (updateId % 97);
  const words = Array.from({ length: 6 }, (_, i) => ((updateId * 2_654_435_761 + i * 40_503) % 1_000_003).toString(36));
  const name = `Pessoa ${person}`;
  return JSON.stringify({
    update_id: updateId,
    message: {
      message_id: updateId,
      from: { id: person, is_bot: false, first_name: name, language_code: 'pt-br' },
      chat: { id: person, first_name: name, type: 'private' },
      date,
      text: `Não consigo agendar a consulta, código ${words.join(' ')}`,
    },
  });
}
