/** The login, where the server wants one. */
import type { Language } from '../../api.ts';
import { ApiError, login } from '../lib/api.ts';
import { fill, h, newId } from '../lib/dom.ts';
import { translate } from '../lib/words.ts';

const WRONG = 401;
const LATER = 429;

/** The form; `done` is called once the server let the person in. */
export function loginPage(lang: Language, done: () => void): HTMLElement {
  const t = translate.bind(null, lang);
  const [nameId, passwordId] = [newId(), newId()];
  const name = h('input', { id: nameId, name: 'name', autocomplete: 'username', required: true, spellcheck: 'false' });
  const password = h('input', {
    id: passwordId,
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button button-main' }, t('loginTitle'));
  const submit = async (): Promise<void> => {
    button.disabled = true;
    fill(fault);
    try {
      await login(name.value, password.value);
      done();
    } catch (error) {
      fill(fault, sentenceOf(lang, error));
      password.value = '';
      password.focus();
    } finally {
      button.disabled = false;
    }
  };
  return h(
    'main',
    { class: 'login', id: 'main' },
    h(
      'form',
      {
        class: 'card',
        onsubmit: (event: Event) => {
          event.preventDefault();
          void submit();
        },
      },
      h('h1', {}, h('span', { class: 'brand-mark', 'aria-hidden': 'true' }), 'chatlake'),
      h('p', { class: 'about' }, t('loginLead')),
      h('label', { for: nameId }, t('name')),
      name,
      h('label', { for: passwordId }, t('password')),
      password,
      fault,
      button,
    ),
  );
}

function sentenceOf(lang: Language, error: unknown): string {
  const t = translate.bind(null, lang);
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === WRONG) return t('loginWrong');
  if (error.status === LATER) return t('loginLater');
  return error.status === 0 ? t('noAnswer') : error.sentence[lang];
}
