/** The notice for a group whose messages chatlake keeps: what is kept, why, and how to ask for erasure (LGPD art. 9 and 18). */

const PORTUGUESE = `AVISO DE PRIVACIDADE
As mensagens deste grupo são recebidas por um robô e armazenadas.
Guardamos: o texto e os demais conteúdos enviados, a data, o seu nome de usuário e o seu identificador no Telegram, inclusive edições e reações.
Para quê: melhorar o atendimento, com relatórios que não identificam pessoas. Fora do registro original, o seu nome e o seu identificador são substituídos por um código.
Os seus direitos: você pode pedir acesso, correção ou eliminação dos seus dados a qualquer momento. Escreva a um administrador deste grupo; a resposta vem em até 15 dias.
Apagar uma mensagem no Telegram não a apaga do nosso registro: o robô não é avisado. Peça a eliminação.
Não envie aqui documentos, senhas nem dados de saúde.`;

const ENGLISH = `PRIVACY NOTICE
The messages of this group are received by a bot and stored.
We keep: the text and whatever else is sent, the date, your user name and your Telegram id, edits and reactions included.
Why: to serve you better, by reports that identify nobody. Outside the original record, your name and id are replaced by a code.
Your rights: you may ask for access to your data, for their correction or their erasure at any time. Write to an administrator of this group; you get an answer within 15 days.
Deleting a message in Telegram does not delete it from our record, because the bot is not told: ask for its erasure.
Please send no documents, passwords or health data here.`;

/** The notice in Portuguese and in English, to be pinned; an operator adds who is responsible and how to reach them. */
export const consentText = (): string => `${PORTUGUESE}\n\n${ENGLISH}`;
